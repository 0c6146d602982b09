"""The checks of ``nnunet-glacier doctor``: what training needs, what is wrong with it, how to mend it.

nnU-Net and torch are imported inside the checks only, since one check is whether they can be imported.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Literal

from packaging.requirements import Requirement

from nnunet_glacier.support.documentation import PACKAGE
from nnunet_glacier.support.environment import (
    FOLDER_VARIABLES,
    PLUGIN_FOLDER,
    TRAINER_VARIABLE,
    export_line,
    trainer_folders,
)
from nnunet_glacier.support.parallel import default_workers
from nnunet_glacier.support.wording import counted


@dataclass(frozen=True)
class Finding:
    """The result of a check.

    Attributes:
        state: ``ok``; ``note`` for what can be better; ``wrong`` for what stops training or prediction.
        what: What was checked, and its state.
        remedy: What to do; empty where it is ok.
        of_nnunet: Whether it is one of nnU-Net's variables, which packed models do without.
    """

    state: Literal["ok", "note", "wrong"]
    what: str
    remedy: str = ""
    of_nnunet: bool = False

    def __str__(self) -> str:
        """One line: state, finding, remedy."""
        return f"{self.state:<6}{self.what}" + (f". {self.remedy}" if self.remedy else "")


def findings(environment: Mapping[str, str]) -> Iterator[Finding]:
    """All checks, in the order in which they should be mended.

    Args:
        environment: The environment variables, as in ``os.environ``.
    """
    yield check_python(sys.version_info[:3])
    yield check_nnunet()
    pair = check_torch_pair()
    yield pair
    for variable in FOLDER_VARIABLES:
        yield replace(check_folder(variable, environment.get(variable, "")), of_nnunet=True)
    path = replace(check_trainer_path(environment), of_nnunet=True)
    yield path
    if "wrong" not in (pair.state, path.state):
        yield from check_trainers()
    if pair.state != "wrong":
        yield check_device()
    yield check_processes(environment)


def check_python(version: tuple[int, ...]) -> Finding:
    """Python 3.10 or newer."""
    installed = f"Python {'.'.join(map(str, version))}"
    if version >= (3, 10):
        return Finding("ok", installed)
    return Finding("wrong", f"{installed} is too old", "Make an environment with Python 3.10 or newer.")


def check_nnunet() -> Finding:
    """The installed nnU-Net against the range that this package was made for."""
    required = next(
        requirement
        for requirement in map(Requirement, metadata.requires(PACKAGE) or [])
        if requirement.name == "nnunetv2"
    )
    remedy = f"Install it: python -m pip install '{required}'"
    try:
        version = metadata.version("nnunetv2")
    except metadata.PackageNotFoundError:
        return Finding("wrong", "nnunetv2 is not installed", remedy)
    if version in required.specifier:
        return Finding("ok", f"nnunetv2 {version}")
    return Finding("wrong", f"nnunetv2 {version} is outside {required.specifier}", remedy)


def check_torch_pair() -> Finding:
    """Torch and torchvision must come from one build: nnU-Net's search for trainers imports both."""
    try:
        import torch
        import torchvision
    except (ImportError, RuntimeError, AttributeError, OSError) as error:
        return Finding(
            "wrong",
            f"torch and torchvision cannot be imported together ({_first_line(error)})",
            "Install both in one command, from one index: python -m pip install --force-reinstall torch torchvision",
        )
    return Finding("ok", f"torch {torch.__version__} with torchvision {torchvision.__version__}")


def check_folder(variable: str, value: str) -> Finding:
    """One of nnU-Net's folders: set, there and writable."""
    if not value:
        return Finding("wrong", f"{variable} is not set", f"export {variable}=/path/to/{variable}")
    folder = Path(value)
    if not folder.is_dir():
        return Finding("wrong", f"{variable} names {folder}, which is no folder", f"mkdir -p {folder}")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Finding("wrong", f"{variable}: cannot write to {folder} ({error.strerror})", "Choose another folder.")
    return Finding("ok", f"{variable}: {folder}")


