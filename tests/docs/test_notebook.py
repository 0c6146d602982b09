"""The notebook runs from its first cell to its last, and gives what its text says."""

from pathlib import Path

import nbclient
import nbformat

NOTEBOOK = Path(__file__).parents[2] / "docs" / "in_python.ipynb"


def text_of(cell) -> str:
    """What a cell shows as text."""
    return "".join(output.get("data", {}).get("text/plain", "") for output in cell.outputs)


def test_the_notebook_runs_from_start_to_end():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    scenes, trainer, fronts, arrays, picture = (cell for cell in notebook.cells if cell.cell_type == "code")
    assert "Crane_2008-11-04_TSX_85_1_034" in text_of(scenes)
    assert text_of(trainer) == "'nnUNetTrainerGlacierSensorEfficientNetFrontWeight'"
    assert "Crane_2011-06-02_TSX_85_2_110" in text_of(fronts)
    assert text_of(arrays).startswith("((1, 4, 256, 256)")
    assert any("image/png" in output.get("data", {}) for output in picture.outputs)


def test_the_notebook_is_committed_without_outputs():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells)
