"""A training step of our trainers against stock nnU-Net: same plans, one run.

Late and early branching are measured against stock on fused labels; with ``--all`` every trainer of one task against
stock on front labels; those that take interferograms alone on real and imaginary part and grounding lines.

    python benchmarks/training_step.py                          # laptop plans on the CPU
    python benchmarks/training_step.py --preset paper --device cuda
    python benchmarks/training_step.py --all                    # every trainer of one task, on labels of lines
    python benchmarks/training_step.py --all --only Phase       # one of them
    python benchmarks/training_step.py --all --csv nnunet_glacier/trainers/step_cost.csv    # for the table of trainers
    python benchmarks/training_step.py --all --step validation  # where early stopping has its cost

One step is `train_step` of the trainer: forward, loss, backward, gradient clipping, SGD, without loading data; or its
`validation_step`: forward, loss and counts. The trainers take turns step by step, so that whatever else the machine
does meets all of them; the ratio is the median over the rounds of a trainer's time to the stock trainer's in the same
round.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.planning.preset_plans import preset_plans
from nnunet_glacier.planning.presets import PRESETS, with_overrides
from nnunet_glacier.trainers.class_losses import FrontWeightMixin
from nnunet_glacier.trainers.multitask import nnUNetTrainerGlacierEarly, nnUNetTrainerGlacierLate
from nnunet_glacier.trainers.plugin import nnunet_glacier_trainers as plugin

STOCK = "stock"
CONTENDERS = {
    STOCK: (nnUNetTrainer, "fused"),
    "Late, zones x front": (nnUNetTrainerGlacierLate, "multitask"),
    "Early, zones x front": (nnUNetTrainerGlacierEarly, "multitask"),
    "Late, with boundary": (nnUNetTrainerGlacierLate, "boundary"),
    "Early, with boundary": (nnUNetTrainerGlacierEarly, "boundary"),
}


def labels_of(trainer: type) -> str:
    """The label variant that a trainer of one task is measured on."""
    if getattr(trainer, "phase_required", False):
        return "grounding_line"
    return "fused" if issubclass(trainer, FrontWeightMixin) else "front"


EVERY_TRAINER = {
    STOCK: (nnUNetTrainer, "front"),
    **{
        name.removeprefix("nnUNetTrainerGlacier") or "Glacier": (trainer, labels_of(trainer))
        for name, trainer in vars(plugin).items()
        if name in plugin.__all__ and trainer.label_spaces is None
    },
}

NNUNET_PLANS = {
    "dataset_name": "Dataset999_Benchmark",
    "plans_name": "nnUNetPlans",
    "image_reader_writer": "NaturalImage2DIO",
    "transpose_forward": [0, 1, 2],
    "transpose_backward": [0, 1, 2],
    "label_manager": "LabelManager",
    "configurations": {
        "2d": {
            "batch_size": 4,
            "patch_size": [512, 512],
            "median_image_size_in_voxels": [1000.0, 1000.0],
            "spacing": [1.0, 1.0],
            "normalization_schemes": ["ZScoreNormalization"],
            "use_mask_for_norm": [False],
            "batch_dice": True,
            "architecture": {
                "network_class_name": "dynamic_network_architectures.architectures.unet.PlainConvUNet",
                "arch_kwargs": {
                    "n_stages": 8,
                    "features_per_stage": [32, 64, 128, 256, 512, 512, 512, 512],
                    "strides": [[1, 1]] + [[2, 2]] * 7,
                    "kernel_sizes": [[3, 3]] * 8,
                    "n_conv_per_stage": [2] * 8,
                    "n_conv_per_stage_decoder": [2] * 7,
                    "conv_op": "torch.nn.modules.conv.Conv2d",
                    "conv_bias": True,
                    "norm_op": "torch.nn.modules.instancenorm.InstanceNorm2d",
                    "norm_op_kwargs": {"eps": 1e-5, "affine": True},
                    "dropout_op": None,
                    "dropout_op_kwargs": None,
                    "nonlin": "torch.nn.LeakyReLU",
                    "nonlin_kwargs": {"inplace": True},
                },
                "_kw_requires_import": ["conv_op", "norm_op", "dropout_op", "nonlin"],
            },
        }
    },
}


def ready_trainer(trainer_class: type, variant: str, plans: dict[str, Any], device: torch.device) -> nnUNetTrainer:
    """A trainer with network, optimizer and loss as `initialize` makes them, without a dataset on disk."""
    space = LABEL_SPACES[variant]
    interferogram = variant == "grounding_line"
    dataset_json: dict[str, Any] = {
        "channel_names": {"0": "noNorm", "1": "noNorm"} if interferogram else {"0": "SAR"},
        "labels": space.nnunet_labels(),
        "tasks": space.to_json(),
        "class_balance": {"positive_weight": 50.0},
        "channels": {"kind": "reim"} if interferogram else {},
        "file_ending": ".png",
    }
    trainer = trainer_class(plans | {"continue_training": False}, "2d", 0, dataset_json, device)
    trainer.network = trainer.build_network_architecture(
        trainer.plans_manager,
        trainer.configuration_manager,
        len(dataset_json["channel_names"]),
        trainer.label_manager.num_segmentation_heads,
        trainer.enable_deep_supervision,
    ).to(trainer.device)
    if trainer._do_i_compile():
        trainer.network = torch.compile(trainer.network)
    trainer.optimizer, trainer.lr_scheduler = trainer.configure_optimizers()
    trainer.loss = trainer._build_loss()
    trainer.network.train()
    return trainer


def random_batch(trainer: nnUNetTrainer) -> dict[str, Any]:
    """A batch as the loader hands it over: noise, and codes with a line at every resolution of the deep supervision."""
    manager = trainer.configuration_manager
    rows, columns = manager.patch_size
    n_codes = trainer.label_manager.num_segmentation_heads
    codes = torch.zeros(manager.batch_size, 1, rows, columns, dtype=torch.int16)
    # A wavy band five pixels wide: the cost of distance maps depends on where lines are.
    waves = rows / 2 + rows / 4 * torch.sin(torch.arange(columns) / columns * 6)
    band = (torch.arange(rows)[:, None] - waves[None]).abs() <= 2
    codes[:, 0] = torch.where(band, n_codes - 1, torch.arange(columns) % max(n_codes - 1, 1))
    scales = trainer._get_deep_supervision_scales() or [[1, 1]]
    levels = [codes[:, :, :: round(1 / scale[0]), :: round(1 / scale[1])].clone() for scale in scales]
    target = levels if trainer.enable_deep_supervision else levels[0]
    channels = len(trainer.dataset_json["channel_names"])
    return {"data": torch.randn(manager.batch_size, channels, rows, columns), "target": target}


def timed_step(trainer: nnUNetTrainer, batch: dict[str, Any], step: str) -> tuple[float, float]:
    """Wall and processor seconds of one step; the step ends with the loss on the CPU, so the device is done."""
    wall, processor = time.perf_counter(), time.process_time()
    if step == "training":
        trainer.train_step(batch)
    else:
        with torch.no_grad():
            trainer.validation_step(batch)
    return time.perf_counter() - wall, time.process_time() - processor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", choices=sorted(PRESETS), default="laptop")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=None, help="torch threads; all cores if not given")
    parser.add_argument("--batch-size", type=int, default=None)
    parser.add_argument("--all", action="store_true", help="every trainer of one task, on labels of lines")
    parser.add_argument("--only", nargs="+", help="these contenders beside stock, by the names that are printed")
    parser.add_argument("--step", choices=["training", "validation"], default="training")
    parser.add_argument("--csv", type=Path, help="write the ratios of wall time into this table, by trainer class")
    options = parser.parse_args()
    contenders = EVERY_TRAINER if options.all else CONTENDERS
    if options.only:
        contenders = {name: contenders[name] for name in (STOCK, *options.only)}
    if options.threads:
        torch.set_num_threads(options.threads)
    preset = with_overrides(PRESETS[options.preset], batch_size=options.batch_size)
    plans = preset_plans(NNUNET_PLANS, preset, preset.name)
    with tempfile.TemporaryDirectory() as folder:
        for variable in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"):
            os.environ[variable] = str(Path(folder) / variable)
        trainers = {
            name: ready_trainer(trainer_class, variant, plans, torch.device(options.device))
            for name, (trainer_class, variant) in contenders.items()
        }
        batches = {name: random_batch(trainer) for name, trainer in trainers.items()}
        for _ in range(3):
            for name, trainer in trainers.items():
                timed_step(trainer, batches[name], options.step)
        rounds = [
            {name: timed_step(trainer, batches[name], options.step) for name, trainer in trainers.items()}
            for _ in range(options.rounds)
        ]
    report(rounds, list(contenders))
    if options.csv:
        write_costs(options.csv, rounds, contenders)


def write_costs(path: Path, rounds: list[dict[str, tuple[float, float]]], contenders: dict[str, tuple]) -> None:
    """Set the trainers' median ratios in a table of columns trainer and step; its other rows stay as they are."""
    costs = pd.read_csv(path, index_col="trainer")["step"].to_dict() if path.is_file() else {}
    measured: dict[str, float] = {}
    for name, (trainer_class, _) in contenders.items():
        if name != STOCK:
            ratio = float(np.median([times[name][0] / times[STOCK][0] for times in rounds]))
            # A trainer's first entry counts: late and early branching are also measured with a third task.
            measured.setdefault(trainer_class.__name__, round(ratio, 2))
    pd.Series(costs | measured, name="step").rename_axis("trainer").to_csv(path, float_format="%.2f")


def report(rounds: list[dict[str, tuple[float, float]]], names: list[str]) -> None:
    """Print median times and median ratios to the stock trainer."""
    print(f"{'':42}{'wall ms':>10}{'ratio':>8}{'cpu ms':>10}{'ratio':>8}")
    for name in names:
        times = np.array([round_times[name] for round_times in rounds])
        ratios = times / np.array([round_times[STOCK] for round_times in rounds])
        wall, processor = 1000 * np.median(times, axis=0)
        wall_ratio, processor_ratio = np.median(ratios, axis=0)
        print(f"{name:42}{wall:10.1f}{wall_ratio:8.2f}{processor:10.1f}{processor_ratio:8.2f}")


if __name__ == "__main__":
    main()
