"""Small pictures of a scene and its maps in the page's plane: read at the size they are shown, never whole."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nnunet_glacier.formats.delineated_folder import DelineatedScene
from nnunet_glacier.formats.rasters import open_tiff
from nnunet_glacier.formats.scene_maps import NODATA, PALETTE, STEPS
from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.support.files import write_whole
from nnunet_glacier.support.whole_files import is_whole

IMAGES = "images"
"""Folder of the pictures in the page's folder."""

_STRETCH_PERCENT = (2, 98)
PROBABILITY_COLOURS = ((221, 60, 130), (255, 240, 90))
"""Colours of a front's probability from low to high; their lightness alone tells them apart."""

_MEMORY_MB = 128
"""For a warp, and for the blocks that GDAL keeps; by itself it keeps a twentieth of the machine's memory."""


@dataclass(frozen=True)
class QuickLook:
    """The pictures of a scene.

    Attributes:
        bounds: West, south, east and north of all of them in the plane; empty where there is none.
        scene: Name of the picture of the image in `IMAGES`, or "".
        zones: Of its zones, likewise.
        probability: Of its front probability, likewise.
        notes: What is lacking, in sentences.
    """

    bounds: tuple[float, ...]
    scene: str
    zones: str
    probability: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Grid:
    crs: str
    bounds: tuple[float, float, float, float]
    shape: tuple[int, int]


def key_of_quick_look(scene: DelineatedScene, crs: str, longest_px: int) -> str:
    """What decides the pictures of a scene, as a text: what its maps were made from, and what of it is there."""
    there = [_is_there(scene.image), scene.band, scene.zones is not None, scene.probability is not None]
    settings = json.dumps([dict(scene.made_from), there, crs, longest_px], sort_keys=True)
    return hashlib.sha256(settings.encode()).hexdigest()


def quick_look_of_record(value: Any, key: str, folder: Path) -> QuickLook | None:
    """The pictures that a record tells of, if they were made of the same and are whole; None if they are to be made."""
    try:
        if value["key"] != key:
            return None
        look = QuickLook(
            bounds=tuple(value["bounds"]),
            scene=value["scene"],
            zones=value["zones"],
            probability=value["probability"],
            notes=tuple(value["notes"]),
        )
    except (KeyError, TypeError):
        return None
    names = [name for name in (look.scene, look.zones, look.probability) if name]
    return look if all(is_whole(folder / IMAGES / name) for name in names) else None


def record_of(look: QuickLook, key: str) -> dict[str, Any]:
    """What is kept of the pictures, by which they are not made again."""
    return {"key": key, **asdict(look)}


def make_quick_look(scene: DelineatedScene, crs: str, folder: Path, longest_px: int) -> QuickLook:
    """Make the pictures of a scene; what cannot be read is noted.

    Args:
        scene: The scene.
        crs: CRS of the page's plane.
        folder: The page's folder.
        longest_px: Longest side of the pictures; they are no finer than the scene.
    """
    notes: list[str] = []
    names = dict.fromkeys(("scene", "zones", "probability"), "")
    image = scene.image if _is_there(scene.image) else None
    if scene.image is None:
        notes.append("Its record does not say where the image is: give delineate the same scenes again.")
    elif image is None:
        notes.append(f"The image is gone: {scene.image}. Give delineate the scenes where they are now.")
    grid = None
    for name, path in (("zones", scene.zones), ("probability", scene.probability), ("scene", image)):
        if path is None:
            notes += [f"The map of its {name} is gone."] if name != "scene" else []
            continue
        try:
            grid = grid or _grid(path, crs, longest_px)
            picture = _PICTURES[name](path, grid, scene.band)
        except GlacierError as error:
            notes.append(f"{path}: {error}.")
        else:
            names[name] = f"{scene.case}_{name}.png"
            write_whole(folder / IMAGES / names[name], picture)
    return QuickLook(bounds=() if grid is None else grid.bounds, notes=tuple(notes), **names)


def _is_there(path: Path | None) -> bool:
    return path is not None and path.is_file()


def _grid(path: Path, crs: str, longest_px: int) -> _Grid:
    """The grid of the pictures: that of a raster as it lies in the plane, made coarser where it is too large."""
    from rasterio.transform import array_bounds
    from rasterio.warp import calculate_default_transform

    with open_tiff(path) as source:
        points, points_crs = source.gcps
        placed = {"gcps": points, "src_crs": points_crs} if points_crs else {**source.bounds._asdict()}
        origin = placed.pop("src_crs", source.crs)
        affine, width, height = calculate_default_transform(origin, crs, source.width, source.height, **placed)
    west, south, east, north = array_bounds(height, width, affine)
    factor = min(1.0, longest_px / max(width, height))
    shape = (max(1, round(height * factor)), max(1, round(width * factor)))
    return _Grid(crs, (west, south, east, north), shape)


