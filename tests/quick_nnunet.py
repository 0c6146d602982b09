"""nnU-Net's long ways made short for tests that are of something else."""

import multiprocessing
from importlib import import_module
from multiprocessing.pool import ThreadPool
from types import SimpleNamespace

import pytest

STARTING_PROCESSES = (
    "nnunetv2.ensembling.ensemble",
    "nnunetv2.evaluation.evaluate_predictions",
    "nnunetv2.experiment_planning.dataset_fingerprint.fingerprint_extractor",
    "nnunetv2.experiment_planning.verify_dataset_integrity",
    "nnunetv2.postprocessing.remove_connected_components",
    "nnunetv2.preprocessing.preprocessors.default_preprocessor",
    "nnunetv2.training.dataloading.utils",
    "nnunetv2.training.nnUNetTrainer.nnUNetTrainer",
)
"""Modules whose worker processes import torch anew, which takes longer than their work on tiny scenes."""

PIXELS_DRAWN = 1000
"""Of the grey values of a dataset, for its fingerprint; nnU-Net draws 100 million of any, which takes half a minute."""


def make_quick(patch: pytest.MonkeyPatch) -> None:
    """Threads in place of nnU-Net's worker processes, and few pixels for a fingerprint."""
    threads = SimpleNamespace(**{**vars(multiprocessing), "get_context": lambda name: SimpleNamespace(Pool=ThreadPool)})
    for name in STARTING_PROCESSES:
        patch.setattr(import_module(name), "multiprocessing", threads)
    extractor = import_module("nnunetv2.experiment_planning.dataset_fingerprint.fingerprint_extractor")
    analyze = extractor.DatasetFingerprintExtractor.analyze_case
    patch.setattr(
        extractor.DatasetFingerprintExtractor,
        "analyze_case",
        staticmethod(lambda *case: analyze(*case[:3], PIXELS_DRAWN)),
    )
