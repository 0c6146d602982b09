"""The application that the commands hang on, and how it ends on a mistake."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from importlib import metadata
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from nnunet_glacier.support.disk import system_fault
from nnunet_glacier.support.documentation import PACKAGE
from nnunet_glacier.support.errors import GlacierError, InputError, Problem
from nnunet_glacier.support.names import name_fault, printable
from nnunet_glacier.support.stopping import exit_code

STARTS_ANEW = {"report": "makes the whole report", "retreat": "makes the whole series"}
"""Commands that keep nothing to go on from, and what they do when they are run again."""


class _Commands(TyperGroup):
    """Commands that end on a user's mistake with its text and exit code 2, and on Ctrl-C with 130.

    The program gives its context what is to be called when a command begins.
    """

    def invoke(self, ctx: Any) -> Any:
        try:
            if ctx.obj is not None:
                ctx.obj()
            return super().invoke(ctx)
        except typer.BadParameter as error:
            _blame_the_last(error)
            raise
        except GlacierError as error:
            typer.echo(printable(f"nnunet-glacier: {error}"), err=True)
            raise typer.Exit(2) from None
        except UnicodeEncodeError as error:
            typer.echo(f"nnunet-glacier: {name_fault(error)}", err=True)
            raise typer.Exit(2) from None
        except OSError as error:
            # A closed pipe is for click; what has no number is no word of the system's.
            if error.errno in (None, errno.EPIPE):
                raise
            typer.echo(printable(f"nnunet-glacier: {system_fault(error)}"), err=True)
            raise typer.Exit(2) from None
        except KeyboardInterrupt as stopped:
            does = STARTS_ANEW.get(ctx.invoked_subcommand, "goes on from here")
            typer.echo(f"nnunet-glacier: stopped; the same command {does}.", err=True)
            raise typer.Exit(exit_code(stopped)) from None


class _Command(TyperCommand):
    """A command that takes no empty text for a path, a name or a word.

    As a path it would be the current folder, and as a name that of nothing. What may be empty is so where it is not
    given, or says so in its help.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        rest = super().parse_args(ctx, list(args))
        given, *_ = self.make_parser(ctx).parse_args(list(args))
        problems = [
            Problem(_name_of(parameter), "it is empty", "Give it a value; a variable of the shell may not be set")
            for parameter in self.params
            if not _may_be_empty(parameter) and "" in _texts(given.get(parameter.name))
        ]
        if problems:
            raise InputError(problems, "The command cannot be run")
        return rest


def _name_of(parameter: Any) -> str:
    return max(parameter.opts, key=len) if parameter.param_type_name == "option" else parameter.name.upper()


def _may_be_empty(parameter: Any) -> bool:
    return parameter.default == "" or "''" in (parameter.help or "")


def _texts(value: Any) -> Iterator[Any]:
    """What was given for a parameter, one by one where it may be several."""
    if isinstance(value, list | tuple):
        yield from value
    else:
        yield value


class Commands(typer.Typer):
    """Commands whose paths, names and words are not empty."""

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Any], Any]:
        """Makes a function a command, as typer does."""
        return super().command(name, cls=_Command, **settings)


def _blame_the_last(error: Any) -> None:
    """Of ``SCENES... OUT`` with a single value say that OUT is missing: the value was meant for SCENES."""
    arguments = [one for one in error.ctx.command.params if one.param_type_name == "argument"] if error.ctx else []
    if error.param in arguments[:-1] and error.param.nargs == -1:
        error.param = arguments[-1]


_SETTINGS: dict[str, Any] = {
    "no_args_is_help": True,
    "add_completion": False,
    "pretty_exceptions_enable": False,
    "context_settings": {"help_option_names": ["-h", "--help"]},
}

app = Commands(cls=_Commands, help="Calving fronts and grounding lines with nnU-Net v2.", **_SETTINGS)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"{PACKAGE} {metadata.version(PACKAGE)}")
        raise typer.Exit


@app.callback()
def program(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Options of the program itself."""
