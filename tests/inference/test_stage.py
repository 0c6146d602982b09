"""The stage as a whole, on a model of constant outputs: what is written, resumed and refused."""

import json
import math
import os
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest
import rasterio
import torch
from nnunetv2.imageio.natural_image_reader_writer import NaturalImage2DIO
from nnunetv2.utilities import find_objects
from PIL import Image
from tiny_models import FUSED_LABELS, make_dataset_json, make_model, make_plans
from typer.testing import CliRunner

from nnunet_glacier.cli import app
from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.formats.model import open_model
from nnunet_glacier.inference import stage
from nnunet_glacier.inference.cases import Case
from nnunet_glacier.inference.ensemble import FoldEnsemble
from nnunet_glacier.inference.images import ImageFormat, load_case
from nnunet_glacier.inference.predictor import make_trainers_findable
from nnunet_glacier.inference.settings import Options
from nnunet_glacier.inference.stage import predict
from nnunet_glacier.support.environment import PLUGIN_FOLDER, TRAINER_VARIABLE
from nnunet_glacier.support.errors import GlacierError, InputError

AFFINE = rasterio.Affine(7.25, 0, -2345678.125, 0, -7.5, 1234567.0625)
FRONT = (0.75, 0.5, 0.125)
GLACIER = (0.25, 0.75, 0.5)


def joint_logits(p_glacier, p_front):
    """Logits of the eight codes for glacier against ocean, and front against none."""
    zones = [math.log(p) for p in (1e-6, 1e-6, p_glacier, 1 - p_glacier)]
    return [zone + front for front in (math.log(1 - p_front), math.log(p_front)) for zone in zones]


@pytest.fixture(scope="module")
def multitask(tmp_path_factory):
    """Three folds that say glacier with 0.25, 0.75, 0.5 and front with 0.75, 0.5, 0.125, everywhere."""
    logits = {fold: joint_logits(GLACIER[fold], FRONT[fold]) for fold in range(3)}
    folder = tmp_path_factory.mktemp("results") / "nnUNetTrainer__tinyPlans__2d"
    dataset_json = make_dataset_json(LABEL_SPACES["multitask"])
    return make_model(folder, dataset_json, make_plans(patch=(32, 32)), constant_logits=logits)


@pytest.fixture(scope="module")
def stock(tmp_path_factory):
    """A stock model without tasks."""
    folder = tmp_path_factory.mktemp("stock") / "nnUNetTrainer__tinyPlans__2d"
    dataset_json = make_dataset_json(labels={"background": 0, "ice": 1, "water": 2})
    return make_model(folder, dataset_json, make_plans(patch=(32, 32)), folds=(0, 1))


def noise(shape=(40, 50), seed=0):
    return np.random.default_rng(seed).integers(1, 255, shape, dtype=np.uint8)


def write_png(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def write_tiff(path, pixels, **profile):
    profile = {"crs": "EPSG:3031", "transform": AFFINE, **profile}
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(
        path, "w", driver="GTiff", count=1, height=pixels.shape[0], width=pixels.shape[1], dtype=pixels.dtype, **profile
    ) as target:
        target.write(pixels, 1)
    return path


def options(**changes):
    return Options(**{"device": "cpu", **changes})


def problems(*arguments, **changes):
    with pytest.raises(InputError) as raised:
        predict(*arguments, options(**changes))
    return [str(problem) for problem in raised.value.problems]


def test_mean_decision_and_spread_of_three_folds(multitask, tmp_path):
    """By hand: glacier 0.5 of 1, so the first of equals is told by rounding; front 0.4583, so none, SD 0.2568."""
    write_png(tmp_path / "in" / "a_0000.png", noise())
    summary = predict(multitask, [tmp_path / "in"], tmp_path / "out", options(spread=True, probabilities="uint8"))
    out = tmp_path / "out"
    assert summary.predicted == ("a",)
    written = (path for path in out.rglob("*.*") if not path.name.startswith("."))
    assert sorted(path.relative_to(out).as_posix() for path in written) == [
        "dataset.json",
        "fronts/a.png",
        "prediction.json",
        "probabilities/a_front.npz",
        "probabilities/a_zones.npz",
        "spread/a_front.png",
        "spread/a_zones.png",
        "zones/a.png",
    ]
    front = np.load(out / "probabilities" / "a_front.npz")
    assert front["classes"].tolist() == ["none", "front"]
    # Two thousandths are nnU-Net's: it sums tiles in half precision.
    tolerance = 0.002 + 0.5 / 255
    np.testing.assert_allclose(front["probabilities"][1] * front["scale"], np.mean(FRONT), atol=tolerance)
    spread = np.asarray(Image.open(out / "spread" / "a_front.png")) / 510
    np.testing.assert_allclose(spread, np.std(FRONT), atol=tolerance)
    assert (np.asarray(Image.open(out / "fronts" / "a.png")) == 0).all()
    zones = np.asarray(Image.open(out / "zones" / "a.png"))
    assert zones.shape == (40, 50)
    assert zones.dtype == np.uint8
    assert set(np.unique(zones)) <= {2, 3}


def test_folds_can_be_chosen(multitask, tmp_path):
    """Fold 0 alone says ocean and front, fold 1 alone says glacier."""
    write_png(tmp_path / "in" / "a.png", noise())
    predict(multitask, [tmp_path / "in"], tmp_path / "zero", options(folds=("0",)))
    predict(multitask, [tmp_path / "in"], tmp_path / "one", options(folds=("1",)))
    assert (np.asarray(Image.open(tmp_path / "zero" / "fronts" / "a.png")) == 255).all()
    assert (np.asarray(Image.open(tmp_path / "zero" / "zones" / "a.png")) == 3).all()
    assert (np.asarray(Image.open(tmp_path / "one" / "zones" / "a.png")) == 2).all()


def test_zero_borders_come_back_as_na(multitask, tmp_path):
    """nnU-Net crops them before prediction; there is no zone and no front there."""
    pixels = np.zeros((50, 60), np.uint8)
    pixels[5:45, 10:58] = noise((40, 48))
    write_png(tmp_path / "in" / "a.png", pixels)
    predict(multitask, [tmp_path / "in"], tmp_path / "out", options(folds=("0",)))
    expected = np.zeros((50, 60), np.uint8)
    expected[5:45, 10:58] = 3
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "out" / "zones" / "a.png")), expected)


