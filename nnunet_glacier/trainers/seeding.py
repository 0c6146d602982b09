"""Seeds of a training, taken from the plans: the same draws for the same seed, epoch and worker."""

from __future__ import annotations

import random

import numpy as np
import torch
from batchgeneratorsv2.transforms.base.basic_transform import BasicTransform
from batchgeneratorsv2.transforms.noise.gaussian_blur import GaussianBlurTransform
from batchgeneratorsv2.transforms.utils.compose import ComposeTransforms
from batchgeneratorsv2.transforms.utils.random import RandomTransform


def seed_draws(seed: int, fold: int | str, epoch: int | None = None, rank: int = 0) -> None:
    """Seed Python, numpy and torch, on all devices, for one epoch of one worker of a distributed training.

    Args:
        seed: Of the plans, not negative.
        fold: Number of the fold, or ``all``; the folds of an ensemble draw differently.
        epoch: The epoch, from 0; None for the initial weights.
        rank: Of the worker, so that workers draw different patches.
    """
    step = 0 if epoch is None else epoch + 1
    entropy = (seed, 0 if fold == "all" else int(fold) + 1, step, rank)
    numpy_seed, torch_seed, python_seed = np.random.SeedSequence(entropy).generate_state(3)
    np.random.seed(numpy_seed)  # noqa: NPY002
    torch.manual_seed(int(torch_seed))
    random.seed(int(python_seed))


def without_timing(transforms: BasicTransform) -> BasicTransform:
    """The same transforms; blurring no longer times two ways and takes the quicker, which differ by rounding."""
    for each in transforms.transforms if isinstance(transforms, ComposeTransforms) else ():
        inner = each.transform if isinstance(each, RandomTransform) else each
        if isinstance(inner, GaussianBlurTransform):
            inner.benchmark = False
    return transforms
