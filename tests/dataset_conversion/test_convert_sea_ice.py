"""Sea ice to nnU-Net's raw format, through the command line."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
from nnunetv2.imageio.natural_image_reader_writer import NaturalImage2DIO
from nnunetv2.utilities.label_handling.label_handling import LabelManager
from read_back import contents, read, read_json
from small_caffe import convert
from small_dinsar import write_tiff
from small_sea_ice import (
    AFFINE,
    APRIL,
    EXPECTED_ROWS,
    FEBRUARY,
    GRID,
    INVALID_COLUMNS,
    JANUARY,
    MARCH,
    NAME,
    SHAPE,
    TIMES,
    area,
    channels,
    chart_rows,
    write_chart,
    write_sea_ice,
)

from nnunet_glacier.dataset_conversion.sea_ice import stage as sea_ice
from nnunet_glacier.formats.scene_table import read_scenes
from nnunet_glacier.lines.grids import Grid

MEANS, DEVIATIONS = (-13.41794195, -27.00508461, 34.10005417), (5.42232225, 5.09901729, 7.83123517)
CROPS = ("--patch-size", "32", "--patches-per-scene", "4")
CASE = "seaice_s1_{}"


@pytest.fixture(scope="module")
def ice(tmp_path_factory):
    return write_sea_ice(tmp_path_factory.mktemp("ice"))


def files_of(out: Path, case: str, split: str) -> list[Path]:
    """The three channels and the label map of a case."""
    end = {"train": "Tr", "test": "Ts"}[split]
    images = [out / f"images{end}" / f"{case}_{channel:04}.tif" for channel in range(3)]
    return [*images, out / f"labels{end}" / f"{case}.tif"]


def expected_maps(time: str) -> list[np.ndarray]:
    """The channels and labels of a whole scene, worked out here."""
    values = channels(TIMES.index(time)).astype(np.float64)
    valid = np.ones(SHAPE, bool)
    valid[:, :INVALID_COLUMNS] = False
    images = [
        np.where(valid, (band - mean) / deviation, 0)
        for band, mean, deviation in zip(values, MEANS, DEVIATIONS, strict=True)
    ]
    return [*images, np.where(valid, EXPECTED_ROWS[:, None], 6)]


def assert_window(files: list[Path], time: str, window: tuple[slice, slice]) -> None:
    for path, expected in zip(files, expected_maps(time), strict=True):
        np.testing.assert_allclose(read(path), expected[window], atol=1e-5)


def test_whole_scenes(ice, tmp_path):
    """Classes and standardised channels of every pixel; January tests, February is cut, the others train whole."""
    out = tmp_path / NAME
    result = convert("sea-ice", *ice, out)
    assert result.exit_code == 0, result.output
    assert "5 cases of 4 scenes (3 training, 1 validation, 1 test); 5 written now" in result.output
    # 4 of 10 rows of areas.
    assert "40.0% of the pixels with data have no class" in result.output
    assert "train fold 0" in result.output
    assert "nnunet-glacier plan -d 550" in result.output
    scenes = read_scenes(out / "scenes.csv")
    halves = [CASE.format(FEBRUARY) + ending for ending in ("_train_half", "_validation_half")]
    assert list(scenes) == [CASE.format(JANUARY), *halves, CASE.format(MARCH), CASE.format(APRIL)]
    for time in (JANUARY, MARCH, APRIL):
        scene = scenes[CASE.format(time)]
        assert scene.split == ("test" if time == JANUARY else "train")
        assert (scene.pixel_size_m, scene.crs, scene.affine) == (80, "EPSG:32633", AFFINE)
        assert (scene.hemisphere, scene.sensor, scene.source) == ("north", "S1", f"{time}.tif")
        files = files_of(out, scene.case, scene.split)
        assert_window(files, time, (slice(None), slice(None)))
        for path in files:
            with rasterio.open(path) as source:
                assert (source.crs.to_epsg(), tuple(source.transform)[:6], source.nodata) == (32633, AFFINE, None)
                assert source.dtypes == (("uint8",) if path == files[-1] else ("float32",))
    assert scenes[CASE.format(JANUARY)].date.isoformat() == "2018-01-16"
    (fold,) = read_json(out / "splits_final.json")
    assert fold == {"train": [halves[0], CASE.format(MARCH), CASE.format(APRIL)], "val": [halves[1]]}
    assert sorted(path.name for path in out.iterdir() if path.is_dir()) == [
        "imagesTr",
        "imagesTs",
        "labelsTr",
        "labelsTs",
    ]


def test_nnunet_reads_what_was_written(ice, tmp_path):
    """Its reader gives three float channels, its label manager the classes and the ignore label."""
    out = tmp_path / NAME
    assert convert("sea-ice", *ice, out).exit_code == 0
    dataset = read_json(out / "dataset.json")
    assert dataset["channel_names"] == {"0": "noNorm", "1": "noNorm", "2": "noNorm"}
    assert dataset["channels"]["mean"] == list(MEANS)
    assert dataset["channels"]["standard_deviation"] == list(DEVIATIONS)
    assert dataset["tasks"][0]["classes"] == ["water", "new ice", "nilas", "young ice", "first-year ice", "old ice"]
    manager = LabelManager(dataset["labels"], None)
    assert (manager.ignore_label, manager.foreground_labels) == (6, [1, 2, 3, 4, 5])
    *images, labels = files_of(out, CASE.format(MARCH), "train")
    pixels, _ = NaturalImage2DIO().read_images([str(path) for path in images])
    np.testing.assert_allclose(pixels[:, 0], expected_maps(MARCH)[:3], atol=1e-5)
    assert np.array_equal(NaturalImage2DIO().read_seg(str(labels))[0][0, 0], read(labels))


def test_halves_go_back_to_their_place(ice, tmp_path):
    """To the pixel, by the table and by each half's affine; they have no pixel in common and are one scene."""
    out = tmp_path / NAME
    assert convert("sea-ice", *ice, out).exit_code == 0
    table, scenes = pd.read_csv(out / "patches.csv"), read_scenes(out / "scenes.csv")
    assert list(table.scene) == [FEBRUARY] * 2
    covered = np.zeros(SHAPE, int)
    for row in table.itertuples():
        window = (slice(row.row, row.row + row.height), slice(row.column, row.column + row.width))
        covered[window] += 1
        assert_window(files_of(out, row.case, "train"), FEBRUARY, window)
        a, _, c, _, e, f = AFFINE
        assert scenes[row.case].affine == (a, 0, c + a * row.column, 0, e, f + e * row.row)
        assert (row.scene_rows, row.scene_columns, row.scene_crs) == (*SHAPE, "EPSG:32633")
        assert tuple(map(float, row.scene_affine.split())) == AFFINE
    assert (covered == 1).all()
    # The mapped part is 48 rows high and 94 columns wide; the right half, the eastern one, validates.
    assert list(zip(table.column, table.width, strict=True)) == [(0, 49), (49, 47)]
    pixels = read_json(out / "dataset.json")["class_pixels"]
    assert pixels["validation"]["old ice"] == 47 * 8
    assert pixels["train"]["water"] == (47 + 94 + 94) * 8
    assert pixels["validation"]["ignored"] == 47 * 32
    balance = pd.read_csv(out / "class_balance.csv").set_index("case")
    assert balance.loc[CASE.format(JANUARY)].tolist() == [94 * 8] * 6 + [80 * 96 - 94 * 48]


