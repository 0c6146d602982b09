"""From scenes and what was drawn for them to cases: matched, named, divided into training and test, and into folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nnunet_glacier.dataset_conversion.lines.case import DrawnScene, LinesCase
from nnunet_glacier.dataset_conversion.lines.labels import lies_in, zone_of_word
from nnunet_glacier.dataset_conversion.lines.options import AUTO, LinesOptions
from nnunet_glacier.dataset_conversion.scenes.placed_images import PlacedImage
from nnunet_glacier.formats.map_features import MapFeature, Matched, match_features, open_features, same_glacier
from nnunet_glacier.formats.vector_tables import read_vector_tables
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.wording import counted


def match(images: Mapping[str, PlacedImage], features: Sequence[MapFeature], max_days: int) -> Matched:
    """Which features belong to which scenes (`match_features`)."""
    scenes = {case: image.scene for case, image in images.items()}
    return match_features(features, scenes, lambda one, case: lies_in(one, images[case].grid), max_days=max_days)


def author_problems(of_scene: Mapping[str, Sequence[MapFeature]]) -> list[Problem]:
    """Scenes for which several people drew: their lines are traces of one front, not pieces of it."""
    problems = []
    for case, features in of_scene.items():
        authors = sorted({feature.author for feature in features if not feature.is_area} - {""})
        if len(authors) > 1:
            what = f"lines of {len(authors)} authors, {', '.join(authors[:4])}, belong to it"
            problems.append(Problem(f"scene {case}", what, f"Choose one with --author {authors[0]!r}"))
    return problems


def class_problems(of_scene: Mapping[str, Sequence[MapFeature]]) -> list[Problem]:
    """Areas whose class means no zone, each class once."""
    unknown: dict[str, list[MapFeature]] = {}
    for feature in (feature for features in of_scene.values() for feature in features):
        if feature.is_area and zone_of_word(feature.said) is None:
            unknown.setdefault(feature.said, []).append(feature)
    return [
        Problem(
            areas[0].where,
            f"{counted(len(areas), 'area is', 'areas are')} of class {said!r}, which is no zone"
            if said
            else f"{counted(len(areas), 'area has', 'areas have')} no class",
            "Call it glacier, ocean, rock or NA, in a column 'class' or the one of --class-column",
        )
        for said, areas in unknown.items()
    ]


def labels_of(matched: Matched, options: LinesOptions) -> str:
    """The label variant: what was asked for, or what was drawn allows."""
    if options.labels != AUTO:
        return options.labels
    return "fused" if has_areas(matched) or options.upstream is not None else "front"


def has_areas(matched: Matched) -> bool:
    """Whether areas are drawn for any scene."""
    return any(feature.is_area for features in matched.of_scene.values() for feature in features)


def read_area(path: Path | None) -> list[MapFeature]:
    """The polygons of ``--area``.

    Raises:
        InputError: If it cannot be read, or holds no polygon.
    """
    areas = [] if path is None else [feature for feature in open_features(path).features if feature.is_area]
    if path is not None and not areas:
        raise InputError([Problem(path, "it holds no polygon", "Give --area with polygons")])
    return areas


def read_points(path: Path | None) -> list[tuple[str, Any]]:
    """The points of ``--upstream`` with their CRS.

    Raises:
        InputError: If it cannot be read, holds something else than points, or has no CRS.
    """
    if path is None:
        return []
    points = []
    for table in read_vector_tables(path, "points").values():
        drawn = [shape for shape in table.geometry if shape is not None and not shape.is_empty]
        if table.crs is None or any(shape.geom_type != "Point" for shape in drawn):
            what = "it has no CRS" if table.crs is None else "it holds other features than points"
            raise InputError([Problem(path, what, "Give --upstream with points on the glaciers")])
        points += [(table.crs.to_wkt(), shape) for shape in drawn]
    if not points:
        raise InputError([Problem(path, "it holds no point", "Give --upstream with points on the glaciers")])
    return points


def drawn_scenes(
    images: Mapping[str, PlacedImage],
    matched: Matched,
    areas: Sequence[MapFeature],
    points: Sequence[tuple[str, Any]],
) -> list[DrawnScene]:
    """The scenes for which something was drawn, by case; the others are left out."""
    scenes = []
    for case in sorted(matched.of_scene):
        image = images[case]
        own = [area for area in areas if same_glacier(area.glaciers, image.scene.glacier) and lies_in(area, image.grid)]
        scenes.append(DrawnScene(image, tuple(matched.of_scene[case]), tuple(own), tuple(points)))
    return scenes


def cases_of(scenes: Sequence[DrawnScene], options: LinesOptions, inputs: Sequence[Path]) -> list[LinesCase]:
    """A case for every scene, in training or test.

    Args:
        scenes: The scenes.
        options: What can be chosen.
        inputs: Files that every case depends on.
    """
    cases = []
    for drawn in scenes:
        scene = drawn.image.scene
        tests = scene.split == "test" or scene.glacier in options.test_glaciers
        tests = tests or (options.test_from is not None and scene.date is not None and scene.date >= options.test_from)
        scene = replace(scene, split="test" if tests else "train")
        files = dict.fromkeys((drawn.image.raster.path, *(feature.file for feature in drawn.features), *inputs))
        cases.append(LinesCase(scene, tuple(files), drawn, chosen=drawn.chosen()))
    return cases


def split_problems(cases: Sequence[LinesCase], source: Path, options: LinesOptions) -> list[Problem]:
    """What forbids this division into training and test."""
    scenes = [case.scene for case in cases]
    glaciers = {split: {scene.glacier for scene in scenes if scene.split == split} for split in ("train", "test")}
    problems = []
    if unknown := sorted(set(options.test_glaciers) - glaciers["test"]):
        known = ", ".join(sorted(filter(None, glaciers["train"] | glaciers["test"]))) or "none"
        what = f"no scene is of glacier {', '.join(unknown)}; known are {known}"
        problems.append(Problem("--test-glacier", what, "Complete the column 'glacier' of the table of scenes"))
    undated = [scene.case for scene in scenes if scene.date is None]
    if options.test_from is not None and undated:
        what = f"{counted(len(undated), 'scene has', 'scenes have')} no date, such as {undated[0]}"
        problems.append(Problem("--test-from", what, "Complete the column 'date' of the table of scenes"))
    if scenes and not glaciers["train"]:
        problems.append(Problem(source, "no scene is left to train on", "Choose fewer test scenes"))
    shared = sorted((glaciers["train"] & glaciers["test"]) - {""})
    if shared and not options.allow_shared_glaciers:
        are = counted(len(shared), "glacier trains and tests", "glaciers train and test")
        remedy = "Test other glaciers, or give --allow-shared-glaciers"
        problems.append(Problem(source, f"{are}: {', '.join(shared)}", remedy))
    return problems