def _read(path: Path, grid: _Grid, band: int, *, mean: bool, alpha: bool) -> tuple[np.ndarray, np.ndarray]:
    """A raster on the grid, float32, and where it holds data."""
    import rasterio
    from rasterio.enums import Resampling
    from rasterio.transform import from_bounds
    from rasterio.vrt import WarpedVRT

    rows, columns = grid.shape
    with rasterio.Env(GDAL_CACHEMAX=_MEMORY_MB), open_tiff(path) as source:
        if source.transform.is_identity and source.gcps[1]:
            return _read_by_points(source, grid, band)
        has_alpha = source.colorinterp[-1].name == "alpha"
        with WarpedVRT(
            source,
            crs=grid.crs,
            transform=from_bounds(*grid.bounds, columns, rows),
            height=rows,
            width=columns,
            resampling=Resampling.average if mean else Resampling.nearest,
            add_alpha=alpha and not has_alpha,
            warp_mem_limit=_MEMORY_MB,
            **({"dtype": "float32"} if alpha else {}),
        ) as warped:
            values = warped.read(band).astype(np.float32)
            held = warped.read(warped.count) > 0 if alpha else values != NODATA
    return values, held & np.isfinite(values)


def _read_by_points(source: Any, grid: _Grid, band: int) -> tuple[np.ndarray, np.ndarray]:
    """A scene that ground control points alone place; as in `_read`."""
    import rasterio
    from rasterio.enums import Resampling
    from rasterio.transform import from_bounds
    from rasterio.warp import reproject

    values = np.full(grid.shape, np.nan, dtype=np.float32)
    points, crs = source.gcps
    reproject(
        rasterio.band(source, band),
        values,
        gcps=points,
        src_crs=crs,
        src_nodata=source.nodata,
        dst_transform=from_bounds(*grid.bounds, *reversed(grid.shape)),
        dst_crs=grid.crs,
        dst_nodata=np.nan,
        resampling=Resampling.average,
        warp_mem_limit=_MEMORY_MB,
    )
    return values, np.isfinite(values)


def _scene_picture(path: Path, grid: _Grid, band: int) -> Any:
    """Grey from the 2nd to the 98th percentile of the pixels that hold data; 0 is transparent."""
    values, held = _read(path, grid, band, mean=True, alpha=True)
    low, high = np.percentile(values[held], _STRETCH_PERCENT) if held.any() else (0.0, 1.0)
    grey = 1 + 254 * np.clip((values - low) / max(high - low, 1e-9), 0, 1, where=held, out=np.zeros_like(values))
    picture = Image.fromarray(np.where(held, np.round(grey), 0).astype(np.uint8))
    return lambda target: picture.save(target, format="PNG", transparency=0)


def _zones_picture(path: Path, grid: _Grid, _: int) -> Any:
    values, held = _read(path, grid, 1, mean=False, alpha=False)
    return _with_palette(values, held, {int(value): colour for value, colour in PALETTE.items()})


def _probability_picture(path: Path, grid: _Grid, _: int) -> Any:
    """Clear where no front is probable, and ever denser and lighter the more probable it is."""
    values, held = _read(path, grid, 1, mean=True, alpha=False)
    shares = np.linspace(0, 1, STEPS + 1)
    colours = np.column_stack([np.interp(shares, (0, 1), ends) for ends in zip(*PROBABILITY_COLOURS, strict=True)])
    palette = {
        step: (*(int(part) for part in colour), round(235 * float(share)))
        for step, (colour, share) in enumerate(zip(colours, shares, strict=True))
    }
    return _with_palette(values, held, palette)


def _with_palette(values: np.ndarray, held: np.ndarray, palette: dict[int, tuple[int, ...]]) -> Any:
    picture = Image.fromarray(np.where(held, np.round(values), NODATA).astype(np.uint8), mode="P")
    colours = [palette.get(value, (0, 0, 0, 0)) for value in range(256)]
    picture.putpalette([part for colour in colours for part in colour[:3]])
    clear = bytes(colour[3] for colour in colours)
    return lambda target: picture.save(target, format="PNG", transparency=clear)


_PICTURES = {"scene": _scene_picture, "zones": _zones_picture, "probability": _probability_picture}
