import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from nnunetv2.utilities.crossval_split import generate_crossval_split
from PIL import Image
from scipy import ndimage
from small_caffe import convert

from nnunet_glacier.dataset_conversion.front_learning.inputs import parse_product, path_row_of
from nnunet_glacier.formats.scene_table import read_scenes
from nnunet_glacier.support.errors import GlacierError

PRODUCTS = [
    "LE07_L1TP_008011_20000323_20170212_01_T1_B2",
    "LT05_L1TP_009011_19940712_20170113_01_T1_B2",
    "LC08_L1TP_020007_20140801_20170420_01_T1_B2",
    "LT05_L1GS_021006_19940529_20170115_01_T2_B2",
    "LE07_L1TP_230012_20000529_20170211_01_T1_B8",
]
NAME = "Dataset520_Landsat"


def write_pair(folder: Path, product: str) -> tuple[Path, Path]:
    """A grey image stored as RGBA and a dark line on white stored as RGB, 9 rows x 8 columns."""
    rng = np.random.default_rng(len(product))
    grey = rng.integers(0, 256, (9, 8)).astype(np.uint8)
    front = np.full((9, 8), 255, dtype=np.uint8)
    front[4, 2:6] = 0
    image, line = folder / "images" / f"{product}_Subset.png", folder / "labels_1px" / f"{product}_Front.png"
    for path, values in (
        (image, np.dstack([grey] * 3 + [np.full_like(grey, 255)])),
        (line, np.dstack([front] * 3)),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(values).save(path)
    return image, line


@pytest.fixture
def root(tmp_path):
    for product in PRODUCTS:
        write_pair(tmp_path / "data" / "train", product)
    write_pair(tmp_path / "data" / "test", "LC08_L1TP_233013_20140821_20170420_01_T1_B8")
    return tmp_path / "data"


def read(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path))


def test_a_product_by_its_fields():
    """Case without the band, sensor, path/row and day of acquisition, not of processing."""
    scene = parse_product("LT05_L1GS_021006_19940529_20170115_01_T2_B2", split="train")
    assert scene.case == "LT05_L1GS_021006_19940529_20170115_01_T2"
    assert (scene.sensor, path_row_of(scene.case), scene.date.isoformat()) == ("LT05", "021006", "1994-05-29")
    with pytest.raises(GlacierError, match="impossible date 19941329"):
        parse_product("LT05_L1GS_021006_19941329_20170115_01_T2_B2")
    with pytest.raises(GlacierError, match="is not a Landsat product"):
        parse_product("LT05_L1GS_021006_19940529_20170115_01_T2")


def test_images_labels_and_fronts(root, tmp_path):
    """One grey channel; the line dilated by five; the one-pixel line as 255 on 0."""
    out = tmp_path / NAME
    assert convert("front-learning", root, out).exit_code == 0
    case = PRODUCTS[0].removesuffix("_B2")
    image = Image.open(out / "imagesTr" / f"{case}_0000.png")
    assert image.mode == "L"
    source = read(root / "train" / "images" / f"{PRODUCTS[0]}_Subset.png")
    assert np.array_equal(np.asarray(image), source[..., 0])
    expected = np.zeros((9, 8), dtype=int)
    expected[2:7, 0:8] = 1
    assert np.array_equal(read(out / "labelsTr" / f"{case}.png"), expected)
    front = np.zeros((9, 8), dtype=int)
    front[4, 2:6] = 255
    assert np.array_equal(read(out / "frontsTr" / f"{case}.png"), front)
    assert [path.name for path in (out / "imagesTs").iterdir()] == ["LC08_L1TP_233013_20140821_20170420_01_T1_0000.png"]
    assert not (out / "zonesTr").exists()
    dataset = json.loads((out / "dataset.json").read_text(encoding="utf-8"))
    assert dataset["labels"] == {"background": 0, "front": 1}
    assert (dataset["source"], dataset["label_variant"], dataset["numTraining"]) == ("front-learning", "front", 5)
    labels = [np.array(Image.open(path)) for path in (out / "labelsTr").iterdir()]
    front, rest = (sum((values == code).sum() for values in labels) for code in (1, 0))
    assert dataset["class_balance"]["positive_weight"] == pytest.approx(rest / front, abs=1e-4)
    assert dataset["overwrite_image_reader_writer"] == "NaturalImage2DIO"


