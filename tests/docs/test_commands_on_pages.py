"""The commands that the pages print exist, with their options, presets and trainers."""

import re
import shlex
from pathlib import Path

import pytest
import typer

from nnunet_glacier.cli import app
from nnunet_glacier.planning.presets import PRESETS
from nnunet_glacier.trainers.catalogue import trainers_table

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
RECIPES = ROOT / "docs" / "trainers.md"


def commands_on(page: Path) -> list[list[str]]:
    """Words of every line of a fenced block that starts with one of our commands or of nnU-Net's."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    ours = [line for line in lines if line.startswith(("nnunet-glacier ", "nnUNetv2_"))]
    return [shlex.split(line, comments=True) for line in ours]


def leaf_of(words: list[str]):
    """The command that words after ``nnunet-glacier`` name, and what follows them."""
    command = typer.main.get_command(app)
    while getattr(command, "commands", None):
        command, words = command.commands[words[0]], words[1:]
    return command, words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_option_on_a_page_exists(page):
    """A command of ours that is no command is a KeyError; an option that it does not take is listed."""
    unknown = []
    for words in commands_on(page):
        if words[0] != "nnunet-glacier" or words[1].startswith("-"):
            continue
        command, rest = leaf_of(words[1:])
        known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
        known |= {"--help", "-h"}
        options = [word.split("=")[0] for word in rest if re.match(r"--?[a-zA-Z]", word)]
        unknown += [f"{' '.join(words)}: {option}" for option in options if option not in known]
    assert unknown == []


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
