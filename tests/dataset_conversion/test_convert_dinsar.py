import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import tifffile
from nnunetv2.imageio.natural_image_reader_writer import NaturalImage2DIO
from nnunetv2.utilities.label_handling.label_handling import LabelManager
from rasterio.features import rasterize
from read_back import contents, read, read_json
from shapely.geometry import LineString
from small_caffe import convert
from small_dinsar import AFFINE, GRID, NAME, SCENES, SHAPE, getz_lines, line_through, signal, write_getz, write_tiff

from nnunet_glacier.dataset_conversion.dinsar import stage as dinsar
from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.formats.scene_table import read_scenes
from nnunet_glacier.lines.grids import Grid

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")

SOME_PATCHES = ("--patch-size", "32", "--max-line-patches", "2", "--max-plain-patches", "1")


@pytest.fixture(scope="module")
def getz(tmp_path_factory):
    return write_getz(tmp_path_factory.mktemp("getz"))


def files_of(out: Path, scene: Scene, channels: int) -> tuple[list[Path], Path, Path]:
    """Channels, labels and one-pixel line of a case."""
    end = {"train": "Tr", "test": "Ts"}[scene.split]
    images = [out / f"images{end}" / f"{scene.case}_{channel:04}.tif" for channel in range(channels)]
    return images, out / f"labels{end}" / f"{scene.case}.tif", out / f"fronts{end}" / f"{scene.case}.png"


def published_mask(scene: str, *, all_touched: bool) -> np.ndarray:
    """The mask as the Getz study burns it."""
    frame = getz_lines()
    frame = frame[~frame.geometry.isna()]
    lines = frame[frame.source_file == f"{scene}.shp"].geometry
    return rasterize(lines, SHAPE, transform=rasterio.Affine(*AFFINE), all_touched=all_touched)


def test_the_getz_layout(getz, tmp_path):
    """The published mask, phase and magnitude; nothing and ignore where there is no signal; CRS and affine verbatim."""
    out = tmp_path / NAME
    result = convert("dinsar", *getz, out)
    assert result.exit_code == 0, result.output
    assert "6 scenes (4 training, 1 validation, 1 test); 6 written now" in result.output
    assert "44 of 57 features have no geometry" in result.output
    assert f"1 scene was left out, since no line is drawn there, such as {SCENES[-1]}" in result.output
    assert "1 line was not used, being of no scene here, such as of gl_999_elsewhere" in result.output
    assert "nnunet-glacier plan -d 540" in result.output
    scenes = read_scenes(out / "scenes.csv")
    scale = read_json(out / "dataset.json")["channels"]["scale"]
    assert list(scenes) == list(SCENES[:-1])
    for seed, (name, scene) in enumerate(scenes.items()):
        images, labels, line = files_of(out, scene, 2)
        z = signal(seed)
        valid = z != 0
        assert np.array_equal(read(labels), np.where(valid, published_mask(name, all_touched=True), 2))
        assert np.array_equal(read(line) == 255, valid & (published_mask(name, all_touched=False) == 1))
        np.testing.assert_allclose(read(images[0]), np.where(valid, np.angle(z) / np.pi, 0), atol=1e-6)
        np.testing.assert_allclose(read(images[1]), np.minimum(np.abs(z) / scale, 1), atol=1e-6)
        for path in (*images, labels):
            with rasterio.open(path) as source:
                assert source.crs.to_epsg() == 3031
                assert tuple(source.transform)[:6] == AFFINE
                assert source.dtypes == (("uint8",) if path == labels else ("float32",))
                assert source.nodata is None
    scene = scenes[SCENES[0]]
    assert (scene.crs, scene.affine, scene.pixel_size_m) == ("EPSG:3031", AFFINE, 100)
    assert (scene.hemisphere, scene.date.isoformat(), scene.source) == ("south", "2018-05-18", f"{SCENES[0]}.tif")


