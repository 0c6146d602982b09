"""One pass over all folds against nnU-Net's own commands: a prediction per fold, then the ensemble of their files."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
import SimpleITK as sitk  # noqa: N813
import torch
from PIL import Image
from tiny_models import make_dataset_json, make_model, make_plans

from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.inference.settings import Options
from nnunet_glacier.inference.stage import predict

FOLDS = (0, 1)
DRIVER = Path(__file__).parents[1] / "trainers" / "nnunet_commands.py"


def scene(seed, shape=(70, 90)):
    """Blobs of different brightness with a border of zeros, which nnU-Net crops."""
    pixels = np.random.default_rng(seed).integers(1, 255, (shape[0] // 5, shape[1] // 5)).repeat(5, 0).repeat(5, 1)
    pixels[: 3 * seed] = 0
    return pixels.astype(np.uint8)


def write_nifti(path, pixels, pixel_size_m):
    image = sitk.GetImageFromArray(pixels)
    image.SetSpacing((pixel_size_m, pixel_size_m))
    sitk.WriteImage(image, str(path))


def stock_route(results, images, out):
    """``nnUNetv2_predict --save_probabilities`` per fold, then ``nnUNetv2_ensemble``: joint probabilities by case."""
    folder = next(results.glob("*/*"))
    trainer, plans, configuration = folder.name.split("__")
    model = ["-d", folder.parent.name, "-tr", trainer, "-p", plans, "-c", configuration]
    # No worker processes: they take longer to start than these images to predict.
    alone = ["-device", "cpu", "-npp", 0, "-nps", 0, "--save_probabilities"]
    commands = [["nnUNetv2_predict", "-i", images, "-o", out / str(fold), "-f", fold, *model, *alone] for fold in FOLDS]
    folders = [out / str(fold) for fold in FOLDS]
    commands.append(["nnUNetv2_ensemble", "-i", *folders, "-o", out, "-np", 1, "--save_npz"])
    done = subprocess.run(
        [sys.executable, str(DRIVER), json.dumps([list(map(str, command)) for command in commands])],
        env={**os.environ, "nnUNet_results": str(results), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return {path.stem: np.load(path)["probabilities"][:, 0] for path in out.glob("*.npz")}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Where nnU-Net looks for trained models, one folder a model."""

    def make(name, dataset_json, plans, trainer="nnUNetTrainer"):
        root = tmp_path_factory.mktemp(name)
        make_model(
            root / "Dataset777_Tiny" / f"{trainer}__tinyPlans__2d", dataset_json, plans, folds=FOLDS, trainer=trainer
        )
        return root

    return make


def ours(results, images, out):
    return predict(
        next(results.glob("*/*")), [images], out, Options(device="cpu", probabilities="float16", spread=True)
    )


def assert_agree(out, case, task, expected):
    """Probabilities to the rounding of float16."""
    ours = np.load(out / "probabilities" / f"{case}_{task}.npz")["probabilities"].astype(np.float64)
    np.testing.assert_allclose(ours, expected, atol=6e-4)


def assert_same_classes(predicted, probabilities):
    """Equal to the arg-max, except where the two most probable classes are equal to rounding."""
    top = np.sort(probabilities, axis=0)[-2:]
    undecided = top[1] - top[0] < 1e-4
    assert undecided.mean() < 0.01
    np.testing.assert_array_equal(predicted[~undecided], probabilities.argmax(0)[~undecided])


def test_a_stock_model_on_png(results, tmp_path):
    """Labels and probabilities are those of the stock route."""
    labels = {"background": 0, "rock": 1, "glacier": 2, "ocean": 3, "front": 4}
    root = results("stock", make_dataset_json(labels=labels), make_plans())
    (tmp_path / "in").mkdir()
    for seed in (0, 1):
        Image.fromarray(scene(seed)).save(tmp_path / "in" / f"c{seed}_0000.png")
    expected = stock_route(root, tmp_path / "in", tmp_path / "stock")
    ours(root, tmp_path / "in", tmp_path / "out")
    for case, probabilities in expected.items():
        assert_agree(tmp_path / "out", case, "labels", probabilities)
        codes_written = np.asarray(Image.open(tmp_path / "out" / "labels" / f"{case}.png"))
        assert len(np.unique(codes_written)) > 2
        assert_same_classes(codes_written, probabilities)
        assert_same_classes(np.asarray(Image.open(tmp_path / "stock" / f"{case}.png")), probabilities)


