"""What every loss must do: ignore, gradients, precision, resolutions, batches of one class."""

import pytest
import torch
from nnunetv2.training.loss.deep_supervision import DeepSupervisionWrapper
from torch.autograd import gradcheck

from nnunet_glacier.losses.cross_entropy import CrossEntropy
from nnunet_glacier.losses.distance_map import DistanceMapBCE
from nnunet_glacier.losses.distance_regression import DistanceRegression
from nnunet_glacier.losses.distance_weights import DistanceWeightedBCE, DistanceWeightedDice
from nnunet_glacier.losses.focal import Focal
from nnunet_glacier.losses.focal_tversky import BCEFocalTversky
from nnunet_glacier.losses.generalised_dice import GeneralisedDice
from nnunet_glacier.losses.mcc import ClassMCCLoss, MCCLoss
from nnunet_glacier.losses.segmentation_loss import LineLoss, mean_over_labelled
from nnunet_glacier.losses.skeleton_recall import SkeletonRecall
from nnunet_glacier.losses.soft_cldice import SoftCLDice
from nnunet_glacier.losses.soft_dice import SoftDice
from nnunet_glacier.losses.weighted_bce import BCE, WeightedBCE

IGNORED = 2


def fixed_weight(**options):
    """A line that weighs 727."""
    return WeightedBCE(727, **options)


def focal_half(**options):
    """A focal loss whose power is infinitely steep at 0."""
    return Focal(0.5, **options)


def class_mcc(**options):
    """The MCC of one class."""
    return ClassMCCLoss(1, **options)


def steep_regression(**options):
    """A regression whose ramp falls within the pixels beside the line, so that sure predictions are right."""
    return DistanceRegression(0.5, **options)


class Brier(LineLoss):
    """A loss that is added as CONTRIBUTING.md says: a thin class around a function, and a place in the list below."""

    def line_value(self, logit, line, labelled):
        return mean_over_labelled((logit.sigmoid() - line.to(logit.dtype)).square(), labelled)


LINE_LOSSES = [BCE, WeightedBCE, fixed_weight, BCEFocalTversky, MCCLoss, SkeletonRecall, SoftCLDice, Brier]
DISTANCE_LOSSES = [DistanceMapBCE, DistanceWeightedBCE, DistanceWeightedDice, steep_regression]
CLASS_LOSSES = [CrossEntropy, SoftDice, GeneralisedDice, Focal, focal_half, class_mcc]
LOSSES = LINE_LOSSES + DISTANCE_LOSSES + CLASS_LOSSES
DICE = [SoftDice, DistanceWeightedDice]


def every(losses=LOSSES):
    """Parametrise over losses."""
    return pytest.mark.parametrize("loss", losses, ids=lambda loss: loss.__name__)


