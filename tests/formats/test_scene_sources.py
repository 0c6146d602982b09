"""Where scenes are looked for: folders, lists, products of Sentinel-1 and archives."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from rasterio.shutil import copy
from scenes_on_the_map import NORTH, WEST, made_scene, write_scene

from nnunet_glacier.delineation.options import Options
from nnunet_glacier.delineation.sources import open_scenes
from nnunet_glacier.formats.rasters import open_tiff
from nnunet_glacier.formats.scene_rasters import read_header
from nnunet_glacier.formats.scene_sources import find_scenes
from nnunet_glacier.support.archives import is_file
from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.support.resume import content_of

PRODUCT = "S1A_IW_GRDH_1SDH_20150206T102345_20150206T102410_004398_0055D5_1234.SAFE"
CASE = "s1a-iw-grd-hh-20150206t102345-20150206t102410-004398-0055d5-001"


@pytest.fixture
def product(tmp_path):
    """A product as it is unpacked, with a quick look that is no scene."""
    folder = tmp_path / "downloads" / PRODUCT
    for inner in ("measurement", "preview"):
        (folder / inner).mkdir(parents=True)
    write_scene(folder / "measurement" / f"{CASE}.tiff", made_scene())
    write_scene(folder / "preview" / "quick-look.tiff", made_scene())
    (folder / "manifest.safe").write_text("<xml/>")
    return folder


def pack(product, archive):
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(product.rglob("*")):
            packed.write(path, path.relative_to(product.parent).as_posix())
    return archive


@pytest.mark.parametrize("below", [False, True])
def test_a_product_and_a_folder_of_products_give_their_measurements(product, below):
    for source in (product, product.parent, product / "measurement"):
        scenes, problems = find_scenes([source], below=below)
        assert scenes == {CASE: product / "measurement" / f"{CASE}.tiff"}
        assert problems == []


def test_a_zipped_product_is_read_where_it_is(product, tmp_path):
    """By its name, in a folder, as GDAL names its image, and in a list: the same pixels, day and sensor."""
    archive = pack(product, tmp_path / "S1A_1234.zip")
    inner = archive / PRODUCT / "measurement" / f"{CASE}.tiff"
    listed = tmp_path / "list.txt"
    listed.write_text(f"/vsizip/{inner}\n")
    (tmp_path / "named.txt").write_text("S1A_1234.zip\n")
    for source in (archive, inner, Path(f"/vsizip/{inner}"), listed, tmp_path / "named.txt"):
        scenes, *faults = open_scenes([source], Options(), lambda path, case: read_header(path, case, None))
        assert faults == [[], [], []]
        (scene,) = scenes
        assert (scene.path, scene.case, str(scene.date), scene.sensor) == (inner, CASE, "2015-02-06", "S1")
    assert find_scenes([tmp_path])[0] == {CASE: inner}
    with open_tiff(inner) as source:
        assert np.array_equal(source.read(1), made_scene())
    before = content_of(inner)
    (product / "manifest.safe").write_text("<xml></xml>")
    pack(product, archive)
    assert content_of(inner) != before
    assert not is_file(archive / "other.tiff")


def test_archives_without_measurements(tmp_path):
    """In a folder they are no scenes; one that is named says what to do, and so does a file that is not in one."""
    write_scene(tmp_path / "a.tif", made_scene())
    archive = tmp_path / "shapes.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("fronts.shp", "")
    (tmp_path / "broken.zip").write_text("no archive")
    assert find_scenes([tmp_path]) == ({"a": tmp_path / "a.tif"}, [])
    for name, said in (("shapes.zip", "it holds no measurement/*.tiff"), ("broken.zip", "it is no zip archive")):
        scenes, (problem,) = find_scenes([tmp_path / name])
        assert scenes == {}
        assert said in str(problem)
    assert "there is no such file" in str(find_scenes([archive / "none.tif"])[1][0])


def test_netcdf_in_a_folder(tmp_path):
    """One of a raster is a scene; one of several variables says how they become one."""
    tiffs = tmp_path / "tiffs"
    tiffs.mkdir()
    copy(write_scene(tiffs / "one.tif", made_scene()), tmp_path / "a_20150202.nc", driver="netCDF")
    scenes, problems = find_scenes([tmp_path])
    assert (list(scenes), problems) == (["a_20150202"], [])
    scene = read_header(scenes["a_20150202"], "a", None)
    assert (scene.shape, scene.grid.map_affine) == ((100, 100), (80, 0, WEST, 0, -80, NORTH))
    copy(write_scene(tiffs / "two.tif", np.stack([made_scene()] * 2)), tmp_path / "several.nc", driver="netCDF")
    with pytest.raises(GlacierError, match=r"no raster itself: .*gdal_translate.*several\.nc"):
        read_header(tmp_path / "several.nc", "several", None)
