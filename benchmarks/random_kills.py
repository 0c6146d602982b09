"""Kill every stage at random, give the same command again, and compare with a run that nobody disturbed.

    python benchmarks/random_kills.py --kills 200 --seed 0
    python benchmarks/random_kills.py --kills 45 --seed 0 --trainings

Every kill is drawn from the seed: a signal (SIGKILL, SIGTERM or SIGINT), and when it comes: before the n-th file that
is opened for writing, made, renamed or removed, or after a share of the time that the stage takes, which also falls
into what libraries write without Python. The stages take turns, each on small inputs in one process (`--workers 1`);
those that train (`--trainings`) take tens of seconds a kill. What the second run leaves is compared with the
undisturbed run by content (`every_stage.contents`): a file that differs or is missing, one that is too many, an exit
code, a run without an end. Folders that differ are kept.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnunet_glacier.support.environment import PLUGIN_FOLDER
from nnunet_glacier.support.stopping import STOPPED, TERMINATED

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "faults"))

Contents = Callable[[Path], dict[str, object]]
"""`every_stage.contents`."""

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
CODES = {signal.SIGTERM: TERMINATED, signal.SIGINT: STOPPED}
"""With what the program ends after a signal; the signal itself ends it where it comes first of all."""

LONGEST_S = 600
_CHANGES = ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate", "os.link", "shutil.rmtree")
_TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


@dataclass(frozen=True)
class Kill:
    """When a run is killed, and how.

    Attributes:
        by: The signal.
        event: Before which file event, from 1 on; 0 for a kill by time.
        after_s: After so many seconds, for a kill by time.
    """

    by: signal.Signals
    event: int = 0
    after_s: float = 0.0

    def __str__(self) -> str:
        """In a few words."""
        return f"{self.by.name} " + (f"at file event {self.event}" if self.event else f"after {self.after_s:.2f} s")


@dataclass(frozen=True)
class Ended:
    """How a run ended.

    Attributes:
        code: Its exit code, that of a signal negative; None if it had no end.
        seconds: How long it took.
        events: How many file events it counted.
    """

    code: int | None
    seconds: float
    events: int


def _changes_a_file(event: str, arguments: tuple[Any, ...]) -> bool:
    if event != "open":
        return event in _CHANGES
    _, mode, flags = arguments
    return any(letter in mode for letter in "wax+") if isinstance(mode, str) else bool((flags or 0) & _TO_WRITE)


def _run_here(arguments: list[object], log: Path, counted: int, kill: Kill | None) -> None:
    """Run the program in this process, which ends with it; it may kill itself at a file event."""
    # A job in a shell's background ignores Ctrl-C; the program is to meet it as in a terminal.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from nnunet_glacier.__main__ import main as program

    os.setsid()
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    events = 0

    def watch(event: str, given: tuple[Any, ...]) -> None:
        nonlocal events
        if _changes_a_file(event, given):
            events += 1
            if kill is not None and kill.event == events:
                os.kill(os.getpid(), kill.by)

    sys.addaudithook(watch)
    code = 1
    try:
        program([str(argument) for argument in arguments])
    except SystemExit as error:
        code = int(error.code or 0)
    except BaseException as error:  # what is no exit of a command is a fault to be seen in the log
        sys.excepthook(type(error), error, error.__traceback__)
    os.write(counted, str(events).encode())
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def run(arguments: list[object], environment: dict[str, str], log: Path, kill: Kill | None = None) -> Ended:
    """Run a command in a process forked from this one, which has imported everything already."""
    reader, writer = os.pipe()
    sys.stdout.flush()
    start = time.monotonic()
    process = os.fork()
    if process == 0:
        os.close(reader)
        os.environ.update(environment)
        try:
            _run_here(arguments, log, writer, kill)
        finally:
            os._exit(99)
    os.close(writer)
    code = _wait(process, start, kill)
    seconds = time.monotonic() - start
    told = os.read(reader, 20)
    os.close(reader)
    return Ended(code, seconds, int(told or 0))


def _wait(process: int, start: float, kill: Kill | None) -> int | None:
    """The exit code of a process, killed after a while if it is to be; None if it had to be ended."""
    due = start + kill.after_s if kill is not None and not kill.event else None
    while True:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        now = time.monotonic()
        if kill is not None and due is not None and now >= due:
            os.kill(process, kill.by)
            due = None
        if now - start > LONGEST_S:
            os.killpg(process, signal.SIGKILL)
            os.waitpid(process, 0)
            return None
        time.sleep(0.005)


def _drawn(rng: random.Random, undisturbed: Ended) -> Kill:
    by = rng.choice(SIGNALS)
    if rng.random() < 0.3:
        return Kill(by, after_s=rng.uniform(0, undisturbed.seconds))
    return Kill(by, event=rng.randint(1, max(1, undisturbed.events)))


def _differences(before: dict[str, object], after: dict[str, object]) -> list[str]:
    lost = [f"{name} is missing" for name in sorted(before.keys() - after.keys())]
    more = [f"{name} is too many" for name in sorted(after.keys() - before.keys())]
    return lost + more + [f"{name} differs" for name in sorted(before) if name in after and before[name] != after[name]]


def main() -> None:
    """Draw the kills, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--trainings", action="store_true", help="The stages that train, in place of all others.")
    parser.add_argument("--only", default="", help="Stages whose name has this in it.")
    parser.add_argument("--folder", type=Path, help="Where to work; a temporary folder if not given.")
    given = parser.parse_args()
    root = given.folder or Path(tempfile.mkdtemp(prefix="random_kills_"))
    root.mkdir(parents=True, exist_ok=True)

    import torch
    from every_stage import STAGES, TRAININGS, Inputs, contents, make_inputs, make_training_inputs

    torch.set_num_threads(1)
    # Patches are drawn in the training's own process, so that they are the same in every run.
    os.environ.update({"nnUNet_n_proc_DA": "0", "nnUNet_extTrainer": str(PLUGIN_FOLDER)})
    inputs = Inputs(root / "inputs")
    _in_a_process(lambda: make_inputs(inputs.root), noted=root / "inputs_ready")
    if given.trainings:
        _in_a_process(lambda: make_training_inputs(inputs), noted=root / "training_inputs_ready")
    rng = random.Random(given.seed)
    stages = [stage for stage in (TRAININGS if given.trainings else STAGES) if given.only in stage.name]
    _import_all()
    known = {stage.name: _undisturbed(stage, root, contents) for stage in stages}
    counts: dict[str, Counter[str]] = {stage.name: Counter() for stage in stages}
    try:
        for number in range(given.kills):
            stage = stages[number % len(stages)]
            whole, ended = known[stage.name]
            kill = _drawn(rng, ended)
            faults, met = _killed_and_again(stage, root, number, kill, whole, contents)
            tally = ["kills", kill.by.name, *([] if met else ["came too late"]), *(["faults"] if faults else [])]
            counts[stage.name].update(tally)
            how = f"{kill}{'' if met else ', too late'}"
            print(f"{number:4} {stage.name}: {how}: {'; '.join(faults) or 'as undisturbed'}", flush=True)
    finally:
        # Ctrl-C ends the series early, and what was counted counts.
        _print_table(counts)