def test_geotiff_in_geotiff_out(multitask, tmp_path):
    """CRS and affine are the input's, exactly; a model trained on PNG takes decibels, and the summary says so."""
    decibels = np.random.default_rng(0).normal(-14, 4, (40, 50)).astype(np.float32)
    decibels[3:6, 4:7] = np.nan
    decibels[20, 30] = np.nan  # a speck, which the network sees the surroundings of
    write_tiff(tmp_path / "in" / "a.tif", decibels, nodata=np.nan)
    extra = options(folds=("0", "1"), probabilities="uint8", spread=True)
    summary = predict(multitask, [tmp_path / "in"], tmp_path / "out", extra)
    assert summary.other_dtypes == {"float32": 1}
    written = sorted((tmp_path / "out").rglob("*.tif"))
    assert len(written) == 6
    for path in written:
        with rasterio.open(path) as source:
            assert source.crs == rasterio.CRS.from_epsg(3031)
            assert source.transform == AFFINE
            assert source.shape == (40, 50)
            assert source.nodata is None
            if path.parent.name == "probabilities":
                assert source.count == len(source.descriptions) == (4 if "zones" in path.name else 2)
    expected = np.full((40, 50), 255)
    expected[3:6, 4:7] = 0
    np.testing.assert_array_equal(read(tmp_path / "out" / "fronts" / "a.tif"), expected)
    assert summary.without_data == (1, 9 / 2000)
    assert "1 image has pixels without data, 0.45% of its pixels: 0 in every map, NA in zones." in str(summary)


def read(path, band=1):
    with rasterio.open(path) as source:
        return source.read(band)


def assert_nothing_where_nothing_is(out, case, outside):
    """Zones, front, probabilities and spread of fold 0 and 1: background where there is no data, and only there."""
    for folder, elsewhere in (("zones", {2, 3}), ("fronts", {255})):
        written = read(out / folder / f"{case}.tif")
        assert (written[outside] == 0).all()
        assert set(np.unique(written[~outside])) <= elsewhere
    for task, bands in (("zones", 4), ("front", 2)):
        for band in range(1, bands + 1):
            probability = read(out / "probabilities" / f"{case}_{task}.tif", band)
            assert (probability[outside] == (255 if band == 1 else 0)).all()
            assert (probability[~outside] < 255).all()
    spread = read(out / "spread" / f"{case}_front.tif")
    assert (spread[outside] == 0).all()
    assert (spread[~outside] > 0).all()


@pytest.mark.parametrize("reader", ["NaturalImage2DIO", "SimpleITKIO"])
def test_nothing_is_predicted_where_a_geotiff_has_no_data(tmp_path, reader):
    """NaN, a nodata value and zeros declared as nodata; models in pixels, and at a pixel size, which resamples."""
    space, folds = LABEL_SPACES["multitask"], (0, 1)
    in_pixels = reader == "NaturalImage2DIO"
    plans = make_plans(patch=(32, 32), reader=reader, spacing=(1.0, 1.0) if in_pixels else (10.0, 10.0))
    logits = {fold: joint_logits(GLACIER[fold], FRONT[fold]) for fold in folds}
    dataset_json = make_dataset_json(space, ending=".png" if in_pixels else ".nii.gz")
    model = make_model(tmp_path / "model", dataset_json, plans, folds=folds, constant_logits=logits)
    outside = np.zeros((40, 50), bool)
    outside[:9] = True
    outside[20:25, 30:33] = True
    decibels = np.random.default_rng(0).normal(-14, 4, (40, 50)).astype(np.float32)
    write_tiff(tmp_path / "in" / "nan.tif", np.where(outside, np.float32(np.nan), decibels))
    write_tiff(tmp_path / "in" / "nodata.tif", np.where(outside, np.float32(-9999), decibels), nodata=-9999)
    write_tiff(tmp_path / "in" / "zero.tif", np.where(outside, np.uint8(0), noise()), nodata=0)
    extra = options(probabilities="uint8", spread=True)
    summary = predict(model, [tmp_path / "in"], tmp_path / "out", extra)
    for case in ("nan", "nodata", "zero"):
        assert_nothing_where_nothing_is(tmp_path / "out", case, outside)
    assert summary.without_data == (3, outside.mean())
    assert "3 images have pixels without data, 23.25% of their pixels: 0 in every map, NA in zones." in str(summary)


def test_label_maps_have_background_where_there_is_no_data(stock, tmp_path):
    """Of a stock model; the text names no zones, and 8-bit zeros that no header declares stay with the network."""
    pixels = np.where(np.arange(50) < 20, 0, noise()).astype(np.uint8)
    pixels[0, 0] = pixels[0, 19] = 9  # so that nnU-Net does not crop the zeros
    write_tiff(tmp_path / "declared" / "a.tif", pixels, nodata=0)
    write_tiff(tmp_path / "plain" / "a.tif", pixels)
    summary = predict(stock, [tmp_path / "declared"], tmp_path / "a", options())
    assert "1 image has pixels without data, 39.90% of its pixels: 0 in every map.\n" in f"{summary}\n"
    assert summary.without_data == (1, 798 / 2000)
    plain = predict(stock, [tmp_path / "plain"], tmp_path / "b", options())
    assert plain.without_data == (0, 0)
    declared, network = (read(tmp_path / out / "labels" / "a.tif") for out in "ab")
    assert (network[pixels == 0] != 0).any()
    assert (declared[pixels == 0] == 0).all()
    assert (declared[pixels != 0] != 0).any()


