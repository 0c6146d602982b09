"""A dataset that `convert lines` makes for `adapt` holds the grey values that `delineate` gives the network."""

import json

import geopandas as gpd
import numpy as np
import pytest
from PIL import Image
from scenes_on_the_map import NORTH, WEST, write_scene
from shapely import LineString

from nnunet_glacier.dataset_conversion.lines.options import LinesOptions
from nnunet_glacier.dataset_conversion.lines.stage import LinesSource, convert
from nnunet_glacier.dataset_conversion.writing.stage import Run
from nnunet_glacier.delineation.options import Options
from nnunet_glacier.delineation.stage import delineate
from nnunet_glacier.domain.grey_values import Values

PIXEL_M, N = 40.0, 64


def speckle() -> np.ndarray:
    """Amplitudes of one bright and one dark half with speckle, above 0, float64, ``(N, N)``."""
    amplitudes = np.random.default_rng(1).gamma(3, 40, (N, N))
    amplitudes[:, N // 2 :] /= 6
    return amplitudes + 1


def sixteen_bits() -> np.ndarray:
    values = (60 * speckle()).astype(np.uint16)
    values[:12] = 0
    return values


def eight_bits() -> np.ndarray:
    return speckle().clip(0, 255).astype(np.uint8)


def decibels() -> np.ndarray:
    return (20 * np.log10(speckle() / 1000)).astype(np.float32)


def converted(folder, scene, pixel_size_m, values: Values = "auto"):
    """The image that is trained on, uint8."""
    middle = WEST + N // 2 * PIXEL_M
    line = LineString([(middle, NORTH), (middle, NORTH - N * PIXEL_M)])
    gpd.GeoDataFrame({"case": [scene.stem]}, geometry=[line], crs="EPSG:3413").to_file(folder / "lines.gpkg")
    out = folder / "Dataset601_Mine"
    options = LinesOptions(pixel_size_m=pixel_size_m, values=values)
    convert(LinesSource(scene, folder / "lines.gpkg"), out, options, Run(workers=1))
    return np.asarray(Image.open(out / "imagesTr" / f"{scene.stem}_0000.png"))


@pytest.mark.parametrize(
    ("made", "nodata", "values", "pixel_size_m"),
    [
        (sixteen_bits, 0, "auto", PIXEL_M),
        (sixteen_bits, 0, "auto", 76.0),
        (eight_bits, None, "auto", 76.0),
        (eight_bits, None, "intensity", PIXEL_M),
        (decibels, None, "auto", PIXEL_M),
    ],
)
def test_training_and_prediction_see_the_same_grey_values(tmp_path, network, made, nodata, values, pixel_size_m):
    """To the rounding to 8 bits; of 16 bits the rows without data are 0 in both."""
    scene = write_scene(tmp_path / "a.tif", made(), PIXEL_M, nodata=nodata)
    trained_on = converted(tmp_path, scene, pixel_size_m, values)
    delineate(scene, tmp_path / "out", options=Options(pixel_size_m=pixel_size_m, values=values))
    ((seen, valid),) = network.seen
    assert np.array_equal(trained_on, np.rint(seen))
    assert (trained_on.min(), trained_on.max()) == (0, 255)
    assert (nodata is None) == valid[: valid.shape[0] // 10].all()
    assert (trained_on[~valid] == 0).all()
    rule = json.loads((tmp_path / "Dataset601_Mine" / "dataset.json").read_text())["grey_values"]
    assert rule == {
        "rule": "percentiles 1 and 99 of the valid pixels' amplitudes are 0 and 255",
        "values": values,
        "nodata": 0,
    }


def test_real_scenes_are_seen_in_training_as_afterwards(tmp_path, network, shared_data):
    """An ENVISAT scene of 8 bits and a Landsat scene of 16 bits, with their published lines."""
    cases = ("20040216_ENVISAT_stretch", "20151020_232013_crop_landsat_Helheim")
    scenes = tmp_path / "scenes"
    scenes.mkdir()
    for path in (shared_data / "new_scenes" / f"{case}{ending}" for case in cases for ending in (".tif", ".geojson")):
        (scenes / path.name).symlink_to(path)
    out = tmp_path / "Dataset601_Real"
    convert(LinesSource(scenes, scenes), out, LinesOptions(pixel_size_m=400), Run(workers=1))
    delineate(scenes, tmp_path / "out", options=Options(pixel_size_m=400))
    for case, (seen, _) in zip(cases, network.seen, strict=True):
        assert np.array_equal(np.asarray(Image.open(out / "imagesTr" / f"{case}_0000.png")), np.rint(seen)), case
