"""A file that was cut off is told from a whole one, by its ends and by its content."""

import json

import geopandas
import numpy as np
import pytest
import rasterio
import shapely
import SimpleITK as sitk  # noqa: N813
from PIL import Image

from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.support.whole_files import check_content, check_ends, is_whole

PIXELS = np.random.default_rng(0).integers(0, 256, (300, 200), dtype=np.uint8)


def write_png(path):
    Image.fromarray(PIXELS).save(path)


def write_tiff(path):
    profile = {"driver": "GTiff", "count": 2, "height": 300, "width": 200, "dtype": "uint8", "compress": "deflate"}
    with rasterio.open(path, "w", **profile) as target:
        target.write(np.stack([PIXELS, PIXELS]))


def write_volume(path):
    sitk.WriteImage(sitk.GetImageFromArray(PIXELS.astype(np.float32)), str(path), useCompression=True)


def write_npz(path):
    np.savez_compressed(path, probabilities=PIXELS)


def write_json(path):
    path.write_text(json.dumps({"rows": PIXELS.tolist()}), encoding="utf-8")


def write_geopackage(path):
    lines = [shapely.LineString(PIXELS[row, :20].reshape(10, 2)) for row in range(300)]
    geopandas.GeoDataFrame({"row": range(300)}, geometry=lines, crs="EPSG:3413").to_file(path, driver="GPKG")


def write_geojson(path):
    geopandas.GeoDataFrame({"row": [1]}, geometry=[shapely.Point(1, 2)], crs="EPSG:4326").to_file(path)


WRITERS = {
    ".png": write_png,
    ".tif": write_tiff,
    ".nii.gz": write_volume,
    ".npz": write_npz,
    ".json": write_json,
    ".gpkg": write_geopackage,
    ".geojson": write_geojson,
}
CHECKED_AT_ITS_ENDS = [ending for ending in WRITERS if ending != ".geojson"]
READ_AGAIN = [ending for ending in WRITERS if ending not in (".png", ".npz", ".json")]


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize("ending", WRITERS)
def test_a_whole_file_passes_both_checks(tmp_path, ending):
    """As its library writes it."""
    path = tmp_path / f"one{ending}"
    WRITERS[ending](path)
    check_ends(path)
    check_content(path)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.99])
@pytest.mark.parametrize("ending", WRITERS)
def test_a_file_that_was_cut_off_does_not(tmp_path, ending, share):
    """After no byte, a third, or all but the last ones."""
    path = tmp_path / f"one{ending}"
    WRITERS[ending](path)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    if ending in CHECKED_AT_ITS_ENDS:
        assert not is_whole(path)
    if ending in READ_AGAIN:
        with pytest.raises(GlacierError, match=r"it is damaged or cut off|it is empty"):
            check_content(path)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_blocks_that_were_never_written_are_missed(tmp_path):
    """GDAL reads them as zeros; so ends a file whose blocks met a full disk and whose directory did not."""
    path = tmp_path / "sparse.tif"
    with rasterio.open(
        path, "w", driver="GTiff", count=1, height=300, width=200, dtype="uint8", sparse_ok=True
    ) as target:
        target.write(PIXELS[None, :100], window=rasterio.windows.Window(0, 0, 200, 100))
    assert rasterio.open(path).read(1)[200:].max() == 0
    with pytest.raises(GlacierError, match="pixels are missing"):
        check_content(path)


@pytest.mark.parametrize("part", [".shp", ".shx", ".dbf"])
def test_each_file_of_a_shapefile_counts(tmp_path, part):
    """Whole with all three; not with one of them cut off."""
    path = tmp_path / "lines.shp"
    lines = [shapely.LineString([(0, 0), (1, row)]) for row in range(50)]
    geopandas.GeoDataFrame({"row": range(50)}, geometry=lines, crs="EPSG:3413").to_file(path)
    check_content(path)
    cut = path.with_suffix(part)
    cut.write_bytes(cut.read_bytes()[:-40])
    with pytest.raises(GlacierError, match="it is damaged or cut off"):
        check_content(path)


def test_what_is_no_file_is_not_whole(tmp_path):
    """Nothing, and a folder."""
    assert not is_whole(tmp_path / "none.png")
    assert not is_whole(tmp_path)
