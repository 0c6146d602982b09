"""What the headers of a scene's files tell before any pixel is decoded: whether they can be opened and fit together."""

from __future__ import annotations

from nnunet_glacier.domain.front_rules import Route
from nnunet_glacier.formats.map_sizes import read_shapes, size_problems
from nnunet_glacier.formats.predicted_maps import Prediction
from nnunet_glacier.formats.scene_files import SceneFiles
from nnunet_glacier.support.errors import Problem


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
    labels = [path for path in (reference.front, reference.zones, reference.ignored_in) if path is not None]
    shapes, unread = read_shapes([*predicted, *labels])
    restore, again = "Restore the label from the dataset", "Predict the case again, or mend it"
    problems = [Problem(path, what, restore if path in labels else again) for path, what in unread.items()]
    problems += size_problems(prediction.where, shapes, "Predict at the size of the dataset's image")
    if reference.front in shapes:
        problems += reference.box_problems(shapes[reference.front])
    return problems
