import numpy as np
import pytest
import rasterio
from rasterio.enums import ColorInterp
from small_dinsar import AFFINE, GRID, SHAPE, signal, write_tiff

from nnunet_glacier.formats.interferograms import (
    check_sample,
    find_scenes,
    interferogram_signs,
    read_reduced_signal,
    read_signal,
)
from nnunet_glacier.lines.grids import Grid
from nnunet_glacier.support.errors import GlacierError

Z = signal(3)
PHASE = np.where(Z == 0, np.nan, np.angle(Z)).astype(np.float32)
STORED = {
    "complex": (Z[None], "complex", Z),
    "complex128": (Z[None].astype(np.complex128), "complex", Z),
    "real-imaginary": (np.stack([Z.real, Z.imag]), "real-imaginary", Z),
    "phase-magnitude": (np.stack([PHASE, np.abs(Z)]), "phase-magnitude", Z),
    "phase-magnitude with a fill value": (np.stack([PHASE, np.where(Z == 0, -9999, np.abs(Z))]), "phase-magnitude", Z),
    "phase": (PHASE[None], "phase", np.where(Z == 0, 0, np.exp(1j * np.angle(Z)))),
    "phase to two pi": (np.mod(PHASE, 2 * np.pi)[None], "phase", np.where(Z == 0, 0, np.exp(1j * np.angle(Z)))),
}


@pytest.mark.parametrize("name", STORED)
def test_every_way_to_store_a_signal_gives_the_same_signal(tmp_path, name):
    """Told apart by number, type and values of the bands; CRS and affine come as they are."""
    bands, kind, expected = STORED[name]
    stored = read_signal(write_tiff(tmp_path / "scene.tif", bands))
    assert stored.bands == kind
    np.testing.assert_allclose(stored.values, expected, atol=2e-6)
    assert np.array_equal(stored.valid, Z != 0)
    assert stored.grid == GRID


def test_complex_integers_are_read_as_complex_numbers(tmp_path):
    """16 bits each for real and imaginary part; 0 holds nothing."""
    whole = (np.round(Z.real * 1000) + 1j * np.round(Z.imag * 1000)).astype(np.complex64)
    stored = read_signal(write_tiff(tmp_path / "scene.tif", whole[None], dtype="complex_int16"))
    assert stored.bands == "complex"
    assert np.array_equal(stored.values, whole)
    assert np.array_equal(stored.valid, Z != 0)


def test_fill_values_hold_no_signal(tmp_path):
    """In complex bands both parts are compared, so that 0+1j is a signal where the fill value is 0."""
    values = Z.copy()
    values[5, 5:8] = [1j, -9999, -9999 + 2j]
    stored = read_signal(write_tiff(tmp_path / "complex.tif", values[None], nodata=-9999))
    assert stored.valid[5, 5:8].tolist() == [True, False, True]
    stored = read_signal(write_tiff(tmp_path / "zero.tif", values[None], nodata=0))
    assert stored.valid[5, 5]
    phase = np.where(np.isnan(PHASE), -9999, PHASE)
    stored = read_signal(write_tiff(tmp_path / "phase.tif", phase[None], nodata=-9999))
    assert np.array_equal(stored.valid, Z != 0)
    filled = np.nan_to_num(PHASE, nan=0)
    assert np.array_equal(read_signal(write_tiff(tmp_path / "filled.tif", filled[None])).valid, Z != 0)


@pytest.mark.parametrize("name", STORED)
@pytest.mark.parametrize("inside", [True, False])
def test_a_mask_says_where_there_is_no_signal(tmp_path, name, inside):
    """In the file or beside it; what it hides decides neither how the bands are stored nor what they hold."""
    bands, kind, expected = STORED[name]
    hidden = np.zeros(SHAPE, dtype=bool)
    hidden[10:20, 5:9] = True
    path = write_tiff(tmp_path / "scene.tif", np.where(hidden, -700 - np.arange(SHAPE[1]), bands).astype(bands.dtype))
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=inside), rasterio.open(path, "r+") as target:
        target.write_mask(~hidden)
    assert (tmp_path / "scene.tif.msk").exists() != inside
    assert ("complex numbers" in interferogram_signs(path)) == (kind == "complex")
    stored = read_signal(path)
    assert stored.bands == kind
    assert np.array_equal(stored.valid, (Z != 0) & ~hidden)
    np.testing.assert_allclose(stored.values, np.where(hidden, 0, expected), atol=2e-6)
    reduced = read_reduced_signal(path, bands=kind, phase_unit="radians", longest_px=max(SHAPE))
    assert np.array_equal(reduced.valid, stored.valid)


@pytest.mark.parametrize("name", ["real-imaginary", "phase-magnitude", "phase"])
def test_alpha_is_no_band_of_the_signal(tmp_path, name):
    """It says where the bands before it hold data, and is not taken for a magnitude."""
    bands, kind, expected = STORED[name]
    hidden = np.zeros(SHAPE, dtype=bool)
    hidden[10:20, 5:9] = True
    path = write_tiff(tmp_path / "scene.tif", [*bands, np.where(hidden, 0, 255)], dtype="float32")
    with rasterio.open(path, "r+") as target:
        target.colorinterp = [*target.colorinterp[:-1], ColorInterp.alpha]
    stored = read_signal(path)
    assert stored.bands == kind
    assert np.array_equal(stored.valid, (Z != 0) & ~hidden)
    np.testing.assert_allclose(stored.values, np.where(hidden, 0, expected), atol=2e-6)
    assert interferogram_signs(path)
    check_sample(path, bands=kind, phase_unit="radians")


