"""A network that sees bright glacier and dark ocean."""

import numpy as np
import pytest

from nnunet_glacier.domain.zones import Zone


class BrightGlacier:
    """A network of two folds that takes grey for glacier and its lack for ocean."""

    def __init__(self) -> None:
        self.seen: list[tuple[np.ndarray, np.ndarray]] = []

    def zone_probabilities(self, pixels, valid=None, *, pixel_size_m=1.0, progress=lambda folds: None):
        self.seen.append((pixels, valid))
        zones = np.zeros((2, 4, *pixels.shape), dtype=np.float16)
        zones[:, Zone.GLACIER] = pixels / 255
        zones[:, Zone.OCEAN] = 1 - pixels / 255
        zones[:, :, ~valid] = 0
        zones[:, Zone.NA, ~valid] = 1
        progress(2)
        return zones


@pytest.fixture
def network(monkeypatch) -> BrightGlacier:
    """Stands in for the model's network in the stage, with fronts from its zones."""
    import nnunet_glacier.delineation.calving_fronts as calving_fronts
    import nnunet_glacier.inference.scene_model as scene_model

    made = BrightGlacier()
    monkeypatch.setattr(scene_model, "load_scene_model", lambda *args, **settings: made)
    monkeypatch.setattr(calving_fronts, "front_route", lambda *args: "zones")
    return made
