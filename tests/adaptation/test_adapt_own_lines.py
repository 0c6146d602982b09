"""`adapt` takes what `convert lines` makes of anybody's scenes and polygons; training itself is tested elsewhere."""

import json

import geopandas
import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin
from shapely import box

from nnunet_glacier.adaptation.labelled_scenes import open_labelled_scenes
from nnunet_glacier.dataset_conversion.lines.options import LinesOptions
from nnunet_glacier.dataset_conversion.lines.stage import LinesSource, convert
from nnunet_glacier.dataset_conversion.writing.stage import Run
from nnunet_glacier.formats.dataset_mismatches import mismatches
from nnunet_glacier.support.errors import InputError


def test_a_scene_with_polygons_suits_a_model_of_fused_labels(model, tmp_path):
    """Glacier and ocean in the left three quarters; the rest is ignored."""
    values = np.random.default_rng(0).integers(1, 255, (48, 48)).astype(np.uint8)
    profile = {"driver": "GTiff", "count": 1, "height": 48, "width": 48, "dtype": "uint8", "crs": "EPSG:32622"}
    with rasterio.open(tmp_path / "a.tif", "w", transform=from_origin(500_000, 7_700_000, 30, 30), **profile) as target:
        target.write(values, 1)
    areas = [box(500_000, 7_698_560, 500_600, 7_700_000), box(500_600, 7_698_560, 501_080, 7_700_000)]
    table = geopandas.GeoDataFrame(
        {"case": ["a", "a"], "class": ["glacier", "ocean"]}, geometry=areas, crs="EPSG:32622"
    )
    table.to_file(tmp_path / "areas.gpkg")
    dataset = tmp_path / "Dataset601_Mine"
    convert(LinesSource(tmp_path / "a.tif", tmp_path / "areas.gpkg"), dataset, LinesOptions(), Run(workers=1))
    scenes = open_labelled_scenes(dataset)
    assert scenes.dataset_json["pixel_size_m"] == [30, 30]
    assert scenes.dataset_json["labels"]["ignore"] == 5 and list(scenes.images) == ["a"]
    assert mismatches(json.loads((model / "dataset.json").read_text()), scenes.dataset_json, dataset) == []


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        ({"labels": {"background": 0}, "file_ending": ".png"}, "it has no 'channel_names'"),
        ({"labels": {"background": 0}, "channel_names": {"0": "SAR"}}, "it has no 'file_ending'"),
        ({"labels": 5, "file_ending": ".png", "channel_names": {"0": "SAR"}}, "'labels' is 5"),
    ],
    ids=["no channels", "no ending", "labels of another form"],
)
def test_a_dataset_that_is_not_described_is_refused(tmp_path, content, wanted):
    """File, entry and what is wanted."""
    (tmp_path / "dataset.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError) as error:
        open_labelled_scenes(tmp_path)
    assert wanted in str(error.value) and "dataset.json" in str(error.value)
