"""Every command that writes, with a small input of its own: for tests and benchmarks that disturb it."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import geopandas
import numpy as np
import pyogrio
import rasterio
from PIL import Image
from rasterio.windows import Window
from scipy import ndimage
from shapely import LineString
from typer.testing import CliRunner, Result

from nnunet_glacier.cli import app
from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.domain.zones import zones_to_grey
from nnunet_glacier.formats.rasters import read_raster, write_geotiff, write_raster

TESTS = Path(__file__).parents[1]
sys.path += [str(TESTS), str(TESTS / "dataset_conversion")]

LANDSAT = (
    "LE07_L1TP_008011_20000323_20170212_01_T1_B2",
    "LT05_L1TP_009011_19940712_20170113_01_T1_B2",
    "LC08_L1TP_020007_20140801_20170420_01_T1_B2",
    "LT05_L1GS_021006_19940529_20170115_01_T2_B2",
    "LE07_L1TP_230012_20000529_20170211_01_T1_B8",
)
CAFFE, DINSAR, SEA_ICE = "Dataset501_Caffe", "Dataset530_Lines", "Dataset540_Ice"
TRAINED = "nnUNetTrainer__tinyPlans__2d"
GATED = "nnUNetTrainerGlacierAttentionUNet__tinyPlans__2d"
CORNER_PX = 32
TINY, TO_ADAPT = "Dataset971_Tiny", "nnUNetTrainerGlacier__tinyPlans__2d"


def run(*arguments: object) -> Result:
    """A command in this process."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def _done(*arguments: object) -> None:
    result = run(*arguments)
    assert result.exit_code == 0, result.output


@dataclass(frozen=True)
class Inputs:
    """What the stages read, below one folder."""

    root: Path

    @property
    def raw(self) -> Path:
        """nnU-Net's raw folder."""
        return self.root / "raw"

    @property
    def packed(self) -> Path:
        """A packed model of two folds."""
        return self.root / "packed"

    def environment(self, out: Path) -> dict[str, str]:
        """nnU-Net's variables: it reads from the inputs and writes to OUT."""
        written = {name: str(out / name) for name in ("nnUNet_preprocessed", "nnUNet_results")}
        return {"nnUNet_raw": str(self.raw), **written}


def make_inputs(root: Path) -> Inputs:
    """Make scenes, interferograms and charts, convert them, and make up predictions and a model."""
    inputs = Inputs(root)
    one = ("--workers", 1)
    _done("demo", "scenes", root / "data_raw", "--train", 5, "--test", 2, "--size", 128, *one)
    _done("convert", "caffe", root / "data_raw", inputs.raw / CAFFE, *one)
    _done("demo", "interferograms", root / "made", "--scenes", 4, "--size", 128, *one)
    lines = root / "made" / "all_manual_segm_gl.gpkg"
    _done("convert", "dinsar", root / "made" / "DInSAR", lines, inputs.raw / DINSAR, "--keep-empty", *one)
    _write_landsat(root / "landsat" / "train")
    _write_sea_ice(root / "ice")
    _done("convert", "sea-ice", root / "ice" / "scenes", root / "ice" / "charts", inputs.raw / SEA_ICE, *one)
    _predict_zones(inputs.raw / CAFFE, root / "zone_maps")
    _predict_lines(inputs.raw / DINSAR, root / "line_maps")
    _make_model(root / "model")
    _done("model", "pack", root / "model" / TRAINED, inputs.packed)
    _make_models_of_lines(inputs)
    _write_dated_fronts(root / "dated")
    _write_delineated(root / "delineated")
    _done("evaluate", root / "zone_maps", inputs.raw / CAFFE, root / "scores", *one)
    return inputs