def test_nnunet_reads_what_was_written(getz, tmp_path):
    """Its own reader gives the float channels, its label manager the ignore label, its rule no normalisation."""
    out = tmp_path / NAME
    assert convert("dinsar", *getz, out, "--channels", "cos_sin_mag").exit_code == 0
    dataset = read_json(out / "dataset.json")
    assert dataset["channel_names"] == {"0": "noNorm", "1": "noNorm", "2": "noNorm"}
    assert dataset["channels"]["meanings"][0] == "cos(phase)"
    assert (dataset["overwrite_image_reader_writer"], dataset["file_ending"]) == ("NaturalImage2DIO", ".tif")
    assert [task["name"] for task in dataset["tasks"]] == ["grounding_line"]
    manager = LabelManager(dataset["labels"], None)
    assert (manager.ignore_label, manager.foreground_labels) == (2, [1])
    scene = read_scenes(out / "scenes.csv")[SCENES[1]]
    images, labels, _ = files_of(out, scene, 3)
    pixels, properties = NaturalImage2DIO().read_images([str(path) for path in images])
    assert pixels.shape == (3, 1, *SHAPE)
    assert properties["spacing"] == (999, 1, 1)
    z = signal(1)
    expected = np.where(z == 0, 0, [np.cos(np.angle(z)), np.sin(np.angle(z))])
    np.testing.assert_allclose(pixels[:2, 0], expected, atol=1e-6)
    assert np.array_equal(NaturalImage2DIO().read_seg(str(labels))[0][0, 0], read(labels))


def test_the_magnitude_that_becomes_one_is_that_of_the_training_scenes(getz, tmp_path):
    """The median of their 99th percentiles, test and validation left out; recorded; or as given."""
    out = tmp_path / NAME
    assert convert("dinsar", *getz, out, "--folds", "split").exit_code == 0
    (fold,) = read_json(out / "splits_final.json")
    assert (len(fold["train"]), len(fold["val"])) == (4, 1)
    magnitudes = [np.abs(signal(SCENES.index(name))) for name in fold["train"]]
    expected = np.median([np.percentile(values[values > 0], 99) for values in magnitudes])
    assert read_json(out / "conversion.json")["magnitude_scale"] == pytest.approx(expected, rel=1e-6)
    given = tmp_path / "Dataset541_Given"
    assert convert("dinsar", *getz, given, "--magnitude-scale", "3").exit_code == 0
    assert read_json(given / "dataset.json")["channels"]["scale"] == 3


def test_the_class_balance_is_that_of_the_labels(getz, tmp_path):
    """Counted in the training cases; the table has the test cases too."""
    out = tmp_path / NAME
    assert convert("dinsar", *getz, out, "--plain").exit_code == 0
    maps = [read(path) for path in (out / "labelsTr").iterdir()]
    positives, negatives = (sum((labels == code).sum() for labels in maps) for code in (1, 0))
    balance = read_json(out / "dataset.json")["class_balance"]
    assert (balance["positives"], balance["negatives"]) == (positives, negatives)
    assert balance["positive_weight"] == pytest.approx(negatives / positives, abs=1e-4)
    assert balance["positives_per_patch"] == positives / 5
    table = pd.read_csv(out / "class_balance.csv")
    assert list(table.case) == list(SCENES[:-1])


def write_tiles(root: Path, *, placed: bool = True) -> list[str]:
    """Mohajerani et al.'s layout: complex tiles of four scenes, two each, one of them without a line."""
    names = []
    for scene in range(4):
        for column, row in ((0, 0), (40, 32)):
            name = f"gl_{scene:03}_180518-180524-180530-180605_x{column:04}_y{row:04}_DIR00"
            grid = GRID.window(row, column, SHAPE) if placed else Grid(SHAPE)
            write_tiff(root / f"coco_{name}.tif", signal(len(names))[None], grid)
            drawn = np.zeros((1, *SHAPE), np.uint8)
            drawn[0, 10 : 10 + (row == 0) * 3, 5:30] = 255
            write_tiff(root / f"delineation_{name}.tif", drawn, grid)
            names.append(name)
    return names


