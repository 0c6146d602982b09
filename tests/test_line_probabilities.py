"""Probabilities and their spread, read as ``nnunet-glacier predict`` writes them."""

from pathlib import Path

import numpy as np
import pytest

from nnunet_glacier.errors import GlacierError
from nnunet_glacier.inference.cases import Case
from nnunet_glacier.inference.georeference import Georeference
from nnunet_glacier.inference.maps import TaskMaps
from nnunet_glacier.inference.outputs import OutputPlan, write_case
from nnunet_glacier.labels import LABEL_SPACES
from nnunet_glacier.line_probabilities import find_probability, find_spread, read_line_probability, read_spread

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
    with pytest.raises(GlacierError, match="cannot be read as a GeoTIFF"):
        read_line_probability(tmp_path / "none.tif")
