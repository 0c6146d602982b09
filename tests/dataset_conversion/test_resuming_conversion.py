import json
import os

import numpy as np
import pytest
from PIL import Image
from read_back import contents
from small_caffe import TRAIN, convert, paths, scene_maps, write_dataset

from nnunet_glacier.dataset_conversion.caffe import stage as caffe
from nnunet_glacier.dataset_conversion.caffe.options import CaffeOptions
from nnunet_glacier.dataset_conversion.writing.stage import Run

NAME = "Dataset501_Caffe"
DEAD = 2**22 + 1
"""A process that cannot be: one above the largest number that Linux gives."""


@pytest.fixture
def data_raw(tmp_path):
    return write_dataset(tmp_path / "data_raw")


@pytest.mark.parametrize("file_format", ["png", "nii.gz"])
def test_an_interrupted_conversion_goes_on_to_the_same_bytes(data_raw, tmp_path, monkeypatch, file_format):
    """Stopped at the fourth scene: no dataset.json, code 130; the same command finishes what is missing."""
    options = ("--labels", "multitask", "--file-format", file_format)
    whole, interrupted = tmp_path / "whole" / NAME, tmp_path / "interrupted" / NAME
    assert convert("caffe", data_raw, whole, *options).exit_code == 0

    load_case, loaded = caffe.load_case, []

    def stop_at_the_fourth(case, **parameters):
        loaded.append(case.scene.case)
        if len(loaded) == 4:
            raise KeyboardInterrupt
        return load_case(case, **parameters)

    monkeypatch.setattr(caffe, "load_case", stop_at_the_fourth)
    result = convert("caffe", data_raw, interrupted, *options)
    assert result.exit_code == 130
    assert "the same command goes on from here" in result.output
    assert not (interrupted / "dataset.json").exists()
    assert len(list(interrupted.glob("labels*/*"))) == 3

    # What a killed process leaves behind: a file under its temporary name, and a case without its last file.
    (interrupted / "imagesTr" / f".{DEAD}.partial.{TRAIN[0]}_0000.png").write_bytes(b"half")
    next((interrupted / "zonesTr").iterdir()).unlink()
    monkeypatch.setattr(caffe, "load_case", load_case)
    result = convert("caffe", data_raw, interrupted, *options)
    assert result.exit_code == 0
    assert "5 written now, 2 were there already" in result.output
    assert contents(interrupted) == contents(whole)


def test_a_second_run_writes_nothing_anew(data_raw, tmp_path):
    """Images keep their times."""
    out = tmp_path / NAME
    assert convert("caffe", data_raw, out).exit_code == 0
    image = out / "imagesTr" / f"{TRAIN[0]}_0000.png"
    before = image.stat().st_mtime_ns
    assert "0 written now, 7 were there already" in convert("caffe", data_raw, out).output
    assert image.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("file_format", "folder", "share"), [("png", "imagesTr", 0.5), ("png", "zonesTr", 0), ("nii.gz", "labelsTr", 0.9)]
)
def test_a_file_that_was_cut_off_is_written_again(data_raw, tmp_path, file_format, folder, share):
    """Its case alone; the dataset is then the same as before."""
    out = tmp_path / NAME
    assert convert("caffe", data_raw, out, "--file-format", file_format).exit_code == 0
    whole = contents(out)
    path = sorted((out / folder).iterdir())[0]
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    result = convert("caffe", data_raw, out, "--file-format", file_format)
    assert "1 written now, 6 were there already" in result.output
    assert contents(out) == whole


def test_a_file_of_another_size_is_written_again(data_raw, tmp_path):
    """Whole as it is, it cannot be of this case."""
    out = tmp_path / NAME
    assert convert("caffe", data_raw, out).exit_code == 0
    whole = contents(out)
    Image.fromarray(np.zeros((3, 3), dtype=np.uint8)).save(out / "zonesTr" / f"{TRAIN[1]}.png")
    assert "1 written now, 6 were there already" in convert("caffe", data_raw, out).output
    assert contents(out) == whole


def test_a_source_that_was_only_touched_is_not_converted_again(data_raw, tmp_path):
    """Nor one that was copied: its content decides."""
    out = tmp_path / NAME
    assert convert("caffe", data_raw, out).exit_code == 0
    for path in data_raw.rglob("*.png"):
        path.touch()
    assert "0 written now, 7 were there already" in convert("caffe", data_raw, out).output


def test_a_corrected_source_is_converted_again(data_raw, tmp_path):
    """Its case alone, even with the time of an older file."""
    out = tmp_path / NAME
    assert convert("caffe", data_raw, out).exit_code == 0
    corrected = scene_maps(0)["zones"]
    corrected[0] = 0
    path = paths(data_raw, "train", TRAIN[0])["zones"]
    Image.fromarray(corrected).save(path)
    os.utime(path, ns=(1, 1))
    assert "1 written now, 6 were there already" in convert("caffe", data_raw, out).output
    assert (np.asarray(Image.open(out / "zonesTr" / f"{TRAIN[0]}.png"))[0] == 0).all()