def test_the_models_own_tiffs_are_without_data_where_all_channels_are(tmp_path):
    """As interferograms: 0 in one channel is a value, and 0 that no header declares is one everywhere."""
    dataset_json = make_dataset_json(LABEL_SPACES["grounding_line"], ending=".tif", channels=2)
    model = make_model(
        tmp_path / "model", dataset_json, make_plans(channels=2), folds=(0,), constant_logits={0: [0.0, 9.0]}
    )
    channels = np.random.default_rng(0).normal(size=(2, 40, 50)).astype(np.float32)
    channels[0, :7] = 0
    channels[1, 5:9] = 0
    for name, profile in (("declared", {"nodata": 0}), ("plain", {})):
        for number, channel in enumerate(channels):
            write_tiff(tmp_path / "in" / f"{name}_000{number}.tif", channel, **profile)
    summary = predict(model, [tmp_path / "in"], tmp_path / "out", options())
    expected = np.ones((40, 50), np.uint8)
    expected[5:7] = 0
    np.testing.assert_array_equal(read(tmp_path / "out" / "labels" / "declared.tif"), expected)
    np.testing.assert_array_equal(read(tmp_path / "out" / "labels" / "plain.tif"), np.ones((40, 50)))
    assert summary.without_data == (1, 0.05)
    assert summary.other_dtypes == {}


def test_grey_pngs_in_colours_are_read_as_grey(tmp_path):
    """RGB, RGBA, grey with alpha and palettes give the grey values; colours that differ stay three channels."""
    image_format = ImageFormat(".png", NaturalImage2DIO, 1, ("ZScoreNormalization",))
    grey = Image.fromarray(noise())
    palette = Image.fromarray(255 - noise())
    palette.putpalette(np.arange(255, -1, -1, dtype=np.uint8).repeat(3).tobytes())
    saved = {mode: grey.convert(mode) for mode in ("L", "LA", "RGB", "RGBA")}
    for name, image in {**saved, "P": palette}.items():
        path = tmp_path / f"{name}.png"
        image.save(path)
        loaded = load_case(Case(name, (path,)), image_format)
        np.testing.assert_array_equal(loaded.pixels, noise()[None, None])
        assert loaded.dtype == "uint8"
    with pytest.raises(GlacierError, match="it has 3 channels, the model takes 1"):
        load_case(
            Case("c", (write_png(tmp_path / "c.png", np.stack([noise(seed=s) for s in range(3)], -1)),)), image_format
        )


def test_pixels_of_other_sizes_than_the_models_are_pointed_out(multitask, tmp_path):
    """Measured on the ground; a PNG has no size."""
    model = shutil.copytree(multitask, tmp_path / "nnUNetTrainer__tinyPlans__2d")
    described = json.loads((model / "dataset.json").read_text())
    (model / "dataset.json").write_text(json.dumps(described | {"pixel_size_m": [60.0, 80.0]}))
    degrees = {"crs": "EPSG:4326", "transform": rasterio.Affine(0.001, 0, 20.0, 0, -0.0005, 60.0)}
    write_tiff(tmp_path / "in" / "fine.tif", noise())
    write_tiff(tmp_path / "in" / "fit.tif", noise(), transform=rasterio.Affine(75, 0, 0, 0, -75, -2_200_000))
    write_tiff(tmp_path / "in" / "degrees.tif", noise(), **degrees)
    write_png(tmp_path / "in" / "png.png", noise())
    summary = predict(model, [tmp_path / "in"], tmp_path / "out", options(folds=("0",)))
    # At 60 degrees north 0.001 degrees are 55.8 m of a parallel, 0.0005 degrees 55.7 m of a meridian. The other TIFF
    # lies 2651 km from the pole, at 65.7 degrees, where the map's scale is 1.018: sqrt(7.25 * 7.5) / 1.018.
    assert summary.other_pixel_sizes_m == pytest.approx([7.245], rel=2e-3)
    assert (
        "1 image has pixels of 7.25 m on the ground, but the model learned from 60 to 80 m; 'nnunet-glacier delineate'"
        in str(summary)
    )
    assert predict(multitask, [tmp_path / "in"], tmp_path / "all", options(folds=("0",))).other_pixel_sizes_m == ()


def test_pngs_of_16_bits_are_pointed_out(multitask, tmp_path):
    """As GeoTIFFs are; those of 8 bits are not."""
    write_png(tmp_path / "in" / "a.png", noise().astype(np.uint16) * 200)
    write_png(tmp_path / "in" / "b.png", noise())
    summary = predict(multitask, [tmp_path / "in"], tmp_path / "out", options(folds=("0",)))
    assert summary.other_dtypes == {"uint16": 1}
    assert summary.without_data == (0, 0)
    assert "1 image of type uint16: normalised by own values, but the model learned from 8-bit .png images" in str(
        summary
    )


def test_a_stock_model_gives_its_own_labels(stock, tmp_path):
    """Label ids as nnU-Net numbers them, under labels/, in the model's ending or as GeoTIFF."""
    write_png(tmp_path / "in" / "a.png", noise())
    write_tiff(tmp_path / "in" / "b.tif", noise(seed=1))
    summary = predict(stock, [tmp_path / "in"], tmp_path / "out", options())
    assert [folder.name for folder in summary.plan.folders] == ["labels"]
    assert set(np.unique(np.asarray(Image.open(tmp_path / "out" / "labels" / "a.png")))) <= {0, 1, 2}
    with rasterio.open(tmp_path / "out" / "labels" / "b.tif") as source:
        assert source.transform == AFFINE
        assert set(np.unique(source.read())) <= {0, 1, 2}