def test_tiles_without_a_place_are_not_advised_a_common_grid(tmp_path):
    """Which they cannot be brought to."""
    write_tiles(tmp_path / "tiles", placed=False)
    result = convert("dinsar", tmp_path / "tiles", tmp_path / "tiles", tmp_path / NAME, "--channels", "reim")
    assert result.exit_code == 0, result.output
    assert "8 scenes have no place on the map, and no pixel size in metres." in result.output
    assert "common grid" not in result.output


def test_the_layout_of_mohajerani(tmp_path):
    """Complex tiles and delineations in one folder; tiles of a scene are never on both sides; no line is an answer."""
    names = write_tiles(tmp_path / "tiles")
    out = tmp_path / NAME
    result = convert("dinsar", tmp_path / "tiles", tmp_path / "tiles", out, "--channels", "reim")
    assert result.exit_code == 0, result.output
    scenes = read_scenes(out / "scenes.csv")
    assert len(scenes) == 8
    for index, name in enumerate(names):
        images, labels, line = files_of(out, scenes[f"coco_{name}"], 2)
        drawn = read(tmp_path / "tiles" / f"delineation_{name}.tif") == 255
        valid = signal(index) != 0
        assert np.array_equal(read(labels), np.where(valid, drawn, 2))
        thin = read(line) == 255
        assert thin.any() == drawn.any()
        assert thin.sum(axis=0).max() <= 1
        assert not (thin & ~drawn).any()
        z = read(images[0]) + 1j * read(images[1])
        np.testing.assert_allclose(np.angle(z[valid]), np.angle(signal(index)[valid]), atol=1e-5)
    scene = scenes[f"coco_{names[3]}"]
    assert (scene.glacier, scene.date.isoformat()) == ("gl_001_180518-180524-180530-180605", "2018-05-18")
    by_split = {
        split: {scene.glacier for scene in scenes.values() if scene.split == split} for split in ("train", "test")
    }
    assert not by_split["train"] & by_split["test"]
    assert len(by_split["test"]) == 1
    for fold in read_json(out / "splits_final.json"):
        sides = [{scenes[case].glacier for case in fold[side]} for side in ("train", "val")]
        assert not sides[0] & sides[1]


def write_dlr(root: Path) -> tuple[Path, Path]:
    """DLR's layout: phase in EPSG:4326, UUID, T1 to T4, a column with the sets, several features a scene."""
    grid = Grid((60, 90), "EPSG:4326", (0.004, 0.0, -112.0, 0.0, -0.001, -74.5))
    rows = []
    lines = []
    for index, part in enumerate(("train", "train", "train", "validation", "test")):
        name = f"6f9a-{index}"
        phase = np.random.default_rng(index).uniform(-np.pi, np.pi, grid.shape).astype(np.float32)
        phase[:2] = np.nan
        write_tiff(root / "scenes" / f"{name}.tif", phase[None], grid)
        for row in (20.3, 35.7):
            x, y = -112 + 0.004 * np.array([5.2, 40.5, 80.3]), -74.5 - 0.001 * np.array([row, row + 6, row])
            lines.append(gpd.points_from_xy(x, y))
            rows.append({"UUID": name, "T1": f"2014-0{index + 1}-11", "T4": "", "dataset": part})
    frame = gpd.GeoDataFrame(rows, geometry=[LineString(list(points)) for points in lines], crs="EPSG:4326")
    frame.to_crs(3031).to_file(root / "lines.geojson")
    return root / "scenes", root / "lines.geojson"


