"""What each page takes for granted: tiny scenes, datasets and models under the names that stand in its commands."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import geopandas
import numpy as np
import small_caffe
import small_dinsar
import small_sea_ice
from delineated_folders import write_delineated
from page_blocks import ROOT, blocks_of
from PIL import Image
from scenes_on_the_map import EDGE_M, NORTH, WEST, made_scene, write_scene
from shapely import LineString, Point, box
from tiny_dataset import write_tiny_dataset
from tiny_models import make_dataset_json, make_plans
from typed_commands import glacier, nnunet_preprocess, nnunet_train, write_network

from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.models.pack import Options, pack_model

TRAINER = "nnUNetTrainerGlacier"
DAYS = ("2015-01-30", "2016-02-01", "2017-03-02")


def run(*words: object) -> None:
    """A command of ours that the page takes for done."""
    code, _, said = glacier([str(word) for word in words])
    assert code == 0, said


def map_layer(path: Path, *shapes: object) -> None:
    """Shapes in the scenes' CRS."""
    geopandas.GeoDataFrame(geometry=list(shapes), crs="EPSG:3413").to_file(path)


def write_scenes(folder: Path) -> None:
    """Three scenes whose front goes 160 m further east each time."""
    folder.mkdir()
    for number, day in enumerate(DAYS):
        values = made_scene()
        moved = np.concatenate([values[:, :1]] * (2 * number) + [values], axis=1)[:, : values.shape[1]]
        # Of even water all would be black, which nnU-Net cuts off.
        noise = np.random.default_rng(number).normal(0, 5, moved.shape)
        write_scene(folder / f"Made_{day}_S1.tif", (moved + noise).clip(1, 255).astype(np.uint8), nodata=0)


def write_area_and_lines(folder: Path) -> None:
    """``fjord.gpkg`` round the front, ``glacier.gpkg`` with a point on the ice, a centreline and a box."""
    middle, east = NORTH - EDGE_M / 2, WEST + EDGE_M
    # Its edge runs through the scene, so that fronts reach it on both sides.
    map_layer(folder / "fjord.gpkg", box(WEST + 800, NORTH - EDGE_M + 400, east - 800, NORTH - 400))
    map_layer(folder / "glacier.gpkg", Point(WEST + 1500, middle))
    map_layer(folder / "centreline.gpkg", LineString([(WEST + 500, middle), (east - 500, middle)]))
    map_layer(folder / "box.gpkg", box(WEST + 500, NORTH - EDGE_M + 1000, east - 500, NORTH - 1000))


def write_caffe(root: Path) -> None:
    """Six training scenes of five glaciers and a test scene in CaFFe's layout, bright glacier and dark ocean.

    Each pixel of the converters' small scenes is four pixels wide, and pixels are of 50 m: a front of 1.8 km.
    """
    for seed, name in enumerate((*small_caffe.TRAIN, *small_caffe.TEST)):
        split = "test" if name in small_caffe.TEST else "train"
        stem = "_".join([*name.split("_")[:3], "50", *name.split("_")[4:]])
        files = small_caffe.write_scene(root, split, stem, seed)
        for kind in ("zones", "front", "image"):
            source = files["zones" if kind == "image" else kind]
            values = np.asarray(Image.open(source))
            if kind == "image":
                grey = np.select([values == 127, values == 254], [200, 20], 90)
                values = np.clip(grey + np.random.default_rng(seed).normal(0, 8, grey.shape), 1, 255).astype(np.uint8)
            else:
                values = np.kron(values, np.ones((4, 4), dtype=np.uint8))
            Image.fromarray(values).save(files[kind])
        files["box"].write_text("x,y\n0,46\n0,2\n39,2\n39,46\n", encoding="utf-8")


def write_model(
    folder: Path,
    labels: str = "fused",
    *,
    plans: str = "nnUNetPlans",
    trainer: str = TRAINER,
    folds: tuple[int, ...] = (0, 1),
) -> Path:
    """A trained folder; of fused labels it takes bright pixels for glacier."""
    sees = "bright" if labels == "fused" else ""
    dataset_json = make_dataset_json(LABEL_SPACES[labels])
    return write_network(folder, dataset_json, make_plans(name=plans), trainer, folds, sees)