def test_a_multitask_model_at_a_pixel_size(results, tmp_path):
    """Late branching on NIfTI of other pixel sizes than the model's: the marginals are those of the stock's codes."""
    space = LABEL_SPACES["multitask"]
    plans = make_plans(reader="SimpleITKIO", spacing=(10.0, 10.0))
    root = results("multitask", make_dataset_json(space, ending=".nii.gz"), plans, "nnUNetTrainerGlacierLate")
    (tmp_path / "in").mkdir()
    write_nifti(tmp_path / "in" / "fine_0000.nii.gz", scene(1, (100, 130)), 7.0)
    write_nifti(tmp_path / "in" / "coarse_0000.nii.gz", scene(2, (60, 55)), 20.0)
    expected = stock_route(root, tmp_path / "in", tmp_path / "stock")
    ours(root, tmp_path / "in", tmp_path / "out")
    for case, joint in expected.items():
        for task, marginal in zip(space.names, space.marginals(joint), strict=True):
            assert_agree(tmp_path / "out", case, task, marginal)
        zones, front = space.marginals(joint)
        assert_same_classes(np.asarray(Image.open(tmp_path / "out" / "zones" / f"{case}.png")), zones)
        codes_written = np.asarray(Image.open(tmp_path / "out" / "fronts" / f"{case}.png"))
        assert set(np.unique(codes_written)) == {0, 255}
        assert_same_classes(codes_written // 255, front)

    # The same pixels as GeoTIFF, whose affine gives the pixel size, are predicted alike.
    profile = {"count": 1, "height": 100, "width": 130, "dtype": "uint8", "crs": "EPSG:3031"}
    transform = rasterio.Affine(7, 0, 1000, 0, -7, 2000)
    with rasterio.open(tmp_path / "fine.tif", "w", driver="GTiff", transform=transform, **profile) as target:
        target.write(scene(1, (100, 130)), 1)
    ours(root, tmp_path / "fine.tif", tmp_path / "tiff")
    with rasterio.open(tmp_path / "tiff" / "zones" / "fine.tif") as source:
        np.testing.assert_array_equal(source.read(1), np.asarray(Image.open(tmp_path / "out" / "zones" / "fine.png")))


def test_png_scenes_at_half_size(results, tmp_path):
    """A spacing of 2 pixels in the plans: nnU-Net halves the scene, and both resample the outputs back alike.

    nnU-Net's own predictor stands here for its commands, a fold at a time; of odd sizes and with a border of zeros.
    """
    from nnunetv2.imageio.natural_image_reader_writer import NaturalImage2DIO
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

    labels = {"background": 0, "rock": 1, "glacier": 2, "ocean": 3, "front": 4}
    root = results("half", make_dataset_json(labels=labels), make_plans(patch=(32, 32), spacing=(2.0, 2.0)))
    (tmp_path / "in").mkdir()
    images = {"even": scene(1, (70, 90)), "odd": scene(2, (75, 85))[:-2, :-1]}
    for case, pixels in images.items():
        Image.fromarray(pixels).save(tmp_path / "in" / f"{case}.png")
    ours(root, tmp_path / "in", tmp_path / "out")
    for case, pixels in images.items():
        expected = np.zeros((5, *pixels.shape))
        for fold in FOLDS:
            predictor = nnUNetPredictor(device=torch.device("cpu"), allow_tqdm=False)
            predictor.initialize_from_trained_model_folder(str(next(root.glob("*/*"))), (fold,))
            image, properties = NaturalImage2DIO().read_images([str(tmp_path / "in" / f"{case}.png")])
            _, probabilities = predictor.predict_single_npy_array(image, properties, None, None, True)
            expected += probabilities[:, 0] / len(FOLDS)
        assert_agree(tmp_path / "out", case, "labels", expected)
        codes_written = np.asarray(Image.open(tmp_path / "out" / "labels" / f"{case}.png"))
        assert codes_written.shape == pixels.shape
        assert len(np.unique(codes_written)) > 2
        assert_same_classes(codes_written, expected)
