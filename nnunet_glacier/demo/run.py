"""Runs the demo's steps as a user would: one command after the other, skipping those that are complete."""

from __future__ import annotations

import itertools
import json
import math
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from nnunet_glacier.demo.steps import DemoSettings, Step, beside_one_another, demo_environment, demo_steps
from nnunet_glacier.formats.scores import open_scores
from nnunet_glacier.support.errors import GlacierError, InputError, Problem
from nnunet_glacier.support.files import folder_problems, read_text, write_json
from nnunet_glacier.support.logs import end_of
from nnunet_glacier.support.partial_files import holds_anything

STATE_JSON = "demo.json"
"""Settings of the demo in a folder and the commands that have come to their end."""

_POLL_S, _PATIENCE_S = 0.2, 10.0


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
    """Seconds of each step of this demo that has come to its end, by title; the folder's record is there from now on.

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
        _write_record(out, settings, {})
        return {}
    # Before anything is removed: a file of this name need not be a demo's.
    earlier, seconds = _read_record(path)
    if overwrite:
        shutil.rmtree(out)
        _write_record(out, settings, {})
        return {}
    if earlier != settings.to_json():
        remedy = "Give another folder, or --overwrite to begin again"
        raise InputError([Problem(path, f"a demo with {earlier} is here", remedy)], "The demo cannot run")
    return seconds


def _write_record(out: Path, settings: DemoSettings, seconds: Mapping[str, float]) -> None:
    write_json(out / STATE_JSON, {"settings": settings.to_json(), "seconds": seconds})


def _read_record(path: Path) -> tuple[dict[str, int | str], dict[str, float]]:
    """Settings and seconds of the demo that a folder holds."""
    try:
        state = json.loads(read_text(path))
        return dict(state["settings"]), {title: float(seconds) for title, seconds in state["seconds"].items()}
    except (ValueError, LookupError, TypeError, AttributeError):
        problem = Problem(path, "it is no record of a demo", "Give a new or empty folder, or empty this one")
        raise InputError([problem], "The demo cannot run") from None


def _run(
    steps: Sequence[tuple[Step, Path]],
    environment: Mapping[str, str],
    at_once: int,
    begin: Callable[[Step, Path], None],
) -> Iterator[tuple[Step, float]]:
    """Run steps, each with its output in its log; those still running are ended where one fails.

    Args:
        steps: Steps and their logs.
        environment: Variables that are set for them.
        at_once: How many may run beside one another.
        begin: Is told of each step and its log as it begins.

    Yields:
        Each step as it ends, with its wall time in seconds.

    Raises:
        GlacierError: If one fails; the message names the command and the log, and has the log's end.
    """
    waiting = list(steps)
    running: list[tuple[Step, Path, subprocess.Popen[bytes], float]] = []
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                step, log = waiting.pop(0)
                begin(step, log)
                running.append((step, log, _start(step, environment, log), time.monotonic()))
            time.sleep(_POLL_S)
            for one in [one for one in running if one[2].poll() is not None]:
                step, log, process, started = one
                running.remove(one)
                if process.returncode != 0:
                    raise _failure(step, log, process.returncode)
                yield step, time.monotonic() - started
    finally:
        for _, _, process, _ in running:
            _end(process)


def _start(step: Step, environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [program(step.command[0]), *step.command[1:]]
    with log.open("wb") as file:
        return subprocess.Popen(command, env=os.environ | environment, stdout=file, stderr=subprocess.STDOUT)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _failure(step: Step, log: Path, code: int) -> GlacierError:
    ended = f"the step '{step.title}' ended with code {code}. The command was\n  {step.line}"
    return GlacierError(f"{ended}\n{end_of(log)}")


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
    started = time.monotonic()
    trainings_at_once, of_a_training = beside_one_another(settings)
    steps = demo_steps(out, settings)
    numbers = {step.title: number for number, step in enumerate(steps, 1)}

    def named(step: Step) -> str:
        return f"[{numbers[step.title]}/{len(steps)}]"

    def begin(step: Step, log: Path) -> None:
        say(f"\n{named(step)} {step.title}\n$ {step.line}\n  log: {log}")

    for trains, some in itertools.groupby(steps, key=lambda step: step.trains):
        missing = []
        for step in some:
            if step.title in seconds and step.product.exists():
                say(f"\n{named(step)} {step.title}\n  is complete, skipped")
            else:
                missing.append((step, out / "logs" / f"{numbers[step.title]:02}.log"))
        variables, at_once = ({**environment, **of_a_training}, trainings_at_once) if trains else (environment, 1)
        for step, wall_s in _run(missing, variables, at_once, begin):
            seconds[step.title] = round(wall_s, 1)
            _write_record(out, settings, seconds)
            say(f"  {named(step)} took {wall_s:.0f} s")
    say(f"\n{(time.monotonic() - started) / 60:.1f} minutes. On four scenes that stand between those in time:")
    say("\n".join(_closing(out)))


def _closing(out: Path) -> list[str]:
    """What the shipped model and the five folds came to, and where to look."""
    lines = []
    for title, folder in (("shipped model, which had not seen it", "before"), ("trained further", "after")):
        scores = open_scores(out / folder / "scores").main
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
