"""The online evaluation, by hand."""

import numpy as np
import torch

from nnunet_glacier.trainers.pseudo_dice import class_counts, dice_per_class, dice_per_task

TRUE = torch.tensor([[0, 1, 1], [2, 2, 3]])
PREDICTED = torch.tensor([[0, 1, 2], [2, 1, 1]])


def test_counts_of_six_pixels():
    """Class 1: one right, two too many, one missing. Class 2: one, one, one. Class 3: one missing."""
    tp, fp, fn = class_counts(PREDICTED, TRUE, 4)
    assert (tp.tolist(), fp.tolist(), fn.tolist()) == ([1, 1, 0], [2, 1, 0], [1, 1, 1])


def test_counts_leave_out_pixels_without_a_label():
    """With the lower row ignored: class 1 once right and once missed for class 2."""
    true = TRUE.clone()
    true[1] = 8
    tp, fp, fn = class_counts(PREDICTED, true, 4, ignore_label=8)
    assert (tp.tolist(), fp.tolist(), fn.tolist()) == ([1, 0, 0], [0, 1, 0], [1, 0, 0])


def test_dice_of_a_class_that_is_nowhere_is_not_a_number():
    """2/(2+2+1), 2/(2+1+1), 0/(0+0+1), 0/0."""
    dice = dice_per_class(np.array([1, 1, 0, 0]), np.array([2, 1, 0, 0]), np.array([1, 1, 1, 0]))
    np.testing.assert_allclose(dice, [0.4, 0.5, 0.0, np.nan])


def test_a_task_counts_once_however_many_classes_it_has():
    """Zones (0.4, 0.5, 0.0) have the mean 0.3; the front 0.9 weighs as much as all three."""
    tasks = dice_per_task(np.array([0.4, 0.5, 0.0, 0.9]), (4, 2))
    np.testing.assert_allclose(tasks, [0.3, 0.9])


def test_classes_and_tasks_without_a_value_are_left_out():
    """A mean is taken over what there is; a task without any value has none."""
    tasks = dice_per_task(np.array([0.4, np.nan, 0.2, np.nan, 0.5]), (4, 2, 2))
    np.testing.assert_allclose(tasks, [0.3, np.nan, 0.5])
