"""Scenes read on another grid, by what they hold."""

import numpy as np
import pytest
import rasterio
from PIL import Image
from rasterio.control import GroundControlPoint
from rasterio.enums import ColorInterp, Resampling
from rasterio.rpc import RPC
from rasterio.shutil import copy
from scenes_on_the_map import NORTH, WEST, made_scene, write_scene

from nnunet_glacier.formats.interferograms import interferogram_signs
from nnunet_glacier.formats.scene_pixels import nearest_on_grid, read_on_grid
from nnunet_glacier.formats.scene_rasters import (
    declared_data,
    grid_of_control_points,
    read_header,
    sampled_values,
)
from nnunet_glacier.lines.grids import Grid
from nnunet_glacier.lines.network_grids import network_grid
from nnunet_glacier.support.errors import GlacierError, MendableError


def coarse(size_m: float, n: int) -> Grid:
    return Grid((n, n), "EPSG:3413", (size_m, 0.0, WEST, 0.0, -size_m, NORTH))


def read(path, grid, ground_m=20.0):
    return read_on_grid(read_header(path, path.stem, None), grid, ground_m)


def test_smaller_pixels_are_averaged(tmp_path):
    """16 pixels of 20 m in each of 80 m; only those with data count."""
    values = np.arange(64, dtype=np.uint16).reshape(8, 8) + 1
    values[:4, 4:] = 0
    values[0, 4] = 50
    values[4:, :4] = 0
    pixels = read(write_scene(tmp_path / "a.tif", values, 20, nodata=0), coarse(80, 2))
    assert pixels.valid.tolist() == [[True, True], [False, True]]
    assert pixels.values == pytest.approx(np.array([[values[:4, :4].mean(), 50], [0, values[4:, 4:].mean()]]), abs=0.01)


def test_nan_is_no_data(tmp_path):
    values = np.ones((8, 8), dtype=np.float32)
    values[:4, :4] = np.nan
    pixels = read(write_scene(tmp_path / "a.tif", values, 20), coarse(80, 2))
    assert pixels.valid.tolist() == [[False, True], [True, True]]
    assert pixels.values.tolist() == [[0, 1], [1, 1]]


def test_zero_is_a_value_where_nothing_says_otherwise(tmp_path):
    pixels = read(write_scene(tmp_path / "a.tif", np.zeros((8, 8), dtype=np.uint8), 20), coarse(80, 3))
    assert pixels.valid.tolist() == [[True, True, False], [True, True, False], [False, False, False]]


def test_an_alpha_band_and_a_mask_tell_where_there_is_data(tmp_path):
    values = np.full((2, 8, 8), 9, dtype=np.uint8)
    values[1] = 255
    values[1, :4] = 0
    path = write_scene(tmp_path / "alpha.tif", values, 20, photometric="MINISBLACK", alpha="YES")
    assert read(path, coarse(80, 2)).valid.tolist() == [[False, False], [True, True]]
    path = write_scene(tmp_path / "mask.tif", values[0], 20)
    with rasterio.open(path, "r+") as target:
        target.write_mask(values[1])
    assert read(path, coarse(80, 2)).valid.tolist() == [[False, False], [True, True]]


@pytest.mark.parametrize("band", [1, 2])
@pytest.mark.parametrize("alpha", [False, True])
def test_only_the_band_that_is_used_tells_where_there_is_data(tmp_path, band, alpha):
    """Its upper half is nodata, which another band fills; its lower right quarter is transparent."""
    values = np.full((3 if alpha else 2, 8, 8), 9, dtype=np.float32)
    values[band - 1, :4] = -9999
    profile = {"photometric": "MINISBLACK", "alpha": "YES"} if alpha else {}
    if alpha:
        values[2] = 255
        values[2, 4:, 4:] = 0
    path = write_scene(tmp_path / "a.tif", values, 20, nodata=-9999, **profile)
    if alpha:
        with rasterio.open(path, "r+") as target:
            target.colorinterp = [ColorInterp.gray, ColorInterp.undefined, ColorInterp.alpha]
    scene = read_header(path, "a", band)
    pixels = read_on_grid(scene, coarse(80, 2), 20.0)
    held = [[False, False], [True, not alpha]]
    assert pixels.valid.tolist() == held
    assert pixels.values.tolist() == (9 * np.array(held)).tolist()
    assert np.array_equal(declared_data(scene)(slice(0, 8)), np.kron(held, np.ones((4, 4))))
    assert sampled_values(scene).tolist() == [9] * 16 * (1 if alpha else 2)


def test_samples_are_of_the_pixels_and_not_of_an_overview(tmp_path):
    """Four values, whose overview holds their means too."""
    values = np.random.default_rng(0).choice(np.array([10, 80, 150, 220], np.uint8), (1030, 1030))
    path = write_scene(tmp_path / "a.tif", values, 20)
    scene = read_header(path, "a", None)
    sample = sampled_values(scene)
    assert sample.tolist() == values[::3, ::3].ravel().tolist()
    with rasterio.open(path, "r+") as target:
        target.build_overviews([2, 4], Resampling.average)
    assert sampled_values(scene).tolist() == sample.tolist()