def test_the_layout_of_dlr(tmp_path):
    """Phase alone, in degrees; the column says who trains; features of a scene are joined; no size in metres."""
    scenes_folder, lines = write_dlr(tmp_path)
    out = tmp_path / NAME
    result = convert("dinsar", scenes_folder, lines, out, "--folds", "split", "--channels", "reim")
    assert result.exit_code == 0, result.output
    assert "5 scenes have no single pixel size in metres" in result.output
    assert read_json(out / "conversion.json")["split"] == "column"
    assert read_json(out / "splits_final.json") == [{"train": [f"6f9a-{i}" for i in range(3)], "val": ["6f9a-3"]}]
    scenes = read_scenes(out / "scenes.csv")
    assert [name for name, scene in scenes.items() if scene.split == "test"] == ["6f9a-4"]
    scene = scenes["6f9a-1"]
    assert (scene.date.isoformat(), scene.hemisphere, scene.crs) == ("2014-02-11", "south", "EPSG:4326")
    assert np.isnan(scene.pixel_size_m)
    labels = read(files_of(out, scene, 2)[1])
    assert (labels[:2] == 2).all()
    line_rows = (labels[:, 20] == 1).nonzero()[0]
    assert set(line_rows) == {22, 23, 38} or set(line_rows) == {22, 38}


def test_a_common_grid(tmp_path):
    """DLR's scenes on EPSG:3031 at 150 m: square pixels on multiples of 150 m; the magnitude is a pseudo-coherence."""
    scenes_folder, lines = write_dlr(tmp_path)
    out = tmp_path / NAME
    result = convert("dinsar", scenes_folder, lines, out, "--crs", "EPSG:3031", "--pixel-size-m", "150")
    assert result.exit_code == 0, result.output
    assert "how well phases agree" in result.output
    scene = read_scenes(out / "scenes.csv")["6f9a-1"]
    assert (scene.crs, scene.pixel_size_m) == ("EPSG:3031", 150)
    assert [scene.affine[2] % 150, scene.affine[5] % 150] == [0, 0]
    images, labels, _ = files_of(out, scene, 2)
    magnitude, label = read(images[1]), read(labels)
    assert ((magnitude > 0) == (label != 2)).all()
    assert 0 < magnitude[label != 2].mean() < 0.95
    # Two lines of 8.9 km, 60 pixels each; a line touches at most twice as many.
    assert 120 <= (label == 1).sum() <= 240


def test_patches_go_back_to_their_place_on_the_map(getz, tmp_path):
    """To the pixel: by row and column into the scene, and by the affine of each patch onto the map."""
    whole, out = tmp_path / "whole" / NAME, tmp_path / "patches" / NAME
    assert convert("dinsar", *getz, whole).exit_code == 0
    scale = str(read_json(whole / "dataset.json")["channels"]["scale"])
    result = convert("dinsar", *getz, out, *SOME_PATCHES, "--magnitude-scale", scale)
    assert result.exit_code == 0, result.output
    scenes, patches = read_scenes(whole / "scenes.csv"), read_scenes(out / "scenes.csv")
    table = pd.read_csv(out / "patches.csv")
    assert list(table.case) == list(patches)
    assert set(table.scene) == set(SCENES[:-1])
    assert len(table) >= 12
    for row in table.itertuples():
        patch, scene = patches[row.case], scenes[row.scene]
        assert patch.split == scene.split
        window = (slice(row.row, row.row + row.size), slice(row.column, row.column + row.size))
        sources = [path for group in files_of(whole, scene, 2) for path in np.atleast_1d(group)]
        targets = [path for group in files_of(out, patch, 2) for path in np.atleast_1d(group)]
        for source, target in zip(sources, targets, strict=True):
            assert np.array_equal(read(target), read(source)[window])
        with rasterio.open(targets[0]) as small, rasterio.open(sources[0]) as large:
            assert small.xy(0, 0) == large.xy(row.row, row.column)
            assert small.crs == large.crs
        assert (row.scene_rows, row.scene_columns, row.scene_crs) == (*SHAPE, "EPSG:3031")
        assert tuple(map(float, row.scene_affine.split())) == AFFINE
        assert bool((read(targets[2]) == 1).any()) == row.with_line