def test_three_files_a_scene_are_the_same(ice, tmp_path):
    """Byte by byte, but for the name and the content of the source."""
    scenes, charts = ice
    for seed, time in enumerate(TIMES):
        for band, name in enumerate(("HH", "hv", "IA")):
            write_tiff(tmp_path / "parts" / f"{time}_{name}.tif", channels(seed)[band : band + 1], GRID)
    one, three = tmp_path / "one" / NAME, tmp_path / "three" / NAME
    assert convert("sea-ice", scenes, charts, one).exit_code == 0
    result = convert("sea-ice", tmp_path / "parts", charts, three)
    assert result.exit_code == 0, result.output
    first, second = contents(one), contents(three)
    assert first.pop("scenes.csv") == second.pop("scenes.csv").replace(b"_HH.tif", b".tif")
    # Three files have other content than the one that holds all three bands.
    assert first.pop("converted.jsonl") != second.pop("converted.jsonl")
    assert first == second


def test_crops_train_and_whole_images_validate_and_test(ice, tmp_path):
    """Four crops a scene, mapped enough, within the training half; the same seed gives the same bytes, also resumed."""
    one, two, other = (tmp_path / part / NAME for part in ("one", "two", "other"))
    result = convert("sea-ice", *ice, one, *CROPS)
    assert result.exit_code == 0, result.output
    assert "14 cases of 4 scenes (12 training, 1 validation, 1 test)" in result.output
    table = pd.read_csv(one / "patches.csv")
    crops = table[table.height == 32]
    assert crops.scene.value_counts().to_dict() == {FEBRUARY: 4, MARCH: 4, APRIL: 4}
    (half,) = table[table.case.str.endswith("_validation_half")].itertuples()
    for row in crops.itertuples():
        assert row.case == f"{CASE.format(row.scene)}_row{row.row}_col{row.column}_s32"
        assert row.scene != FEBRUARY or row.column + row.width <= half.column
        window = (slice(row.row, row.row + 32), slice(row.column, row.column + 32))
        files = files_of(one, row.case, "train")
        assert_window(files, row.scene, window)
        assert (read(files[-1]) != 6).mean() >= 0.7
    load_case, loaded = sea_ice.load_case, []

    def stop_at_the_sixth(case, **parameters):
        loaded.append(case)
        if len(loaded) == 6:
            raise KeyboardInterrupt
        return load_case(case, **parameters)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sea_ice, "load_case", stop_at_the_sixth)
        assert convert("sea-ice", *ice, two, *CROPS).exit_code == 130
    assert not (two / "dataset.json").exists()
    assert "5 were there already" in convert("sea-ice", *ice, two, *CROPS).output
    assert contents(one) == contents(two)
    assert convert("sea-ice", *ice, other, *CROPS, "--seed", "2").exit_code == 0
    assert set(contents(one)) != set(contents(other))
    refused = convert("sea-ice", *ice, two, *CROPS, "--seed", "2")
    assert refused.exit_code == 2
    assert "seed=1" in refused.output


