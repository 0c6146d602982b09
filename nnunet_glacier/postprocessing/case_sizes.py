"""Whether a predicted map is of its scene's size: lines of another one would lie at the wrong place."""

from __future__ import annotations

from pathlib import Path

from nnunet_glacier.domain.scenes import Box
from nnunet_glacier.formats.map_sizes import Shape, read_shapes, size_problems
from nnunet_glacier.formats.predicted_maps import Prediction
from nnunet_glacier.formats.scene_files import SceneFiles
from nnunet_glacier.support.errors import Problem

_AGAIN = "Predict the case again, all of it at the size of its image"
_REMEDY = "Predict at the size of the scene's image, or give --scenes of the images that were predicted"


def case_size_problems(prediction: Prediction, known: SceneFiles | None, box: Box | None) -> list[Problem]:
    """Maps of a case that differ in size from each other or from the scene's image and labels, and a box outside.

    Only headers are read; a predicted map that cannot be opened is left to whoever decodes it.

    Args:
        prediction: The case's maps.
        known: Its scene in a dataset, of whose files none need exist; None without a dataset.
        box: Window that its lines are cut to, or None.
    """
    predicted, _ = read_shapes(prediction.files)
    if not predicted:
        return []
    of_scene, problems = _scene_shape(known)
    problems += size_problems(prediction.where, {**predicted, **of_scene}, _REMEDY if of_scene else _AGAIN)
    if problems or known is None or box is None:
        return problems
    shape = next(iter(predicted.values()))
    problems = known.box_problems(shape)
    return problems if problems or of_scene else _box_beyond(prediction, known, box, shape)


def _scene_shape(known: SceneFiles | None) -> tuple[dict[Path, Shape], list[Problem]]:
    """The size of a scene's image, or of a label map in its place; problems if there are files and none can be opened.

    Empty where the dataset has none of these files.
    """
    paths = () if known is None else (known.image, known.front, known.zones, known.label)
    faults = []
    for path in (path for path in paths if path is not None and path.is_file()):
        shape, unread = read_shapes([path])
        if shape:
            return shape, []
        faults += [Problem(path, what, "Restore it from the dataset") for what in unread.values()]
    return {}, faults


def _box_beyond(prediction: Prediction, known: SceneFiles, box: Box, shape: Shape) -> list[Problem]:
    """A box that ends beyond the map, where no file of the dataset tells the scene's size.

    Published boxes may reach beyond their image, so that this is no fault of a map whose size is known to be right.
    """
    if box.row_stop <= shape[0] and box.column_stop <= shape[1]:
        return []
    what = (
        f"it has {shape[0]}x{shape[1]} pixels (rows x columns), and the box of its scene in {known.described_in} goes "
        f"to {box.row_stop}x{box.column_stop}"
    )
    remedy = "Predict at the size of the scene's image; if the map is of this size, give --scenes with the images"
    return [Problem(prediction.where, what, remedy)]