def test_the_same_seed_gives_the_same_bytes(getz, tmp_path, monkeypatch):
    """Also from a conversion that was stopped and went on; another seed gives other patches."""
    options = (*SOME_PATCHES, "--channels", "reim")
    one, two, other = (tmp_path / part / NAME for part in ("one", "two", "other"))
    assert convert("dinsar", *getz, one, *options).exit_code == 0
    load_case, loaded = dinsar.load_case, []

    def stop_at_the_ninth(case, **parameters):
        loaded.append(case)
        if len(loaded) == 9:
            raise KeyboardInterrupt
        return load_case(case, **parameters)

    monkeypatch.setattr(dinsar, "load_case", stop_at_the_ninth)
    assert convert("dinsar", *getz, two, *options).exit_code == 130
    assert not (two / "dataset.json").exists()
    monkeypatch.setattr(dinsar, "load_case", load_case)
    result = convert("dinsar", *getz, two, *options)
    assert "8 were there already" in result.output
    assert contents(one) == contents(two)
    assert convert("dinsar", *getz, other, *options, "--seed", "7").exit_code == 0
    assert set(contents(other)) != set(contents(one))
    result = convert("dinsar", *getz, two, *options, "--seed", "7")
    assert result.exit_code == 2
    assert "seed=42" in result.output
    assert "seed=7" in result.output


def test_patches_of_a_scene_are_on_one_side_unless_asked_by_name(getz, tmp_path):
    """By scene; with --split-by-patch scenes are on several sides."""

    def sides(*options: str) -> dict[str, set[str]]:
        out = tmp_path / f"Dataset5{60 + len(options)}_Sides"
        assert convert("dinsar", *getz, out, *SOME_PATCHES, *options).exit_code == 0
        scenes_of: dict[str, set[str]] = {}
        for scene in read_scenes(out / "scenes.csv").values():
            scenes_of.setdefault(scene.glacier, set()).add(scene.split)
        return scenes_of

    assert all(len(splits) == 1 for splits in sides().values())
    assert any(len(splits) == 2 for splits in sides("--split-by-patch").values())


def test_a_scene_named_without_a_geometry_may_be_kept(getz, tmp_path):
    """As ground without a line; a scene that is not named at all is never taken."""
    scenes, lines = getz
    write_tiff(tmp_path / "scenes" / "unnamed.tif", np.stack([signal(9).real, signal(9).imag]))
    for path in scenes.iterdir():
        (tmp_path / "scenes" / path.name).write_bytes(path.read_bytes())
    out = tmp_path / NAME
    result = convert("dinsar", tmp_path / "scenes", lines, out, "--keep-empty")
    assert result.exit_code == 0, result.output
    kept = read_scenes(out / "scenes.csv")
    assert list(kept) == list(SCENES)
    assert set(np.unique(read(files_of(out, kept[SCENES[-1]], 2)[1]))) == {0, 2}


