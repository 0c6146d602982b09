"""What the headers of a scene's files tell before any pixel is decoded: whether they can be opened and fit together."""

from __future__ import annotations

from pathlib import Path

from nnunet_glacier.errors import GlacierError, Problem
from nnunet_glacier.front_lines import box_problems
from nnunet_glacier.predicted_maps import Prediction, Route
from nnunet_glacier.rasters import read_shape
from nnunet_glacier.scene_files import SceneFiles


def header_problems(prediction: Prediction, reference: SceneFiles, routes: tuple[Route, ...]) -> list[Problem]:
    """Files of a scene that cannot be opened, maps that differ in size, and a box outside of them.

    Args:
        prediction: What was predicted of the scene.
        reference: The scene and its labels; their files exist.
        routes: Routes that are scored; a front mask that none of them needs is not looked at.
    """
    unused = None if "front" in routes else prediction.front
    # The size of probabilities is compared when they are read: those of nnU-Net have no header.
    predicted = [path for path in prediction.files if path not in (unused, prediction.probability)]
    labels = [path for path in (reference.front, reference.zones, reference.label) if path is not None]
    shapes: dict[Path, tuple[int, int]] = {}
    problems = []
    for path in [*predicted, *labels]:
        try:
            shapes[path] = read_shape(path)
        except GlacierError as error:
            remedy = "Restore the label from the dataset" if path in labels else "Predict the case again, or mend it"
            problems.append(Problem(path, str(error), remedy))
    if len(set(shapes.values())) > 1:
        found = ", ".join(f"{path.parent.name}/{path.name} {rows}x{cols}" for path, (rows, cols) in shapes.items())
        what = f"its maps differ in size (rows x columns): {found}"
        problems.append(Problem(prediction.where, what, "Predict at the size of the dataset's image"))
    if reference.front in shapes:
        scene, shape = reference.scene, shapes[reference.front]
        problems += box_problems(reference.described_in, scene.case, scene.box, shape)
    return problems
