"""What the mean of several networks is worth on glaciers that none of them has seen, beside each network alone.

    python benchmarks/mean_of_networks.py DATASET first=PASSES second=PASSES third=PASSES --out mean_of_networks

PASSES are folders of ``benchmarks/network_passes.py``, of networks with the same glaciers left out; of networks of the
front alone the front counts, and the zones are the others'. Each of them, and the mean of the probabilities of every
two and more, is scored by ``nnunet-glacier evaluate`` with the front from the zones and from its own class; printed and
written to ``OUT/mean_of_networks.csv`` is a row for each route: MDE in pixels pooled and by glacier, scenes without a
front, and the macro IoU. A network's probabilities are those of the image as
it is, with ``--passes 4`` the mean of the four mirrored ways, and with ``--passes 6`` of those of the image at 0.8 and
1.25 of its size too.
"""

from __future__ import annotations

import argparse
import json
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from compare_trainers import by_routes
from network_passes import MIRRORED, PASSES, common_cases, read_passes
from real_caffe import MACRO
from tqdm import tqdm

from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.evaluation.evaluate import Options, evaluate
from nnunet_glacier.formats.dataset_json import DATASET_JSON
from nnunet_glacier.formats.rasters import write_raster
from nnunet_glacier.formats.scores import SUMMARY_JSON
from nnunet_glacier.support.files import write_json

_BESIDE = [Zone.GLACIER, Zone.OCEAN]
"""The zones of which a front is half each."""


def with_zones(networks: list[np.ndarray]) -> list[np.ndarray]:
    """Planes of networks, ``(5, H, W)`` each; one of the front alone has the others' zones where it sees no front.

    Where no network has zones, all is glacier beside the front.
    """
    known = [_where_no_front_is(planes) for planes in networks if not np.isnan(planes).any()]
    zones = np.mean(known, axis=0) if known else np.eye(len(Zone))[Zone.GLACIER][:, None, None]
    return [_with_front(zones, planes[len(Zone)]) if np.isnan(planes).any() else planes for planes in networks]


def _where_no_front_is(planes: np.ndarray) -> np.ndarray:
    zones: np.ndarray = _without_front(planes) / np.maximum(1 - planes[len(Zone)], 1e-6)
    return zones


def _without_front(planes: np.ndarray) -> np.ndarray:
    """The zones without the halves of the front that stand with them."""
    zones = planes[: len(Zone)].copy()
    zones[_BESIDE] -= planes[len(Zone)] / 2
    return zones


def _with_front(zones: np.ndarray, front: np.ndarray) -> np.ndarray:
    planes = np.concatenate([zones * (1 - front), front[None]])
    planes[_BESIDE] += front / 2
    return planes


def write_maps(passes: list[Path], out: Path, count: int, dataset: Path) -> None:
    """Zones and front of the mean of networks, as maps that ``evaluate`` takes.

    Args:
        passes: Folders of the networks' passes.
        out: Folder for the maps.
        count: How many of a scene's passes to average.
        dataset: The converted dataset.
    """
    out.mkdir(parents=True, exist_ok=True)
    space = LABEL_SPACES["multitask"]
    description = json.loads((dataset / DATASET_JSON).read_text())
    write_json(out / DATASET_JSON, description | {"labels": space.nnunet_labels(), "tasks": space.to_json()})
    for case in tqdm(common_cases(passes), desc=out.name, unit="scene"):
        mean = np.mean(with_zones([read_passes(folder, case)[:count].mean(axis=0) for folder in passes]), axis=0)
        zones, front = mean[: len(Zone)], mean[len(Zone)]
        # The front must be ahead of what the zones are without it.
        codes = space.encode(zones.argmax(axis=0), (front > _without_front(mean).max(axis=0)).astype(int))
        write_raster(out / f"{case}.png", codes.astype(np.uint8))


def row(name: str, summary: dict[str, Any]) -> dict[str, Any]:
    """One row of the table."""
    subsets = summary["subsets"]
    glaciers = {key.removeprefix("glacier="): each for key, each in subsets.items() if key.startswith("glacier=")}
    every = subsets["all"]
    zones = every["zone_metrics_mean_over_images"]
    return {
        "networks": name,
        "scenes": every["images"],
        "without a front": every["no_front_predicted"],
        "MDE px pooled": every["mde_px"],
        **{f"{glacier} px": each["mde_px"] for glacier, each in sorted(glaciers.items()) if "," not in glacier},
        "median px": every["median_of_image_means_px"],
        "macro IoU": zones["iou"][MACRO] if zones else float("nan"),
    }


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path, help="converted dataset")
    parser.add_argument("networks", nargs="+", help="NAME=FOLDER of each network's passes")
    parser.add_argument("--out", type=Path, required=True, help="folder for maps, scores and the table")
    counts = (1, MIRRORED, len(PASSES))
    parser.add_argument("--passes", dest="count", type=int, choices=counts, default=1, help="passes to average")
    return parser.parse_args()


def main() -> None:
    options = parsed()
    networks = {name: Path(folder) for name, _, folder in (each.partition("=") for each in options.networks)}
    rows = []
    for size in range(1, len(networks) + 1):
        for names in combinations(networks, size):
            maps, scores = (options.out / kind / "_".join(names) for kind in ("maps", "scores"))
            write_maps([networks[name] for name in names], maps, options.count, options.dataset)
            chosen = Options(split="train", route="both", allow_missing=True, overwrite=True, workers=1)
            evaluate([maps], options.dataset, scores, chosen)
            for route, result in by_routes(json.loads((scores / SUMMARY_JSON).read_text())).items():
                rows.append({"front from": route, **row(", ".join(names), result)})
    table = pd.DataFrame(rows)
    table.to_csv(options.out / "mean_of_networks.csv", index=False, float_format="%.4g")
    print(table.round(3).to_string(index=False))


if __name__ == "__main__":
    main()
