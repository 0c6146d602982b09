"""Probabilities and their spread, read as ``nnunet-glacier predict`` writes them."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import special

from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.formats.line_probabilities import find_probability, find_spread, read_line_probability, read_spread
from nnunet_glacier.inference.cases import Case
from nnunet_glacier.inference.georeference import Georeference
from nnunet_glacier.inference.maps import TaskMaps
from nnunet_glacier.inference.outputs import OutputPlan, write_case
from nnunet_glacier.support.errors import GlacierError

LINE = np.array([[0, 51, 255], [128, 1, 254]], dtype=np.uint8)
SPREAD = np.array([[0, 255, 51], [102, 0, 1]], dtype=np.uint8)


def written(out: Path, variant: str, ending: str, probabilities: np.ndarray, name: str = "uint8") -> None:
    """A case with probabilities and spread, as a prediction writes it."""
    space = LABEL_SPACES[variant]
    maps = {
        task.name: TaskMaps(np.zeros(LINE.shape, dtype=np.uint8), probabilities[: task.size], SPREAD)
        for task in space.tasks
    }
    classes = {task.name: task.classes for task in space.tasks}
    plan = OutputPlan(out, space, classes, ".png", probabilities=name, spread=True)
    place = Georeference(None, None) if ending == ".tif" else None

    class Writer:
        @staticmethod
        def write_seg(labels, path, properties):
            Path(path).touch()

    write_case(Case("A", (Path(f"A{ending}"),)), plan, maps, place, Writer, {})


@pytest.mark.parametrize("ending", [".tif", ".png"])
@pytest.mark.parametrize(("variant", "band"), [("grounding_line", 1), ("front", 1), ("fused", 4)])
def test_eight_bits_come_back_in_steps_of_a_255th(tmp_path, ending, variant, band):
    """GeoTIFF or NPZ; 255 is 1 exactly; of the classes that of the line is taken."""
    bands = np.stack([255 - LINE] * 4 + [LINE]) if band == 4 else np.stack([255 - LINE, LINE])
    written(tmp_path, variant, ending, bands)
    probability = read_line_probability(find_probability(tmp_path, "A"))
    assert probability.dtype == np.float32 and probability[0, 2] == 1
    np.testing.assert_allclose(probability, LINE / 255, rtol=1e-6)
    spread = read_spread(find_spread(tmp_path, "A"))
    np.testing.assert_allclose(spread, SPREAD / 510, rtol=1e-6)


@pytest.mark.parametrize("ending", [".tif", ".png"])
def test_half_precision_comes_back_as_it_is(tmp_path, ending):
    """Every float16 is a float32."""
    half = (LINE / 255).astype(np.float16)
    written(tmp_path, "grounding_line", ending, np.stack([1 - half, half]), "float16")
    np.testing.assert_array_equal(read_line_probability(find_probability(tmp_path, "A")), half.astype(np.float32))


def test_what_is_not_there_is_not_found(tmp_path):
    """A case whose name is the beginning of another's too."""
    written(tmp_path, "front", ".tif", np.stack([255 - LINE, LINE]))
    assert find_probability(tmp_path, "A_front") is None and find_spread(tmp_path, "B") is None
    written(tmp_path / "zones", "zones", ".tif", np.stack([LINE] * 4))
    assert find_probability(tmp_path / "zones", "A") is None


def test_values_that_are_no_probabilities_are_refused(tmp_path):
    """Above 1, without names, or damaged."""
    path = tmp_path / "A_front.npz"
    bands = np.full((2, 3, 3), 2.0)
    np.savez(path, probabilities=bands, classes=np.array(["none", "front"]), scale=1.0)
    with pytest.raises(GlacierError, match=r"in \[0, 1\]"):
        read_line_probability(path)
    np.savez(path, probabilities=bands / 4, classes=np.array(["none", "ice"]), scale=1.0)
    with pytest.raises(GlacierError, match=r"'none', 'ice'"):
        read_line_probability(path)
    path.write_bytes(b"broken")
    with pytest.raises(GlacierError, match="cannot be read as probabilities"):
        read_line_probability(path)
    (tmp_path / "A.tif").write_bytes(b"broken")
    with pytest.raises(GlacierError, match="cannot be read as a GeoTIFF"):
        read_line_probability(tmp_path / "A.tif")


def stock(folder: Path, variant: str, probabilities: np.ndarray, case: str = "A") -> Path:
    """A case as nnU-Net's own commands write it."""
    space = LABEL_SPACES[variant]
    folder.mkdir(exist_ok=True)
    content = {"labels": space.nnunet_labels(), "tasks": space.to_json(), "file_ending": ".png"}
    (folder / "dataset.json").write_text(json.dumps(content))
    np.savez_compressed(folder / f"{case}.npz", probabilities=probabilities)
    return folder / f"{case}.npz"


def softmax(classes: int, seed: int = 3) -> np.ndarray:
    """Probabilities as nnU-Net writes them: float32, shape ``(classes, 1, 5, 7)``."""
    logits = np.random.default_rng(seed).normal(scale=4, size=(classes, 1, 5, 7)).astype(np.float32)
    return special.softmax(logits, axis=0)


