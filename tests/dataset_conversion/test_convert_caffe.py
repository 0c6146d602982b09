import csv
import datetime
import json
import re
import shutil

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from nnunetv2.experiment_planning.verify_dataset_integrity import verify_dataset_integrity
from nnunetv2.utilities.crossval_split import generate_crossval_split
from PIL import Image
from scipy import ndimage
from small_caffe import SHAPE, TEST, TRAIN, convert, paths, scene_maps, write_dataset, write_scene

from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.domain.scenes import Box
from nnunet_glacier.formats.scene_table import read_scenes

ZONE_IDS = {0: 0, 64: 1, 127: 2, 254: 3}


@pytest.fixture
def data_raw(tmp_path):
    return write_dataset(tmp_path / "data_raw")


def expected_labels(variant: str, seed: int) -> np.ndarray:
    """The definitions of the variants, spelled out with scipy."""
    maps = scene_maps(seed)
    zones = np.vectorize(ZONE_IDS.get)(maps["zones"])
    front = ndimage.binary_dilation(maps["front"] == 255, np.ones((5, 5)))
    if variant == "fused":
        return np.where(front, 4, zones)
    cross = ndimage.generate_binary_structure(2, 1)
    outline = ndimage.binary_dilation(zones <= 1, cross) & (zones == 2)
    boundary = ndimage.binary_dilation(outline, np.ones((5, 5)))
    return {
        "zones": zones,
        "front": front,
        "multitask": zones + 4 * front,
        "boundary": zones + 4 * front + 8 * boundary,
    }[variant].astype(int)


@pytest.mark.parametrize("variant", ["fused", "zones", "front", "multitask", "boundary"])
def test_every_label_variant_by_its_definition(data_raw, tmp_path, variant):
    """Images are kept, labels follow the definitions, fronts and zones for scoring are the originals."""
    out = tmp_path / "Dataset501_Caffe"
    result = convert("caffe", data_raw, out, "--labels", variant)
    assert result.exit_code == 0, result.output
    for end, stems, first in (("Tr", TRAIN, 0), ("Ts", TEST, len(TRAIN))):
        assert sorted(path.name for path in (out / f"images{end}").iterdir()) == [
            f"{stem}_0000.png" for stem in sorted(stems)
        ]
        for seed, stem in enumerate(stems, start=first):
            maps = scene_maps(seed)
            read = {
                kind: np.asarray(Image.open(out / f"{kind}{end}" / f"{stem}{'_0000' * (kind == 'images')}.png"))
                for kind in ("images", "labels", "fronts", "zones")
            }
            assert np.array_equal(read["images"], maps["image"])
            assert np.array_equal(read["labels"], expected_labels(variant, seed))
            assert np.array_equal(read["fronts"], maps["front"])
            assert np.array_equal(read["zones"], np.vectorize(ZONE_IDS.get)(maps["zones"]))
    dataset = json.loads((out / "dataset.json").read_text(encoding="utf-8"))
    space = LABEL_SPACES[variant]
    assert dataset["tasks"] == space.to_json()
    assert dataset["labels"] == space.nnunet_labels()
    assert (dataset["label_variant"], dataset["source"], dataset["numTraining"]) == (variant, "caffe", 6)
    assert dataset["folds"] == {"scheme": "random", "seed": 12345}
    assert dataset["conversion"]["front_width"] == 5
    assert dataset["pixel_size_m"] == [6, 20]
    splits = json.loads((out / "splits_final.json").read_text(encoding="utf-8"))
    assert splits == generate_crossval_split(sorted(TRAIN))


def test_the_published_codes_boundary_takes_in_the_ocean_side(data_raw, tmp_path):
    """With --boundary any a glacier row beside ocean is boundary; the option is recorded."""
    out = tmp_path / "Dataset501_Caffe"
    assert convert("caffe", data_raw, out, "--labels", "boundary", "--boundary", "any").exit_code == 0
    zones = np.vectorize(ZONE_IDS.get)(scene_maps(0)["zones"])
    differs = np.zeros(SHAPE, dtype=bool)
    for axis in (0, 1):
        change = np.diff(zones, axis=axis) != 0
        differs |= np.insert(change, 0, False, axis=axis) | np.insert(change, change.shape[axis], False, axis=axis)
    boundary = ndimage.binary_dilation(differs & (zones == 2), np.ones((5, 5)))
    labels = np.asarray(Image.open(out / "labelsTr" / f"{TRAIN[0]}.png"))
    assert np.array_equal(labels >= 8, boundary)
    assert json.loads((out / "conversion.json").read_text(encoding="utf-8"))["boundary"] == "any"