def _write_landsat(folder: Path) -> None:
    rng = np.random.default_rng(0)
    front = np.full((90, 80), 255, dtype=np.uint8)
    front[40, 20:60] = 0
    for product in LANDSAT:
        grey = rng.integers(0, 256, (90, 80)).astype(np.uint8)
        for path, values in (
            (folder / "images" / f"{product}_Subset.png", np.dstack([grey] * 3)),
            (folder / "labels_1px" / f"{product}_Front.png", np.dstack([front] * 3)),
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(values).save(path)


def _write_sea_ice(root: Path) -> None:
    from small_sea_ice import write_sea_ice

    write_sea_ice(root)


def _predict_zones(dataset: Path, out: Path) -> None:
    """Zones whose front stands a few pixels beside the true one, for the test scenes."""
    for path in sorted((dataset / "zonesTs").glob("*.png")):
        write_raster(out / path.name, zones_to_grey(np.roll(read_raster(path).values, 3, axis=1)))


def _predict_lines(dataset: Path, out: Path) -> None:
    """Probabilities of the grounding line of the training scenes: the label, blurred."""
    space = LABEL_SPACES["grounding_line"]
    content = {"labels": space.nnunet_labels(), "tasks": space.to_json(), "file_ending": ".tif"}
    out.mkdir()
    (out / "dataset.json").write_text(json.dumps(content), encoding="utf-8")
    for path in sorted((dataset / "labelsTr").glob("*.tif")):
        label = read_raster(path)
        place = {"crs": label.crs, "affine": label.affine}
        steps = np.round(np.clip(ndimage.gaussian_filter((label.values == 1) * 300.0, 1), 0, 255)).astype(np.uint8)
        write_raster(out / "labels" / path.name, (steps > 127).astype(np.uint8), **place)
        two = np.stack([255 - steps, steps])
        probabilities = out / "probabilities" / f"{path.stem}_grounding_line.tif"
        write_geotiff(probabilities, two, names=space.tasks[0].classes, scale=1 / 255, **place)
        write_geotiff(out / "spread" / probabilities.name, steps[None] // 4, scale=1 / 510, **place)


def _write_dated_fronts(folder: Path) -> None:
    """Six straight fronts that go back 150 m a month, and the centreline that they cut."""
    folder.mkdir()
    fronts = [LineString([(150.0 * month, -2000.0), (150.0 * month, 2000.0)]) for month in range(6)]
    dates = [f"2015-{month + 1:02}-15" for month in range(6)]
    at = {"crs": "EPSG:3413"}
    geopandas.GeoDataFrame({"date": dates}, geometry=fronts, **at).to_file(folder / "fronts.gpkg")
    geopandas.GeoDataFrame(geometry=[LineString([(-3000, 0), (3000, 0)])], **at).to_file(folder / "centreline.gpkg")


def _write_delineated(root: Path) -> None:
    from delineated_folders import write_delineated

    write_delineated(root)


def _make_model(folder: Path) -> None:
    from tiny_models import make_dataset_json, make_model, make_plans

    space = LABEL_SPACES["fused"]
    make_model(folder / TRAINED, make_dataset_json(space), make_plans(), folds=(0, 1))


def _make_models_of_lines(inputs: Inputs) -> None:
    """An Attention U-Net of fronts with an image for it, and a network for the channels of the interferograms."""
    from tiny_models import make_dataset_json, make_model, make_plans

    root = inputs.root
    fronts = make_dataset_json(labels={"background": 0, "front": 1})
    make_model(root / "gated" / GATED, fronts, make_plans(patch=(32, 32)), folds=(0,), trainer=GATED.split("__")[0])
    grey = np.random.default_rng(0).integers(1, 256, (32, 32), dtype=np.uint8)
    Image.fromarray(grey).save(root / "gated" / "scene.png")
    converted = json.loads((inputs.raw / DINSAR / "dataset.json").read_text(encoding="utf-8"))
    plans = make_plans(channels=len(converted["channel_names"]))
    make_model(root / "lines" / TRAINED, converted, plans, folds=(0, 1))
    # A network without training draws lines everywhere, each of which costs time.
    for path in sorted((root / "made" / "DInSAR").glob("*.tif"))[:1]:
        with rasterio.open(path) as source:
            profile = {**source.profile, "height": CORNER_PX, "width": CORNER_PX}
            corner = source.read(window=Window(0, 0, CORNER_PX, CORNER_PX))
        (root / "interferograms").mkdir(exist_ok=True)
        with rasterio.open(root / "interferograms" / path.name, "w", **profile) as target:
            target.write(corner)


def make_training_inputs(inputs: Inputs) -> None:
    """Make what the stages that train need beside: a small dataset, planned and preprocessed, and a model to adapt."""
    from nnunetv2.experiment_planning.plan_and_preprocess_api import preprocess_dataset
    from tiny_dataset import write_tiny_dataset
    from tiny_models import make_dataset_json, make_model, make_plans

    _done("convert", "caffe", inputs.root / "data_raw", inputs.raw / TINY, "--labels", "front", "--workers", 1)
    write_tiny_dataset(inputs.root / "glacier" / TINY, "fused")
    fused, trainer = make_dataset_json(LABEL_SPACES["fused"]), TO_ADAPT.split("__")[0]
    folder = inputs.root / "to_adapt" / TO_ADAPT
    make_model(folder, fused, make_plans(patch=(32, 32)), folds=(0, 1), trainer=trainer)
    os.environ.update(inputs.environment(inputs.root))
    network = ("--patch-size", 32, 32, "--features", 2, "--stages", 2, "--batch-size", 2)
    length = ("--epochs", 2, "--iterations", 1, "--val-iterations", 1, "--seed", 0)
    _done("plan", "-d", 971, "--preset", "holzmann-2021", "--name", "tiny", *network, *length, "--workers", 1)
    preprocess_dataset(971, "tiny", ("2d",), (1,))


@dataclass(frozen=True)
class Stage:
    """A command that writes.

    Attributes:
        name: What it is called.
        arguments: Its command line, for the inputs and the folder that it writes to.
        slow: Whether it takes seconds.
        prepare: Puts into the folder that it writes to what it wants to find there.
    """

    name: str
    arguments: Callable[[Inputs, Path], list[object]]
    slow: bool = False
    prepare: Callable[[Inputs, Path], object] = lambda of, out: None


def _one(*arguments: object) -> list[object]:
    return [*arguments, "--workers", 1]


STAGES = (
    Stage("convert caffe", lambda of, out: _one("convert", "caffe", of.root / "data_raw", out / CAFFE)),
    Stage(
        "convert caffe to nii.gz",
        lambda of, out: _one("convert", "caffe", of.root / "data_raw", out / CAFFE, "--file-format", "nii.gz"),
    ),
    Stage(
        "convert front-learning",
        lambda of, out: _one("convert", "front-learning", of.root / "landsat", out / "Dataset520_Landsat"),
    ),
    Stage(
        "convert dinsar",
        lambda of, out: _one(
            *("convert", "dinsar", of.root / "made" / "DInSAR", of.root / "made" / "all_manual_segm_gl.gpkg"),
            *(out / DINSAR, "--keep-empty"),
        ),
    ),
    Stage(
        "convert dinsar-scenes",
        lambda of, out: _one("convert", "dinsar-scenes", of.root / "made" / "DInSAR", of.raw / DINSAR, out / "input"),
    ),
    Stage(
        "convert sea-ice",
        lambda of, out: _one(
            "convert", "sea-ice", of.root / "ice" / "scenes", of.root / "ice" / "charts", out / SEA_ICE
        ),
    ),
    Stage(
        "convert sea-ice-scenes",
        lambda of, out: _one("convert", "sea-ice-scenes", of.root / "ice" / "scenes", of.raw / SEA_ICE, out / "input"),
    ),
    Stage(
        "convert lines",
        lambda of, out: _one(
            *("convert", "lines", of.root / "delineated" / "images", of.root / "delineated" / "out" / "fronts.gpkg"),
            out / "Dataset550_Own",
        ),
    ),
    Stage(
        "convert series",
        lambda of, out: _one("convert", "series", of.root / "delineated" / "out", out / "Dataset560_Series"),
    ),
    Stage("scenes", lambda of, out: _one("scenes", of.root / "delineated" / "images", "--out", out / "scenes.csv")),
    Stage("model pack", lambda of, out: ["model", "pack", of.root / "model" / TRAINED, out / "packed"]),
    Stage("model unpack", lambda of, out: ["model", "unpack", of.packed, out / "unpacked"]),
    Stage(
        "delineate",
        lambda of, out: _one(
            *("delineate", of.root / "delineated" / "images", out / "fronts", "--model", of.packed),
            *("--no-mirroring", "--pixel-size-m", 80, "--min-length-m", 0, "--export", "geojson", "--device", "cpu"),
        ),
        slow=True,
    ),
    Stage(
        "delineate grounding lines",
        lambda of, out: _one(
            *("delineate", of.root / "interferograms", out / "lines", "--model", of.root / "lines" / TRAINED),
            *("--no-mirroring", "--export", "esa-cci", "--device", "cpu"),
        ),
        slow=True,
    ),
    Stage("plan", lambda of, out: _one("plan", "-d", 501, "--preset", "laptop"), slow=True),
    Stage(
        "predict",
        lambda of, out: _one(
            *("predict", of.root / "model" / TRAINED, of.raw / CAFFE / "imagesTs", out / "maps"),
            *("--device", "cpu", "--no-mirroring", "--probabilities", "uint8", "--spread"),
        ),
    ),
    Stage(
        "fronts",
        lambda of, out: _one("fronts", of.root / "zone_maps", out / "fronts", "--scenes", of.raw / CAFFE),
    ),
    Stage(
        "lines",
        lambda of, out: _one(
            "lines", of.root / "line_maps", out / "lines", "--threshold", 0.4, "--shapefile", "--geojson"
        ),
    ),
    Stage("evaluate", lambda of, out: _one("evaluate", of.root / "zone_maps", of.raw / CAFFE, out / "scores")),
    Stage("sweep", lambda of, out: _one("sweep", of.root / "line_maps", of.raw / DINSAR, out / "sweep"), slow=True),
    Stage(
        "report",
        lambda of, out: _one("report", of.root / "scores", out / "report", "--max-overlays", 0, "--no-time-series"),
        slow=True,
    ),
    Stage(
        "demo scenes",
        lambda of, out: _one("demo", "scenes", out / "data_raw", "--train", 2, "--test", 1, "--size", 128),
    ),
    Stage(
        "demo interferograms",
        lambda of, out: _one("demo", "interferograms", out / "made", "--scenes", 2, "--size", 128),
        slow=True,
    ),
    Stage(
        "loss-maps",
        lambda of, out: [
            *("loss-maps", min((of.raw / CAFFE / "frontsTr").glob("*.png")), out / "maps.png"),
            *("--w", 5, "--R", 4),
        ],
        slow=True,
    ),
    Stage(
        "attention",
        lambda of, out: [
            *("attention", of.root / "gated" / GATED, of.root / "gated" / "scene.png", out / "attention.png"),
            *("--arrays", "--device", "cpu"),
        ],
        slow=True,
    ),
    Stage(
        "retreat",
        lambda of, out: [
            *("retreat", of.root / "dated" / "fronts.gpkg", out / "series"),
            *("--centreline", of.root / "dated" / "centreline.gpkg", "--upstream", "start"),
        ],
        slow=True,
    ),
    Stage(
        "view",
        lambda of, out: ["view", of.root / "delineated" / "out", "--page", out / "page", "--reviewer", "Ann"],
        slow=True,
    ),
)
"""Every stage but those that train."""


def _preprocessed(of: Inputs, out: Path) -> None:
    shutil.copytree(of.root / "nnUNet_preprocessed", out / "nnUNet_preprocessed")


def _trials(*arguments: object) -> list[object]:
    trainer = "nnUNetTrainerGlacierFocalTverskyBCE"
    return [*arguments, "-d", 971, "-p", "tiny", "-tr", trainer, "--device", "cpu"]


TRAININGS = (
    Stage(
        "adapt",
        lambda of, out: _one(
            *("adapt", of.root / "to_adapt" / TO_ADAPT, of.root / "glacier" / TINY, out / "adapted"),
            *("--scenes", 2, "--epochs", 2, "--iterations", 1, "--device", "cpu"),
        ),
        slow=True,
    ),
    Stage(
        "tune",
        lambda of, out: _trials("tune", out / "tuned", "--grid", "bce_weight=0.2;0.3", "--epochs", 2),
        slow=True,
        prepare=_preprocessed,
    ),
    Stage("repeat", lambda of, out: _trials("repeat", "--times", 2), slow=True, prepare=_preprocessed),
)
"""Those that train; they take seconds to tens of seconds, and need `make_training_inputs`."""

_TELLS_OF_THE_RUN = ("training_log_*.txt", "progress.png", "debug.json", "*.log")
"""Files that tell of the run and not of its result: times beside a training, and what was printed."""


def contents(folder: Path) -> dict[str, object]:
    """What a stage wrote, by the path in its folder, without what tells of the run; checkpoints without their times."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    kept = [path for path in files if not any(path.match(pattern) for pattern in _TELLS_OF_THE_RUN)]
    return {path.relative_to(folder).as_posix(): _content(path) for path in kept}


def _content(path: Path) -> object:
    if path.suffix == ".gpkg":
        layers = [name for name, kind in pyogrio.list_layers(path) if kind is not None]
        return {layer: geopandas.read_file(path, layer=layer).to_json(drop_id=True, default=str) for layer in layers}
    if path.name.startswith("checkpoint_"):
        return _checkpoint(path)
    return path.read_bytes()


def _checkpoint(path: Path) -> object:
    """Weights, epoch and losses, without the times of the epochs."""
    import torch

    held = torch.load(path, map_location="cpu", weights_only=False)
    if "logging" not in held:
        return path.read_bytes()
    weights = {name: weight.numpy().tobytes() for name, weight in held["network_weights"].items()}
    return weights, held["current_epoch"], repr(held["logging"]["train_losses"]), repr(held["logging"]["val_losses"])