def test_folds_by_scene_keep_both_halves_on_one_side(ice, tmp_path):
    """Every scene validates once."""
    out = tmp_path / NAME
    assert convert("sea-ice", *ice, out, *CROPS, "--folds", "scene").exit_code == 0
    scenes, folds = read_scenes(out / "scenes.csv"), read_json(out / "splits_final.json")
    validated = []
    for fold in folds:
        train, val = ({scenes[case].glacier for case in fold[side]} for side in ("train", "val"))
        assert not train & val
        validated += val
    assert sorted(validated) == [FEBRUARY, MARCH, APRIL]


def test_a_changed_chart_writes_its_scene_again(ice, tmp_path):
    """Codes stand in the .dbf alone, which is an input too."""
    scenes, _ = ice
    charts = write_sea_ice(tmp_path)[1]
    out = tmp_path / NAME
    assert convert("sea-ice", scenes, charts, out).exit_code == 0
    assert "0 written now, 5 were there already" in convert("sea-ice", scenes, charts, out).output
    table = charts / f"seaice_s1_{MARCH}.dbf"
    content = bytearray(table.read_bytes())
    # The day of its last change, in the table's header.
    content[3] = content[3] % 28 + 1
    table.write_bytes(content)
    assert "1 written now, 4 were there already" in convert("sea-ice", scenes, charts, out).output


def test_charts_of_other_maps_and_what_is_left_out_is_said(ice, tmp_path):
    """Lon/lat and polar charts give the same classes; a scene without a chart, a chart without a scene, a half."""
    scenes, _ = ice
    charts = tmp_path / "charts"
    for time, crs in ((JANUARY, 4326), (FEBRUARY, 3413), (MARCH, 32633)):
        rows = [*chart_rows(), {"poly_type": "I", "SA": 95, "SD": 0, "geometry": None}]
        write_chart(charts / f"SEAICE_S1_{time.upper()}.shp", rows, crs)
    write_chart(charts / "seaice_s1_20181016t072958.shp", chart_rows())
    write_chart(charts / f"seaice_s1_{FEBRUARY}-NE.shp", chart_rows())
    out = tmp_path / NAME
    result = convert("sea-ice", scenes, charts, out)
    assert result.exit_code == 0, result.output
    for said in (
        f"1 scene was left out for want of a chart, such as {APRIL}",
        "1 chart was not used for want of a scene, such as 20181016t072958",
        "1 other vector file among the charts counted for nothing",
        "3 features have no geometry",
    ):
        assert said in result.output
    assert_window(files_of(out, CASE.format(JANUARY), "test"), JANUARY, (slice(None), slice(None)))


