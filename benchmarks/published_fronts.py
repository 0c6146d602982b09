"""The fronts of ``delineate`` beside the published ones of the same scenes: distances, flags, and a picture.

    nnunet-glacier delineate shared/data/new_scenes delineated
    python benchmarks/published_fronts.py shared/data/new_scenes delineated --out published_fronts

The folder of scenes holds GeoTIFFs and, beside some, a ``.geojson`` of the same name with the published front.
Distances are the means over both directions of points every 20 m, and the median from the published front to ours. The
sinuosity, by which a front doubles back, is that of both fronts, in pixels of the network.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import rasterio
import shapely
from matplotlib import pyplot
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT

from nnunet_glacier.delineation.believability import AT_ZONES, DOUBLES_BACK
from nnunet_glacier.delineation.signs import SINUOSITY_PX
from nnunet_glacier.formats.delineated_lines import FRONTS_GPKG
from nnunet_glacier.lines.front_shape import greatest_sinuosity
from nnunet_glacier.lines.pixel_sizes import fitting_crs
from nnunet_glacier.support.files import write_text_whole
from nnunet_glacier.trainers.catalogue import markdown

STEP_M = 20.0
SIDE_PX = 700
OURS, REJECTED, PUBLISHED = "#ffd400", "#ff6f61", "#39c0ff"


def distances_m(ours: shapely.Geometry, published: shapely.Geometry) -> tuple[float, float]:
    """Mean of both directions, and median from the published line to ours."""
    there = shapely.distance(points(published), ours)
    back = shapely.distance(points(ours), published)
    return float(np.concatenate([there, back]).mean()), float(np.median(there))


def points(line: shapely.Geometry) -> np.ndarray:
    """Points every `STEP_M` along a line or lines."""
    parts = shapely.get_parts(line)
    return np.concatenate(
        [shapely.line_interpolate_point(part, np.arange(STEP_M / 2, part.length, STEP_M)) for part in parts]
    )


def sinuosity(lines: geopandas.GeoSeries | shapely.Geometry, pixel_size_m: float) -> float:
    """The sign of that name of the longest of some lines in metres, for pixels of a size."""
    longest = max(shapely.get_parts(lines), key=lambda part: part.length)
    return greatest_sinuosity(longest, SINUOSITY_PX * pixel_size_m)


def told_sinuosity(lines: geopandas.GeoSeries, pixel_size_m: float) -> str:
    """The same as text, with the word where it is beyond the threshold."""
    found = sinuosity(lines, pixel_size_m)
    return f"{found:.2f}" + (f", {DOUBLES_BACK}" if found > AT_ZONES.sinuosity else "")


def drawn(axes: pyplot.Axes, path: Path, crs: str, lines: dict[str, geopandas.GeoSeries]) -> None:
    """A scene in metres with lines over it, each in its colour."""
    with rasterio.open(path) as source, WarpedVRT(source, crs=crs, resampling=Resampling.average) as warped:
        shrink = max(warped.shape) / SIDE_PX
        shape = tuple(max(1, round(edge / shrink)) for edge in warped.shape)
        grey = warped.read(1, out_shape=shape, masked=True).astype(float)
        low, high = np.percentile(grey.compressed(), (2, 98))
        west, south, east, north = (edge / 1000 for edge in warped.bounds)
    axes.imshow(grey, cmap="gray", vmin=low, vmax=high, extent=(west, east, south, north))
    for colour, series in lines.items():
        for part in (part for line in series for part in shapely.get_parts(line)):
            x, y = np.array(part.xy) / 1000
            axes.plot(x, y, color="black", linewidth=3.2)
            axes.plot(x, y, color=colour, linewidth=1.8)
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_xlabel("km east", fontsize=8)
    axes.set_ylabel("km north", fontsize=8)
    axes.tick_params(labelsize=7)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenes", type=Path)
    parser.add_argument("delineated", type=Path, help="what delineate made of them")
    parser.add_argument("--out", type=Path, required=True, help="folder for fronts.csv, fronts.md and fronts.png")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    gpkg = options.delineated / FRONTS_GPKG
    fronts = pd.concat([geopandas.read_file(gpkg, layer=layer).assign(layer=layer) for layer in ("fronts", "rejected")])
    scenes = sorted(options.scenes.glob("*.tif"))
    figure, axes = pyplot.subplots(2, -(-len(scenes) // 2), figsize=(4.6 * -(-len(scenes) // 2), 9), dpi=110)
    rows = []
    for cell, path in zip(axes.flat, scenes, strict=False):
        own = geopandas.GeoDataFrame(fronts[fronts["case"] == path.stem], geometry="geometry", crs=fronts.crs)
        with rasterio.open(path) as source:
            middle = geopandas.GeoSeries([shapely.box(*source.bounds).centroid], crs=source.crs).to_crs("EPSG:4326")[0]
        crs = fitting_crs(middle.x, middle.y)
        own = own.to_crs(crs)
        reference = path.with_suffix(".geojson")
        published = geopandas.read_file(reference).to_crs(crs).geometry if reference.is_file() else None
        mean_m, median_m = (np.nan, np.nan)
        if published is not None and len(own):
            mean_m, median_m = distances_m(own.union_all(), published.union_all())
        first = own.iloc[0] if len(own) else None
        size_m = math.nan if first is None else first.pixel_size_m
        rows.append(
            {
                "scene": path.stem,
                "mean m": f"{mean_m:.0f}",
                "mean px": "-" if first is None else f"{mean_m / size_m:.1f}",
                "median m": f"{median_m:.0f}",
                "uncertainty_m": "-" if first is None or pd.isna(first.uncertainty_m) else f"{first.uncertainty_m:.0f}",
                "sinuosity": "-" if first is None else told_sinuosity(own.geometry, size_m),
                "of the published": "-" if first is None or published is None else told_sinuosity(published, size_m),
                "layer": "no front" if first is None else first.layer,
                "flags": "" if first is None else first["flags"],
            }
        )
        colour = REJECTED if first is not None and first.layer == "rejected" else OURS
        drawn(cell, path, crs, {**({} if published is None else {PUBLISHED: published}), colour: own.geometry})
        cell.set_title(path.stem, fontsize=7)
    handles = [pyplot.Line2D([], [], color=colour, linewidth=3) for colour in (OURS, REJECTED, PUBLISHED)]
    figure.legend(
        handles, ["delineate", "delineate, rejected", "published"], loc="lower center", ncols=3, frameon=False
    )
    figure.tight_layout(rect=(0, 0.03, 1, 1))
    figure.savefig(options.out / "fronts.png")
    table = pd.DataFrame(rows)
    table.to_csv(options.out / "fronts.csv", index=False)
    write_text_whole(options.out / "fronts.md", markdown(table) + "\n")
    print(markdown(table))


if __name__ == "__main__":
    main()