def test_the_scene_table_holds_what_is_known(data_raw, tmp_path):
    """Stem fields, box, hemisphere, source; CRS and affine where meta_data.csv has them."""
    rows, columns = SHAPE
    bounds = f"BoundingBox(left=1000.0, bottom=2000.0, right={1000 + 20 * columns}.0, top={2000 + 20 * rows}.0)"
    (data_raw / "meta_data.csv").write_text(f'"na me;crs\n{TRAIN[0]}_geo.tif;{bounds};EPSG:3031\n', encoding="latin-1")
    out = tmp_path / "Dataset501_Caffe"
    assert convert("caffe", data_raw, out).exit_code == 0
    scenes = read_scenes(out / "scenes.csv")
    assert sorted(scenes) == sorted((*TRAIN, *TEST))
    scene = scenes[TRAIN[0]]
    assert (scene.split, scene.glacier, scene.date) == ("train", "Crane", datetime.date(2002, 11, 9))
    assert (scene.sensor, scene.pixel_size_m, scene.quality, scene.orbit) == ("ERS", 20.0, 2, "061")
    assert (scene.hemisphere, scene.season) == ("south", "summer")
    assert scene.box == Box(1, 11, -2, 9)
    assert scene.crs == "EPSG:3031"
    assert scene.affine == (20.0, 0.0, 1000.0, 0.0, -20.0, 2240.0)
    assert scene.source == f"sar_images/train/{TRAIN[0]}.png"
    assert (scenes[TEST[0]].split, scenes[TEST[0]].crs, scenes[TEST[0]].affine) == ("test", "", None)


def test_nifti_carries_the_true_pixel_size(data_raw, tmp_path):
    """Images and labels have the metres of the stem as spacing; fronts and zones stay PNG."""
    out = tmp_path / "Dataset501_Caffe"
    assert convert("caffe", data_raw, out, "--file-format", "nii.gz", "--labels", "multitask").exit_code == 0
    for seed, (stem, pixel_size_m) in enumerate(zip(TRAIN, (20, 20, 7, 20, 17, 6), strict=True)):
        image = sitk.ReadImage(str(out / "imagesTr" / f"{stem}_0000.nii.gz"))
        labels = sitk.ReadImage(str(out / "labelsTr" / f"{stem}.nii.gz"))
        assert image.GetSpacing() == labels.GetSpacing() == (pixel_size_m, pixel_size_m)
        assert np.array_equal(sitk.GetArrayFromImage(image), scene_maps(seed)["image"])
        assert np.array_equal(sitk.GetArrayFromImage(labels), expected_labels("multitask", seed))
        assert (out / "frontsTr" / f"{stem}.png").is_file()
        assert (out / "zonesTr" / f"{stem}.png").is_file()


@pytest.mark.usefixtures("quick_nnunet")
@pytest.mark.parametrize("file_format", ["png", "nii.gz"])
def test_nnunet_finds_the_dataset_in_order(data_raw, tmp_path, capsys, file_format):
    """Its own integrity check, which reads every image and label, has nothing to say."""
    out = tmp_path / "Dataset501_Caffe"
    assert convert("caffe", data_raw, out, "--labels", "boundary", "--file-format", file_format).exit_code == 0
    verify_dataset_integrity(str(out), 1)
    said = capsys.readouterr().out
    assert "SimpleITKIO" in said if file_format == "nii.gz" else "NaturalImage2DIO" in said
    assert "verify_dataset_integrity Done" in said
    assert not re.search("error:|warning", said, re.IGNORECASE)


def test_folds_by_glacier_keep_each_glacier_on_one_side(data_raw, tmp_path):
    """Five glaciers, five folds."""
    out = tmp_path / "Dataset501_Caffe"
    assert convert("caffe", data_raw, out, "--folds", "glacier").exit_code == 0
    folds = json.loads((out / "splits_final.json").read_text(encoding="utf-8"))
    assert len(folds) == 5
    for fold in folds:
        train, val = ({stem.split("_")[0] for stem in fold[side]} for side in ("train", "val"))
        assert train.isdisjoint(val)
        assert sorted(fold["train"] + fold["val"]) == sorted(TRAIN)