def test_every_fault_is_in_one_list_and_nothing_is_written(getz, tmp_path):
    """A quick-look, degrees, lines elsewhere, lines in no place, another way to store, a wrong folder name."""
    scenes, lines = getz
    folder = tmp_path / "scenes"
    folder.mkdir()
    for path in scenes.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    z = signal(0)
    write_tiff(folder / f"{SCENES[0]}.tif", np.zeros((3, *SHAPE), np.uint8))
    write_tiff(folder / f"{SCENES[1]}.tif", np.rad2deg(np.angle(z))[None])
    far = Grid(SHAPE, "EPSG:3031", (100.0, 0.0, 900_000.0, 0.0, -100.0, 900_000.0))
    write_tiff(folder / f"{SCENES[2]}.tif", np.stack([z.real, z.imag]), far)
    write_tiff(folder / f"{SCENES[3]}.tif", np.stack([z.real, z.imag]), Grid(SHAPE))
    write_tiff(folder / f"{SCENES[4]}.tif", z[None])
    out = tmp_path / "Lines"
    result = convert("dinsar", folder, lines, out)
    assert result.exit_code == 2
    for said in (
        "6 problems; nothing was written",
        f"{SCENES[0]}.tif: it is an 8-bit picture",
        f"{SCENES[1]}.tif: its phase reaches from",
        f"{SCENES[2]}.tif: none of its lines lies in it",
        f"{SCENES[3]}.tif: it has no CRS or no affine",
        f"stored in different ways: complex ({SCENES[4]}), real-imaginary ({SCENES[5]}). Give --bands",
        "is not of nnU-Net's form",
    ):
        assert said in result.output
    assert not out.exists()


def test_lines_that_name_no_scene_are_refused_with_both_names(getz, tmp_path):
    """And a column that is not there with those that are."""
    _, lines = getz
    write_tiff(tmp_path / "scenes" / "other.tif", signal(0)[None])
    result = convert("dinsar", tmp_path / "scenes", lines, tmp_path / NAME)
    assert result.exit_code == 2
    assert f"no line in it belongs to a scene: it names {SCENES[0]}" in result.output
    assert "the scenes are other" in result.output
    result = convert("dinsar", tmp_path / "scenes", lines, tmp_path / NAME, "--line-column", "file")
    assert "it has no column 'file'; it has source_file, geometry" in result.output


def test_delineations_that_do_not_fit_are_refused(tmp_path):
    """Another size, another place, more than two values, another grid."""
    names = write_tiles(tmp_path / "tiles")[:3]
    drawn = np.zeros((1, *SHAPE), np.uint8)
    write_tiff(tmp_path / "tiles" / f"delineation_{names[0]}.tif", drawn[:, 1:])
    write_tiff(tmp_path / "tiles" / f"delineation_{names[1]}.tif", drawn, GRID.window(5, 5, SHAPE))
    drawn[0, 0, :2] = [3, 4]
    write_tiff(tmp_path / "tiles" / f"delineation_{names[2]}.tif", drawn, GRID)
    result = convert("dinsar", tmp_path / "tiles", tmp_path / "tiles", tmp_path / NAME)
    assert "3 problems" in result.output
    for said in ("has (39, 48) pixels, the scene (40, 48)", "lies elsewhere", "values beside 0 and one other: [3, 4]"):
        assert said in result.output
    result = convert("dinsar", tmp_path / "tiles", tmp_path / "tiles", tmp_path / NAME, "--pixel-size-m", "200")
    assert "its line is a raster, which fits its own grid alone" in result.output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--crs", "EPSG:3031"), "a common grid needs a pixel size"),
        (("--crs", "EPSG:4326", "--pixel-size-m", "100"), "it is not measured in metres"),
        (("--crs", "EPSG:1", "--pixel-size-m", "100"), "there is no such CRS"),
        (("--pixel-size-m", "-5"), "should be greater than or equal to 0.001"),
        (("--pixel-size-m", "1e-6"), "should be greater than or equal to 0.001"),
        (("--magnitude-scale", "nan"), "--magnitude-scale"),
        (("--magnitude-scale", "0"), "should be greater than or equal to"),
        (("--split", "70/30"), "is not of the form 70/15/15"),
        (("--split", "column"), "there is no column 'dataset'"),
        (("--split", "column", "--split-by-patch"), "the column goes by scene"),
        (("--split", "100/0/0", "--folds", "split"), "there is no validation set"),
        (("--patch-size", "41"), "40x48 pixels are fewer than a patch of 41"),
        (("--pixel-size-m", "inf"), "should be less than or equal to 100000"),
        (("--group-column", "site"), "it has no column 'site'"),
    ],
)
def test_options_that_cannot_be_used_are_refused(getz, tmp_path, options, said):
    """With the reason; nothing is written."""
    result = convert("dinsar", *getz, tmp_path / NAME, *options)
    assert result.exit_code == 2
    assert said in " ".join(result.output.replace("│", " ").split())
    assert not (tmp_path / NAME).exists()


