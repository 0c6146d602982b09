"""What predictions are scored against: the labelled scenes of a converted dataset or of CaFFe as published."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from nnunet_glacier.domain.scenes import with_hemisphere
from nnunet_glacier.formats.caffe_places import META_DATA_CSV
from nnunet_glacier.formats.scene_files import SceneFiles
from nnunet_glacier.formats.scene_table import SCENES_CSV
from nnunet_glacier.support.errors import GlacierError, Problem
from nnunet_glacier.support.wording import counted

_SHOWN = 5


def line_of(references: Iterable[SceneFiles]) -> str:
    """What the scored lines are called: grounding lines, where those of all scenes are."""
    return "grounding line" if all(reference.grounding_line for reference in references) else "front"


def label_problems(reference: SceneFiles, *, published: bool) -> list[Problem]:
    """Label files that a scene needs and that are not there.

    Args:
        reference: A scene that will be scored.
        published: Whether it is one of CaFFe as published, where every scene has zones and a box.
    """
    needed = [reference.front]
    if published and reference.zones is not None:
        needed.append(reference.zones)
    problems = [Problem(path, "there is no such label", "Restore it") for path in needed if not path.is_file()]
    if published and reference.scene.box is None:
        what = f"scene {reference.scene.case} has no bounding box file"
        problems.append(Problem(reference.front.parents[2] / "bounding_boxes", what, "Restore it"))
    return problems


def with_hemispheres(
    references: Iterable[SceneFiles], given: dict[str, str], *, published: bool
) -> tuple[list[SceneFiles], list[Problem]]:
    """The scenes with their hemispheres, which seasons need, and one problem per glacier whose hemisphere is unknown.

    Scenes without a date have no season and need no hemisphere.

    Args:
        references: The scenes that will be scored.
        given: Glacier to ``north`` or ``south``, from the user.
        published: Whether the dataset is CaFFe's as published, which has no scene table to mend.
    """
    placed = []
    problems: dict[str, Problem] = {}
    for reference in references:
        scene = reference.scene
        try:
            placed.append(reference if scene.date is None else replace(reference, scene=with_hemisphere(scene, given)))
        except GlacierError as error:
            what = "its hemisphere is not known, so seasons cannot be told"
            if scene.crs and scene.affine is not None:
                what += f" ({error})"
            table = f"bounds into {META_DATA_CSV}" if published else f"it into the column 'hemisphere' of {SCENES_CSV}"
            remedy = f"Give --hemisphere {scene.glacier}=north or {scene.glacier}=south, or write {table}"
            problems.setdefault(scene.glacier, Problem(scene.glacier, what, remedy))
    return placed, list(problems.values())


def without_pixel_size(references: Sequence[SceneFiles], cut_ends_m: float | None) -> list[Problem]:
    """Scenes whose labels' ends cannot be cut, because nothing says how many pixels a metre is; one problem for all.

    Args:
        references: The scenes that will be scored.
        cut_ends_m: What is cut at each end, or None where that is not asked for.
    """
    cases = [reference.scene.case for reference in references if math.isnan(reference.scene.pixel_size_m)]
    if cut_ends_m is None or not cases:
        return []
    shown = f"{', '.join(cases[:_SHOWN])}{', ...' if len(cases) > _SHOWN else ''}"
    what = f"the pixel size of {counted(len(cases), 'scene')} is not known ({shown}), so that no metres can be cut"
    return [Problem("--cut-ends-m", what, "Give pixel_size_m in the dataset's scenes.csv, or leave the option out")]