def test_alpha_of_a_scene_that_points_place(tmp_path):
    """Its left half is transparent; the second band alone has a nodata value there in its upper half."""
    corners = [(0, 0), (0, 40), (40, 0), (40, 40)]
    points = [GroundControlPoint(row, col, -50 + 0.001 * col, 69 - 0.0005 * row) for row, col in corners]
    path = tmp_path / "raw.tif"
    bands = np.full((3, 40, 40), 7, np.uint8)
    bands[1, :20] = 0
    bands[2] = 255
    bands[2, :, :20] = 0
    made = {"driver": "GTiff", "height": 40, "width": 40, "count": 3, "dtype": "uint8", "nodata": 0}
    with rasterio.open(path, "w", photometric="MINISBLACK", alpha="YES", **made) as target:
        target.colorinterp = [ColorInterp.gray, ColorInterp.undefined, ColorInterp.alpha]
        target.gcps = (points, "EPSG:4326")
        target.write(bands)
    for band, upper in ((1, True), (2, False)):
        scene = read_header(path, "raw", band)
        grid = grid_of_control_points(scene)
        valid = read_on_grid(scene, grid, grid.pixel_size_m).valid
        assert not valid[:, :19].any()
        assert valid[22:-1, 21:-1].all()
        assert (valid[1:18, 21:-1] == upper).all()


def test_ground_control_points_alone_give_the_place(tmp_path):
    """Four corners in degrees, as a raw Sentinel-1 scene has them: the same pixels as with an affine."""
    values = np.random.default_rng(0).integers(1, 200, (40, 40)).astype(np.uint8)
    corners = [(0, 0), (0, 40), (40, 0), (40, 40)]
    points = [GroundControlPoint(row, col, -50 + 0.001 * col, 69 - 0.0005 * row) for row, col in corners]
    path = tmp_path / "raw.tif"
    with rasterio.open(path, "w", driver="GTiff", height=40, width=40, count=1, dtype="uint8") as target:
        target.gcps = (points, "EPSG:4326")
        target.write(values, 1)
    scene = read_header(path, "raw", None)
    assert scene.grid is None
    grid = grid_of_control_points(scene)
    assert grid.affine == pytest.approx((0.001, 0, -50, 0, -0.0005, 69))
    pixels = read_on_grid(scene, grid, grid.pixel_size_m)
    assert pixels.values[5:-5, 5:-5] == pytest.approx(values[5:-5, 5:-5].astype(float), abs=1)


def test_ground_control_points_on_either_side_of_the_antimeridian(tmp_path):
    """Longitudes that jump from 180 to -180 give the place of the same points that run on, and the same pixels."""
    values = np.random.default_rng(0).integers(1, 200, (40, 40)).astype(np.uint8)
    corners = [(0, 0), (0, 40), (40, 0), (40, 40)]
    read_pixels = []
    for name, east in (("jump", -360), ("on", 0)):
        points = [
            GroundControlPoint(row, col, 179.98 + 0.001 * col + (east if col else 0), 69 - 0.0005 * row)
            for row, col in corners
        ]
        path = tmp_path / f"{name}.tif"
        with rasterio.open(path, "w", driver="GTiff", height=40, width=40, count=1, dtype="uint8") as target:
            target.gcps = (points, "EPSG:4326")
            target.write(values, 1)
        scene = read_header(path, name, None)
        own = grid_of_control_points(scene)
        assert own.affine == pytest.approx((0.001, 0, 179.98, 0, -0.0005, 69))
        read_pixels.append(read_on_grid(scene, network_grid(own, (40, 40)), own.ground_size_m))
    jump, on = read_pixels
    assert np.array_equal(jump.values, on.values)
    assert jump.valid.mean() == pytest.approx(0.49, abs=0.02)


def test_classes_beyond_180_degrees_are_found(tmp_path):
    """A map of degrees over the antimeridian, by the nearest pixel on a polar grid."""
    degrees = rasterio.Affine(0.01, 0, 179.8, 0, -0.005, 75)
    classes = np.full((40, 40), 2, dtype=np.uint8)
    classes[:, 20:] = 7
    path = write_scene(tmp_path / "map.tif", classes, crs="EPSG:4326", transform=degrees)
    grid = network_grid(Grid((40, 40), "EPSG:4326", tuple(degrees)[:6]), (300, 300))
    counts = np.bincount(nearest_on_grid(path, grid, 255).ravel(), minlength=256)
    assert counts[2] == pytest.approx(counts[7], rel=0.05)
    assert counts[2] * 300**2 == pytest.approx(20 * 40 * 0.01 * 0.005 * 111_600**2 * np.cos(np.radians(74.9)), rel=0.03)


