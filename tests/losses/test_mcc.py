"""The Matthews correlation coefficient of counts and as a loss."""

import math
from functools import partial

import numpy as np
import pytest
import torch
from sklearn.metrics import matthews_corrcoef

from nnunet_glacier.losses.mcc import ClassMCCLoss, MCCLoss, mcc


def counts(predicted, line):
    """True positives, false positives, false negatives, true negatives."""
    pairs = [(predicted & line), (predicted & ~line), (~predicted & line), (~predicted & ~line)]
    return [int(pair.sum()) for pair in pairs]


@pytest.mark.parametrize("seed", range(5))
def test_mcc_is_scikit_learns(seed):
    """Random labels and predictions that agree in part."""
    rng = np.random.default_rng(seed)
    line = rng.random(500) < 0.1
    predicted = np.where(rng.random(500) < 0.2, rng.random(500) < 0.5, line)
    assert mcc(*counts(predicted, line)) == pytest.approx(matthews_corrcoef(line, predicted), rel=1e-12)


@pytest.mark.parametrize("table", [(0, 0, 0, 9), (0, 0, 5, 4), (0, 5, 0, 4), (9, 0, 0, 0), (0, 0, 0, 0)])
def test_mcc_is_zero_where_it_is_undefined(table):
    """One class labelled, one class predicted, or no pixels at all."""
    assert mcc(*table) == 0


@pytest.mark.parametrize("number", [int, np.int64, torch.tensor, float])
def test_mcc_does_not_overflow(number):
    """Counts up to 1e12: the value is that of counts a million times smaller."""
    small = (1_000_000, 250_000, 500_000, 900_000)
    large = [number(count * 1_000_000) for count in small]
    assert mcc(*large) == pytest.approx(mcc(*small), rel=1e-12)
    assert mcc(number(10**12), number(0), number(0), number(10**12)) == 1
    assert mcc(number(0), number(10**12), number(10**12), number(0)) == -1


def test_the_loss_of_certain_predictions_is_one_minus_their_mcc():
    """4 x 4: tp 3, fp 2, fn 1, tn 10, and one more of each right kind from the smoothing."""
    target, logits = torch.zeros(1, 1, 4, 4), torch.zeros(1, 2, 4, 4)
    target[0, 0, 1] = 1
    logits[:, 1] = -60
    logits[0, 1, 1, :3] = 60
    logits[0, 1, 2, :2] = 60
    smoothed = (4 * 11 - 2) / math.sqrt(6 * 5 * 13 * 12)
    assert MCCLoss()(logits, target).item() == pytest.approx(1 - smoothed, rel=1e-5)
    assert MCCLoss(smooth=1e-6)(logits, target).item() == pytest.approx(1 - mcc(3, 2, 1, 10), rel=1e-4)


def test_the_soft_coefficient_is_the_correlation_of_prediction_and_label():
    """Of probabilities the MCC is cov(p, y) / sqrt(mean(p) (1 - mean(p)) var(y))."""
    rng = np.random.default_rng(0)
    logits, line = rng.normal(size=(2, 2, 9, 7)), rng.random((2, 9, 7)) < 0.3
    p = 1 / (1 + np.exp(logits[:, 0] - logits[:, 1]))
    expected = np.mean((p - p.mean()) * (line - line.mean())) / math.sqrt(p.mean() * (1 - p.mean()) * line.var())
    loss = MCCLoss(smooth=1e-9)(torch.from_numpy(logits), torch.from_numpy(line[:, None]).float())
    assert loss.item() == pytest.approx(1 - expected, rel=1e-6)


def test_the_loss_of_one_class_is_that_of_its_probability_against_the_others():
    """Five classes: the correlation of the softmax's share of the last one with its label, without ignored pixels."""
    rng = np.random.default_rng(1)
    logits, classes = rng.normal(size=(2, 5, 9, 7)), rng.integers(0, 6, (2, 9, 7))
    p = (np.exp(logits) / np.exp(logits).sum(1, keepdims=True))[:, 4][classes < 5]
    line = classes[classes < 5] == 4
    expected = np.mean((p - p.mean()) * (line - line.mean())) / math.sqrt(p.mean() * (1 - p.mean()) * line.var())
    loss = ClassMCCLoss(4, smooth=1e-9, ignore_label=5)(torch.from_numpy(logits), torch.from_numpy(classes[:, None]))
    assert loss.item() == pytest.approx(1 - expected, rel=1e-6)


def test_without_a_line_the_loss_falls_with_the_false_alarms():
    """From 0 where nothing is predicted."""
    target = torch.zeros(1, 1, 8, 8)
    values = []
    for alarms in (0, 1, 8):
        logits = torch.full((1, 2, 8, 8), -60.0)
        logits[:, 0] = 0
        logits[0, 1].view(-1)[:alarms] = 60
        values.append(MCCLoss()(logits, target).item())
    assert values[0] == pytest.approx(0, abs=1e-6)
    assert values[0] < values[1] < values[2] < 1


@pytest.mark.parametrize("loss", [MCCLoss, partial(ClassMCCLoss, 4)])
def test_a_smoothing_of_zero_is_refused(loss):
    """It would leave the loss undefined for a batch of one class."""
    with pytest.raises(ValueError, match="smooth"):
        loss(smooth=0)