def test_undetermined_ice_and_codes_to_ignore(ice, tmp_path):
    """As published by option; a code that is not known is left out by name."""
    scenes, _ = ice
    charts = tmp_path / "charts"
    rows = chart_rows()
    rows[4]["SA"] = 98
    for time in TIMES:
        write_chart(charts / f"seaice_s1_{time}.shp", rows)
    out = tmp_path / NAME
    result = convert("sea-ice", scenes, charts, out)
    assert result.exit_code == 2
    assert "1 problem; nothing was written" in result.output
    assert f"seaice_s1_{JANUARY}.shp and 3 more: 1 area has poly_type I with SA 98. Known are" in result.output
    assert not out.exists()
    result = convert("sea-ice", scenes, charts, out, "--ignore-code", "98", "--undetermined", "water")
    assert result.exit_code == 0, result.output
    labels = read(files_of(out, CASE.format(MARCH), "train")[-1])
    assert labels[:, 50].tolist() == np.repeat([0, 1, 2, 3, 6, 5, 0, 6, 6, 6], 8).tolist()
    assert read_json(out / "conversion.json")["ignored_codes"] == ["98"]


def test_areas_drawn_in_layers_are_refused_and_slivers_said(ice, tmp_path):
    """Water below all the ice would leave nothing to learn; a row of pixels in two classes is ignored."""
    scenes, _ = ice
    layered = write_sea_ice(tmp_path)[1]
    sliver = {"poly_type": "W", "SA": 99, "SD": 0, "geometry": area(40, 10, 41, 35)}
    write_chart(layered / f"seaice_s1_{MARCH}.shp", [*chart_rows(), sliver])
    out = tmp_path / NAME
    result = convert("sea-ice", scenes, layered, out)
    assert result.exit_code == 0, result.output
    assert "25 pixels lie in areas of two classes and are ignored" in result.output
    labels = read(files_of(out, CASE.format(MARCH), "train")[-1])
    assert (labels[40, 10:35] == 6).all()
    assert (labels[40, 35:] == 5).all()
    sea = {"poly_type": "W", "SA": 99, "SD": 0, "geometry": area(0, 0, 80, 96)}
    write_chart(layered / f"seaice_s1_{MARCH}.shp", [sea, *chart_rows()])
    result = convert("sea-ice", scenes, layered, tmp_path / "Dataset551_Layers")
    assert result.exit_code == 2
    assert f"{5 * 8 * 96} pixels lie in areas of two classes, most in water and new ice" in result.output


def test_every_fault_is_in_one_list_and_nothing_is_written(tmp_path):
    """Units, a chart elsewhere, no CRS, a code, another pixel size, two files of a time, a wrong folder name."""
    scenes, charts = write_sea_ice(tmp_path)
    write_tiff(scenes / f"{JANUARY}.tif", np.abs(channels(0)), GRID)
    far = [{**row, "geometry": area(900, 0, 950, 9)} for row in chart_rows()]
    write_chart(charts / f"seaice_s1_{FEBRUARY}.shp", far)
    write_chart(charts / f"seaice_s1_{MARCH}.shp", chart_rows(), None)
    fine = Grid(SHAPE, GRID.crs, (40.0, *AFFINE[1:4], -40.0, AFFINE[5]))
    write_tiff(scenes / f"{APRIL}.tif", channels(3), fine)
    write_tiff(scenes / "again" / f"S1_{APRIL}.tif", channels(3), GRID)
    write_tiff(scenes / "20181113t074529.tif", channels(4), fine)
    bad = chart_rows()
    bad[0]["SA"], bad[1]["poly_type"] = 86, "Q"
    write_chart(charts / "seaice_s1_20181113t074529.shp", bad)
    out = tmp_path / "Ice"
    result = convert("sea-ice", scenes, charts, out)
    assert result.exit_code == 2
    for said in (
        "8 problems; nothing was written",
        f"of {APRIL} there is {APRIL}.tif, S1_{APRIL}.tif. Keep one file",
        f"{JANUARY}.tif: its HH reaches from",
        f"seaice_s1_{FEBRUARY}.shp: none of its areas with a class lies on data of {FEBRUARY}.tif",
        f"seaice_s1_{MARCH}.shp: it has no CRS",
        "1 area has poly_type Q with SA 81",
        "1 area has poly_type W with SA 86",
        f"pixels are 40 m in 20181113t074529 and 80 m in {FEBRUARY}",
        "is not of nnU-Net's form",
    ):
        assert said in result.output
    assert not out.exists()