@pytest.mark.parametrize(
    ("bands", "profile", "words"),
    [
        (1, {"crs": None}, "no CRS"),
        (1, {"crs": None, "transform": rasterio.Affine.identity()}, "no place on the map"),
        (2, {}, "it has 2 bands"),
    ],
)
def test_what_cannot_be_used_says_so(tmp_path, bands, profile, words):
    path = write_scene(tmp_path / "a.tif", np.stack([made_scene()] * bands), **profile)
    with pytest.raises(GlacierError, match=words):
        read_header(path, "a", None)


def test_several_images_in_one_file_are_not_one(tmp_path):
    """Of floats, and so not an interferogram's either."""
    pages = [Image.fromarray(made_scene(dtype="float32")) for _ in range(3)]
    pages[0].save(tmp_path / "pages.tif", save_all=True, append_images=pages[1:])
    assert interferogram_signs(tmp_path / "pages.tif") == ""
    with pytest.raises(GlacierError, match=r"^it holds 3 images$") as error:
        read_header(tmp_path / "pages.tif", "pages", None)
    assert f"gdal_translate GTIFF_DIR:1:{tmp_path / 'pages.tif'} IMAGE" in error.value.remedy


def test_a_scene_that_coefficients_place_is_to_be_warped_by_them(tmp_path):
    path = write_scene(tmp_path / "a.tif", made_scene(), crs=None, transform=rasterio.Affine.identity())
    line = [0.0, 1.0, *[0.0] * 18]
    with rasterio.open(path, "r+") as target:
        target.rpcs = RPC(0.0, 1.0, -50.0, 1.0, line, line, 0.0, 1.0, 69.0, 1.0, line, line, 0.0, 1.0)
    with pytest.raises(MendableError, match="rational polynomial") as error:
        read_header(path, "a", None)
    assert "gdalwarp -rpc" in error.value.remedy


def test_three_equal_colours_are_grey(tmp_path):
    path = write_scene(tmp_path / "a.tif", np.stack([made_scene()] * 3), photometric="RGB")
    assert read_header(path, "a", None).band == 1


def write_palette(path, values, colours, **profile):
    write_scene(path, values, 20, **profile)
    with rasterio.open(path, "r+") as target:
        target.write_colormap(1, colours)
    return path


@pytest.mark.parametrize("band", [None, 1])
def test_a_palette_of_greys_is_read_by_its_colours(tmp_path, band):
    """Turned over: index 0 is white. The means of pixels are those of greys; the nodata index is no grey."""
    values = np.arange(64, dtype=np.uint8).reshape(8, 8)
    values[:4, :4] = 200
    colours = {index: (255 - index, 255 - index, 255 - index, 255) for index in range(256)}
    path = write_palette(tmp_path / "a.tif", values, colours, nodata=200)
    scene = read_header(path, "a", band)
    pixels = read_on_grid(scene, coarse(80, 2), 20.0)
    assert pixels.valid.tolist() == [[False, True], [True, True]]
    means = [[0, 255 - values[:4, 4:].mean()], [255 - values[4:, :4].mean(), 255 - values[4:, 4:].mean()]]
    assert pixels.values == pytest.approx(np.array(means), abs=0.01)
    assert len(np.unique(sampled_values(scene))) == 48


def test_where_a_palette_is_transparent_there_is_no_data(tmp_path):
    """For the network, the sample and the maps alike."""
    values = np.arange(64, dtype=np.uint8).reshape(8, 8)
    values[:4, :4] = 200
    path = tmp_path / "a.vrt"
    copy(write_scene(tmp_path / "a.tif", values, 20), path, driver="VRT")
    entries = (f'<Entry c1="{grey}" c2="{grey}" c3="{grey}" c4="{255 * (grey != 200)}"/>' for grey in range(256))
    palette = f"<ColorInterp>Palette</ColorInterp><ColorTable>{''.join(entries)}</ColorTable>"
    path.write_text(path.read_text().replace("<ColorInterp>Gray</ColorInterp>", palette))
    scene = read_header(path, "a", None)
    assert read_on_grid(scene, coarse(80, 2), 20.0).valid.tolist() == [[False, True], [True, True]]
    assert declared_data(scene)(slice(3, 5)).tolist() == [[False] * 4 + [True] * 4, [True] * 8]
    assert len(sampled_values(scene)) == 48


@pytest.mark.parametrize("band", [None, 1])
def test_a_palette_of_colours_is_refused(tmp_path, band):
    path = write_palette(tmp_path / "a.tif", np.ones((8, 8), dtype=np.uint8), {0: (0, 0, 0, 255), 1: (255, 0, 0, 255)})
    with pytest.raises(GlacierError, match=r"palette of colours.*-expand rgb"):
        read_header(path, "a", band)
