"""Runs the demo's steps as a user would: one command after the other, skipping those that are complete."""

from __future__ import annotations

import json
import math
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from nnunet_glacier.demo.steps import DemoSettings, Step, demo_environment, demo_steps
from nnunet_glacier.formats.scores import SCORES_CSV
from nnunet_glacier.support.errors import GlacierError, InputError, Problem
from nnunet_glacier.support.files import folder_problems, read_text, write_json
from nnunet_glacier.support.partial_files import holds_anything

STATE_JSON = "demo.json"
"""Settings of the demo in a folder and the commands that have come to their end."""


def program(name: str) -> str:
    """The console script of this environment, wherever the shell's search path leads.

    Raises:
        GlacierError: If there is none.
    """
    beside = Path(sys.executable).parent / name
    script = str(beside) if beside.is_file() else shutil.which(name)
    if script is None:
        raise GlacierError(f"there is no command {name!r} beside {sys.executable}; install the package with pip first")
    return script


def read_state(out: Path, settings: DemoSettings, *, overwrite: bool) -> dict[str, float]:
    """Seconds of each step of this demo that has come to its end, by title.

    Args:
        out: The demo's folder; an earlier demo in it is removed if `overwrite`.
        settings: What is asked for now.
        overwrite: Whether to begin again.

    Raises:
        InputError: If the folder holds a demo with other settings, or something else, which is never removed.
    """
    path = out / STATE_JSON
    if not path.is_file():
        if holds_anything(out):
            remedy = "Give a new or empty folder"
            raise InputError([Problem(out, "the folder holds other things", remedy)], "The demo cannot run")
        return {}
    # Before anything is removed: a file of this name need not be a demo's.
    earlier, seconds = _read_record(path)
    if overwrite:
        shutil.rmtree(out)
        return {}
    if earlier != settings.to_json():
        remedy = "Give another folder, or --overwrite to begin again"
        raise InputError([Problem(path, f"a demo with {earlier} is here", remedy)], "The demo cannot run")
    return seconds


def _read_record(path: Path) -> tuple[dict[str, int | str], dict[str, float]]:
    """Settings and seconds of the demo that a folder holds."""
    try:
        state = json.loads(read_text(path))
        return dict(state["settings"]), {title: float(seconds) for title, seconds in state["seconds"].items()}
    except (ValueError, LookupError, TypeError, AttributeError):
        problem = Problem(path, "it is no record of a demo", "Give a new or empty folder, or empty this one")
        raise InputError([problem], "The demo cannot run") from None


def _run(step: Step, environment: dict[str, str], log: Path) -> float:
    """Run a step with its output in a log; its wall time in seconds.

    Raises:
        GlacierError: If it fails; the message names the command and the log, and has the log's end.
    """
    started = time.monotonic()
    command = [program(step.command[0]), *step.command[1:]]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as file:
        code = subprocess.run(
            command, env=os.environ | environment, stdout=file, stderr=subprocess.STDOUT, check=False
        ).returncode
    if code != 0:
        last = "\n".join(f"  | {line}" for line in _last_lines(log))
        raise GlacierError(
            f"the step '{step.title}' ended with code {code}. The command was\n  {step.line}\nIts log {log} ends with\n"
            f"{last}"
        )
    return time.monotonic() - started


def _last_lines(log: Path, count: int = 12) -> list[str]:
    """The end of a log, without what progress bars wrote over."""
    text = log.read_text(encoding="utf-8", errors="replace")
    lines = [line.rsplit("\r", 1)[-1].rstrip() for line in text.split("\n")]
    return [line for line in lines if line][-count:]


def run_demo(
    out: Path,
    settings: DemoSettings,
    *,
    dry_run: bool = False,
    overwrite: bool = False,
    say: Callable[[str], None] = print,
) -> None:
    """Run the main job on the shipped scenes, from scenes to scores.

    Args:
        out: The demo's folder: scenes, nnU-Net's three folders, predictions, scores, logs and picture go there.
        settings: Lengths and seed.
        dry_run: Only say the commands.
        overwrite: Begin again.
        say: Where the messages go.

    Raises:
        GlacierError: If a step fails, or the folder cannot be used.
    """
    closed = folder_problems(out)
    if closed:
        raise InputError(closed, "The demo cannot run")
    environment = demo_environment(out)
    if dry_run:
        say("\n".join([*_exports(environment), *(step.line for step in demo_steps(out, settings))]))
        return
    seconds = read_state(out, settings, overwrite=overwrite)
    say("These variables are set for the commands below; to type the commands yourself, set them first:")
    say("\n".join(f"  {line}" for line in _exports(environment)))
    count = len(demo_steps(out, settings))
    for number in range(count):
        # Asked for anew, since a training that has left a checkpoint is continued.
        step = demo_steps(out, settings)[number]
        say(f"\n[{number + 1}/{count}] {step.title}\n$ {step.line}")
        if step.title in seconds and step.product.exists():
            say("  is complete, skipped")
            continue
        log = out / "logs" / f"{number + 1:02}.log"
        say(f"  log: {log}")
        seconds[step.title] = round(_run(step, environment, log), 1)
        write_json(out / STATE_JSON, {"settings": settings.to_json(), "seconds": seconds})
        say(f"  {seconds[step.title]:.0f} s")
    say(f"\n{sum(seconds.values()) / 60:.1f} minutes in all. On four later scenes of the glacier:")
    say("\n".join(_closing(out)))


def _closing(out: Path) -> list[str]:
    """What the shipped model and the five folds came to, and where to look."""
    import pandas as pd

    lines = []
    for title, folder in (("shipped model, which had not seen it", "before"), ("trained further", "after")):
        scores = pd.read_csv(out / folder / "scores" / SCORES_CSV)
        median_px, iou = scores["mean_distance_px"].median(), scores["iou_macro"].mean()
        off = "no front" if math.isnan(median_px) else f"median front error {median_px:.1f} px"
        lines.append(f"  {title + ':':38}{off}, mean zone IoU {iou:.2f}")
    return [
        *lines,
        f"Picture: {out / 'demo.png'}. The scenes are of CaFFe (Gourmelon et al. 2022, CC BY 4.0).",
        "Next, with a scene of your own: nnunet-glacier delineate scene.tif out",
    ]


def _exports(environment: dict[str, str]) -> list[str]:
    return [f"export {name}={shlex.quote(value)}" for name, value in environment.items()]
