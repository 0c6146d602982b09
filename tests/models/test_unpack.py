"""What is unpacked is a results folder of nnU-Net's; what was changed on the way is not unpacked."""

import json
import os
import pickle
import shutil
import zipfile

import numpy as np
import pytest
import torch
from packed import pack, rewritten
from safetensors.torch import load_file, save_file

from nnunet_glacier.formats.model import open_model
from nnunet_glacier.models.unpack import unpack_model
from nnunet_glacier.support.errors import InputError


@pytest.fixture
def archive(trained, tmp_path):
    """A packed model as one file."""
    return pack(trained, tmp_path / "tiny.zip")


def problems(path, out):
    with pytest.raises(InputError) as raised:
        unpack_model(path, out)
    assert not out.exists()
    return [str(problem) for problem in raised.value.problems]


def test_nnunet_s_own_predictor_reads_what_was_unpacked(trained, archive, tmp_path):
    """It gives the same logits as the folder that was packed; the folder is where nnU-Net looks for it."""
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

    unpack_model(archive, tmp_path / "results")
    folder = tmp_path / "results" / "Dataset990_Made" / "nnUNetTrainer__nnUNetPlans__2d"
    image = np.random.default_rng(0).normal(size=(1, 1, 40, 50)).astype(np.float32)
    logits = []
    for place in (trained, folder):
        predictor = nnUNetPredictor(device=torch.device("cpu"), allow_tqdm=False)
        predictor.initialize_from_trained_model_folder(str(place), (0, 1))
        assert predictor.allowed_mirroring_axes == (0, 1)
        logits.append(predictor.predict_logits_from_preprocessed_data(torch.from_numpy(image)))
    assert torch.equal(*logits)


def test_the_same_command_goes_on_after_a_stop(archive, tmp_path):
    """A checkpoint that is not there yet is written; another model in its place is refused."""
    results = tmp_path / "results"
    unpack_model(archive, results)
    (folder,) = results.glob("*/*")
    (folder / "fold_1" / "checkpoint_final.pth").unlink()
    unpack_model(archive, results)
    assert open_model(folder).folds == ("0", "1")
    (folder / "model.json").write_text("{}")
    with pytest.raises(InputError, match="another trained folder of this name"):
        unpack_model(archive, results)
    shutil.copytree(folder / "fold_1", folder / "fold_7")
    unpack_model(archive, results, overwrite=True)
    assert open_model(folder).folds == ("0", "1")


def test_a_trained_folder_needs_no_unpacking(trained, tmp_path):
    """It is said."""
    assert "it is a trained folder already" in problems(trained, tmp_path / "out")[0]


@pytest.mark.parametrize("name", ["fold_0.safetensors", "plans.json", "dataset.json", "README.md"])
def test_a_changed_byte_is_found(packed, tmp_path, name):
    """In every file, before any of them is used."""
    content = bytearray((packed / name).read_bytes())
    content[len(content) // 2] ^= 1
    (packed / name).write_bytes(content)
    (problem,) = problems(packed, tmp_path / "out")
    assert problem.startswith(f"{packed / name}: its SHA-256 is not the one in model.json")


@pytest.mark.parametrize("content", ["", "{", "7", "null", "[]", '{"format": 1}', '{"format": 2}', "[" * 100_000])
def test_a_model_json_of_another_shape(packed, tmp_path, content):
    """A sentence for each fault, and nothing written."""
    (packed / "model.json").write_text(content)
    assert all(str(packed / "model.json") in problem for problem in problems(packed, tmp_path / "out"))


def test_a_changed_model_json_is_found(packed, tmp_path):
    """Its own digest tells."""
    text = (packed / "model.json").read_text()
    (packed / "model.json").write_text(text.replace('"nnUNetTrainer"', '"nnUNetTrainerOther"'))
    assert "sha256_of_this_file is not that of its content" in problems(packed, tmp_path / "out")[0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda content: content.update(trainer="os.system"), "trainer is 'os.system'"),
        (lambda content: content.update(configuration="../../x"), "configuration is '../../x'"),
        (lambda content: content["sha256"].pop("README.md"), "sha256.README.md is missing"),
        (lambda content: content["sha256"].update({"../x": "0" * 64}), "sha256.../x is of no file of a model"),
        (lambda content: content["folds"].update({"7": content["folds"]["0"]}), "fold_7.safetensors is missing"),
        (lambda content: content.update(folds={}), "folds is {}"),
        (lambda content: content["input"].update(pixel_size_m=[0, 1]), "input.pixel_size_m.0 is 0"),
        (lambda content: content.update(mirroring_axes=[5]), "mirroring_axes.0 is 5"),
    ],
)
def test_a_forged_model_json_is_checked_all_the_same(packed, tmp_path, change, said):
    """Whoever forges it can compute its digest too."""
    rewritten(packed, change)
    assert any(said in problem for problem in problems(packed, tmp_path / "out"))


