"""nnU-Net's planner, careful with plans that are there already. Imports nnU-Net: import it where it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nnunetv2.experiment_planning.experiment_planners.default_experiment_planner import ExperimentPlanner
from nnunetv2.paths import nnUNet_preprocessed
from nnunetv2.utilities.json_export import recursive_fix_for_json_export

from nnunet_glacier.formats.dataset_json import mask_channels
from nnunet_glacier.support.whole_files import is_whole

MASK_NORMALISATION = "RescaleTo01Normalization"
"""What brings a mask to 0 and 1; nnU-Net's default makes of it what depends on how much of it is set."""


class KeepingPlanner(ExperimentPlanner):
    """nnU-Net's default planner that leaves an existing ``nnUNetPlans.json`` alone, since it may have been edited.

    Channels that are masks by ``dataset.json`` become 0 and 1.
    """

    def determine_normalization_scheme_and_whether_mask_is_used_for_norm(self) -> tuple[list[str], list[bool]]:
        """nnU-Net's normalisation of each channel, and that of masks."""
        schemes, masked = super().determine_normalization_scheme_and_whether_mask_is_used_for_norm()
        for channel in mask_channels(self.dataset_json):
            schemes[channel] = MASK_NORMALISATION
        return schemes, masked

    def save_plans(self, plans: dict[str, Any]) -> None:
        """Write the plans where there are none yet, or half of them; make their numbers plain ones in any case."""
        # nnU-Net looks this name up among its own planners, and the plans are theirs.
        plans["experiment_planner_used"] = ExperimentPlanner.__name__
        recursive_fix_for_json_export(plans)
        plans_file = Path(nnUNet_preprocessed) / self.dataset_name / f"{self.plans_identifier}.json"
        if not is_whole(plans_file):
            # nnU-Net would read what is there.
            plans_file.unlink(missing_ok=True)
            super().save_plans(plans)