@pytest.mark.parametrize(
    ("times", "options", "said"),
    [
        (TIMES, ("--patch-size", "64"), "its training half holds no 64x64 pixels of which 70% are mapped"),
        (TIMES, ("--patch-size", "1000"), "it holds no 1000x1000 pixels"),
        ((JANUARY, MARCH), (), "no scene of February, June, August or December is there"),
        ((JANUARY,), (), "no scene of it trains"),
        ((JANUARY, FEBRUARY), ("--folds", "scene"), "folds by scene need at least two"),
        (("20190101t000000",), (), f"no chart is of a scene's time: charts are of {JANUARY}"),
    ],
)
def test_what_cannot_be_divided_or_cut_is_refused(ice, tmp_path, times, options, said):
    """With the reason; nothing is written."""
    for time in times:
        write_tiff(tmp_path / "scenes" / f"{time}.tif", channels(0), GRID)
    result = convert("sea-ice", tmp_path / "scenes", ice[1], tmp_path / NAME, *options)
    assert result.exit_code == 2
    assert said in " ".join(result.output.replace("│", " ").split())
    assert not (tmp_path / NAME).exists()


def test_check_only_writes_nothing(ice, tmp_path):
    """And says what would be written."""
    result = convert("sea-ice", *ice, tmp_path / NAME, "--check-only")
    assert result.exit_code == 0
    assert (
        "5 cases of 4 scenes (3 training, 1 validation, 1 test) can be converted; nothing was written" in result.output
    )
    assert not (tmp_path / NAME).exists()


def test_scenes_for_prediction_are_those_of_the_dataset(ice, tmp_path):
    """The same bytes as the dataset's; done is left alone; another dataset's constants, faults and models refused."""
    dataset, out = tmp_path / NAME, tmp_path / "inputs"
    assert convert("sea-ice", *ice, dataset).exit_code == 0
    result = convert("sea-ice-scenes", ice[0], dataset, out)
    assert result.exit_code == 0, result.output
    assert (
        f"4 scenes; 4 written now, 0 were there already.\nNext:\n  nnunet-glacier predict MODEL {out}" in result.output
    )
    for image in files_of(dataset, CASE.format(JANUARY), "test")[:3]:
        assert (out / image.name).read_bytes() == image.read_bytes()
    assert "0 written now, 4 were there already" in convert("sea-ice-scenes", ice[0], dataset, out).output
    record = read_json(dataset / "dataset.json")
    record["channels"]["mean"][0] = -12
    other = tmp_path / "dataset.json"
    other.write_text(json.dumps(record), encoding="utf-8")
    result = convert("sea-ice-scenes", ice[0], tmp_path, out)
    assert result.exit_code == 2
    assert "made by other rules" in result.output
    other.write_text(json.dumps({**record, "source": "dinsar"}), encoding="utf-8")
    result = convert("sea-ice-scenes", ice[0], tmp_path, tmp_path / "none")
    assert "it does not say how 'convert sea-ice' made its channels" in result.output
    write_tiff(tmp_path / "bad" / f"{MARCH}.tif", np.abs(channels(0)), GRID)
    result = convert("sea-ice-scenes", tmp_path / "bad", dataset, tmp_path / "none")
    assert "it is linear, not in dB. Correct it" in result.output
    assert not (tmp_path / "none").exists()