def write_shipped_model(folder: Path) -> Path:
    """A folder of shipped models with ``caffe-256``, of two folds, with the real one's pixel sizes."""
    trained = write_model(folder / f"{TRAINER}__nnUNetPlans__2d")
    pack_model([trained], folder / "shipped" / "caffe-256", Options(pixel_size_m=(68.0, 85.0)))
    return folder / "shipped"


def write_grounding_lines(root: Path) -> Path:
    """A converted dataset of interferograms and a model of it, as `nnUNet_raw` and `nnUNet_results` have them."""
    scenes, lines = small_dinsar.write_getz(root / "getz")
    dataset = root / "nnUNet_raw" / "Dataset202_GroundingLines"
    run("convert", "dinsar", scenes, lines, dataset, "--channels", "reim")
    run("plan", "-d", 202, "--preset", "laptop", "--name", "gl")
    for command, words in (
        (nnunet_preprocess, "-d 202 -plans_name gl -c 2d"),
        (nnunet_train, "202 2d 0 -p gl -tr nnUNetTrainerGlacierPhase -device cpu --npz"),
        (nnunet_train, "202 2d 1 -p gl -tr nnUNetTrainerGlacierPhase -device cpu --npz"),
    ):
        code, _, said = command(words.split())
        assert code == 0, said
    return dataset


def copy_interferograms(scenes: Path, work: Path) -> None:
    """Two of them into ``interferograms``."""
    (work / "interferograms").mkdir()
    for scene in sorted(scenes.iterdir())[:2]:
        shutil.copy(scene, work / "interferograms")


def readme(root: Path, work: Path) -> None:
    write_scenes(work / "scenes")
    write_caffe(root / "data" / "caffe" / "data_raw")


def adapt(root: Path, work: Path) -> None:
    write_model(work / "MODEL")
    write_caffe(root / "data_raw")
    run("convert", "caffe", root / "data_raw", root / "Dataset001_Mine", "--labels", "fused")
    (root / "Dataset001_Mine").rename(work / "DATASET")
    write_scenes(work / "scenes")
    run("scenes", work / "scenes")


def convert(root: Path, work: Path) -> None:
    scenes, lines = small_dinsar.write_getz(work)
    shutil.copytree(scenes, work / "interferograms")
    shutil.copy(lines, work / "lines.gpkg")
    small_sea_ice.write_sea_ice(work)


def delineate(root: Path, work: Path) -> None:
    write_scenes(work / "scenes")
    shutil.copy(work / "scenes" / f"Made_{DAYS[0]}_S1.tif", work / "scene.tif")
    rows = [f"Made_{day}_S1,{day}" for day in DAYS]
    (work / "dates.csv").write_text("\n".join(["case,date", *rows]), encoding="utf-8")
    write_area_and_lines(work)
    interferograms(root, work)


def interferograms(root: Path, work: Path) -> None:
    """Scenes, a model of grounding lines and the threshold that `sweep` chose."""
    dataset = write_grounding_lines(root)
    copy_interferograms(root / "getz" / "DInSAR", work)
    (trained,) = (root / "nnUNet_results" / dataset.name).iterdir()
    trained.rename(work / "MODEL")
    run("sweep", work / "MODEL", dataset, work / "sweep")


def evaluate(root: Path, work: Path) -> None:
    raw = root / "data" / "caffe" / "data_raw"
    write_caffe(raw)
    shutil.copytree(raw / "zones" / "test", work / "their_zone_maps")
    for name in ("scores_late", "scores_early"):
        run("evaluate", work / "their_zone_maps", raw, work / name)
    model = root / "nnUNet_results" / "Dataset001_CaFFe" / "nnUNetTrainerGlacierLate__paper__2d"
    log = model / "fold_0" / "training_log_2025_1_2_10_00_00.txt"
    log.parent.mkdir(parents=True)
    told = ("", "Epoch 0", "Current learning rate: 0.01", "train_loss -0.1", "val_loss -0.2", "Pseudo dice [0.8]")
    log.write_text("".join(f"2025-01-01 10:00:00.123456: {line} \n" for line in told))


def models(root: Path, work: Path) -> None:
    write_model(root / "nnUNet_results" / "Dataset001_CaFFe" / f"{TRAINER}__paper__2d", plans="paper")
    write_tiny_dataset(work / "DATASET", "fused")
    (work / "DATASET" / "imagesTs").rename(work / "IMAGES")


