"""nnU-Net's three folders, made below the output folder for the time of an adaptation."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnunet_glacier.adaptation.labelled_scenes import LabelledScenes
from nnunet_glacier.formats.dataset_json import DATASET_JSON
from nnunet_glacier.formats.folds import SPLITS_JSON
from nnunet_glacier.formats.scene_table import SCENES_CSV, write_scenes
from nnunet_glacier.support.environment import FOLDER_VARIABLES
from nnunet_glacier.support.files import write_json

DATASET_ID = 1
DATASET_NAME = f"Dataset{DATASET_ID:03d}_Adaptation"
"""nnU-Net's name of the scenes in the folders here, where no other dataset is."""

LOADER_PROCESSES = "nnUNet_n_proc_DA"


@dataclass(frozen=True)
class WorkFolders:
    """nnU-Net's folders of one adaptation; removed when it is done.

    Attributes:
        root: The folder that holds them.
    """

    root: Path

    @property
    def preprocessed(self) -> Path:
        """The scenes' folder in ``nnUNet_preprocessed``."""
        return self.root / "nnUNet_preprocessed" / DATASET_NAME

    def trained(self, trainer: str, plans_name: str, configuration: str) -> Path:
        """Where nnU-Net trains."""
        return self.root / "nnUNet_results" / DATASET_NAME / f"{trainer}__{plans_name}__{configuration}"

    def write(self, scenes: LabelledScenes, chosen: Sequence[str], plans: Mapping[str, Any], n_folds: int) -> None:
        """Write what nnU-Net's preprocessing and training read; scenes stay where they are and are named by path.

        The folds' online scores are of the training scenes themselves, so that no other scene has a part in it.
        """
        files = {
            case: {
                "images": [str(path.absolute()) for path in scenes.images[case]],
                "label": str(scenes.label(case).absolute()),
            }
            for case in chosen
        }
        listed = {**scenes.dataset_json, "numTraining": len(chosen), "dataset": files}
        raw = self.root / "nnUNet_raw" / DATASET_NAME
        write_json(raw / DATASET_JSON, listed)
        # Some trainers draw scenes by their sensor or pixel size.
        write_scenes(raw / SCENES_CSV, [scenes.known[case] for case in chosen if case in scenes.known])
        write_json(self.preprocessed / DATASET_JSON, listed)
        write_json(self.preprocessed / "dataset_fingerprint.json", {})
        write_json(self.preprocessed / f"{plans['plans_name']}.json", plans)
        write_json(self.preprocessed / SPLITS_JSON, [{"train": list(chosen), "val": list(chosen)}] * n_folds)

    @contextlib.contextmanager
    def as_nnunets(self, device: str) -> Iterator[None]:
        """Let nnU-Net use these folders and no others, in this process and its children.

        On a CPU patches are drawn without worker processes, unless the user has said how many: so a seed is exact.
        """
        wanted = {variable: str(self.root / variable) for variable in FOLDER_VARIABLES}
        if device == "cpu":
            wanted[LOADER_PROCESSES] = os.environ.get(LOADER_PROCESSES, "0")
        before = {variable: os.environ.get(variable) for variable in wanted}
        for variable in FOLDER_VARIABLES:
            (self.root / variable).mkdir(parents=True, exist_ok=True)
        os.environ.update(wanted)
        try:
            yield
        finally:
            for variable, value in before.items():
                if value is None:
                    os.environ.pop(variable, None)
                else:
                    os.environ[variable] = value
