"""Make the shipped model ``caffe-256``: from CaFFe's data_raw, resized to 256x256, to the packed files.

    python benchmarks/shipped_model.py shared/data/caffe_256/data_raw --out shipped_model --workers 2

Converts with fused labels and folds by glacier, plans with the preset ``real-caffe-256``, trains the folds 1 and 2,
which leave out DBE and SI, with ``nnUNetTrainerGlacierSensor``, and scores both on these. Then each is trained further
on all glaciers with ``nnUNetTrainerGlacier``, and both are packed with the card in OUT/packed/caffe-256. Run again, it
goes on where it stopped. nnU-Net's folders are those of the environment, or below OUT where they are not set.
"""

from __future__ import annotations

import argparse
from argparse import Namespace
from pathlib import Path
from subprocess import STDOUT, run

from real_caffe import Variant, folder, model, prepare, score, set_environment, train_all

from nnunet_glacier.formats.packed_model import CARD
from nnunet_glacier.formats.shipped_models import shipped_folder
from nnunet_glacier.models.pack import Options, pack_model
from nnunet_glacier.planning.dataset_folders import find_dataset
from nnunet_glacier.planning.plan import plan_dataset
from nnunet_glacier.planning.presets import PRESETS, with_overrides

NAME = "caffe-256"
PRESET = "real-caffe-256"
VARIANT = Variant(500, "Caffe256Fused", "fused", "nnUNetTrainerGlacierSensor")
FOLDS = [1, 2]
ON_ALL = {"num_epochs": 36, "initial_lr": 0.05}
"""Schedule of the further training on all glaciers."""

TRAINER_ON_ALL = "nnUNetTrainerGlacier"
PIXEL_SIZE_M = (68.0, 85.0)
PURPOSE = "zones and calving fronts in SAR amplitude of about 70 to 85 m a pixel: a first look, and a start for adapt"
LICENCE = "CC BY 4.0; trained on CaFFe, Gourmelon et al. (2022), doi 10.1594/PANGAEA.940950"


def trained_on_all(fold: int) -> Path:
    """The folder of the network that began as this fold's."""
    return folder("nnUNet_results", VARIANT) / f"{TRAINER_ON_ALL}__{PRESET}-all-{fold}__2d"


def train_on_all(fold: int, options: Namespace) -> None:
    """Train a fold's network further on all glaciers; the fold is the seed."""
    results, plans = trained_on_all(fold) / "fold_all", f"{PRESET}-all-{fold}"
    if (results / "checkpoint_final.pth").is_file():
        return
    plan_dataset(find_dataset(VARIANT.name), with_overrides(PRESETS[PRESET], **ON_ALL, seed=fold), plans, workers=1)
    run(["nnUNetv2_preprocess", "-d", str(VARIANT.number), "-plans_name", plans, "-c", "2d", "-np", "1"], check=True)
    start = model(VARIANT, options) / f"fold_{fold}" / "checkpoint_final.pth"
    go_on = ["--c"] if (results / "checkpoint_latest.pth").is_file() else ["-pretrained_weights", str(start)]
    what = [VARIANT.name, "2d", "all", "-p", plans, "-tr", TRAINER_ON_ALL, "-device", options.device, *go_on]
    with (options.out / f"on_all_{fold}.log").open("a") as log:
        run(["nnUNetv2_train", *what], stdout=log, stderr=STDOUT, check=True)


def pack(options: Namespace) -> str:
    """Pack both networks with the model card that ships."""
    shipped = shipped_folder(NAME)
    packed = Options(
        name=NAME,
        purpose=PURPOSE,
        licence=LICENCE,
        card=options.card or (shipped / CARD if shipped else None),
        folds=("all",),
        half=True,
        pixel_size_m=PIXEL_SIZE_M,
        seeds={str(place): fold for place, fold in enumerate(FOLDS)},
        commands=("python benchmarks/shipped_model.py DATA_RAW --out OUT",),
        overwrite=True,
    )
    return pack_model([trained_on_all(fold) for fold in FOLDS], options.out / "packed" / NAME, packed)


def parsed() -> Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_raw", type=Path, help="CaFFe's data_raw at 256x256")
    parser.add_argument("--out", type=Path, required=True, help="folder for logs, scores and the packed model")
    parser.add_argument("--workers", type=int, default=1, help="trainings at a time")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--card", type=Path, help="model card; that of the shipped model if not given")
    parser.add_argument("--pack-only", action="store_true", help="score and pack what is trained")
    given = parser.parse_args()
    own = {"preset": PRESET, "plans": PRESET, "epochs": None, "iterations": None, "plans_only": False}
    own |= {"folds": FOLDS, "seed": 1}
    return Namespace(**vars(given), **own)


def main() -> None:
    options = parsed()
    set_environment(options.out)
    if not options.pack_only:
        prepare(VARIANT, options)
        train_all({NAME: VARIANT}, options)
        for fold in FOLDS:
            train_on_all(fold, options)
    print("Scores of the networks on the glaciers that they had not seen:", score(NAME, VARIANT, options))
    print(pack(options))


if __name__ == "__main__":
    main()
