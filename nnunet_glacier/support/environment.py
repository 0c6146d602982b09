"""Environment variables: nnU-Net's folders, where it finds this package's trainers, and where PROJ finds its tables."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, MutableMapping
from importlib.util import find_spec
from pathlib import Path

TRAINER_VARIABLE = "nnUNet_extTrainer"
FOLDER_VARIABLES = {
    "nnUNet_raw": "datasets as converted",
    "nnUNet_preprocessed": "plans and preprocessed data",
    "nnUNet_results": "trained models",
}
"""nnU-Net's folders and what it keeps there."""

PLUGIN_FOLDER = Path(__file__).parent.parent / "trainers" / "plugin"
"""The one folder that nnU-Net scans for trainers of this package."""


def trainer_folders(environment: Mapping[str, str]) -> list[str]:
    """The folders that `TRAINER_VARIABLE` lists, empty entries left out."""
    return [entry for entry in environment.get(TRAINER_VARIABLE, "").split(os.pathsep) if entry.strip()]


def trainer_path(environment: Mapping[str, str]) -> str:
    """The value of `TRAINER_VARIABLE` with which nnU-Net finds this package's trainers, and those that it finds now."""
    others = [entry for entry in trainer_folders(environment) if Path(entry) != PLUGIN_FOLDER]
    # First, so that no older installation of this package in the list comes before it.
    return os.pathsep.join([str(PLUGIN_FOLDER), *others])


def export_line(environment: Mapping[str, str]) -> str:
    """The shell line that lets nnU-Net find this package's trainers, and still those that it finds now.

    >>> line = export_line({"nnUNet_extTrainer": "/my/trainers"})
    >>> line.startswith("export nnUNet_extTrainer="), line.endswith("trainers/plugin:/my/trainers")
    (True, True)
    """
    return f"export {TRAINER_VARIABLE}={shlex.quote(trainer_path(environment))}"


def unset_folders(environment: Mapping[str, str]) -> list[str]:
    """A line for each of nnU-Net's folders that is not set, with what it is for and how to set it."""
    return [
        f"{variable} is not set ({content}): export {variable}=/path/to/{variable}"
        for variable, content in FOLDER_VARIABLES.items()
        if not environment.get(variable)
    ]


def name_proj_tables(environment: MutableMapping[str, str]) -> None:
    """Name PROJ the folder of the tables that came with rasterio, unless it has one.

    GDAL knows that folder from rasterio, but looks up the unit of a GeoTIFF that is neither metres nor feet without it.
    PROJ then prints ``Cannot find proj.db``, though the unit is read. pyproj and pyogrio take their own tables first.
    """
    if {"PROJ_DATA", "PROJ_LIB"} & set(environment):
        return
    rasterio = find_spec("rasterio")
    if rasterio is None or rasterio.origin is None:
        return
    tables = Path(rasterio.origin).with_name("proj_data")
    if tables.is_dir():
        environment["PROJ_DATA"] = str(tables)
