"""What nnU-Net finds through ``nnUNet_extTrainer``: the package's trainers under the names for ``-tr``."""

from nnunet_glacier.trainers.grounding_line import (
    nnUNetTrainerGlacierGroundingLineASPPUNet,
    nnUNetTrainerGlacierGroundingLineAttentionUNet,
    nnUNetTrainerGlacierGroundingLineUNetPlusPlus,
)
from nnunet_glacier.trainers.multitask import nnUNetTrainerGlacierEarly, nnUNetTrainerGlacierLate
from nnunet_glacier.trainers.pretrained import nnUNetTrainerGlacierSensorEfficientNet
from nnunet_glacier.trainers.published import (
    nnUNetTrainerGlacierAttentionUNetBCE,
    nnUNetTrainerGlacierAttentionUNetDistanceWeightedBCE4,
    nnUNetTrainerGlacierAttentionUNetDistanceWeightedBCE8,
    nnUNetTrainerGlacierAttentionUNetDistanceWeightedBCE16,
    nnUNetTrainerGlacierBCEMCC,
    nnUNetTrainerGlacierBCEStopping,
    nnUNetTrainerGlacierDistanceMapBCEk1MCC,
    nnUNetTrainerGlacierDistanceMapBCEMCC,
    nnUNetTrainerGlacierDistanceWeightedBCE8,
    nnUNetTrainerGlacierDistanceWeightedBCE16,
    nnUNetTrainerGlacierWeightedBCEMCC,
)
from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier
from nnunet_glacier.trainers.sensor_augmentation import nnUNetTrainerGlacierLateSensor, nnUNetTrainerGlacierSensor
from nnunet_glacier.trainers.single_changes import (
    nnUNetTrainerGlacierASPPUNet,
    nnUNetTrainerGlacierAttentionUNet,
    nnUNetTrainerGlacierBCE,
    nnUNetTrainerGlacierCE,
    nnUNetTrainerGlacierDice,
    nnUNetTrainerGlacierDistanceMapBCE,
    nnUNetTrainerGlacierDistanceWeightedBCE4,
    nnUNetTrainerGlacierDistanceWeightedDice,
    nnUNetTrainerGlacierFocal,
    nnUNetTrainerGlacierFocalTverskyBCE,
    nnUNetTrainerGlacierMCC,
    nnUNetTrainerGlacierMCCLoss,
    nnUNetTrainerGlacierPhase,
    nnUNetTrainerGlacierUNetPlusPlus,
    nnUNetTrainerGlacierWeightedBCE,
)

# In the order of the table in docs/trainers.md.
__all__ = [  # noqa: RUF022
    "nnUNetTrainerGlacier",
    "nnUNetTrainerGlacierLate",
    "nnUNetTrainerGlacierEarly",
    "nnUNetTrainerGlacierAttentionUNet",
    "nnUNetTrainerGlacierASPPUNet",
    "nnUNetTrainerGlacierUNetPlusPlus",
    "nnUNetTrainerGlacierCE",
    "nnUNetTrainerGlacierDice",
    "nnUNetTrainerGlacierFocal",
    "nnUNetTrainerGlacierBCE",
    "nnUNetTrainerGlacierWeightedBCE",
    "nnUNetTrainerGlacierDistanceMapBCE",
    "nnUNetTrainerGlacierDistanceWeightedBCE4",
    "nnUNetTrainerGlacierDistanceWeightedBCE8",
    "nnUNetTrainerGlacierDistanceWeightedBCE16",
    "nnUNetTrainerGlacierDistanceWeightedDice",
    "nnUNetTrainerGlacierFocalTverskyBCE",
    "nnUNetTrainerGlacierMCCLoss",
    "nnUNetTrainerGlacierMCC",
    "nnUNetTrainerGlacierBCEStopping",
    "nnUNetTrainerGlacierBCEMCC",
    "nnUNetTrainerGlacierWeightedBCEMCC",
    "nnUNetTrainerGlacierDistanceMapBCEMCC",
    "nnUNetTrainerGlacierDistanceMapBCEk1MCC",
    "nnUNetTrainerGlacierAttentionUNetBCE",
    "nnUNetTrainerGlacierAttentionUNetDistanceWeightedBCE4",
    "nnUNetTrainerGlacierAttentionUNetDistanceWeightedBCE8",
    "nnUNetTrainerGlacierAttentionUNetDistanceWeightedBCE16",
    "nnUNetTrainerGlacierSensor",
    "nnUNetTrainerGlacierLateSensor",
    "nnUNetTrainerGlacierSensorEfficientNet",
    "nnUNetTrainerGlacierPhase",
    "nnUNetTrainerGlacierGroundingLineASPPUNet",
    "nnUNetTrainerGlacierGroundingLineAttentionUNet",
    "nnUNetTrainerGlacierGroundingLineUNetPlusPlus",
]