def test_what_is_known_of_a_scene(root, tmp_path):
    """Glacier by path/row, sensor, day, north, 49 m, the source's path."""
    out = tmp_path / NAME
    assert convert("front-learning", root, out).exit_code == 0
    scenes = read_scenes(out / "scenes.csv")
    assert Counter(scene.glacier for scene in scenes.values()) == {
        "Jakobshavn": 2,
        "Sverdrup": 2,
        "Kangerlussuaq": 1,
        "Helheim": 1,
    }
    scene = scenes["LT05_L1TP_009011_19940712_20170113_01_T1"]
    assert (scene.sensor, scene.date.isoformat(), scene.season) == ("LT05", "1994-07-12", "summer")
    assert (scene.split, scene.pixel_size_m, scene.quality, scene.box, scene.crs) == ("train", 49.0, None, None, "")
    assert scene.source == f"train/images/{PRODUCTS[1]}_Subset.png"


def test_width_and_pixel_size_are_options(root, tmp_path):
    """A one-pixel label, and a NIfTI spacing of 30 m."""
    out = tmp_path / NAME
    result = convert("front-learning", root, out, "--front-width", 1, "--pixel-size-m", 30, "--file-format", "nii.gz")
    assert result.exit_code == 0, result.output
    labels = sitk.ReadImage(str(out / "labelsTr" / f"{PRODUCTS[0].removesuffix('_B2')}.nii.gz"))
    assert labels.GetSpacing() == (30.0, 30.0)
    assert sitk.GetArrayFromImage(labels).sum() == 4
    for options in (
        ("--front-width", 0),
        ("--front-width", 100001),
        ("--pixel-size-m", 0),
        ("--pixel-size-m", "inf"),
        ("--glacier", "008011"),
    ):
        assert convert("front-learning", root, tmp_path / "Dataset521_X", *options).exit_code == 2


def test_folds_by_glacier_and_by_path_row(root, tmp_path):
    """Three glaciers give three folds; five path/rows give five, with a glacier on both sides."""
    assert convert("front-learning", root, tmp_path / "a" / NAME, "--folds", "glacier").exit_code == 0
    assert convert("front-learning", root, tmp_path / "b" / NAME, "--folds", "path-row").exit_code == 0
    glacier = {case: scene.glacier for case, scene in read_scenes(tmp_path / "a" / NAME / "scenes.csv").items()}
    by_glacier, by_path_row = (
        json.loads((tmp_path / folder / NAME / "splits_final.json").read_text(encoding="utf-8")) for folder in "ab"
    )
    assert len(by_glacier) == 3
    for fold in by_glacier:
        assert {glacier[case] for case in fold["train"]}.isdisjoint(glacier[case] for case in fold["val"])
    assert len(by_path_row) == 5
    for fold in by_path_row:
        train, val = ({case.split("_")[2] for case in fold[side]} for side in ("train", "val"))
        assert train.isdisjoint(val)
    assert any({glacier[c] for c in fold["train"]} & {glacier[c] for c in fold["val"]} for fold in by_path_row)


def test_a_single_split_folder_is_a_training_set(root, tmp_path):
    """The folder 'train' itself may be given."""
    out = tmp_path / NAME
    assert convert("front-learning", root / "train", out).exit_code == 0
    assert {scene.split for scene in read_scenes(out / "scenes.csv").values()} == {"train"}