def made(size=8, seed=0, dtype=torch.float32):
    """Random logits of two classes and a target with a line in the first patch alone."""
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(2, 2, size, size, generator=generator, dtype=torch.float64).to(dtype)
    target = torch.zeros(2, 1, size, size)
    target[0, 0, :, size // 2] = 1
    return logits, target


def value_and_gradient(loss, logits, target):
    """Loss and its gradient in the logits."""
    logits = logits.detach().clone().requires_grad_()
    value = loss(logits, target)
    value.backward()
    return value.detach(), logits.grad


@every()
@pytest.mark.parametrize("with_ignored", [False, True])
def test_gradients_are_those_of_finite_differences(loss, with_ignored):
    """In float64, which the losses keep."""
    logits, target = made(size=4, dtype=torch.float64)
    if with_ignored:
        target[:, :, 0] = IGNORED
    loss = loss(ignore_label=IGNORED) if with_ignored else loss()
    assert loss(logits, target).dtype == torch.float64
    assert gradcheck(lambda x: loss(x, target), (logits.requires_grad_(),), fast_mode=True)


@every()
@pytest.mark.parametrize("line", ["none", "some", "all"])
@pytest.mark.parametrize("sign", ["right", "wrong", "mixed"])
def test_extreme_logits_keep_loss_and_gradient_finite(loss, line, sign):
    """Logits of 1e4 either way, for patches with no line, some line and nothing but line."""
    _, target = made()
    target = {"none": torch.zeros_like(target), "some": target, "all": torch.ones_like(target)}[line]
    right = 2 * target[:, 0] - 1
    factor = {"right": 1, "wrong": -1, "mixed": (torch.arange(8) % 2 * 2 - 1)[:, None]}[sign]
    logits = torch.stack([-right * factor, right * factor], dim=1) * 1e4
    value, gradient = value_and_gradient(loss(), logits, target)
    assert torch.isfinite(value)
    assert torch.isfinite(gradient).all()


@every([loss for loss in LOSSES if loss is not SoftCLDice])
def test_a_batch_without_a_line_pushes_the_line_down_everywhere(loss):
    """Soft Dice barely does, as in nnU-Net; all others by more than a thousandth of BCE's pull.

    Not soft clDice: a false skeleton also gets thinner where the pixel beside it rises.
    """
    logits, _ = made()
    target = torch.zeros(2, 1, 8, 8)
    _, gradient = value_and_gradient(loss(), logits, target)
    _, plain = value_and_gradient(BCE(), logits, target)
    assert (gradient[:, 1] > (0 if loss in DICE else 1e-3 * plain[:, 1])).all()
    assert (gradient[:, 0] < 0).all()


@every()
def test_a_step_down_the_gradient_lowers_the_loss(loss):
    """From random logits, for a batch of a patch with a line and one without."""
    logits, target = made()
    value, gradient = value_and_gradient(loss(), logits, target)
    assert loss()(logits - 0.1 * gradient / gradient.norm(), target) < value


@every()
def test_the_right_answer_is_better_than_the_wrong_one(loss):
    """Among sure predictions."""
    _, target = made()
    right = torch.cat([1 - target, target], dim=1) * 20 - 10
    assert loss()(right, target) < 0.1 * loss()(-right, target)


@every()
def test_pixels_without_a_label_have_no_gradient(loss):
    """And whatever is predicted there, the loss is the same."""
    logits, target = made()
    target[:, :, :3] = IGNORED
    loss = loss(ignore_label=IGNORED)
    value, gradient = value_and_gradient(loss, logits, target)
    assert (gradient[:, :, :3] == 0).all()
    assert (gradient[:, :, 3:] != 0).all()
    logits[:, :, :3] = 100 * torch.randn(2, 2, 3, 8)
    assert loss(logits, target).item() == pytest.approx(value.item(), rel=1e-6)


@every(LINE_LOSSES + CLASS_LOSSES)
def test_pixels_without_a_label_might_as_well_not_be_there(loss):
    """The loss is that of the patch cut to its labelled rows."""
    logits, target = made()
    target[:, :, :3] = IGNORED
    cut = loss()(logits[:, :, 3:], target[:, :, 3:])
    assert loss(ignore_label=IGNORED)(logits, target).item() == pytest.approx(cut.item(), rel=1e-5)


@every(DISTANCE_LOSSES)
def test_pixels_without_a_label_are_background_of_the_distance_maps(loss):
    """Sure background there costs nothing, and with it the sums are those of the labelled pixels."""
    logits, target = made()
    logits[:, :, :3, :] = torch.tensor([40.0, -40.0])[:, None, None]
    as_background = target.clone()
    as_background[:, :, :3] = 0
    target[:, :, :3] = IGNORED
    value = loss(ignore_label=IGNORED)(logits, target)
    share = 1 if loss in DICE else 8 / 5
    assert value.item() == pytest.approx(share * loss()(logits, as_background).item(), rel=1e-5)


@every()
def test_a_batch_without_any_label_costs_nothing(loss):
    """Neither a loss nor a gradient, and no NaN."""
    logits, target = made()
    value, gradient = value_and_gradient(loss(ignore_label=IGNORED), logits, torch.full_like(target, IGNORED))
    assert value.item() == pytest.approx(0, abs=1e-6)
    assert (gradient == 0).all()


@every()
def test_half_precision_is_computed_in_float32(loss):
    """Under autocast too; 300 x 300 pixels at p = 1/2 sum up to more than the 65,504 that float16 can hold."""
    logits, target = torch.zeros(2, 2, 300, 300, dtype=torch.float16), torch.zeros(2, 1, 300, 300)
    target[..., 150] = 1
    logits[:, 1] = -0.5
    expected = loss()(logits.double(), target)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        value, gradient = value_and_gradient(loss(), logits, target)
    assert value.dtype == torch.float32
    assert value.item() == pytest.approx(expected.item(), rel=1e-4)
    assert gradient.dtype == torch.float16
    assert torch.isfinite(gradient).all()


@every()
def test_the_type_of_the_target_does_not_matter(loss):
    """nnU-Net hands over int16 or float32."""
    logits, target = made()
    assert loss()(logits, target.short()) == loss()(logits, target)


@every()
def test_nnunets_deep_supervision_weighs_the_resolutions(loss):
    """2/3 of the loss at full and 1/3 at half resolution, each on its own target."""
    fine, coarse = made(size=16), made(size=8, seed=1)
    options = {"patch_size": (16, 16)} if loss in DISTANCE_LOSSES else {}
    single = loss(**options)
    value = DeepSupervisionWrapper(single, [2 / 3, 1 / 3, 0])(
        [fine[0], coarse[0], torch.zeros(2, 2, 1, 1)], [fine[1], coarse[1], torch.zeros(2, 1, 1, 1)]
    )
    assert value.item() == pytest.approx((2 / 3 * single(*fine) + 1 / 3 * single(*coarse)).item(), rel=1e-6)


@every([DistanceWeightedBCE, DistanceWeightedDice])
def test_distances_at_half_resolution_are_twice_as_far(loss):
    """W = 8 at half resolution is w = 4 in pixels of its own."""
    logits, target = made()
    halved, own = loss(8, patch_size=(16, 16)), loss(4)
    assert halved(logits, target).item() == pytest.approx(own(logits, target).item(), rel=1e-6)
    assert halved(logits, target).item() != pytest.approx(loss(8)(logits, target).item(), rel=1e-3)


@every(LINE_LOSSES + DISTANCE_LOSSES)
def test_losses_for_lines_refuse_other_numbers_of_classes(loss):
    """The message says what to train instead."""
    with pytest.raises(ValueError, match=r"2 classes, background and line, and was given 4.*--labels front"):
        loss()(torch.zeros(1, 4, 4, 4), torch.zeros(1, 1, 4, 4))


@every()
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_the_loss_on_cuda_is_that_on_the_cpu(loss):
    """Value and gradient agree within rounding.

    It would show that no tensor of the loss stays on the CPU, and that a training on a GPU, where distances come by
    shifts and not from scipy, minimises the same function.
    """
    logits, target = made(size=64)
    value, gradient = value_and_gradient(loss(), logits, target)
    on_device, device_gradient = value_and_gradient(loss(), logits.cuda(), target.cuda())
    torch.testing.assert_close(on_device.cpu(), value)
    torch.testing.assert_close(device_gradient.cpu(), gradient)
