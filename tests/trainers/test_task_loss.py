"""The loss of several tasks against separately computed losses."""

import numpy as np
import pytest
import torch
from monai.losses import DiceLoss
from nnunetv2.training.loss.compound_losses import DC_and_CE_loss
from nnunetv2.training.loss.deep_supervision import DeepSupervisionWrapper
from nnunetv2.training.loss.dice import MemoryEfficientSoftDiceLoss
from torch.nn.functional import cross_entropy

from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.losses.task_loss import TaskLoss, task_log_probabilities, task_targets

VARIANTS = ["multitask", "boundary"]


def dice_and_cross_entropy(ignore_label=None):
    """nnU-Net's loss as its trainer makes it, for one process."""
    dice = {"batch_dice": True, "smooth": 1e-5, "do_bg": False, "ddp": False}
    return DC_and_CE_loss(dice, {}, ignore_label=ignore_label, dice_class=MemoryEfficientSoftDiceLoss)


def made(space, size=8, seed=0):
    """Random logits of every task and random codes."""
    generator = torch.Generator().manual_seed(seed)
    logits = tuple(torch.randn(2, n, size, size, generator=generator) for n in space.sizes)
    return logits, torch.randint(0, space.n_codes, (2, 1, size, size), generator=generator).short()


def monai_loss(logits, classes):
    """Dice and cross-entropy of one task, with nnU-Net's sign of the Dice, by other libraries."""
    classes = classes.long()
    dice = DiceLoss(
        include_background=False, to_onehot_y=True, softmax=True, batch=True, smooth_nr=1e-5, smooth_dr=1e-5
    )
    return dice(logits, classes) - 1 + cross_entropy(logits, classes[:, 0])


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_loss_is_the_mean_of_the_tasks_losses(variant):
    """Dice and cross-entropy of each task, computed by monai and torch, with equal weights."""
    space = LABEL_SPACES[variant]
    logits, codes = made(space)
    loss = TaskLoss(space, [dice_and_cross_entropy()] * len(space.tasks), None)(
        space.joint_log_probabilities(*logits, axis=1), codes
    )
    classes = space.decode(codes.long())
    expected = np.mean([monai_loss(*pair).item() for pair in zip(logits, classes, strict=True)])
    assert loss.item() == pytest.approx(expected, abs=1e-5)


def test_thin_tasks_get_no_deep_supervision():
    """Zones: 2/3 of the loss at full and 1/3 at half resolution. Front: full resolution alone, its full weight."""
    space = LABEL_SPACES["multitask"]
    single = dice_and_cross_entropy()
    loss = TaskLoss(space, [single, single], DeepSupervisionWrapper(single, [2 / 3, 1 / 3]))
    (zones, front), codes = made(space)
    (lower_zones, _), lower_codes = made(space, size=4, seed=1)
    value = loss([(zones, front), lower_zones], [codes, lower_codes])
    zone_loss = 2 / 3 * monai_loss(zones, codes % 4) + 1 / 3 * monai_loss(lower_zones, lower_codes % 4)
    assert value.item() == pytest.approx((zone_loss + monai_loss(front, codes // 4)).item() / 2, abs=1e-5)


@pytest.mark.parametrize("variant", VARIANTS)
def test_cross_entropy_of_the_codes_is_the_sum_over_the_tasks(variant):
    """What makes the joint output an ordinary segmentation output."""
    space = LABEL_SPACES[variant]
    logits, codes = made(space)
    joint = cross_entropy(space.joint_log_probabilities(*logits, axis=1), codes[:, 0].long())
    classes = space.decode(codes[:, 0].long())
    tasks = sum(cross_entropy(*pair) for pair in zip(logits, classes, strict=True))
    assert joint.item() == pytest.approx(tasks.item(), rel=1e-5)


@pytest.mark.parametrize("variant", [*VARIANTS, "zones"])
def test_task_log_probabilities_undo_the_joint_ones(variant):
    """Also after a constant was added to all codes, as in the mean of several outputs."""
    space = LABEL_SPACES[variant]
    logits, _ = made(space)
    back = task_log_probabilities(space.joint_log_probabilities(*logits, axis=1) + 3.5, space)
    for recovered, given in zip(back, logits, strict=True):
        torch.testing.assert_close(recovered, given.log_softmax(1), rtol=1e-4, atol=1e-5)


def test_pixels_without_a_label_do_not_count():
    """Whatever is predicted where the code is the ignore label, the loss stays the same."""
    space = LABEL_SPACES["multitask"]
    logits, codes = made(space)
    codes[:, :, :3] = space.n_codes
    single = dice_and_cross_entropy(ignore_label=space.n_codes)
    loss = TaskLoss(space, [single, single], DeepSupervisionWrapper(single, [1.0]), ignore_label=space.n_codes)
    before = loss([logits], [codes])
    for task_logits in logits:
        task_logits[:, :, :3] = 7 * torch.randn_like(task_logits[:, :, :3])
    assert loss([logits], [codes]).item() == pytest.approx(before.item(), rel=1e-6)


def test_the_ignore_label_stays_in_every_task():
    """Code 8 is no label in zones x front; the codes around it are split."""
    zones, front = task_targets(torch.tensor([3, 8, 6]), LABEL_SPACES["multitask"], ignore_label=8)
    assert zones.tolist() == [3, 8, 2]
    assert front.tolist() == [0, 8, 1]