def test_groups_stay_together(tmp_path):
    """Sites of a column are never divided, and are the glaciers of the scene table."""
    scenes, lines = write_getz(tmp_path)
    frame = getz_lines()
    frame["site"] = [f"site {name[5]}" if name < SCENES[4] else "site 9" for name in frame.source_file]
    frame.to_file(lines, driver="GPKG")
    out = tmp_path / NAME
    result = convert("dinsar", scenes, lines, out, "--group-column", "site", "--split", "50/0/50")
    assert result.exit_code == 0, result.output
    sets_of_group: dict[str, set[str]] = {}
    for scene in read_scenes(out / "scenes.csv").values():
        sets_of_group.setdefault(scene.glacier, set()).add(scene.split)
    assert sets_of_group.keys() == {"site 1", "site 2", "site 3", "site 4", "site 9"}
    assert all(len(splits) == 1 for splits in sets_of_group.values())


def test_check_only_says_what_it_would_do(getz, tmp_path):
    """And writes nothing."""
    result = convert("dinsar", *getz, tmp_path / NAME, "--check-only")
    assert result.exit_code == 0
    assert "6 scenes (4 training, 1 validation, 1 test) can be converted; nothing was written." in result.output
    assert not (tmp_path / NAME).exists()


def test_overwriting_leaves_nothing_of_the_first(getz, tmp_path):
    """No patch table beside whole scenes."""
    out = tmp_path / NAME
    assert convert("dinsar", *getz, out, *SOME_PATCHES).exit_code == 0
    assert (out / "patches.csv").exists()
    assert convert("dinsar", *getz, out, "--overwrite").exit_code == 0
    assert not (out / "patches.csv").exists()
    assert len(list((out / "imagesTr").iterdir())) == 10


def test_the_real_patch(shared_data, tmp_path):
    """Phase over pi without a map, and a mask: its quarters as scenes and delineations give the same mask and phase."""
    path = shared_data / "grounding_line_patch" / "getz_256_phase_truth_prediction.tif"
    phase, truth, _ = tifffile.imread(path)
    for index, (row, column) in enumerate(((0, 0), (0, 128), (128, 0), (128, 128))):
        window = (slice(row, row + 128), slice(column, column + 128))
        place = Grid((128, 128))
        write_tiff(tmp_path / "scenes" / f"quarter{index}.tif", phase[window][None], place)
        write_tiff(tmp_path / "lines" / f"quarter{index}.tif", truth[window][None], place)
    out = tmp_path / NAME
    result = convert("dinsar", tmp_path / "scenes", tmp_path / "lines", out)
    assert "may have been divided by pi" in result.output
    result = convert("dinsar", tmp_path / "scenes", tmp_path / "lines", out, "--phase-unit", "pi")
    assert result.exit_code == 0, result.output
    scenes = read_scenes(out / "scenes.csv")
    read_back = {name: [read(path) for path in np.hstack(files_of(out, scene, 2))] for name, scene in scenes.items()}
    halves = [
        [np.hstack([read_back[f"quarter{half}"][index], read_back[f"quarter{half + 1}"][index]]) for index in (0, 2)]
        for half in (0, 2)
    ]
    found_phase, labels = (np.vstack([half[index] for half in halves]) for index in (0, 1))
    np.testing.assert_allclose(found_phase, phase, atol=1e-6)
    assert np.array_equal(labels == 1, truth == 1)
    assert np.array_equal(labels == 2, phase == 0)
    assert all(np.isnan(scene.pixel_size_m) and not scene.crs for scene in scenes.values())


