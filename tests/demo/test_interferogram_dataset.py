"""Made-up interferograms on disk: layout, place on the map, bytes, resuming, mistakes."""

import hashlib
import json

import geopandas
import numpy as np
import pytest
import rasterio
import shapely
from typer.testing import CliRunner

from nnunet_glacier.cli import app
from nnunet_glacier.demo.interferogram_dataset import (
    ALL_LINES_GPKG,
    LINES_GPKG,
    bands_of,
    features,
    on_the_map,
    write_interferograms,
    write_lines,
)
from nnunet_glacier.demo.interferogram_plan import frame_shape, plan_interferograms
from nnunet_glacier.demo.interferogram_scene import make_truth
from nnunet_glacier.support.errors import InputError

ROWS, SEED, SCENES = 128, 5, 4


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Four scenes, the third over the 180th meridian, the fourth without a line."""
    folder = tmp_path_factory.mktemp("made")
    said = write_interferograms(folder, SCENES, ROWS, SEED, workers=1)
    return folder, said


def hashes(folder):
    """Digest of every file below a folder."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_the_layout_is_that_of_the_getz_study(made):
    """Two float bands in EPSG:3031 at 100 m, 0 in both for no data, lines by source_file, missing geometry kept."""
    folder, said = made
    planned = plan_interferograms(SCENES, ROWS, SEED)
    assert sorted(path.stem for path in (folder / "DInSAR").iterdir()) == sorted(scene.name for scene in planned)
    for scene in planned:
        with rasterio.open(folder / "DInSAR" / f"{scene.name}.tif") as source:
            assert (source.count, source.dtypes[0], source.shape) == (2, "float32", frame_shape(ROWS))
            assert source.crs.to_epsg() == 3031
            assert (source.transform.a, source.transform.e) == (100, -100)
            real, imaginary = source.read()
        assert np.array_equal(real == 0, imaginary == 0)
    lines = geopandas.read_file(folder / LINES_GPKG)
    assert set(lines["source_file"]) == {f"{scene.name}.shp" for scene in planned}
    assert {"scene", "site", "T1", "T2", "T3", "T4", "dataset", "kind"} <= set(lines.columns)
    without = lines[lines["scene"] == planned[3].name]
    assert list(without["kind"]) == ["none"]
    assert without.geometry.isna().all()
    assert f"Next: nnunet-glacier convert dinsar {folder / 'DInSAR'}" in said
    record = json.loads((folder / "made_up.json").read_text())
    assert record["seed"] == SEED
    assert [scene["case"] for scene in record["made"]] == [scene.case for scene in planned]


def test_the_truth_is_in_map_coordinates_by_the_rasters_own_affine(made):
    """A vertex goes back to where it was made, in pixels, to a millionth; corner, not centre, is the origin."""
    folder, _ = made
    planned = plan_interferograms(1, ROWS, SEED)[0]
    truth = make_truth(planned, frame_shape(ROWS), SEED)
    with rasterio.open(folder / "DInSAR" / f"{planned.name}.tif") as source:
        affine = source.transform
    lines = geopandas.read_file(folder / ALL_LINES_GPKG)
    written = lines[lines["scene"] == planned.name].geometry
    xy = shapely.get_coordinates(written.array)
    back = (xy - [affine.c, affine.f]) / [affine.a, affine.e]
    assert sorted(map(tuple, back.round(6))) == sorted(map(tuple, shapely.get_coordinates(truth.all_lines).round(6)))
    pixel = shapely.MultiLineString([[(0, 0), (2.5, 1.5)]])
    assert list(on_the_map(pixel, rasterio.Affine(100, 0, -5000, 0, -100, 900))[0].coords) == [
        (-5000, 900),
        (-4750, 750),
    ]


