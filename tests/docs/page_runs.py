"""The run of a page's blocks on tiny scenes and models: networks that are tiny, and nobody who waits.

A training of ``adapt``, ``tune`` or ``repeat`` is an iteration or none, and `typed_commands` stands in for nnU-Net's
own commands.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

import pytest
import torch
from matplotlib.figure import Figure
from page_blocks import PAGES, Block, blocks_of, is_record
from page_shell import Session, run_shell
from page_worlds import WORLDS
from PIL import Image
from quick_nnunet import make_quick
from typed_commands import COMMANDS, train_trial

from nnunet_glacier.support.environment import FOLDER_VARIABLES, PLUGIN_FOLDER


def blocks_to_run(page: Path) -> list[Block]:
    """The blocks of shell of a page that bear no mark, none of a page of results."""
    if is_record(page):
        return []
    return [block for block in blocks_of(page.read_text(encoding="utf-8")) if block.is_shell and not block.not_run]


RUN = [page for page in PAGES if blocks_to_run(page)]
TUTORIALS = [page for page in RUN if page.name.startswith("tutorial_") or page.name == "trainers.md"]
OTHERS = [page for page in RUN if page not in TUTORIALS]
SHORTER = {
    "adapt.md": ("--scenes 5\n", "--scenes 2\n"),
    "tutorial_caffe.md": ("for fold in 0 1 2 3 4", "for fold in 0 1"),
    "tutorial_interferograms.md": ("--scenes 56 --size 256", "--scenes 8 --size 128"),
}
"""What would take minutes as it stands on a page, and what is run in its place."""


def save_blank(target: Path | str | IO[bytes]) -> None:
    """Save a pixel in place of a figure, which takes seconds to draw, under the figure's name whatever its kind."""
    if isinstance(target, (str, Path)):
        with Path(target).open("wb") as file:
            Image.new("RGB", (1, 1)).save(file, format="PNG")
    else:
        Image.new("RGB", (1, 1)).save(target, format="PNG")


def typed(page: str, blocks: list[Block], root: str) -> str:
    """The blocks as they are typed, with folders at the root of the disk in the test's own."""
    text = "\n".join(block.text for block in blocks)
    if page in SHORTER:
        long, short = SHORTER[page]
        assert long in text
        text = text.replace(long, short)
    return re.sub(r"(?<=[\s=:])/(data|path/to)/", rf"{root}/\1/", text)


def what_failed(session: Session) -> str:
    """The first command that failed, with all that it said; "" if none did."""
    failed = next((call for call in session.calls if call.code), None)
    if failed is not None:
        # Without progress bars.
        said = [line for line in failed.said.splitlines() if "%|" not in line]
        return "\n".join([f"$ {' '.join(failed.words)}", *said])
    return f"the shell ended with {session.code}: {session.said}" if session.code else ""


def made_quick(monkeypatch: pytest.MonkeyPatch, shipped: Path) -> Iterator[None]:
    """One process and one thread, tiny shipped models, trainings of an iteration, and a page that nobody waits for."""
    from nnunet_glacier.adaptation import adapt
    from nnunet_glacier.formats import shipped_models
    from nnunet_glacier.models import listing
    from nnunet_glacier.planning import presets
    from nnunet_glacier.trainers.plugin import nnunet_glacier_trainers as plugin
    from nnunet_glacier.tuning import tune
    from nnunet_glacier.viewing import server

    class Served(server.PageServer):
        def __init__(self, page, port):
            assert port == 8010
            super().__init__(page, 0)

        def serve_forever(self, poll_interval=0.5):
            raise KeyboardInterrupt

    make_quick(monkeypatch)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0}, raising=False)
    for name in ("ADAPTATION", "SERIES_ADAPTATION"):
        schedule = replace(getattr(presets, name), num_epochs=1, num_iterations_per_epoch=1)
        for module in (presets, adapt):
            monkeypatch.setattr(module, name, schedule, raising=False)
    monkeypatch.setattr(tune, "train", train_trial)
    # Of more the doctor would only take longer.
    monkeypatch.setattr(plugin, "__all__", plugin.__all__[:2])
    monkeypatch.setattr(Figure, "savefig", lambda figure, target, **settings: save_blank(target))
    monkeypatch.setattr(server, "PageServer", Served)
    for module in (shipped_models, listing):
        monkeypatch.setattr(module, "FOLDER", shipped)
    count = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(count)


def run_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the blocks of a page, in order, in a world of its own; fails with what a command said."""
    assert page.name in WORLDS, "say in page_worlds what the page takes for granted, or why its blocks are not run"
    text, blocks = page.read_text(encoding="utf-8"), blocks_to_run(page)
    work = tmp_path / "work"
    work.mkdir()
    variables = {name: str(tmp_path / name) for name in FOLDER_VARIABLES}
    for folder in variables.values():
        os.mkdir(folder)  # noqa: PTH102
    variables |= {"nnUNet_n_proc_DA": "0", "nnUNet_def_n_proc": "1", "HF_HUB_OFFLINE": "1"}
    if 'eval "$(nnunet-glacier env)"' not in text:
        variables["nnUNet_extTrainer"] = str(PLUGIN_FOLDER)
    with monkeypatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        patch.setenv("nnUNet_extTrainer", str(PLUGIN_FOLDER))
        WORLDS[page.name](tmp_path, work)
    monkeypatch.delenv("nnUNet_extTrainer", raising=False)
    session = run_shell(typed(page.name, blocks, str(tmp_path)), work, COMMANDS, variables)
    failed = what_failed(session)
    assert not failed, failed
    assert len(session.calls) >= len(blocks)