def test_a_tiff_of_several_pages_is_refused(shared_data, tmp_path):
    """The real patch as it comes: its pages are not one interferogram."""
    path = shared_data / "grounding_line_patch" / "getz_256_phase_truth_prediction.tif"
    gpd.GeoDataFrame({"scene": [path.stem]}, geometry=[line_through(1.1, 2, 3)], crs="EPSG:3031").to_file(
        tmp_path / "lines.gpkg"
    )
    result = convert("dinsar", path, tmp_path / "lines.gpkg", tmp_path / NAME)
    assert result.exit_code == 2
    assert "it is a TIFF of 3 pages" in result.output


def test_new_scenes_get_the_channels_of_the_training(getz, tmp_path):
    """The same bytes as in the dataset for the same scene; a second run writes nothing; other rules are refused."""
    dataset, out = tmp_path / NAME, tmp_path / "new"
    assert convert("dinsar", *getz, dataset, "--channels", "cos_sin_mag", "--pixel-size-m", "150").exit_code == 0
    result = convert("dinsar-scenes", getz[0], dataset, out)
    assert result.exit_code == 0, result.output
    assert "7 scenes; 7 written now, 0 were there already" in result.output
    assert len(list(out.glob("*.tif"))) == 21
    for path in (dataset / "imagesTr").iterdir():
        assert (out / path.name).read_bytes() == path.read_bytes()
    again = convert("dinsar-scenes", getz[0], dataset, out).output
    assert "0 written now, 7 were there already" in again and "It holds" not in again
    (out / "gone_0000.tif").write_bytes(b"")
    told = " ".join(convert("dinsar-scenes", getz[0], dataset, out).output.split())
    assert "It holds 1 scene that is not among these, and predict takes them too: gone." in told
    (out / "gone_0000.tif").unlink()
    record = read_json(dataset / "dataset.json")
    record["conversion"]["magnitude_scale"] = 9.0
    (tmp_path / "dataset.json").write_text(json.dumps(record), encoding="utf-8")
    result = convert("dinsar-scenes", getz[0], tmp_path, out)
    assert result.exit_code == 2
    assert "made by other rules" in result.output


def test_scenes_that_a_model_cannot_take_are_refused(getz, tmp_path):
    """No record, a record of something else, a scene stored in another way; nothing is written."""
    dataset, out = tmp_path / NAME, tmp_path / "new"
    assert "there is no such file" in convert("dinsar-scenes", getz[0], tmp_path, out).output
    another = {"labels": {"background": 0}, "file_ending": ".png", "conversion": {"source": "caffe"}}
    (tmp_path / "dataset.json").write_text(json.dumps(another), encoding="utf-8")
    said = convert("dinsar-scenes", getz[0], tmp_path, out).output
    assert "it does not say how 'convert dinsar' made its channels" in said
    assert convert("dinsar", *getz, dataset).exit_code == 0
    path = write_tiff(tmp_path / "scene.tif", signal(0)[None])
    result = convert("dinsar-scenes", path, dataset, out)
    assert result.exit_code == 2
    assert "1 band of complex64, which is not real-imaginary" in result.output
    assert not out.exists()


def test_what_was_written_among_the_scenes_is_no_scene_of_the_next_run(tmp_path):
    """Neither the dataset's own maps, nor the channels of scenes for a model."""
    scenes, lines = write_getz(tmp_path)
    out, channels = scenes / NAME, scenes / "channels"
    first, again = (convert("dinsar", scenes, lines, out, "--folds", "random", "--workers", 1) for _ in range(2))
    assert first.exit_code == 0 and "6 written now" in first.output, first.output
    assert again.exit_code == 0 and "0 written now, 6 were there already" in again.output, again.output
    for written in (7, 0):
        result = convert("dinsar-scenes", scenes, out, channels, "--workers", 1)
        assert result.exit_code == 0, result.output
        assert f"7 scenes; {written} written now" in result.output