def test_the_same_seed_gives_the_same_bytes_and_lost_files_come_back(made, tmp_path):
    """Made anew and resumed after a raster went missing: equal files; another seed: other rasters."""
    folder, _ = made
    write_interferograms(tmp_path / "again", SCENES, ROWS, SEED, workers=1)
    before = hashes(folder)
    assert hashes(tmp_path / "again") == before
    lost, kept = sorted((tmp_path / "again" / "DInSAR").iterdir())[:2]
    lost.unlink()
    age = kept.stat().st_mtime_ns
    write_interferograms(tmp_path / "again", SCENES, ROWS, SEED, workers=1)
    assert hashes(tmp_path / "again") == before
    assert kept.stat().st_mtime_ns == age
    write_interferograms(tmp_path / "other", 1, ROWS, SEED + 1, workers=1)
    assert not set(hashes(tmp_path / "other").values()) & set(before.values())


def test_lines_over_the_antimeridian_survive_longitudes(tmp_path):
    """In lon/lat the line jumps from 180 to -180; projected first it is back where it was, to a millimetre."""
    planned = plan_interferograms(3, ROWS, SEED)[2]
    truth = make_truth(planned, frame_shape(ROWS), SEED)
    rows = features(planned, truth.all_lines, truth.affine)
    write_lines(tmp_path / "lonlat.gpkg", rows, "EPSG:4326")
    degrees = geopandas.read_file(tmp_path / "lonlat.gpkg")
    longitude = shapely.get_coordinates(degrees.geometry.array)[:, 0]
    assert longitude.min() < -179
    assert longitude.max() > 179
    expected = np.concatenate([shapely.get_coordinates(row["geometry"]) for row in rows])
    assert shapely.get_coordinates(degrees.to_crs("EPSG:3031").geometry.array) == pytest.approx(expected, abs=1e-3)


def test_other_bands_hold_the_same_signal():
    """Two bands, one complex band, and the phase, which is NaN where there is no data."""
    signal = np.array([[1 + 2j, 0]], dtype=np.complex64)
    assert np.array_equal(bands_of(signal, "two"), np.array([[[1, 0]], [[2, 0]]], dtype=np.float32))
    assert np.array_equal(bands_of(signal, "complex"), signal[None])
    phase = bands_of(signal, "phase")
    assert phase[0, 0, 0] == pytest.approx(np.arctan2(2, 1))
    assert np.isnan(phase[0, 0, 1])


def test_mistakes_are_listed_before_anything_is_written(tmp_path):
    """All at once, and a folder belongs to one set of scenes."""
    with pytest.raises(InputError, match="5 problems") as caught:
        write_interferograms(tmp_path / "out", 0, 64, -1, bands="three", lines_crs="EPSG:none")
    assert {problem.where for problem in caught.value.problems} == {"scenes", "rows", "seed", "bands", "lines-crs"}
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("crs", ["EPSG:5703", "EPSG:4978"])
def test_lines_are_written_on_the_map_alone(tmp_path, crs):
    """Not in heights, and not in distances from the middle of the earth."""
    with pytest.raises(InputError, match=f"lines-crs: is '{crs}'. Give EPSG:3031 or EPSG:4326"):
        write_interferograms(tmp_path / "out", 1, 128, 0, lines_crs=crs)
    assert not (tmp_path / "out").exists()


def test_the_command_makes_a_complex_scene_and_refuses_other_settings_there(tmp_path):
    """One complex64 band; the same folder with another seed ends with 2."""
    arguments = ["demo", "interferograms", str(tmp_path), "--scenes", "1", "--size", "128", "--workers", "1"]
    result = CliRunner().invoke(app, [*arguments, "--bands", "complex"])
    assert result.exit_code == 0, result.output
    assert "1 scene in" in result.output
    (path,) = (tmp_path / "DInSAR").iterdir()
    with rasterio.open(path) as source:
        assert source.dtypes == ("complex64",)
    result = CliRunner().invoke(app, [*arguments, "--seed", "9"])
    assert result.exit_code == 2
    assert "Give another folder" in result.output
