"""Runs nnU-Net's commands one after the other in one process, through the functions that their scripts call.

Called as ``python nnunet_commands.py '[["nnUNetv2_train", "951", ...], ...]'``. Importing torch and nnU-Net once saves
half of the time, and everything from the reading of the command line on is as in the script. With the variable
``QUICK_NNUNET`` no worker processes are started either (`quick_nnunet.make_quick`).
"""

import json
import os
import sys
from importlib.metadata import entry_points
from pathlib import Path


def run(command):
    """Run one command with its arguments."""
    print("$", " ".join(command), flush=True)
    (script,) = entry_points(group="console_scripts", name=command[0])
    sys.argv = command
    try:
        script.load()()
    except SystemExit as end:
        if end.code:
            raise


def be_quick():
    """Change nnU-Net for this process."""
    import pytest

    sys.path.append(str(Path(__file__).parents[1]))
    from quick_nnunet import make_quick

    make_quick(pytest.MonkeyPatch())


if __name__ == "__main__":
    if "QUICK_NNUNET" in os.environ:
        be_quick()
    for arguments in json.loads(sys.argv[1]):
        run(arguments)
