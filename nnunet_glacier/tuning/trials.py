"""Trials: trainings that differ by settings or seed, each with plans of its own beside those that it comes from.

The plans of a trial share the preprocessed data of the plans they come from, and carry settings, seed and length, so
that nnU-Net's own commands train, continue and predict with them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field

from nnunet_glacier.formats.json_files import read_json, schema_problems
from nnunet_glacier.formats.model_plans import PlainName, entry_problems, plans_problems, resolved_configuration
from nnunet_glacier.formats.plan_entries import EPOCHS_KEY, SEED_KEY, SETTINGS_KEY, seeded_plans
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.files import write_json
from nnunet_glacier.tuning.grid import Settings

_PLAN_AGAIN = "Plan the dataset again with --overwrite."


class _Configuration(BaseModel):
    data_identifier: PlainName
    batch_size: Annotated[int, Field(ge=1, strict=True)]
    batch_dice: Annotated[bool, Field(strict=True)]


@dataclass(frozen=True)
class Trial:
    """One training.

    Attributes:
        settings: Attributes of the trainer that it sets.
        seed: Of its draws.
        epochs: Its length; None for that of the plans.
    """

    settings: Settings
    seed: int
    epochs: int | None = None

    def plans_name(self, plans: str) -> str:
        """The name of its plans, the same for the same trial: that of the plans, the seed and what else differs.

        >>> Trial({}, seed=3).plans_name("gattolin")
        'gattolin-seed3'
        >>> Trial({"bce_weight": 0.3}, seed=0, epochs=8).plans_name("gattolin")
        'gattolin-seed0-e359e8d0'
        """
        if not self.settings and self.epochs is None:
            return seeded_plans(plans, self.seed)
        different = json.dumps([self.settings, self.epochs], sort_keys=True)
        return f"{seeded_plans(plans, self.seed)}-{hashlib.sha256(different.encode()).hexdigest()[:8]}"

    def plans(self, base: Mapping[str, Any]) -> dict[str, Any]:
        """Its plans.

        Args:
            base: The plans that it comes from; settings that stand there already stay where it has no other.
        """
        own: dict[str, Any] = {"plans_name": self.plans_name(base["plans_name"]), SEED_KEY: self.seed}
        settings = {**base.get(SETTINGS_KEY, {}), **self.settings}
        if settings:
            own[SETTINGS_KEY] = settings
        if self.epochs is not None:
            own[EPOCHS_KEY] = self.epochs
        return {**base, **own}


def read_plans(preprocessed: Path, name: str, n_channels: int | None) -> dict[str, Any]:
    """Plans of a dataset.

    Args:
        preprocessed: The dataset's folder in ``nnUNet_preprocessed``.
        name: Of the plans.
        n_channels: Number of the dataset's channels; None if it does not say.

    Raises:
        InputError: If there are none of that name, they are no plans that a training could use, or their data are not
            preprocessed yet.
    """
    path = preprocessed / f"{name}.json"
    if not path.is_file():
        present = ", ".join(sorted(file.stem for file in preprocessed.glob("*.json") if _is_plans(file))) or "none"
        what = f"there are no plans of this name (found: {present})"
        raise InputError([Problem(path, what, "Plan the dataset: nnunet-glacier plan.")])
    plans, problems = read_json(path, _PLAN_AGAIN)
    problems = problems or plans_problems(path, plans, "2d", n_channels, _PLAN_AGAIN)
    problems = problems or entry_problems(path, plans, _PLAN_AGAIN)
    configuration = {} if problems else resolved_configuration(plans, "2d")[0]
    problems = problems or schema_problems(path, configuration, _Configuration, _PLAN_AGAIN, "configurations.2d")
    if problems:
        raise InputError(problems)
    data = preprocessed / _Configuration.model_validate(configuration).data_identifier
    if not data.is_dir():
        remedy = f"Preprocess it: nnUNetv2_preprocess -d {preprocessed.name} -plans_name {name} -c 2d."
        raise InputError([Problem(data, "there is no such folder of preprocessed data", remedy)])
    return plans


def _is_plans(path: Path) -> bool:
    content, problems = read_json(path, "")
    return not problems and isinstance(content, dict) and "plans_name" in content


def write_trials(preprocessed: Path, base: Mapping[str, Any], trials: Sequence[Trial]) -> None:
    """Write the plans of trials beside those that they come from; what is there already is the same or an error.

    Raises:
        InputError: If plans of a trial's name are others, as when the plans were made anew in between; none is written.
    """
    every = [trial.plans(base) for trial in trials]
    paths = {preprocessed / f"{plans['plans_name']}.json": plans for plans in every}
    what, remedy = "holds other plans than a trial of the present ones", "Delete it and its folder of results, or plan"
    others = [path for path, plans in paths.items() if path.is_file() and read_json(path, "")[0] != plans]
    if others:
        raise InputError([Problem(path, what, f"{remedy} under another --name.") for path in others])
    for path, plans in paths.items():
        if not path.is_file():
            write_json(path, plans)
