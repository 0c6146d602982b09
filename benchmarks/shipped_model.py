"""Make the shipped model ``caffe-256``: from CaFFe's data_raw, resized to 256x256, to the packed files.

    python benchmarks/shipped_model.py shared/data/caffe_256/data_raw --out shipped_model --workers 2

Makes 400 scenes (``demo scenes``), converts the real ones with these as extra training scenes, fused labels and folds
by glacier, plans with the preset ``real-caffe-256``, trains the four folds with
``nnUNetTrainerGlacierSensorEfficientNetFrontMCC``, each without one glacier, and one more network on all four, and
scores each of the four on the glacier that it did not see. The five are packed with the card in OUT/packed/caffe-256.
Run again, it goes on where it stopped. nnU-Net's folders are those of the environment, or below OUT where they are not
set.
"""

from __future__ import annotations

import argparse
import json
from argparse import Namespace
from pathlib import Path
from typing import Any

import pandas as pd
from compare_trainers import by_routes
from real_caffe import MACRO, Variant, fold_count, model, prepare, score, set_environment, train_all

from nnunet_glacier.demo.layout import write_caffe_like
from nnunet_glacier.formats.packed_model import CARD
from nnunet_glacier.formats.shipped_models import shipped_folder
from nnunet_glacier.formats.trained_folders import FOLD_ALL
from nnunet_glacier.models.pack import Options, pack_model
from nnunet_glacier.trainers.catalogue import markdown

NAME = "caffe-256"
PRESET = "real-caffe-256"
VARIANT = Variant(510, "Mixed", "fused", "nnUNetTrainerGlacierSensorEfficientNetFrontMCC")
MADE_UP = {"n_train": 400, "n_test": 1, "size": 256, "seed": 7}
SEED = 1
PIXEL_SIZE_M = (68.0, 85.0)
NODATA = 0
PURPOSE = "zones and calving fronts in SAR amplitude of about 70 to 85 m a pixel: a first look, and a start for adapt"
LICENCE = "CC BY 4.0; trained on CaFFe, Gourmelon et al. (2022), doi 10.1594/PANGAEA.940950"


def folds() -> list[int | str]:
    """Those without one glacier each, then that of all glaciers."""
    return [*range(fold_count(VARIANT)), FOLD_ALL]


def pack(options: Namespace) -> str:
    """Pack all networks with the model card that ships; the one of all glaciers gets the next number."""
    shipped = shipped_folder(NAME)
    packed = Options(
        name=NAME,
        purpose=PURPOSE,
        licence=LICENCE,
        card=options.card or (shipped / CARD if shipped else None),
        folds=tuple(map(str, folds())),
        half=True,
        pixel_size_m=PIXEL_SIZE_M,
        nodata=NODATA,
        seeds={str(number): SEED for number in range(len(folds()))},
        commands=("python benchmarks/shipped_model.py DATA_RAW --out OUT",),
        overwrite=True,
    )
    return pack_model([model(VARIANT, options)], options.out / "packed" / NAME, packed)


def card_table(scores: Path) -> str:
    """The figures of the card: each glacier by the network that has not seen it, and each of its sensors."""
    routes = by_routes(json.loads((scores / "summary.json").read_text()))
    rows = []
    for name, figures in sorted(routes["front"]["subsets"].items()):
        parts = dict(part.split("=", 1) for part in name.split(",")) if name != "all" else {}
        if name != "all" and ("glacier" not in parts or set(parts) - {"glacier", "sensor"}):
            continue
        zones = {metric: values[MACRO] for metric, values in figures["zone_metrics_mean_over_images"].items()}
        at_edge = routes["zones"]["subsets"][name]
        rows.append(
            {
                "left out": ", ".join(parts.values()) or "all, pooled",
                "scenes": figures["images"],
                "without a front": figures["no_front_predicted"],
                "MDE px (95 %)": with_interval(figures),
                "MDE about m": f"{figures['mde_m']:.0f}",
                "median of the images px": f"{figures['median_of_image_means_px']:.1f}",
                "from the zones: without a front": at_edge["no_front_predicted"],
                "from the zones: MDE px (95 %)": with_interval(at_edge),
                "macro IoU": f"{zones['iou']:.3f}",
                "macro F1": f"{zones['f1']:.3f}",
            }
        )
    return markdown(pd.DataFrame(rows).astype(str))


def with_interval(figures: dict[str, Any]) -> str:
    """An MDE in pixels with its interval."""
    interval = figures["mde_px_interval"]
    return f"{figures['mde_px']:.1f} ({interval['low']:.1f} to {interval['high']:.1f})"


def parsed() -> Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_raw", type=Path, help="CaFFe's data_raw at 256x256")
    parser.add_argument("--out", type=Path, required=True, help="folder for logs, scores and the packed model")
    parser.add_argument("--workers", type=int, default=1, help="trainings at a time")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--card", type=Path, help="model card; that of the shipped model if not given")
    parser.add_argument("--pack-only", action="store_true", help="score and pack what is trained")
    own = Namespace(preset=PRESET, plans=PRESET, epochs=None, iterations=None, plans_only=False, folds=None, seed=SEED)
    return parser.parse_args(namespace=own)


def main() -> None:
    options = parsed()
    set_environment(options.out)
    if not options.pack_only:
        write_caffe_like(options.out / "made_up", **MADE_UP)
        prepare(VARIANT, options, extra=options.out / "made_up")
        train_all({NAME: VARIANT}, Namespace(**vars(options) | {"folds": folds()}))
    scores = score(NAME, VARIANT, options)
    print(f"Scores of each network on the glacier that it had not seen, {scores}:\n{card_table(scores)}")
    print(pack(options))


if __name__ == "__main__":
    main()