@pytest.mark.parametrize("variant", ["grounding_line", "front", "fused", "multitask", "boundary"])
def test_of_joint_probabilities_the_marginal_of_the_line_is_read(tmp_path, variant):
    """The last class of the thin task, or the front among fused zones; against all tasks' marginals."""
    space = LABEL_SPACES[variant]
    joint = softmax(space.n_codes)
    path = stock(tmp_path, variant, joint)
    assert find_probability(tmp_path, "A", space) == path
    tasks = dict(zip(space.names, space.marginals(joint[:, 0]), strict=True))
    name = "front" if "front" in tasks else variant
    probability = read_line_probability(path, space)
    assert probability.dtype == np.float32 and probability.shape == (5, 7)
    np.testing.assert_allclose(probability, tasks[name][-1], rtol=1e-5, atol=1e-7)


def test_a_sum_that_rounds_to_more_than_1_is_1(tmp_path):
    """Codes 4 to 7 of zones and front hold the front: a hair above 1 is rounding, more is none."""
    joint = np.zeros((8, 1, 2, 2), dtype=np.float32)
    joint[4:] = 0.25 + 1e-5
    path, space = stock(tmp_path, "multitask", joint), LABEL_SPACES["multitask"]
    assert (read_line_probability(path, space) == 1).all()
    np.savez(path, probabilities=joint * 1.01)
    with pytest.raises(GlacierError, match=r"in \[0, 1\]"):
        read_line_probability(path, space)


def test_joint_probabilities_without_a_line_are_not_found(tmp_path):
    """Zones alone, codes of no known meaning; what ``predict`` wrote beside comes first."""
    path = stock(tmp_path, "zones", softmax(4))
    assert find_probability(tmp_path, "A", LABEL_SPACES["zones"]) is None
    assert find_probability(tmp_path, "A") is None
    with pytest.raises(GlacierError, match="says which of its classes"):
        read_line_probability(path)
    stock(tmp_path, "grounding_line", softmax(2))
    written(tmp_path, "grounding_line", ".tif", np.stack([255 - LINE, LINE]))
    space = LABEL_SPACES["grounding_line"]
    assert find_probability(tmp_path, "A", space) == tmp_path / "probabilities" / "A_grounding_line.tif"


@pytest.mark.parametrize(
    "joint",
    [
        softmax(3),
        softmax(2)[:, 0],
        np.repeat(softmax(2), 2, axis=1),
        np.zeros((2, 1, 5, 7), np.uint8),
        softmax(2)[:, :, :0],
    ],
    ids=["classes", "two dimensions", "three dimensions", "whole numbers", "no pixel"],
)
def test_joint_probabilities_of_another_shape_are_refused(tmp_path, joint):
    """Of another model, or of a volume."""
    with pytest.raises(GlacierError, match=r"shape"):
        read_line_probability(stock(tmp_path, "grounding_line", joint), LABEL_SPACES["grounding_line"])


@pytest.mark.parametrize("left", [0, 3, 200, -30])
def test_joint_probabilities_that_are_cut_off_are_refused(tmp_path, left):
    """Nothing, and the beginning of a file, as a full disk leaves it."""
    path = stock(tmp_path, "grounding_line", softmax(2))
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(GlacierError, match="cannot be read as probabilities"):
        read_line_probability(path, LABEL_SPACES["grounding_line"])


@pytest.mark.parametrize("content", [b"", b"broken", b"\x80\x04\x95", b"\x93NUMPY\x01\x00"])
@pytest.mark.parametrize("name", ["A.npz", "probabilities/A_front.npz"])
def test_what_is_no_npz_file_is_said_without_numpys_advice(tmp_path, name, content):
    """Which is to load it unsafely."""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    with pytest.raises(GlacierError, match=r"it is no \.npz file, or not the whole of one$"):
        read_line_probability(path)


def test_a_missing_file_is_not_called_broken(tmp_path):
    """It went away between listing and reading."""
    with pytest.raises(GlacierError, match="there is no such file"):
        read_line_probability(tmp_path / "A.npz")


@pytest.mark.parametrize("ending", [".tif", ".npz"])
def test_unknown_probabilities_are_counted(tmp_path, ending):
    """NaN as a network gives that was trained in vain, and infinite."""
    half = np.full((2, *LINE.shape), 0.5, dtype=np.float16)
    half[1, 0, :2], half[1, 1, 2] = np.nan, np.inf
    written(tmp_path, "front", ".tif" if ending == ".tif" else ".png", half, "float16")
    path = find_probability(tmp_path, "A")
    assert path.suffix == ending
    with pytest.raises(GlacierError, match=r"^3 of its 6 pixels are NaN or infinite: no probabilities$"):
        read_line_probability(path)


def test_damaged_joint_probabilities_are_refused(tmp_path):
    """A bit that flipped in the packed numbers."""
    path = stock(tmp_path, "grounding_line", softmax(2))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(GlacierError, match="cannot be read as probabilities"):
        read_line_probability(path, LABEL_SPACES["grounding_line"])
