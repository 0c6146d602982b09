"""Zones that a network trained on made-up scenes alone predicts on the five real CaFFe thumbnails: picture and IoU.

    python benchmarks/made_up_to_real.py CAFFE_PANELS PREDICTIONS PICTURE.png

CAFFE_PANELS holds the thumbnails (sar_images, zones, fronts), PREDICTIONS is what ``nnunet-glacier predict`` wrote for
its ``sar_images``. docs/results/made_up.md has the commands that train the network.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import pyplot
from scene_panels import Panel, read_panels

from nnunet_glacier.demo.figures import save_figure, zone_legend, zone_picture
from nnunet_glacier.domain.labels import ZONES
from nnunet_glacier.formats.rasters import read_raster
from nnunet_glacier.measures.zone_scores import zone_confusion, zone_scores


def iou_table(panels: dict[str, Panel], predicted: dict[str, np.ndarray]) -> pd.DataFrame:
    """IoU of each zone and their mean, a row per thumbnail and one for all pixels of all of them."""
    confusions = {name: zone_confusion(predicted[name], panels[name][1]) for name in panels}
    confusions["all pixels"] = np.sum(list(confusions.values()), axis=0)
    rows = {}
    for name, confusion in confusions.items():
        iou = zone_scores(confusion).iou
        rows[name] = {**dict(zip(ZONES.classes, iou, strict=True)), "mean": float(np.nanmean(iou))}
    return pd.DataFrame.from_dict(rows, orient="index")


def draw(panels: dict[str, Panel], predicted: dict[str, np.ndarray], table: pd.DataFrame, path: Path) -> None:
    """A column per thumbnail: SAR image, true zones, predicted zones."""
    figure, axes = pyplot.subplots(3, len(panels), figsize=(2.6 * len(panels), 9.3), dpi=100)
    for column, (name, (image, zones, _)) in enumerate(panels.items()):
        axes[0, column].imshow(image, cmap="gray", vmin=0, vmax=255)
        axes[0, column].set_title(f"{name}, real")
        axes[1, column].imshow(zone_picture(zones), interpolation="nearest")
        axes[1, column].set_title("zones, truth", fontsize=9)
        axes[2, column].imshow(zone_picture(predicted[name]), interpolation="nearest")
        axes[2, column].set_title(f"predicted, mean IoU {table.loc[name, 'mean']:.2f}", fontsize=9)
    for axis in axes.ravel():
        axis.set_axis_off()
    zone_legend(figure)
    figure.tight_layout(rect=(0, 0.05, 1, 1))
    save_figure(figure, path)
    pyplot.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("caffe_panels", type=Path)
    parser.add_argument("predictions", type=Path)
    parser.add_argument("picture", type=Path)
    arguments = parser.parse_args()
    panels = read_panels(arguments.caffe_panels)
    predicted = {name: read_raster(arguments.predictions / "zones" / f"{name}.png").values for name in panels}
    table = iou_table(panels, predicted)
    draw(panels, predicted, table, arguments.picture)
    print(table.round(3).to_string())
    print(f"Picture: {arguments.picture}")


if __name__ == "__main__":
    main()