def test_every_fault_is_in_one_list_and_nothing_is_written(root, tmp_path):
    """Missing line, inverted line, grey line, no line, other size, stray name, unknown path/row, product twice."""
    lines = [root / "train" / "labels_1px" / f"{product}_Front.png" for product in PRODUCTS]
    lines[0].unlink()
    front = read(lines[1])[..., 0]
    Image.fromarray(255 - front).save(lines[1])
    Image.fromarray(np.where(front == 0, 9, 255).astype(np.uint8)).save(lines[2])
    Image.fromarray(np.full_like(front, 255)).save(lines[3])
    Image.fromarray(front[:-1]).save(lines[4])
    write_pair(root / "train", "scene_1")
    for day in ("20140821", "20140822"):
        write_pair(root / "train", f"LC08_L1TP_232014_{day}_20170420_01_T1_B8")
    write_pair(root / "test", PRODUCTS[0].replace("_B2", "_B3"))
    out = tmp_path / NAME
    result = convert("front-learning", root, out)
    assert result.exit_code == 2
    assert "8 problems" in result.output
    for said in (
        f"{lines[0]}: there is no such file",
        f"{lines[1]}: 94% of it is black",
        f"{lines[2]}: values beside 0 and 255: 9",
        f"{lines[3]}: it has no front",
        "image and front differ in size",
        "'scene_1' is not a Landsat product",
        "Give --glacier 232014=NAME",
        "is there already, as train/images/LE07_L1TP_008011",
    ):
        assert said in result.output
    assert not out.exists()


def test_a_further_glacier_can_be_named(root, tmp_path):
    """By its path/row."""
    write_pair(root / "train", "LC08_L1TP_001001_20140821_20170420_01_T1_B8")
    out = tmp_path / NAME
    assert convert("front-learning", root, out, "--glacier", "001001=Petermann").exit_code == 0
    assert read_scenes(out / "scenes.csv")["LC08_L1TP_001001_20140821_20170420_01_T1"].glacier == "Petermann"


def test_test_scenes_alone_are_test_scenes(root, tmp_path):
    """The folder of test scenes, and one around it; there is nothing to train, and a model's prediction comes next."""
    shutil.rmtree(root / "train")
    for number, source in enumerate((root, root / "test"), start=520):
        out = tmp_path / f"Dataset{number}_Landsat"
        result = convert("front-learning", source, out)
        assert result.exit_code == 0, result.output
        (scene,) = read_scenes(out / "scenes.csv").values()
        assert (scene.split, scene.glacier) == ("test", "Helheim")
        assert json.loads((out / "dataset.json").read_text())["numTraining"] == 0
        assert f"nnunet-glacier predict MODEL {out}/imagesTs OUT" in result.output


def test_an_empty_folder_is_refused(tmp_path):
    """With what it should hold."""
    result = convert("front-learning", tmp_path, tmp_path / NAME)
    assert result.exit_code == 2
    assert "there are no scenes" in result.output
    assert not (tmp_path / NAME).exists()


def test_the_real_scenes(shared_data, tmp_path):
    """123 scenes of three glaciers; every label is the dark line dilated; folds are nnU-Net's own."""
    root, out = shared_data / "front_learning", tmp_path / NAME
    result = convert("front-learning", root, out)
    assert result.exit_code == 0, result.output
    scenes = read_scenes(out / "scenes.csv")
    assert Counter(scene.glacier for scene in scenes.values()) == {
        "Jakobshavn": 30,
        "Sverdrup": 70,
        "Kangerlussuaq": 23,
    }
    for case, scene in scenes.items():
        source = root / scene.source
        line = read(Path(str(source).replace("images", "labels_1px").replace("_Subset", "_Front")))[..., 0] < 128
        assert np.array_equal(read(out / "frontsTr" / f"{case}.png") == 255, line)
        labels = read(out / "labelsTr" / f"{case}.png")
        assert np.array_equal(labels, ndimage.binary_dilation(line, np.ones((5, 5))))
        assert np.array_equal(read(out / "imagesTr" / f"{case}_0000.png"), read(source)[..., 0])
    splits = json.loads((out / "splits_final.json").read_text(encoding="utf-8"))
    assert splits == generate_crossval_split(sorted(scenes))
