"""Runs lines of shell as a reader would type them, with commands that this process answers: it has torch already.

Loops, variables, substitutions and files are the shell's. The commands are small scripts on its path, which hand their
words, folder and environment to the test and wait for its answer.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

Command = Callable[[list[str]], tuple[int, str, str]]
"""Takes the words after the command's name; gives exit code, standard output, and all that was printed."""

_SCRIPT = """#!/bin/sh
{{ printf '%s\\0' "$PWD" {name} "$#" "$@"; env -0; }} > "{place}/call"
echo > "{place}/called"
read -r code < "{place}/ended"
cat "{place}/output"
exit "$code"
"""


@dataclass(frozen=True)
class Call:
    """A command that the shell ran.

    Attributes:
        words: Its name and arguments.
        code: The code that it ended with.
        said: What it printed.
    """

    words: tuple[str, ...]
    code: int
    said: str


@dataclass(frozen=True)
class Session:
    """What came of the lines.

    Attributes:
        calls: The commands, in order.
        code: The shell's exit code.
        said: What the shell and its own programs said of errors.
    """

    calls: list[Call]
    code: int
    said: str


def run_shell(text: str, folder: Path, commands: dict[str, Command], environment: dict[str, str]) -> Session:
    """Run lines in a folder until one fails.

    Args:
        text: The lines.
        folder: Where they are typed.
        commands: What answers, by the commands' names.
        environment: Variables that are set.
    """
    place = folder.parent / f"{folder.name}_shell"
    programs = place / "bin"
    programs.mkdir(parents=True)
    for name in ("called", "ended"):
        os.mkfifo(place / name)
    for name in commands:
        (programs / name).write_text(_SCRIPT.format(name=name, place=place))
        (programs / name).chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    # Open at both ends, so that neither is ever at its end: a command that reads as this process closed it would find
    # nothing, and this process would wait for a reader that is gone.
    called, ended = (os.open(place / name, os.O_RDWR | os.O_NONBLOCK) for name in ("called", "ended"))
    calls = []
    try:
        with (place / "errors").open("w") as errors:
            shell = subprocess.Popen(
                ["sh", "-eu", "-c", text],
                cwd=folder,
                env={**os.environ, **environment, "PATH": path},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        try:
            while shell.poll() is None:
                if select.select([called], [], [], 0.02)[0]:
                    os.read(called, 1)
                    call, output = _answered(place, commands)
                    (place / "output").write_text(output)
                    os.write(ended, f"{call.code}\n".encode())
                    calls.append(call)
        finally:
            shell.kill()
            shell.wait()
    finally:
        os.close(called)
        os.close(ended)
    return Session(calls, shell.returncode, (place / "errors").read_text())


def _answered(place: Path, commands: dict[str, Command]) -> tuple[Call, str]:
    """What the command did that the shell waits for, and its standard output."""
    cwd, name, count, *rest = (place / "call").read_text().split("\0")[:-1]
    words, variables = rest[: int(count)], rest[int(count) :]
    with _as_typed(Path(cwd), variables):
        code, output, said = commands[name](words)
    return Call((name, *words), code, said), output


@contextlib.contextmanager
def _as_typed(cwd: Path, variables: Sequence[str]) -> Iterator[None]:
    """This process in the shell's folder, with the shell's exported variables."""
    before, here = dict(os.environ), Path.cwd()
    os.environ.clear()
    os.environ.update(variable.split("=", 1) for variable in variables)
    # What answers may run the program whose name it has.
    os.environ["PATH"] = before.get("PATH", os.defpath)
    os.chdir(cwd)
    try:
        yield
    finally:
        os.chdir(here)
        os.environ.clear()
        os.environ.update(before)
