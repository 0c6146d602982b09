"""The recipes of the papers on the page of trainers: their presets, trainers and preparation exist and fit."""

import re
import shlex
from pathlib import Path

from nnunet_glacier.planning.presets import PRESETS
from nnunet_glacier.trainers.catalogue import trainers_table

ROOT = Path(__file__).parents[2]
RECIPES = ROOT / "docs" / "trainers.md"


def commands_on(page: Path) -> list[list[str]]:
    """Words of every line of a fenced block that starts with one of our commands or of nnU-Net's."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    ours = [line for line in lines if line.startswith(("nnunet-glacier ", "nnUNetv2_"))]
    return [shlex.split(line, comments=True) for line in ours]


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


def test_recipes_prepare_as_the_presets_say():
    """The options of `convert` that a preset prints stand in a recipe, one by one."""
    recipes = [" ".join(words) for words in commands_on(RECIPES)]
    for preset in PRESETS.values():
        options = re.findall(r"--[a-z0-9-]+(?: [a-z0-9_]+)?", (preset.preparation or "").split(", or")[0])
        # Of Herrmann et al. (2023) the page shows fused labels and several; the single ones are named beside.
        if preset.name != "herrmann-2023":
            assert not options or any(all(option in recipe for option in options) for recipe in recipes), preset.name