def test_a_complete_dataset_is_half_converted_while_a_case_is_written_again(data_raw, tmp_path, monkeypatch):
    """Interrupted there, it has no dataset.json; with nothing to write it keeps it."""
    out = tmp_path / NAME
    assert convert("caffe", data_raw, out).exit_code == 0

    def stop(case, **parameters):
        raise KeyboardInterrupt

    monkeypatch.setattr(caffe, "load_case", stop)
    assert convert("caffe", data_raw, out).exit_code == 0
    next((out / "labelsTr").iterdir()).unlink()
    assert convert("caffe", data_raw, out).exit_code == 130
    assert not (out / "dataset.json").exists()


@pytest.mark.parametrize("content", ["[1, 2]", "7", "null", "{"])
def test_a_damaged_record_of_the_options_is_refused(data_raw, tmp_path, content):
    """A list, a number, nothing, half a record: --overwrite converts anew."""
    out = tmp_path / NAME
    out.mkdir()
    (out / "conversion.json").write_text(content, encoding="utf-8")
    result = convert("caffe", data_raw, out)
    assert result.exit_code == 2
    assert "Give --overwrite to convert anew" in result.output
    assert convert("caffe", data_raw, out, "--overwrite").exit_code == 0


def test_other_options_into_the_same_folder_are_refused_with_both(data_raw, tmp_path):
    """Nothing is changed; --overwrite replaces the dataset."""
    out = tmp_path / NAME
    assert convert("caffe", data_raw, out, "--labels", "zones").exit_code == 0
    before = contents(out)
    result = convert("caffe", data_raw, out, "--labels", "fused", "--folds", "glacier")
    assert result.exit_code == 2
    assert 'labels="zones", folds={"scheme": "random", "seed": 12345}' in result.output
    assert 'asked for is labels="fused", folds={"scheme": "glacier"}' in result.output
    assert contents(out) == before
    assert convert("caffe", data_raw, out, "--labels", "fused", "--overwrite").exit_code == 0
    assert json.loads((out / "dataset.json").read_text(encoding="utf-8"))["label_variant"] == "fused"
    assert "7 written now" in convert("caffe", data_raw, out, "--overwrite").output


def test_overwriting_in_another_file_format_leaves_nothing_of_the_first(data_raw, tmp_path):
    """No PNG beside the NIfTI images, and files of the user's own stay."""
    out = tmp_path / NAME
    assert convert("caffe", data_raw, out).exit_code == 0
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    assert convert("caffe", data_raw, out, "--file-format", "nii.gz", "--overwrite").exit_code == 0
    assert {path.name.partition(".")[2] for path in (out / "imagesTr").iterdir()} == {"nii.gz"}
    assert (out / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_cases_that_the_source_has_no_more_are_refused(data_raw, tmp_path):
    """nnU-Net would train on them."""
    out = tmp_path / NAME
    assert convert("caffe", data_raw, out).exit_code == 0
    for path in paths(data_raw, "train", TRAIN[0]).values():
        path.unlink()
    result = convert("caffe", data_raw, out)
    assert result.exit_code == 2
    assert f"it holds 1 case that the source has not: {TRAIN[0]}" in result.output


def test_a_folder_of_others_is_never_written_to(data_raw, tmp_path):
    """Not even with --overwrite; nor a number that is taken."""
    out = tmp_path / NAME
    (out / "imagesTr").mkdir(parents=True)
    (out / "imagesTr" / "precious.png").write_bytes(b"1")
    result = convert("caffe", data_raw, out, "--overwrite")
    assert result.exit_code == 2
    assert "was not written by 'convert'" in result.output
    assert (out / "imagesTr" / "precious.png").read_bytes() == b"1"
    result = convert("caffe", data_raw, tmp_path / "Dataset501_Other")
    assert result.exit_code == 2
    assert f"the number 501 is taken by {NAME}" in result.output


@pytest.mark.parametrize("name", ["Caffe", "Dataset1_Caffe", "Dataset501", "Dataset501_", "dataset501_x"])
def test_names_that_nnunet_does_not_find_are_refused(data_raw, tmp_path, name):
    """With a name that it would."""
    result = convert("caffe", data_raw, tmp_path / name)
    assert result.exit_code == 2
    assert f"Name it, for instance, {tmp_path}/Dataset501_" in result.output
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("below", [(), ("file", "below")])
def test_a_target_that_is_a_file_or_lies_below_one_is_refused(data_raw, tmp_path, below):
    """Together with what is wrong with the source; the file stays."""
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    (tmp_path / NAME).write_text("mine", encoding="utf-8")
    paths(data_raw, "train", TRAIN[0])["box"].unlink()
    result = convert("caffe", data_raw, tmp_path.joinpath(*below, NAME))
    assert result.exit_code == 2
    assert "2 problems" in result.output
    assert ("which is a file" if below else f"{NAME}: it is a file. Give a folder as OUT") in result.output
    assert (tmp_path / NAME).read_text(encoding="utf-8") == "mine"


def test_several_processes_write_the_same_files(data_raw, tmp_path):
    """The number of workers changes nothing."""
    one, two = tmp_path / "one" / NAME, tmp_path / "two" / NAME
    options = CaffeOptions(labels="boundary")
    caffe.convert(data_raw, one, options, Run(workers=1))
    caffe.convert(data_raw, two, options, Run(workers=2))
    assert contents(one) == contents(two)
