"""The program ``nnunet-glacier``, also as ``python -m nnunet_glacier``."""

import io
import os
import sys

from nnunet_glacier.support.environment import name_proj_tables
from nnunet_glacier.support.stopping import end_at_once, end_in_order


def main(arguments: list[str] | None = None) -> None:
    """Run a command; a signal ends it without a traceback at any time, also while modules load and at the end.

    A terminal that has no sign for a character gets its number.

    Args:
        arguments: The command line without the program's name; that of the process if not given.
    """
    end_at_once()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    name_proj_tables(os.environ)
    from nnunet_glacier.cli import app

    try:
        app(arguments, obj=end_in_order)
    finally:
        end_at_once()


if __name__ == "__main__":
    main()