def test_grey_in_colour_channels_becomes_one_channel(data_raw, tmp_path):
    """An RGBA picture with equal channels is written as grey."""
    grey = scene_maps(0)["image"]
    rgba = np.dstack([grey, grey, grey, np.full_like(grey, 255)])
    Image.fromarray(rgba).save(paths(data_raw, "train", TRAIN[0])["image"])
    out = tmp_path / "Dataset501_Caffe"
    assert convert("caffe", data_raw, out).exit_code == 0
    image = Image.open(out / "imagesTr" / f"{TRAIN[0]}_0000.png")
    assert image.mode == "L"
    assert np.array_equal(np.asarray(image), grey)


def test_an_unknown_glacier_needs_a_hemisphere(data_raw, tmp_path):
    """One problem a glacier; --hemisphere or map coordinates settle it."""
    for day in ("01", "02"):
        write_scene(data_raw, "train", f"Helheim_2020-01-{day}_S1_20_1_001")
    out = tmp_path / "Dataset501_Caffe"
    result = convert("caffe", data_raw, out)
    assert result.exit_code == 2
    assert "1 problem" in result.output
    assert "--hemisphere Helheim=north" in result.output
    assert not out.exists()
    assert convert("caffe", data_raw, out, "--hemisphere", "Helheim=north").exit_code == 0
    scenes = read_scenes(out / "scenes.csv")
    assert {scene.hemisphere for scene in scenes.values() if scene.glacier == "Helheim"} == {"north"}


def test_map_coordinates_tell_the_hemisphere(data_raw, tmp_path):
    """A table given with --meta-data, with the unknown glacier in UTM zone 24 north."""
    stem = "Helheim_2020-01-01_S1_20_1_001"
    write_scene(data_raw, "train", stem)
    rows, columns = SHAPE
    table = tmp_path / "places.csv"
    bounds = (
        f"BoundingBox(left=500000.0, bottom=7360000.0, right={500000 + 20 * columns}.0, top={7360000 + 20 * rows}.0)"
    )
    table.write_text(f"{stem}_geo.tif;{bounds};EPSG:32624\n", encoding="latin-1")
    out = tmp_path / "Dataset501_Caffe"
    result = convert("caffe", data_raw, out, "--meta-data", table)
    assert result.exit_code == 0, result.output
    assert read_scenes(out / "scenes.csv")[stem].hemisphere == "north"


def test_the_closing_text_says_what_was_written_and_what_comes_next(data_raw, tmp_path, monkeypatch):
    """Counts, where nnU-Net must look, and the next command with the dataset's number."""
    monkeypatch.delenv("nnUNet_raw", raising=False)
    out = tmp_path / "Dataset007_Caffe"
    said = convert("caffe", data_raw, out).output
    assert "6 training and 1 test scene of 6 glaciers" in said
    assert "7 written now, 0 were there already" in said
    assert f"export nnUNet_raw={tmp_path}" in said
    assert "nnunet-glacier plan -d 7 --preset laptop" in said
    monkeypatch.setenv("nnUNet_raw", str(tmp_path))
    said = convert("caffe", data_raw, out).output
    assert "0 written now, 7 were there already" in said
    assert "export" not in said


def test_checking_alone_writes_nothing(data_raw, tmp_path):
    """Not even a folder."""
    out = tmp_path / "Dataset501_Caffe"
    result = convert("caffe", data_raw, out, "--check-only")
    assert result.exit_code == 0
    assert "nothing was written" in result.output
    assert not out.exists()


def test_real_scenes_convert(shared_data, tmp_path):
    """The fourteen reference scenes with their real stems, taken as training scenes of other glaciers."""
    source = shared_data / "caffe_reference_scores" / "data_raw"
    for path in source.rglob("*_*.*"):
        target = tmp_path / "raw" / path.relative_to(source).as_posix().replace("test/", "train/")
        target = target.with_name(target.name.replace("COL_", "JAC_").replace("Mapple_", "Crane_"))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    out = tmp_path / "Dataset501_Real"
    result = convert("caffe", tmp_path / "raw", out, "--folds", "glacier")
    assert result.exit_code == 0, result.output
    with (out / "scenes.csv").open(encoding="utf-8", newline="") as handle:
        assert len(list(csv.DictReader(handle))) == 14
    for path in (out / "labelsTr").iterdir():
        labels = np.asarray(Image.open(path))
        front = np.asarray(Image.open(out / "frontsTr" / path.name)) == 255
        zones = np.asarray(Image.open(out / "zonesTr" / path.name))
        band = ndimage.binary_dilation(front, np.ones((5, 5)))
        assert np.array_equal(labels, np.where(band, 4, zones))
