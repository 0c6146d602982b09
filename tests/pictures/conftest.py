"""A trained Attention U-Net and an image for it."""

import numpy as np
import pytest
from PIL import Image
from tiny_attention import LABELS, PLANS, TRAINER
from tiny_models import make_dataset_json, make_model


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """Two folds of an Attention U-Net of three stages for 8-bit PNG."""
    folder = tmp_path_factory.mktemp("results") / f"{TRAINER}__tiny__2d"
    return make_model(folder, make_dataset_json(labels=LABELS), PLANS, folds=(0, 1), trainer=TRAINER)


@pytest.fixture
def scene(tmp_path):
    """A PNG of one tile of random grey values, none of them 0."""
    values = np.random.default_rng(0).integers(1, 256, (32, 32), dtype=np.uint8)
    Image.fromarray(values).save(tmp_path / "scene.png")
    return tmp_path / "scene.png"