def _in_a_process(work: Callable[[], object], *, noted: Path) -> None:
    """Do something once, noted by a file, in a process of its own: nothing of it (threads, caches) is forked later."""
    if noted.exists():
        return
    process = os.fork()
    if process == 0:
        try:
            work()
            noted.touch()
            os._exit(0)
        finally:
            os._exit(1)
    if os.waitpid(process, 0)[1]:
        sys.exit("The inputs could not be made")


def _import_all() -> None:
    """Import every stage once, here, and not in every run."""
    import importlib
    import pkgutil

    import nnunet_glacier

    for module in pkgutil.walk_packages(nnunet_glacier.__path__, "nnunet_glacier."):
        if not any(part in module.name for part in ("plugin", "__main__")):
            importlib.import_module(module.name)


def _setting(stage: Any, root: Path, out: Path) -> tuple[list[object], dict[str, str]]:
    from every_stage import Inputs

    inputs = Inputs(root / "inputs")
    return stage.arguments(inputs, out), inputs.environment(out)


def _make_place(stage: Any, root: Path) -> Path:
    """The folder that a stage writes to, as it is before its first run."""
    from every_stage import Inputs

    # Some files tell where they are, so that every run writes to the same place.
    out = root / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    stage.prepare(Inputs(root / "inputs"), out)
    return out


def _undisturbed(
    stage: Any, root: Path, contents: Callable[[Path], dict[str, object]]
) -> tuple[dict[str, object], Ended]:
    # The first run of a stage fills caches, and takes longer than those that are killed.
    for _ in range(2):
        out = _make_place(stage, root)
        ended = run(*_setting(stage, root, out), root / "log.txt")
    if ended.code != 0:
        sys.exit(f"{stage.name} ended with {ended.code}: {(root / 'log.txt').read_text()[-2000:]}")
    print(f"{stage.name}: {ended.events} file events, {ended.seconds:.1f} s")
    return contents(out), ended


def _killed_and_again(
    stage: Any,
    root: Path,
    number: int,
    kill: Kill,
    whole: dict[str, object],
    contents: Callable[[Path], dict[str, object]],
) -> tuple[list[str], bool]:
    """What is wrong after a kill and the same command again, and whether the kill met the run."""
    out = _make_place(stage, root)
    first = run(*_setting(stage, root, out), root / "log_killed.txt", kill)
    met = first.code != 0
    again = run(*_setting(stage, root, out), root / "log_again.txt")
    faults = []
    if first.code not in (0, -kill.by, CODES.get(kill.by)):
        faults.append(f"the killed run ended with {first.code}")
    if not met and 0 < kill.event <= first.events:
        faults.append("the killed run went on to its end")
    if again.code != 0:
        faults.append("the second run had no end" if again.code is None else f"the second run ended with {again.code}")
    try:
        faults += _differences(whole, contents(out))
    except Exception as error:  # whatever a library says of a damaged file
        faults.append(f"a file cannot be read ({error})")
    if faults:
        kept = root / f"kept_{number}"
        shutil.copytree(out, kept)
        for log in ("log_killed.txt", "log_again.txt"):
            shutil.copy(root / log, kept / log)
    return faults, met


def _print_table(counts: dict[str, Counter[str]]) -> None:
    columns = ("kills", "SIGKILL", "SIGTERM", "SIGINT", "came too late", "faults")
    print(f"\n| stage | {' | '.join(columns)} |\n|---|{'---|' * len(columns)}")
    rows = [*counts.items(), ("all", sum(counts.values(), Counter()))]
    for name, tally in rows:
        print(f"| {name} | {' | '.join(str(tally[column]) for column in columns)} |")


if __name__ == "__main__":
    main()
