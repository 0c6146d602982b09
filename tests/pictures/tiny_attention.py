"""A small Attention U-Net of made-up weights, built as nnU-Net builds it."""

import torch
from nnunet_plans import plans_2d

TRAINER = "nnUNetTrainerGlacierAttentionUNet"
LABELS = {"background": 0, "front": 1}
PLANS = plans_2d((4, 8, 8), (32, 32), convolutions=1)


def build(trainer=TRAINER, classes=2):
    """A network of the plans, weights left as they are initialised."""
    from nnunetv2.utilities.find_objects import recursive_find_trainer_class_by_name
    from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

    manager = PlansManager(PLANS)
    trainer_class = recursive_find_trainer_class_by_name(trainer)
    return trainer_class.build_network_architecture(manager, manager.get_configuration("2d"), 1, classes, False).eval()


def trained_network(folder, fold=0):
    """The network of a fold of a trained folder."""
    network = build()
    checkpoint = torch.load(folder / f"fold_{fold}" / "checkpoint_final.pth", weights_only=False)
    network.load_state_dict(checkpoint["network_weights"])
    return network
