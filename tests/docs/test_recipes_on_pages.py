"""The recipes of the papers on the page of trainers: their presets, trainers and preparation exist and fit."""

import re
import shlex
from pathlib import Path

from page_blocks import DOCS, blocks_of

from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.planning.presets import PRESETS, settled, with_overrides
from nnunet_glacier.trainers.catalogue import trainers_table

RECIPES = DOCS / "trainers.md"


LABELS_OF = {"dinsar": "grounding_line", "sea-ice": "sea_ice"}
"""What the labels mean of converters that make one kind alone."""


def blocks_on(page: Path) -> list[list[list[str]]]:
    """Of every fenced block the words of each line that starts with one of our commands or of nnU-Net's."""
    blocks = [block.text for block in blocks_of(page.read_text(encoding="utf-8"))]
    lines = [re.sub(r"^for .*; do |; done$", "", block.replace("\\\n", " "), flags=re.MULTILINE) for block in blocks]
    ours = [
        [line for line in block.splitlines() if line.startswith(("nnunet-glacier ", "nnUNetv2_"))] for block in lines
    ]
    return [[shlex.split(line, comments=True) for line in block] for block in ours]


def commands_on(page: Path) -> list[list[str]]:
    """The commands of all blocks."""
    return [words for block in blocks_on(page) for words in block]


def value_of(words: list[str], option: str) -> list[str]:
    return [words[index + 1] for index, word in enumerate(words[:-1]) if word == option]


def test_presets_and_trainers_of_the_recipes_exist():
    """And each paper's preset is planned by a recipe that trains one of its trainers."""
    trainers = set(trainers_table()["-tr"])
    recipes = commands_on(RECIPES)
    assert {name for words in recipes for name in value_of(words, "-tr")} <= trainers
    planned = {name for words in recipes for name in value_of(words, "--preset")}
    papers = {name: preset for name, preset in PRESETS.items() if preset.preparation}
    assert planned == set(papers)
    trained = {name for words in recipes for name in value_of(words, "-tr")}
    for name, preset in papers.items():
        assert trained & set(preset.trainers), name
        assert set(preset.trainers) <= trainers


def recipes_on(page: Path) -> list[tuple[list[str], list[str]]]:
    """The words of `plan` and of `convert` of every block that has both."""
    recipes = []
    for block in blocks_on(page):
        converted = [words for words in block if words[:2] == ["nnunet-glacier", "convert"]]
        planned = [words for words in block if words[:2] == ["nnunet-glacier", "plan"]]
        recipes += [(plan, convert) for convert in converted for plan in planned]
    return recipes


def test_recipes_prepare_as_the_presets_say():
    """The words of `convert` that a preset prints for the recipe's labels stand in it, in their order."""
    shown = set()
    for plan, convert in recipes_on(RECIPES):
        (name,) = value_of(plan, "--preset")
        (labels,) = value_of(convert, "--labels") or [LABELS_OF[convert[2]]]
        patch = [int(plan[plan.index("--patch-size") + step]) for step in (1, 2)] if "--patch-size" in plan else None
        preset = with_overrides(settled(PRESETS[name], LABEL_SPACES[labels]), patch_size=patch and tuple(patch))
        kind, options = preset.preparation.split()[:2], preset.preparation.split()[2:]
        assert convert[1:3] == kind, name
        assert " ".join(options) in " ".join(convert), name
        shown.add((name, labels))
    assert {name for name, _ in shown} == {name for name, preset in PRESETS.items() if preset.preparation}
    assert {("herrmann-2023", labels) for labels in ("fused", "multitask")} <= shown
