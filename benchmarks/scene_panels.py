"""The five real CaFFe thumbnails above five made-up scenes, in one picture and in numbers.

    python benchmarks/scene_panels.py CAFFE_PANELS PICTURE.png

CAFFE_PANELS holds the thumbnails (sar_images, zones, fronts). What the made-up scenes lack shows here.
"""

from __future__ import annotations

import argparse
import datetime
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import pyplot
from PIL import Image
from scipy import ndimage

from nnunet_glacier.demo.figures import save_figure, zone_legend, zone_picture
from nnunet_glacier.demo.scene import SENSORS, Acquisition, make_scene
from nnunet_glacier.demo.sites import SITES
from nnunet_glacier.domain.zones import Zone, zones_from_grey
from nnunet_glacier.support.errors import InputError, Problem

SIZE_PX = 289
"""Edge of the thumbnails."""

Panel = tuple[np.ndarray, np.ndarray, np.ndarray]

_MADE_UP = {
    "Crane": ("TSX", "2009-03-20"),
    "DBE": ("TSX", "2013-10-02"),
    "JAC": ("TSX", "2014-04-11"),
    "Jorum": ("TDX", "2012-09-14"),
    "SI": ("S1", "2016-08-30"),
}


def read_panels(folder: Path) -> dict[str, Panel]:
    """The thumbnails of CaFFe's five training glaciers: SAR image, zone ids and front by glacier.

    Args:
        folder: Holds ``sar_images/<glacier>.png``, ``zones/<glacier>_zones.png`` and ``fronts/<glacier>_front.png``.

    Raises:
        InputError: If files are missing.
    """
    paths = {
        name: (
            folder / "sar_images" / f"{name}.png",
            folder / "zones" / f"{name}_zones.png",
            folder / "fronts" / f"{name}_front.png",
        )
        for name in _MADE_UP
    }
    missing = [path for group in paths.values() for path in group if not path.is_file()]
    if missing:
        remedy = "Give the folder that holds sar_images, zones and fronts"
        raise InputError([Problem(path, "there is no such file", remedy) for path in missing])
    result = {}
    for name, group in paths.items():
        image, zones, front = (np.array(Image.open(path).convert("L")) for path in group)
        result[name] = (image, zones_from_grey(zones), front > 127)
    return result


def made_up_panels(seed: int) -> dict[str, Panel]:
    """A made-up scene of each of the five glaciers, at thumbnail size."""
    result = {}
    for number, (name, (sensor, date)) in enumerate(_MADE_UP.items()):
        acquisition = Acquisition(SITES[name], SENSORS[sensor], datetime.date.fromisoformat(date), 60 + number)
        # Square like the thumbnails, which were squeezed to a square as well.
        scene = make_scene(acquisition, (SIZE_PX, SIZE_PX), seed)
        result[name] = (scene.image, scene.zones, ndimage.binary_dilation(scene.front))
    return result


def panel_statistics(panel: Panel) -> dict[str, float]:
    """Numbers to compare a panel by.

    Returns:
        Grey value percentiles ``p5`` to ``p95``, ``correlation_px`` (lag at which the image's row autocorrelation
        falls to one half), ``local_variation`` (median over 5x5 windows of SD over mean, the speckle and texture),
        and the share of each zone.
    """
    image, zones, _ = panel
    grey = image.astype(np.float64)
    result = {f"p{level}": float(np.percentile(grey, level)) for level in (5, 25, 50, 75, 95)}
    centred = grey - grey.mean()
    columns = centred.shape[1]
    lags = [float((centred[:, lag:] * centred[:, : columns - lag]).mean()) for lag in range(min(40, columns))]
    result["correlation_px"] = float(np.argmax(np.array(lags) < 0.5 * lags[0]))
    mean = ndimage.uniform_filter(grey, 5)
    variance = np.clip(ndimage.uniform_filter(grey**2, 5) - mean**2, 0, None)
    inside = (zones != Zone.NA) & (mean > 5)
    result["local_variation"] = float(np.median(np.sqrt(variance[inside]) / mean[inside]))
    for zone in Zone:
        result[zone.name.lower()] = float((zones == zone).mean())
    return result


def draw_panels(folder: Path, path: Path, seed: int) -> list[dict[str, object]]:
    """Draw real thumbnails beside made-up scenes.

    Args:
        folder: The real thumbnails, as `read_panels` takes them.
        path: PNG to write.
        seed: Seed of the made-up scenes.

    Returns:
        `panel_statistics` of each panel, with ``site`` and ``origin``.
    """
    groups = {"real": read_panels(folder), "made up": made_up_panels(seed)}
    figure, axes = pyplot.subplots(6, len(_MADE_UP), figsize=(3 * len(_MADE_UP), 18.6), dpi=100)
    for first_row, (origin, panels) in zip((0, 3), groups.items(), strict=True):
        for column, (name, (image, zones, front)) in enumerate(panels.items()):
            axes[first_row, column].set_title(f"{name}, {origin}")
            axes[first_row, column].imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
            axes[first_row + 1, column].imshow(zone_picture(zones), interpolation="nearest")
            axes[first_row + 2, column].imshow(front, cmap="gray", interpolation="nearest")
    for axis in axes.ravel():
        axis.set_axis_off()
    zone_legend(figure)
    figure.tight_layout(rect=(0, 0.02, 1, 1))
    save_figure(figure, path)
    pyplot.close(figure)
    return [
        {"site": name, "origin": origin, **panel_statistics(panel)}
        for origin, panels in groups.items()
        for name, panel in panels.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("caffe_panels", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--seed", type=int, default=0, help="seed of the made-up scenes")
    arguments = parser.parse_args()
    rows = draw_panels(arguments.caffe_panels, arguments.picture, arguments.seed)
    print(pd.DataFrame(rows).set_index(["site", "origin"]).round(2).to_string())
    print(f"Picture: {arguments.picture}")


if __name__ == "__main__":
    main()