def test_weights_that_run_code_are_never_loaded(packed, tmp_path):
    """A pickle in place of safetensors, with its right digest."""

    class Runs:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "ran"),)

    (packed / "fold_0.safetensors").write_bytes(pickle.dumps(Runs()))
    _sign(packed, "fold_0.safetensors")
    assert "it holds no weights in safetensors' form" in problems(packed, tmp_path / "out")[0]
    assert not (tmp_path / "ran").exists()


def test_weights_that_are_no_numbers(packed, tmp_path):
    """Named by file and tensor."""
    weights = load_file(packed / "fold_1.safetensors")
    name = sorted(weights)[0]
    weights[name] = weights[name] * float("nan")
    save_file(weights, packed / "fold_1.safetensors")
    _sign(packed, "fold_1.safetensors")
    (problem,) = problems(packed, tmp_path / "out")
    assert "fold_1.safetensors" in problem
    assert "NaN or infinite" in problem


def _sign(packed, name):
    import hashlib

    digest = hashlib.sha256((packed / name).read_bytes()).hexdigest()
    rewritten(packed, lambda content: content["sha256"].update({name: digest}))


def test_a_link_in_a_folder_is_not_followed(packed, tmp_path):
    """It may lead to any file of the reader's."""
    shutil.move(packed / "README.md", tmp_path / "elsewhere.md")
    (packed / "README.md").symlink_to(tmp_path / "elsewhere.md")
    assert "it is a link" in problems(packed, tmp_path / "out")[0]


def test_a_truncated_archive(archive, tmp_path):
    """Cut anywhere, it is refused."""
    whole = archive.read_bytes()
    for share in (0, 0.3, 0.9, 0.999):
        archive.write_bytes(whole[: int(len(whole) * share)])
        assert "it is no whole zip archive" in problems(archive, tmp_path / "out")[0]


def test_a_damaged_archive(archive, tmp_path):
    """A byte in the middle of the weights."""
    content = bytearray(archive.read_bytes())
    content[3000] ^= 255
    archive.write_bytes(content)
    assert problems(archive, tmp_path / "out")


def _added(archive, name, data=b"x", attributes=0):
    with zipfile.ZipFile(archive, "a") as target:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = attributes
        target.writestr(entry, data)


@pytest.mark.parametrize("name", ["../evil.py", "/tmp/evil.py", "a/b.py", "..\\evil.py", ".hidden", "fold_0/"])
def test_entries_that_leave_the_folder(archive, tmp_path, name):
    """Nothing is written anywhere."""
    _added(archive, name)
    assert "would leave the model's folder or is no plain name" in problems(archive, tmp_path / "out")[0]
    assert not (tmp_path / "evil.py").exists()


def test_links_twins_and_files_that_are_not_listed(archive, tmp_path):
    """Each is named."""
    _added(archive, "link.md", b"/etc/passwd", 0o120777 << 16)
    assert "'link.md', which is a link" in problems(archive, tmp_path / "out")[0]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice_in_an_archive(archive, tmp_path):
    """It is not clear which one was verified."""
    _added(archive, "plans.json", b"{}")
    assert problems(archive, tmp_path / "out") == [
        f"{archive}: it holds 'plans.json' twice. Copy or download the model again"
    ]


def test_a_file_that_is_not_listed(archive, tmp_path):
    """It did not come from the packer."""
    _added(archive, "extra.py")
    assert "extra.py: it is not listed in model.json" in problems(archive, tmp_path / "out")[0]


def test_plans_of_a_packed_model_import_known_classes_alone(packed, tmp_path):
    """A dotted path in the plans would import any module."""
    plans = json.loads((packed / "plans.json").read_text())
    plans["configurations"]["2d"]["architecture"]["network_class_name"] = "os.system"
    (packed / "plans.json").write_text(json.dumps(plans))
    _sign(packed, "plans.json")
    assert "network_class_name: 'os.system' is no class of" in problems(packed, tmp_path / "out")[0]
