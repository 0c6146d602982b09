"""Made-up folders of ``delineate``: three scenes with straight fronts or grounding lines, without a network."""

import datetime
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
from scenes_on_the_map import EDGE_M, FRONT_X, NORTH, WEST, made_scene, write_scene

from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.formats.delineated_folder import LINE_MAPS, map_paths, record_path
from nnunet_glacier.formats.delineated_lines import FRONTS_GPKG, GROUNDING_LINES, DelineatedLine, write_fronts
from nnunet_glacier.formats.delineated_lines import write_delineated as write_lines
from nnunet_glacier.formats.scene_maps import in_steps, write_cog, write_zones
from nnunet_glacier.support.files import write_json

PIXEL_M = 80.0
SHAPE = (100, 100)
AFFINE = (PIXEL_M, 0.0, WEST, 0.0, -PIXEL_M, NORTH)
CASES = {"a_2015": "2015-01-30", "b_2016": "2016-02-01", "c_2017": "2017-03-02"}
VERTICES = 41


def front(case: str, x: float = FRONT_X, **columns) -> DelineatedLine:
    """A straight front from north to south, a vertex every 200 m."""
    values = {
        "layer": "fronts",
        "xy": tuple((x, NORTH - EDGE_M * share) for share in np.linspace(0, 1, VERTICES)),
        "crs": "EPSG:3413",
        "case": case,
        "glacier": "Made",
        "date": CASES.get(case, ""),
        "sensor": "S1",
        "image_id": case,
        "model": "model",
        "model_sha256": "0" * 64,
        "length_m": EDGE_M,
        "prolonged_m": 0.0,
        "mean_probability": 0.8,
        "uncertainty_m": 40.0,
        "pixel_size_m": PIXEL_M,
    }
    return DelineatedLine(**{**values, **columns})


def grounding_line(case: str, length_m: float = EDGE_M, x: float = FRONT_X, **columns) -> DelineatedLine:
    """A straight grounding line from the northern edge to the south, on four passes from the scene's day on."""
    start = datetime.date.fromisoformat(CASES[case])
    passes = tuple(str(start + datetime.timedelta(days)) for days in (0, 6, 12, 18))
    xy = tuple((x, NORTH - length_m * share) for share in np.linspace(0, 1, VERTICES))
    told = {"layer": "grounding_lines", "length_m": length_m, "xy": xy, "passes": passes, "sensor": ""}
    return front(case, **{**told, **columns})


def made_lines(**columns) -> list[DelineatedLine]:
    """The fronts of all scenes, 100 m further west each, with a followed end of the first and a piece of the last."""
    lines = [front(case, FRONT_X - 100 * at, **columns) for at, case in enumerate(CASES)]
    end = front("a_2015", layer="prolonged", xy=lines[0].xy[:3], **columns)
    piece = front("c_2017", layer="other_pieces", xy=((WEST + 6000, NORTH - 1000), (WEST + 7000, NORTH - 1500)))
    return [*lines, end, piece]


def made_grounding_lines(**columns) -> list[DelineatedLine]:
    """Of the first scene lines of 8 and 6 km, 2 km apart, and a rejected one of 500 m; of the last one of 8 km."""
    second = grounding_line("a_2015", 6000, FRONT_X + 2000, rank=2, **columns)
    told = {"layer": "rejected", "status": "rejected", "flags": "too short", **columns}
    short = grounding_line("a_2015", 500, FRONT_X + 3000, **told)
    return [grounding_line("a_2015", **columns), second, short, grounding_line("c_2017", **columns)]


def made_interferogram() -> np.ndarray:
    """Real and imaginary part, float32, of a phase of ``2 pi (column + 0.5) / 100 - pi``, one turn in all."""
    phase = 2 * np.pi * (np.arange(SHAPE[1]) + 0.5) / SHAPE[1] - np.pi
    return np.stack([np.tile(part, (SHAPE[0], 1)) for part in (np.cos(phase), np.sin(phase))]).astype(np.float32)


def write_delineated_grounding_lines(root: Path, lines: list[DelineatedLine] | None = None) -> Path:
    """Write interferograms into ``root/images`` and the folder ``root/out`` of their run; the second has no line."""
    out = root / "out"
    lines = made_grounding_lines() if lines is None else lines
    (root / "images").mkdir(parents=True)
    near = np.tile(in_steps(np.exp(-(((np.arange(100) - 49.5) / 3) ** 2))), (100, 1))
    for case in CASES:
        image = write_scene(root / "images" / f"{case}.tif", made_interferogram())
        path = map_paths(out, case, with_spread=False, maps=LINE_MAPS)["line_probability"]
        write_cog(path, lambda: iter([(slice(0, 100), near)]), SHAPE, "EPSG:3413", AFFINE, "probability")
        known = grounding_line(case)
        told = {name: getattr(known, name) for name in ("glacier", "date", "sensor", "image_id", "passes")}
        channels = {"bands": "real-imaginary", "phase_unit": "radians"}
        made_from = {"sha256": case, "kind": "grounding line", "channels": channels}
        of_case = [asdict(line) for line in lines if line.case == case]
        content = {"made_from": made_from, "image": {"path": str(image), "band": 1}, "scene": told, "lines": of_case}
        write_json(record_path(out, case), json.loads(json.dumps(content)))
    write_lines(out / GROUNDING_LINES.name, lines, GROUNDING_LINES)
    return out


def write_delineated(root: Path, lines: list[DelineatedLine] | None = None) -> Path:
    """Write images into ``root/images`` and the folder ``root/out`` of their run."""
    out = root / "out"
    lines = made_lines() if lines is None else lines
    (root / "images").mkdir(parents=True)
    for case in CASES:
        image = write_scene(root / "images" / f"{case}.tif", made_scene(), nodata=0)
        values = made_scene()
        zones = np.where(values > 110, Zone.GLACIER, Zone.OCEAN).astype(np.uint8)
        near = np.tile(in_steps(np.exp(-(((np.arange(100) - 49.5) / 3) ** 2))), (100, 1))
        paths = map_paths(out, case, with_spread=False)
        place = (SHAPE, "EPSG:3413", AFFINE)
        write_zones(paths["zones"], lambda zones=zones: iter([(slice(0, 100), zones)]), *place)
        write_cog(paths["front_probability"], lambda near=near: iter([(slice(0, 100), near)]), *place, "probability")
        of_case = [asdict(line) for line in lines if line.case == case]
        content = {"made_from": {"sha256": case}, "image": {"path": str(image), "band": 1}, "lines": of_case}
        content["seen_at_m"] = PIXEL_M
        write_json(record_path(out, case), json.loads(json.dumps(content)))
    write_fronts(out / FRONTS_GPKG, lines)
    return out


def data_of(page: Path) -> dict:
    """What a page in a folder knows."""
    text = (page / "data.js").read_text(encoding="utf-8")
    return json.loads(text.removeprefix("window.glacierLines = ").rstrip().removesuffix(";"))