def test_fused_labels_become_zones_and_front(tmp_path):
    """The front class becomes the front mask; in the zones its band is ocean that glacier grows into."""
    logits = {0: [0, 0, 0, 0, 9.0]}
    dataset_json = make_dataset_json(LABEL_SPACES["fused"], labels=FUSED_LABELS)
    model = make_model(tmp_path / "model", dataset_json, make_plans(), folds=(0,), constant_logits=logits)
    write_png(tmp_path / "in" / "a.png", noise())
    predict(model, [tmp_path / "in"], tmp_path / "out", options())
    assert (np.asarray(Image.open(tmp_path / "out" / "fronts" / "a.png")) == 255).all()
    assert (np.asarray(Image.open(tmp_path / "out" / "zones" / "a.png")) == 3).all()


def test_a_run_goes_on_where_it_was_stopped(multitask, tmp_path, monkeypatch):
    """Complete cases are kept untouched, a case that lacks a file is predicted, and so is a new one."""
    for name in "abc":
        write_png(tmp_path / "in" / f"{name}.png", noise(seed=ord(name)))
    out = tmp_path / "out"
    average = FoldEnsemble.average
    calls = []

    def stopped_at_the_second(self, *arguments):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return average(self, *arguments)

    monkeypatch.setattr(FoldEnsemble, "average", stopped_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        predict(multitask, [tmp_path / "in"], out, options())
    monkeypatch.setattr(FoldEnsemble, "average", average)
    assert not json.loads((out / "prediction.json").read_text())["finished"]
    assert not list(out.rglob("*partial*"))

    done = [
        case for case in "abc" if (out / "zones" / f"{case}.png").exists() and (out / "fronts" / f"{case}.png").exists()
    ]
    stamps = {case: (out / "zones" / f"{case}.png").stat().st_mtime_ns for case in done}
    write_png(tmp_path / "in" / "d.png", noise(seed=9))
    summary = predict(multitask, [tmp_path / "in"], out, options())
    assert summary.skipped == tuple(done)
    assert sorted(summary.predicted) == sorted(set("abcd") - set(done))
    assert all((out / "zones" / f"{case}.png").stat().st_mtime_ns == stamp for case, stamp in stamps.items())
    record = json.loads((out / "prediction.json").read_text())
    assert record["finished"]
    assert list(record["cases"]) == list("abcd")
    assert predict(multitask, [tmp_path / "in"], out, options()).predicted == ()


def test_another_prediction_in_out_is_refused_unless_overwritten(multitask, tmp_path):
    """Both settings are written out; with --overwrite the earlier run's files go, and no others."""
    write_png(tmp_path / "in" / "a.png", noise())
    write_png(tmp_path / "in" / "b.png", noise(seed=1))
    out = tmp_path / "out"
    predict(multitask, [tmp_path / "in"], out, options(folds=("0",)))
    (out / "zones" / "mine.png").touch()
    problems_told = problems(multitask, [tmp_path / "in" / "a.png"], out, mirroring=False, folds=("0",))
    assert problems_told == [
        f"{out / 'prediction.json'}: mirroring was True, now False. Choose another OUT, or redo it with --overwrite"
    ]
    predict(multitask, [tmp_path / "in" / "a.png"], out, options(folds=("1",), overwrite=True))
    assert sorted(path.name for path in (out / "zones").iterdir()) == ["a.png", "mine.png"]
    assert (np.asarray(Image.open(out / "zones" / "a.png")) == 2).all()
    assert list(json.loads((out / "prediction.json").read_text())["cases"]) == ["a"]


def test_overwriting_one_case_leaves_the_others(multitask, tmp_path):
    """With the options of before: a is written anew, b is left to the byte and stays in the record."""
    for name in "ab":
        write_png(tmp_path / "in" / f"{name}.png", noise(seed=ord(name)))
    out = tmp_path / "out"
    predict(multitask, [tmp_path / "in"], out, options(folds=("0",)))
    before = {path.name: path.stat().st_mtime_ns for path in (out / "zones").iterdir()}
    summary = predict(multitask, [tmp_path / "in" / "a.png"], out, options(folds=("0",), overwrite=True))
    assert summary.predicted == ("a",)
    after = {path.name: path.stat().st_mtime_ns for path in (out / "zones").iterdir()}
    assert [name for name in sorted(before) if after.get(name) == before[name]] == ["b.png"]
    assert list(json.loads((out / "prediction.json").read_text())["cases"]) == ["a", "b"]


def test_runs_side_by_side_keep_each_others_cases(multitask, tmp_path, monkeypatch):
    """A whole run with b comes in between the first and the last record of the run with a."""
    for name in "ab":
        write_png(tmp_path / "in" / f"{name}.png", noise(seed=ord(name)))
    out, average = tmp_path / "out", FoldEnsemble.average

    def with_another_run(self, *arguments):
        monkeypatch.setattr(FoldEnsemble, "average", average)
        predict(multitask, [tmp_path / "in" / "b.png"], out, options(folds=("0",)))
        return average(self, *arguments)

    monkeypatch.setattr(FoldEnsemble, "average", with_another_run)
    predict(multitask, [tmp_path / "in" / "a.png"], out, options(folds=("0",)))
    assert list(json.loads((out / "prediction.json").read_text())["cases"]) == ["a", "b"]
    assert predict(multitask, [tmp_path / "in"], out, options(folds=("0",))).skipped == ("a", "b")


def test_the_description_of_a_dataset_is_not_written_over(multitask, tmp_path):
    """OUT is the dataset that holds the images; also with --overwrite. That of the model itself may be there."""
    dataset = tmp_path / "Dataset001_Mine"
    write_png(dataset / "imagesTs" / "a_0000.png", noise())
    (dataset / "dataset.json").write_text('{"labels": {"background": 0, "mine": 1}}')
    for overwrite in (False, True):
        (problem,) = problems(multitask, [dataset / "imagesTs"], dataset, folds=("0",), overwrite=overwrite)
        assert problem.startswith(f"{dataset / 'dataset.json'}: it is there without a prediction.json")
    assert json.loads((dataset / "dataset.json").read_text()) == {"labels": {"background": 0, "mine": 1}}
    shutil.copy(multitask / "dataset.json", dataset)
    assert predict(multitask, [dataset / "imagesTs"], dataset, options(folds=("0",))).predicted == ("a",)


def test_a_case_whose_image_has_another_ending_now_has_one_map(multitask, tmp_path):
    """It is refused as any other image of its name is; with --overwrite the map of the first one goes."""
    write_png(tmp_path / "first" / "a.png", noise(seed=1))
    write_tiff(tmp_path / "second" / "a.tif", noise(seed=1))
    predict(multitask, [tmp_path / "first"], tmp_path / "out", options(folds=("0",)))
    (problem,) = problems(multitask, [tmp_path / "second"], tmp_path / "out", folds=("0",))
    assert f"predicted from another image ({tmp_path / 'first' / 'a.png'})" in problem
    predict(multitask, [tmp_path / "second"], tmp_path / "out", options(folds=("0",), overwrite=True))
    assert [path.name for path in (tmp_path / "out" / "zones").iterdir()] == ["a.tif"]


def test_a_case_of_the_same_name_from_another_image_is_refused(multitask, tmp_path):
    """Skipping it would leave the wrong map under its name."""
    write_png(tmp_path / "first" / "a.png", noise(seed=1))
    write_png(tmp_path / "second" / "a.png", noise(seed=2))
    predict(multitask, [tmp_path / "first"], tmp_path / "out", options(folds=("0",)))
    (problem,) = problems(multitask, [tmp_path / "second"], tmp_path / "out", folds=("0",))
    assert "predicted from another image" in problem


def test_files_of_unknown_origin_are_not_taken_for_done(multitask, tmp_path):
    """Without prediction.json nobody knows what made them."""
    write_png(tmp_path / "in" / "a.png", noise())
    write_png(tmp_path / "out" / "zones" / "a.png", noise())
    assert "but no prediction.json" in problems(multitask, [tmp_path / "in"], tmp_path / "out")[0]


def test_every_bad_image_is_listed_and_nothing_written(multitask, tmp_path):
    """Cut off, of three channels, of no format, a GeoTIFF without data, and a path that is not there."""
    folder = tmp_path / "in"
    write_png(folder / "good.png", noise())
    whole = write_png(folder / "cut.png", noise()).read_bytes()
    (folder / "cut.png").write_bytes(whole[: len(whole) // 2])
    write_png(folder / "rgb.png", noise((40, 50, 3)))
    (folder / "text.png").write_text("no image")
    write_tiff(folder / "empty.tif", np.zeros((8, 8), np.uint8), nodata=0)
    result = CliRunner().invoke(
        app, ["predict", str(multitask), str(folder), "missing", str(tmp_path / "out"), "--device", "cpu"]
    )
    assert result.exit_code == 2
    assert "5 problems; nothing was written" in result.output
    for said in (
        "cut.png",
        "rgb.png: it has 3 channels, the model takes 1",
        "text.png",
        "empty.tif: none of",
        "missing",
    ):
        assert said in result.output
    assert not (tmp_path / "out").exists()


def test_options_that_do_not_fit(multitask, tmp_path):
    """Each with its remedy."""
    write_png(tmp_path / "in" / "a.png", noise())
    arguments = (multitask, [tmp_path / "in"], tmp_path / "out")
    assert "is not in (0, 1]" in problems(*arguments, tile_step=1.5)[0]
    assert "no spread" in problems(*arguments, spread=True, folds=("0",))[0]
    (tmp_path / "file").touch()
    assert "it is a file" in problems(multitask, [tmp_path / "in"], tmp_path / "file", overwrite=True)[0]
    result = CliRunner().invoke(app, ["predict", *map(str, (multitask, tmp_path / "in", "out")), "--device", "cuda:9"])
    assert result.exit_code == 2
    assert "torch sees no such device here" in result.output


def test_a_model_normalised_by_its_data_set_takes_8_bit_geotiffs_alone(tmp_path):
    """Decibels would be far outside the values that its fixed normalisation expects."""
    plans = make_plans(normalisation="NoNormalization")
    dataset_json = make_dataset_json(labels={"background": 0, "ice": 1})
    model = make_model(tmp_path / "model", dataset_json, plans, folds=(0,))
    write_tiff(tmp_path / "in" / "a.tif", noise().astype(np.float32))
    write_png(tmp_path / "in" / "b.png", noise().astype(np.uint16))
    problems_told = problems(model, [tmp_path / "in"], tmp_path / "out")
    assert [problem.split(": ")[1].split(",")[0] for problem in problems_told] == [
        "its pixels are float32",
        "its pixels are uint16",
    ]
    assert all("the model normalises by NoNormalization" in problem for problem in problems_told)


def test_a_model_of_16_bit_images_takes_them(tmp_path):
    """Its plans tell the values that it was trained on; nothing is pointed out."""
    plans = make_plans(normalisation="NoNormalization")
    plans["foreground_intensity_properties_per_channel"]["0"] = {"min": 3.0, "max": 51_000.0}
    model = make_model(tmp_path / "model", make_dataset_json(labels={"background": 0, "ice": 1}), plans, folds=(0,))
    write_png(tmp_path / "in" / "a.png", noise().astype(np.uint16) * 200)
    summary = predict(model, [tmp_path / "in"], tmp_path / "out", options())
    assert summary.predicted == ("a",)
    assert summary.other_dtypes == {}


def test_an_unreadable_image_is_told_in_a_line(tmp_path):
    """Without the place where SimpleITK was built; a NIfTI, which its own library reads."""
    plans = make_plans(reader="SimpleITKIO")
    dataset_json = make_dataset_json(labels={"background": 0, "ice": 1}, ending=".nii.gz")
    model = make_model(tmp_path / "model", dataset_json, plans, folds=(0,))
    path = tmp_path / "in" / "a.nii.gz"
    path.parent.mkdir()
    path.write_bytes(b"nonsense")
    assert problems(model, [tmp_path / "in"], tmp_path / "out") == [
        f'{path}: it cannot be read as a volume (Unable to determine ImageIO reader for "{path}"). '
        "The model was trained on 1-channel .nii.gz images; give such"
    ]


def test_torch_s_warning_of_a_library_of_nnunet_is_silenced_alone(multitask, monkeypatch):
    """Users can do nothing about timm, which nnU-Net imports with its Primus trainers; other warnings are theirs."""
    search = find_objects.recursive_find_trainer_class_by_name

    def warning(name):
        for feature in ("interface", "script"):
            warnings.warn(f"`torch.jit.{feature}` is deprecated. Please use", FutureWarning, stacklevel=1)
        return search(name)

    monkeypatch.setattr(find_objects, "recursive_find_trainer_class_by_name", warning)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        stage.load_predictor(open_model(multitask), torch.device("cpu"), mirroring=False, tile_step=0.5)
        warnings.warn("`torch.jit.interface` is deprecated", FutureWarning, stacklevel=1)
    said = [str(warning.message).split(" is ")[0] for warning in heard if warning.category is FutureWarning]
    assert said == ["`torch.jit.script`", "`torch.jit.interface`"]


def test_running_out_of_device_memory_is_said_and_recorded(multitask, tmp_path, monkeypatch, capsys):
    """The image is predicted all the same."""
    load = stage.load_predictor

    def without_memory(*arguments, **keywords):
        predictor = load(*arguments, **keywords)
        predictor.perform_everything_on_device = True
        slide = predictor.predict_sliding_window_return_logits

        def fails(data):
            if predictor.perform_everything_on_device:
                raise torch.cuda.OutOfMemoryError("out of memory")
            return slide(data)

        predictor.predict_sliding_window_return_logits = fails
        return predictor

    monkeypatch.setattr(stage, "load_predictor", without_memory)
    write_png(tmp_path / "in" / "a.png", noise())
    summary = predict(multitask, [tmp_path / "in"], tmp_path / "out", options(folds=("0", "1")))
    assert summary.on_cpu == ("a",)
    assert "a: not enough device memory" in "".join(capsys.readouterr())
    assert json.loads((tmp_path / "out" / "prediction.json").read_text())["accumulated_on_cpu"] == ["a"]
    assert (np.asarray(Image.open(tmp_path / "out" / "fronts" / "a.png")) == 255).all()


@pytest.mark.parametrize("branching", ["Late", "Early"])
def test_our_multi_task_models(tmp_path, branching):
    """Three tasks, found without nnUNet_extTrainer: zones, front and boundary, each in its folder."""
    dataset_json = make_dataset_json(LABEL_SPACES["boundary"])
    trainer = f"nnUNetTrainerGlacier{branching}"
    model = make_model(tmp_path / "model", dataset_json, make_plans(patch=(32, 32)), folds=(0, 1), trainer=trainer)
    write_png(tmp_path / "in" / "a.png", noise())
    predict(model, [tmp_path / "in"], tmp_path / "out", options(probabilities="float16"))
    for folder, task in (("zones", "zones"), ("fronts", "front"), ("boundaries", "boundary")):
        written = np.asarray(Image.open(tmp_path / "out" / folder / "a.png"))
        kept = np.load(tmp_path / "out" / "probabilities" / f"a_{task}.npz")["probabilities"].astype(np.float32)
        np.testing.assert_allclose(kept.sum(axis=0), 1, atol=2e-3)
        likely = kept.max(axis=0) - np.sort(kept, axis=0)[-2] > 1e-3
        ids = written // 255 if task != "zones" else written
        np.testing.assert_array_equal(ids[likely], kept.argmax(axis=0)[likely])


def test_our_trainers_are_findable_without_being_told(tmp_path, monkeypatch):
    """The plugin folder comes before what the user has set, once."""
    monkeypatch.setenv(TRAINER_VARIABLE, str(tmp_path))
    make_trainers_findable()
    make_trainers_findable()
    assert os.environ[TRAINER_VARIABLE].split(os.pathsep) == [str(PLUGIN_FOLDER), str(tmp_path)]


def test_regions_overlap_and_channels_are_joined(tmp_path):
    """A stock region-based model of two channels: each region above one half is painted in the model's order."""
    labels = {"background": 0, "ice": [1, 2], "front": [2]}
    dataset_json = {**make_dataset_json(labels=labels, channels=2), "regions_class_order": [1, 2]}
    logits = {0: [2.0, -1.0], 1: [-1.0, 1.5]}
    model = make_model(tmp_path / "model", dataset_json, make_plans(channels=2), folds=(0, 1), constant_logits=logits)
    for channel in range(2):
        write_png(tmp_path / "in" / f"a_000{channel}.png", noise(seed=channel))
    assert "overlapping regions" in problems(model, [tmp_path / "in"], tmp_path / "out", spread=True)[0]
    predict(model, [tmp_path / "in"], tmp_path / "out", options(probabilities="float16"))
    kept = np.load(tmp_path / "out" / "probabilities" / "a_labels.npz")
    assert kept["classes"].tolist() == ["ice", "front"]
    sigmoid = 1 / (1 + np.exp(-np.array([list(logits[0]), list(logits[1])])))
    np.testing.assert_allclose(kept["probabilities"][:, 20, 20], sigmoid.mean(axis=0), atol=0.002)
    assert (np.asarray(Image.open(tmp_path / "out" / "labels" / "a.png")) == 2).all()


def test_nothing_is_written_for_a_model_that_cannot_predict(multitask, tmp_path):
    """Plans of another network, and names that nnU-Net does not have: told by file and key before OUT is touched."""
    write_png(tmp_path / "in" / "a.png", noise())
    model = shutil.copytree(multitask, tmp_path / "model")
    whole = json.loads((model / "plans.json").read_text())

    def faults_with(**entries):
        plans = json.loads(json.dumps(whole))
        plans["configurations"]["2d"] |= entries
        (model / "plans.json").write_text(json.dumps(plans))
        faults = problems(model, [tmp_path / "in"], tmp_path / "out")
        assert not (tmp_path / "out").exists()
        return faults

    architecture = json.loads(json.dumps(whole["configurations"]["2d"]["architecture"]))
    architecture["arch_kwargs"]["features_per_stage"] = [4, 6]
    faults = faults_with(architecture=architecture)
    assert [fault.split(": ")[0] for fault in faults] == [
        str(model / f"fold_{fold}" / "checkpoint_final.pth") for fold in range(3)
    ]
    architecture["arch_kwargs"]["n_stages"] = 7
    (fault,) = faults_with(architecture=architecture)
    assert "configurations.2d.architecture cannot be built" in fault
    faults = faults_with(preprocessor_name="Nobody", normalization_schemes=["Nothing"])
    assert [fault.split(" is ")[0].rsplit(".", 1)[1] for fault in faults] == [
        "preprocessor_name",
        "normalization_schemes",
    ]
    (model / "plans.json").write_text(json.dumps({**whole, "image_reader_writer": "NoIO"}))
    (fault,) = problems(model, [tmp_path / "in"], tmp_path / "out")
    assert "image_reader_writer is 'NoIO'" in fault


def test_outputs_that_are_no_numbers_are_named_with_fold_and_case(multitask, tmp_path):
    """Weights so large that half precision overflows: finite themselves, but not what the network makes of them."""
    model = shutil.copytree(multitask, tmp_path / "model")
    path = model / "fold_1" / "checkpoint_final.pth"
    content = torch.load(path, weights_only=True)
    for name, weight in content["network_weights"].items():
        if "seg_layers" in name:
            weight.fill_(1e38)
    torch.save(content, path)
    image = write_png(tmp_path / "in" / "a.png", noise())
    with pytest.raises(GlacierError, match="the network of fold 1 gives outputs that are NaN or infinite") as raised:
        predict(model, [tmp_path / "in"], tmp_path / "out", options())
    assert str(raised.value).startswith(str(image))
    assert not list((tmp_path / "out").glob("*/*"))
    assert not json.loads((tmp_path / "out" / "prediction.json").read_text())["finished"]


def test_a_run_that_was_killed_at_its_last_write_is_finished_by_the_next(multitask, tmp_path):
    """All maps are there, only the record says that the run did not end."""
    write_png(tmp_path / "in" / "a.png", noise())
    predict(multitask, [tmp_path / "in"], tmp_path / "out", options())
    record = tmp_path / "out" / "prediction.json"
    finished = json.loads(record.read_text())
    record.write_text(json.dumps({**finished, "finished": False}))
    predict(multitask, [tmp_path / "in"], tmp_path / "out", options())
    assert json.loads(record.read_text()) == finished


def test_maps_of_an_image_that_changed_are_never_taken_for_those_of_the_new_one(multitask, tmp_path, monkeypatch):
    """A map was lost and the image is another: a run that is killed at its start leaves none of the old maps."""
    write_png(tmp_path / "in" / "a.png", noise())
    predict(multitask, [tmp_path / "in"], tmp_path / "out", options())
    (tmp_path / "out" / "zones" / "a.png").unlink()
    write_png(tmp_path / "in" / "a.png", noise()[::-1].copy())

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(stage, "predict_cases", killed)
    with pytest.raises(KeyboardInterrupt):
        predict(multitask, [tmp_path / "in"], tmp_path / "out", options())
    assert not list((tmp_path / "out").rglob("a.png"))


@pytest.mark.parametrize("content", ["7", "null", "[]", "{", "{}", '{"settings": 3, "cases": {}}'])
def test_a_prediction_json_of_another_shape(multitask, tmp_path, content):
    """Named with what to do."""
    write_png(tmp_path / "in" / "a.png", noise())
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "prediction.json").write_text(content)
    problems_told = problems(multitask, [tmp_path / "in"], tmp_path / "out")
    assert all(problem.startswith(f"{tmp_path / 'out' / 'prediction.json'}: ") for problem in problems_told)


def test_a_checkpoint_that_could_run_code_is_told(multitask, tmp_path):
    """It is used all the same, as nnU-Net does it."""
    model = shutil.copytree(multitask, tmp_path / "model")
    path = model / "fold_2" / "checkpoint_final.pth"
    torch.save({**torch.load(path, weights_only=True), "extra": Path("x")}, path)
    write_png(tmp_path / "in" / "a.png", noise())
    told = str(predict(model, [tmp_path / "in"], tmp_path / "out", options()))
    assert "Loaded without weights_only, in the way that can run code: 1 fold (2); of fold 2, it holds pathlib." in told


def test_a_trainer_s_file_that_cannot_be_imported_is_told(tmp_path, monkeypatch):
    """A trainer that nnU-Net does not have is looked for in every file of the user's folders."""
    model = make_model(tmp_path / "model", make_dataset_json(LABEL_SPACES["fused"]), make_plans(), folds=(0,))
    path = model / "fold_0" / "checkpoint_final.pth"
    torch.save({**torch.load(path, weights_only=True), "trainer_name": "nnUNetTrainerNobodyHas"}, path)
    write_png(tmp_path / "in" / "a.png", noise())
    (tmp_path / "mine").mkdir()
    monkeypatch.setenv(TRAINER_VARIABLE, str(tmp_path / "mine"))
    (problem,) = problems(model, [tmp_path / "in"], tmp_path / "out")
    assert "its trainer nnUNetTrainerNobodyHas is not found" in problem
    (tmp_path / "mine" / "broken_for_this_test.py").write_text("import no_such_module_anywhere")
    (problem,) = problems(model, [tmp_path / "in"], tmp_path / "out")
    assert "cannot be imported (No module named 'no_such_module_anywhere')" in problem
    assert not (tmp_path / "out").exists()


@pytest.fixture(scope="module")
def mostly_missing(tmp_path_factory):
    """A fold that says NA with 0.7, rock 0.05, glacier 0.1 and ocean 0.15, and no front, everywhere."""
    zones = [math.log(p) for p in (0.7, 0.05, 0.1, 0.15)]
    logits = {0: [zone + math.log(front) for front in (0.999, 0.001) for zone in zones]}
    folder = tmp_path_factory.mktemp("missing") / "nnUNetTrainer__tinyPlans__2d"
    dataset_json = make_dataset_json(LABEL_SPACES["multitask"])
    return make_model(folder, dataset_json, make_plans(patch=(32, 32)), folds=(0,), constant_logits=logits)


def zones_of(out):
    return np.asarray(Image.open(out / "zones" / "a.png"))


def test_zones_are_missing_data_where_the_value_says_so_and_nowhere_else(mostly_missing, tmp_path):
    """Ocean has 0.15 of the 0.3 that are left. Specks narrower than three pixels hold data for the network to judge."""
    pixels = noise()
    pixels[5:12, 20:30] = 0
    pixels[30, 30] = pixels[33:35, 10:20] = 0
    write_png(tmp_path / "in" / "a_0000.png", pixels)
    predict(mostly_missing, [tmp_path / "in"], tmp_path / "plain", options())
    assert (zones_of(tmp_path / "plain") == 0).all()
    known = options(nodata=0, probabilities="float16")
    predict(mostly_missing, [tmp_path / "in"], tmp_path / "known", known)
    expected = np.full(pixels.shape, 3)
    expected[5:12, 20:30] = 0
    np.testing.assert_array_equal(zones_of(tmp_path / "known"), expected)
    probabilities = np.load(tmp_path / "known" / "probabilities" / "a_zones.npz")["probabilities"]
    np.testing.assert_allclose(probabilities[:, 0, 0], [0, 1 / 6, 1 / 3, 1 / 2], atol=0.005)
    assert probabilities[:, 8, 25].tolist() == [1, 0, 0, 0]
    assert json.loads((tmp_path / "known" / "prediction.json").read_text())["settings"]["nodata"] == 0


def test_what_a_geotiff_declares_comes_before_the_value(mostly_missing, tmp_path):
    pixels = noise()
    pixels[:10] = 7
    pixels[20:, :10] = 0
    write_tiff(tmp_path / "in" / "a.tif", pixels, nodata=7)
    predict(mostly_missing, [tmp_path / "in"], tmp_path / "out", options(nodata=0))
    with rasterio.open(tmp_path / "out" / "zones" / "a.tif") as source:
        zones = source.read(1)
    assert (zones[:10] == 0).all() and (zones[10:] == 3).all()


def test_predictions_with_and_without_the_value_do_not_mix(mostly_missing, tmp_path):
    write_png(tmp_path / "in" / "a_0000.png", noise())
    predict(mostly_missing, [tmp_path / "in"], tmp_path / "out", options())
    (problem,) = problems(mostly_missing, [tmp_path / "in"], tmp_path / "out", nodata=0)
    assert "nodata" in problem


@pytest.fixture(scope="module")
def knows_its_nodata(mostly_missing, tmp_path_factory):
    """The same fold, in whose images 0 is no data."""
    folder = tmp_path_factory.mktemp("knows") / mostly_missing.name
    shutil.copytree(mostly_missing, folder)
    content = json.loads((folder / "dataset.json").read_text())
    (folder / "dataset.json").write_text(json.dumps({**content, "nodata": 0}))
    return folder


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_models_own_value_counts_in_8_bit_images(knows_its_nodata, tmp_path, dtype):
    """In 16 bits 0 may be an amplitude, and ``none`` leaves all to the network, which says NA everywhere."""
    pixels = noise().astype(dtype) + dtype(1)
    pixels[5:12, 20:30] = 0
    write_png(tmp_path / "in" / "a_0000.png", pixels)
    told = str(predict(knows_its_nodata, [tmp_path / "in"], tmp_path / "out", options()))
    assert ("By the model, 0 in 8-bit images" in told) == (dtype == np.uint8)
    expected = np.full(pixels.shape, 3)
    expected[5:12, 20:30] = 0
    np.testing.assert_array_equal(zones_of(tmp_path / "out"), expected if dtype == np.uint8 else 0)
    assert json.loads((tmp_path / "out" / "prediction.json").read_text())["settings"]["nodata_in_8_bit"] == 0
    predict(knows_its_nodata, [tmp_path / "in"], tmp_path / "none", options(nodata=None))
    assert (zones_of(tmp_path / "none") == 0).all()


@pytest.mark.parametrize(("given", "missing"), [("0", 70), ("7", 0), ("none", None)])
def test_the_value_on_the_command_line(mostly_missing, tmp_path, given, missing):
    pixels = np.full((40, 48), 9, np.uint8)
    pixels[5:12, 20:30] = 0
    write_png(tmp_path / "in" / "a_0000.png", pixels)
    command = ["predict", str(mostly_missing), str(tmp_path / "in"), str(tmp_path / "out"), "--nodata", given]
    result = CliRunner().invoke(app, [*command, "--device", "cpu"])
    assert result.exit_code == 0, result.output
    assert (zones_of(tmp_path / "out") == 0).sum() == (pixels.size if missing is None else missing)


@pytest.mark.parametrize("given", ["black", "nan", "0 255"])
def test_a_value_that_is_none_is_refused(mostly_missing, tmp_path, given):
    command = ["predict", str(mostly_missing), str(tmp_path), str(tmp_path / "out"), "--nodata", given]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 2
    assert "--nodata" in result.output and "is no number" in result.output