def check_trainer_path(environment: Mapping[str, str]) -> Finding:
    """The variable through which nnU-Net finds trainers: our folder is in it, and all of its folders are there."""
    entries = trainer_folders(environment)
    if not any(Path(entry).resolve() == PLUGIN_FOLDER.resolve() for entry in entries):
        return Finding("wrong", f"{TRAINER_VARIABLE} does not lead to the trainers", f"Run: {export_line(environment)}")
    missing = [entry for entry in entries if not Path(entry).is_dir()]
    if missing:
        return Finding("note", f"{TRAINER_VARIABLE} lists folders that are not there: {', '.join(missing)}", "")
    return Finding("ok", f"{TRAINER_VARIABLE}: {os.pathsep.join(entries)}")


def check_trainers() -> Iterator[Finding]:
    """Each trainer through nnU-Net's own finder, which must return the very class of a normal import."""
    try:
        from nnunetv2.utilities.find_objects import recursive_find_trainer_class_by_name as find

        from nnunet_glacier.trainers.plugin import nnunet_glacier_trainers as plugin
    except ImportError as error:
        remedy = "Install the package again in this environment."
        yield Finding("wrong", f"the trainers cannot be imported ({_first_line(error)})", remedy)
        return
    for name in plugin.__all__:
        yield _check_trainer(name, getattr(plugin, name), find)


def _check_trainer(name: str, imported: type, find: Callable[[str], type]) -> Finding:
    remedy = f"Put {PLUGIN_FOLDER} first in {TRAINER_VARIABLE}, as nnunet-glacier env does."
    try:
        with redirect_stdout(io.StringIO()):
            trainer = find(name)
    # nnU-Net imports every trainer in its path, so a foreign one may raise any exception.
    except Exception as error:
        return Finding("wrong", f"nnU-Net's search for {name} stops ({_first_line(error)})", remedy)
    if trainer is not imported:
        return Finding("wrong", f"nnU-Net finds another {name}, of module {trainer.__module__}", remedy)
    return Finding("ok", f"{name} found by nnU-Net")


def check_device() -> Finding:
    """The device that trains: CUDA, MPS or the CPU."""
    import torch

    if torch.cuda.is_available():
        return Finding("ok", f"CUDA: {torch.cuda.get_device_name()}")
    if _nvidia_gpu_present():
        remedy = "Install a torch built for CUDA: see https://pytorch.org/get-started/locally"
        return Finding("wrong", f"an NVIDIA GPU is there, but torch {torch.__version__} cannot use it", remedy)
    if torch.backends.mps.is_available():
        return Finding("ok", "MPS: train with -device mps")
    return Finding("note", "no GPU", "Train with -device cpu and plans of --preset laptop.")


def _nvidia_gpu_present() -> bool:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return False
    listing = subprocess.run([tool, "-L"], capture_output=True, text=True, check=False)
    return listing.returncode == 0 and "GPU" in listing.stdout


def check_processes(environment: Mapping[str, str]) -> Finding:
    """NnU-Net's number of processes for preprocessing and export, eight by default."""
    wanted, cores = environment.get("nnUNet_def_n_proc", "8"), default_workers()
    processes = f"{wanted} process{'' if wanted == '1' else 'es'} on {counted(cores, 'core')}"
    if re.fullmatch("[0-9]{1,18}", wanted) and int(wanted) <= max(cores, 1):
        return Finding("ok", f"nnUNet_def_n_proc: {processes}")
    return Finding("note", f"nnU-Net starts {processes}", f"export nnUNet_def_n_proc={cores}")


def _first_line(error: Exception) -> str:
    return (
        f"{type(error).__name__}: {str(error).strip().splitlines()[0]}" if str(error).strip() else type(error).__name__
    )
