"""Probabilities in the scenes that a network has not seen, one array for each way of showing it a scene.

    python benchmarks/network_passes.py MODEL DATASET --out passes --folds 0 1 2 3

MODEL is a trained folder whose folds each left out one glacier (``nnunet-glacier convert caffe --folds glacier``),
DATASET the converted dataset. For every scene that a fold left out, ``OUT/CASE.npy`` holds for each of `PASSES` the
probabilities of the four zones, to which the front class counts half as glacier, half as ocean, and last that of the
front class: float16, ``(passes, 5, H, W)``. The zones of a network of the front alone are NaN. Run again, it goes on
where it stopped.
"""

from __future__ import annotations

import argparse
import json
from argparse import Namespace
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import interpolate
from tqdm import tqdm

from nnunet_glacier.domain.labels import FRONT, FUSED, LabelSpace
from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.formats.model import open_model
from nnunet_glacier.inference.cases import Case
from nnunet_glacier.inference.ensemble import FoldEnsemble
from nnunet_glacier.inference.fold_pass import prepare_case
from nnunet_glacier.inference.images import image_format_of
from nnunet_glacier.inference.maps import Placement
from nnunet_glacier.inference.predictor import choose_device, load_predictor
from nnunet_glacier.inference.scene_model import zones_and_front_in
from nnunet_glacier.support.files import write_whole

Change = Callable[[torch.Tensor], torch.Tensor]


def mirrored(*axes: int) -> tuple[Change, Change]:
    """A change of the image that undoes itself."""
    return (lambda image: image.flip(axes), lambda image: image.flip(axes))


def scaled(factor: float) -> tuple[Change, Change]:
    """An image with other pixels, and the way back for the logits, whose size is noted on the way there."""
    noted: list[tuple[int, int]] = []

    def there(image: torch.Tensor) -> torch.Tensor:
        noted[:] = [(image.shape[2], image.shape[3])]
        size = tuple(round(factor * length) for length in noted[0])
        return interpolate(image.float().movedim(1, 0), size, mode="bilinear", antialias=True).movedim(0, 1)

    def back(logits: torch.Tensor) -> torch.Tensor:
        return interpolate(logits.float().movedim(1, 0), noted[0], mode="bilinear").movedim(0, 1)

    return there, back


PASSES: dict[str, tuple[Change, Change]] = {
    "as it is": (lambda image: image, lambda logits: logits),
    "rows mirrored": mirrored(2),
    "columns mirrored": mirrored(3),
    "both mirrored": mirrored(2, 3),
    "0.8 of its size": scaled(0.8),
    "1.25 of its size": scaled(1.25),
}
"""What is done to a preprocessed image ``(channels, 1, H, W)``, and what brings the logits back."""

PLANES = len(Zone) + 1


def planes_of(space: LabelSpace | None, classes: torch.Tensor) -> torch.Tensor:
    """Zones and front, ``(5, 1, H, W)``, in the classes of a network's one task, fused or the front alone."""
    if space is None or FRONT.name not in space.names:
        return zones_and_front_in({FUSED.name: classes})
    return torch.cat([torch.full_like(classes[:1], torch.nan).expand(len(Zone), *classes.shape[1:]), classes[1:]])


MIRRORED = 4
"""The first passes, whose mean is what nnU-Net's mirroring gives."""


def predict_fold(model: Path, fold: str, images: dict[str, Path], out: Path, checkpoint: str) -> None:
    """Write the passes of one fold's network over the images that are not done yet."""
    todo = {case: path for case, path in images.items() if not (out / f"{case}.npy").is_file()}
    if not todo:
        return
    opened = open_model(model, (fold,), checkpoint)
    predictor = load_predictor(opened, choose_device("cpu"), mirroring=False, tile_step=0.5)
    ensemble, image_format = FoldEnsemble(predictor, opened.space), image_format_of(opened)
    for case, path in tqdm(todo.items(), desc=f"fold {fold}", unit="scene"):
        prepared = prepare_case(Case(case, (path,)), image_format, predictor)
        placement = Placement.noted(prepared.properties, predictor.plans_manager.transpose_backward)
        passes = []
        for there, back in PASSES.values():
            with torch.inference_mode():
                logits = back(ensemble._logits(fold, predictor.list_of_parameters[0], there(prepared.data)))
                (classes,) = ensemble._marginals(ensemble._at_image_size(logits, prepared.properties))
                planes = planes_of(opened.space, classes).numpy()
            passes.append([placement.restore(plane, float(zone == 0)) for zone, plane in enumerate(planes)])
        array = np.asarray(passes, dtype=np.float16)
        write_whole(out / f"{case}.npy", partial(save, array=array))


def save(path: Path, array: np.ndarray) -> None:
    """Write an array under a name of any ending."""
    with path.open("wb") as file:
        np.save(file, array)


def common_cases(folders: list[Path]) -> list[str]:
    """The scenes of which every network's passes are there, in order."""
    return sorted(set.intersection(*({path.stem for path in folder.glob("*.npy")} for folder in folders)))


def read_passes(folder: Path, case: str) -> np.ndarray:
    """The passes of one network over a scene, float32 ``(passes, 5, H, W)``."""
    passes: np.ndarray = np.load(folder / f"{case}.npy").astype(np.float32)
    if passes.shape[1] != PLANES:
        raise SystemExit(f"{folder}: of {passes.shape[1]} planes, {PLANES} are wanted. Delete it and make it again")
    return passes


def parsed() -> Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="trained folder whose folds left out one glacier each")
    parser.add_argument("dataset", type=Path, help="converted dataset with splits_final.json")
    parser.add_argument("--out", type=Path, required=True, help="folder for the arrays; 4 MB a scene at 256x256")
    parser.add_argument("--folds", nargs="+", default=["0", "1", "2", "3"])
    parser.add_argument("--checkpoint", default="final", choices=["final", "best"])
    return parser.parse_args()


def main() -> None:
    options = parsed()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    splits = json.loads((options.dataset / "splits_final.json").read_text())
    for fold in options.folds:
        images = {case: options.dataset / "imagesTr" / f"{case}_0000.png" for case in splits[int(fold)]["val"]}
        predict_fold(options.model, fold, images, options.out, options.checkpoint)


if __name__ == "__main__":
    main()
