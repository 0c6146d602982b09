"""The picture of a scene below its lines."""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from rasterio.shutil import copy
from scenes_on_the_map import made_scene, write_scene

from nnunet_glacier.viewing.scene_pictures import grey_picture, picture_grid


@pytest.mark.parametrize("profile", [{}, {"alpha": "YES", "photometric": "MINISBLACK"}])
def test_only_the_band_that_was_delineated_tells_where_there_is_data(tmp_path, profile):
    """Its nodata value is clear and no grey, though another band holds data there; so is what alpha hides."""
    bands = np.stack([made_scene(dtype="float32")] * 3)
    bands[2, :30] = -9999
    if profile:  # GDAL takes the first band after the grey one for alpha
        bands[1, -20:] = 0
    path = write_scene(tmp_path / "a.tif", bands, nodata=-9999, **profile)
    grid = picture_grid(path, "EPSG:3413", 100)
    grey_picture(SimpleNamespace(band=3), path, grid)(tmp_path / "a.png")
    picture = np.asarray(Image.open(tmp_path / "a.png"))
    held = np.ones((100, 100), dtype=bool)
    held[:30] = held[-20 if profile else 100 :] = False
    assert np.array_equal(picture > 0, held)
    assert np.unique(picture[held]).tolist() == [1, 255]


def test_a_scene_in_jpeg_2000_lies_where_its_affine_says(tmp_path):
    """Its driver tells a CRS of ground control points, and has none."""
    tiff = write_scene(tmp_path / "a.tif", made_scene())
    path = tmp_path / "a.jp2"
    copy(tiff, path, driver="JP2OpenJPEG", QUALITY="100", REVERSIBLE="YES")
    grids = [picture_grid(one, "EPSG:3413", 100) for one in (tiff, path)]
    assert grids[0] == grids[1]
    grey_picture(SimpleNamespace(band=1), path, grids[1])(tmp_path / "a.png")
    assert np.unique(np.asarray(Image.open(tmp_path / "a.png"))).tolist() == [1, 255]
