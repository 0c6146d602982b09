"""The application that the commands hang on, and how it ends on a mistake."""

from __future__ import annotations

import errno
from importlib import metadata
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from nnunet_glacier.support.disk import system_fault
from nnunet_glacier.support.documentation import PACKAGE
from nnunet_glacier.support.errors import GlacierError
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

app = typer.Typer(cls=_Commands, help="Calving fronts and grounding lines with nnU-Net v2.", **_SETTINGS)


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
