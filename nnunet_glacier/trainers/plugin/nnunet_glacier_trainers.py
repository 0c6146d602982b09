"""What nnU-Net finds through ``nnUNet_extTrainer``: the package's trainers under the names for ``-tr``."""

from nnunet_glacier.trainers.multitask import nnUNetTrainerGlacierEarly, nnUNetTrainerGlacierLate
from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier

__all__ = ["nnUNetTrainerGlacier", "nnUNetTrainerGlacierEarly", "nnUNetTrainerGlacierLate"]