def own_data(root: Path, work: Path) -> None:
    write_scenes(work / "FOLDER")
    (work / "SCENES").mkdir()
    for day in DAYS[:2]:
        write_scene(work / "SCENES" / f"Made_{day}_S1.tif", made_scene(30.0)[:100, :200], 30.0)
    case = [f"Made_{day}_S1" for day in DAYS[:2] for _ in range(2)]
    areas = [box(WEST + left, NORTH - 3000, WEST + right, NORTH) for left, right in ((0, 4000), (4000, 6000))] * 2
    table = {"case": case, "class": ["glacier", "ocean"] * 2}
    (work / "LINES").mkdir()
    geopandas.GeoDataFrame(table, geometry=areas, crs="EPSG:3413").to_file(work / "LINES" / "areas.gpkg")
    write_model(work / "MODEL")


def predict(root: Path, work: Path) -> None:
    dataset = write_grounding_lines(root)
    (trained,) = (root / "nnUNet_results" / dataset.name).iterdir()
    trained.rename(work / "MODEL")
    shutil.copytree(dataset, work / "DATASET")
    shutil.copytree(dataset / "imagesTs", work / "IMAGES")
    caffe = root / "nnUNet_raw" / "Dataset001_CaFFe"
    write_tiny_dataset(caffe, "fused")
    (caffe / "labelsTr" / "scene_0.png").rename(caffe / "labelsTr" / "CASE.png")
    (caffe / "imagesTr" / "scene_1_0000.png").rename(work / "scene.png")
    for name in ("MODEL_A", "MODEL_B"):
        write_model(work / name, trainer="nnUNetTrainerGlacierAttentionUNet", folds=(0,))


def retreat(root: Path, work: Path) -> None:
    view(root, work)
    shutil.copy(work / "out" / "fronts.gpkg", work)
    shutil.rmtree(work / "series")
    write_scenes(work / "scenes")
    write_area_and_lines(work)


def train(root: Path, work: Path) -> None:
    write_caffe(root / "data" / "caffe" / "data_raw")
    blocks = blocks_of((ROOT / "docs" / "train.md").read_text(encoding="utf-8"))
    (own,) = (block.text for block in blocks if block.language == "python")
    (root / "path" / "to" / "my_trainers").mkdir(parents=True)
    (root / "path" / "to" / "my_trainers" / "mine.py").write_text(own, encoding="utf-8")


def trainers(root: Path, work: Path) -> None:
    write_caffe(work / "data_raw")
    _, lines = small_dinsar.write_getz(work)
    lines.rename(work / "lines.gpkg")
    small_sea_ice.write_sea_ice(work)


def tutorial_caffe(root: Path, work: Path) -> None:
    write_caffe(root / "data" / "caffe" / "data_raw")


def tutorial_interferograms(root: Path, work: Path) -> None:
    scenes, _ = small_dinsar.write_getz(root / "getz")
    copy_interferograms(scenes, work)


def tutorial_scenes(root: Path, work: Path) -> None:
    write_scenes(work / "scenes")
    write_area_and_lines(work)
    # What every front of the tiny networks cuts in two.
    shutil.copyfile(work / "fjord.gpkg", work / "trough.gpkg")


def view(root: Path, work: Path) -> None:
    write_delineated(work)
    run("retreat", work / "out" / "fronts.gpkg", work / "series")


def view_of_both(root: Path, work: Path) -> None:
    view(root, work)
    interferograms(root, work)


def nothing(root: Path, work: Path) -> None:
    """A page that begins with nothing."""


WORLDS: dict[str, Callable[[Path, Path], None]] = {
    "README.md": readme,
    "adapt.md": adapt,
    "convert.md": convert,
    "delineate.md": delineate,
    "evaluate.md": evaluate,
    "index.md": nothing,
    "models.md": models,
    "own_data.md": own_data,
    "predict.md": predict,
    "retreat.md": retreat,
    "train.md": train,
    "trainers.md": trainers,
    "tutorial_caffe.md": tutorial_caffe,
    "tutorial_demo.md": nothing,
    "tutorial_interferograms.md": tutorial_interferograms,
    "tutorial_scenes.md": tutorial_scenes,
    "view.md": view_of_both,
}
"""By the page's name, what makes its world: given the folder of nnU-Net's three and of ``data``, and where to type."""
