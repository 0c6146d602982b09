"""The labels of grounding lines scored against themselves through ``evaluate``."""

import numpy as np
import pytest
from made_scenes import write_dataset_json

from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.formats.rasters import write_raster
from nnunet_glacier.formats.scene_table import write_scenes

SHAPE = (60, 60)


def drawn() -> tuple[np.ndarray, np.ndarray]:
    """A line along row 10 and then down a diagonal, 20 pixels each, of one pixel a step and with all that it touches.

    On the diagonal that is a second pixel beside each.
    """
    line, touched = np.zeros(SHAPE, dtype=np.uint8), np.zeros(SHAPE, dtype=np.uint8)
    line[10, :20] = 1
    steps = np.arange(20)
    line[11 + steps, 20 + steps] = 1
    touched[line == 1] = 1
    touched[11 + steps, 21 + steps] = 1
    return line, touched


def test_a_label_has_dice_1_against_itself(summary_of, tmp_path):
    """As Gattolin's are, `convert dinsar` labels all pixels that a line touches: 60 here, of which the line has 40.

    Dice is 1 against the label, and 80 / 100 against the line of one pixel a step, which stands under its own name.
    """
    line, touched = drawn()
    root, maps = tmp_path / "Dataset201_Lines", tmp_path / "maps"
    for case in "ab":
        write_raster(root / "frontsTs" / f"{case}.png", line * 255)
        write_raster(root / "labelsTs" / f"{case}.png", touched)
        write_raster(maps / f"{case}.png", touched)
    write_scenes(root / "scenes.csv", [Scene(case, "test", "Getz", pixel_size_m=100.0) for case in "ab"])
    write_dataset_json(root, "grounding_line")
    write_dataset_json(maps, "grounding_line")
    measures = summary_of(maps, root, "--measures", "all")["subsets"]["all"]["measures_over_images"]
    means = {name: entry["mean"] for name, entry in measures.items()}
    for score in ("dice", "precision", "recall", "iou", "weighted_dice_4px", "boundary_f_2px"):
        assert means[f"band_{score}"] == 1.0, score
    assert means["band_hd95_px"] == 0.0
    assert means["band_dice_against_line"] == pytest.approx(0.8)
    assert means["band_iou_label_dilated_2px"] < 1