def test_a_file_of_alpha_alone_is_refused(tmp_path):
    path = write_tiff(tmp_path / "scene.tif", PHASE[None])
    with rasterio.open(path, "r+") as target:
        target.colorinterp = [ColorInterp.alpha]
    with pytest.raises(GlacierError, match="its only band is alpha"):
        read_signal(path)


def test_a_phase_over_pi_is_taken_when_it_is_said(tmp_path):
    """Never guessed: a phase within [-1, 1] is refused until its unit is given, whichever it is."""
    path = write_tiff(tmp_path / "scene.tif", (PHASE / np.float32(np.pi))[None])
    with pytest.raises(GlacierError, match=r"may have been divided by pi\. Give --phase-unit pi, or --phase-unit rad"):
        read_signal(path)
    expected = np.where(Z == 0, 0, np.exp(1j * np.angle(Z)))
    np.testing.assert_allclose(read_signal(path, phase_unit="pi").values, expected, atol=2e-6)
    slow = read_signal(path, phase_unit="radians")
    np.testing.assert_allclose(np.angle(slow.values[slow.valid]), PHASE[slow.valid] / np.pi, atol=1e-6)
    with pytest.raises(GlacierError, match="not pi of one turn"):
        read_signal(write_tiff(tmp_path / "radians.tif", PHASE[None]), phase_unit="pi")


GREY = np.random.default_rng(0).integers(0, 256, SHAPE)
REFUSED = {
    "picture": (GREY[None].astype(np.uint8), "8-bit picture"),
    "colours": (np.stack([GREY] * 3).astype(np.uint8), "8-bit picture"),
    "integers": (GREY[None].astype(np.int16), r"whole numbers \(int16\)"),
    "grey ramp": (GREY[None].astype(np.float32), "ramp of grey values, not radians"),
    "degrees": (np.rad2deg(PHASE)[None], "in degrees or not wrapped"),
    "nonsense": (PHASE[None] * 1000, "not the wrapped phase"),
    "empty": (np.zeros((1, *SHAPE), np.complex64), "none of its pixels holds a signal"),
    "empty phase": (np.full((1, *SHAPE), np.nan, np.float32), "none of its pixels holds a signal"),
    "amplitude": (np.abs(Z)[None].astype(np.complex64), "imaginary part is 0 everywhere"),
    "four bands": (np.stack([PHASE] * 4), "it has 4 bands of float32"),
    "two complex": (np.stack([Z, Z]), "it has 2 bands of complex64"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_phase_is_refused_with_the_reason(tmp_path, name):
    """Quick-looks, degrees, ramps, amplitudes."""
    bands, reason = REFUSED[name]
    with pytest.raises(GlacierError, match=reason):
        read_signal(write_tiff(tmp_path / "scene.tif", bands))


def test_bands_that_are_not_as_said_are_refused(tmp_path):
    """With what the file holds."""
    path = write_tiff(tmp_path / "scene.tif", Z[None])
    with pytest.raises(GlacierError, match="1 band of complex64, which is not real-imaginary"):
        read_signal(path, bands="real-imaginary")
    with pytest.raises(GlacierError, match="which is not phase"):
        read_signal(path, bands="phase")
    (tmp_path / "damaged.tif").write_bytes(path.read_bytes()[:60])
    with pytest.raises(GlacierError, match="cannot be read as a GeoTIFF"):
        read_signal(tmp_path / "damaged.tif")


def test_a_scene_without_a_map_has_no_place(tmp_path):
    """As the one real patch that is public."""
    stored = read_signal(write_tiff(tmp_path / "scene.tif", Z[None], Grid(SHAPE)))
    assert stored.grid == Grid(SHAPE)
    assert not stored.grid.placed
    assert GRID.affine == AFFINE


def test_scenes_are_found_in_folders_below(tmp_path):
    """Delineations and hidden files are none; one name twice is a problem; so is an empty folder."""
    for name in ("a/one.tif", "b/two.TIFF", "b/delineation_two.tif", "b/.hidden.tif"):
        write_tiff(tmp_path / name, Z[None])
    (tmp_path / "b" / "notes.txt").write_text("x", encoding="utf-8")
    scenes, problems = find_scenes(tmp_path)
    assert (sorted(scenes), problems) == (["one", "two"], [])
    write_tiff(tmp_path / "c" / "ONE.tif", Z[None])
    assert "the name is there already" in str(find_scenes(tmp_path)[1][0])
    (tmp_path / "none").mkdir()
    assert "there are no interferograms in it" in str(find_scenes(tmp_path / "none")[1][0])
    assert "there are no interferograms in it" in str(find_scenes(tmp_path / "nowhere")[1][0])
