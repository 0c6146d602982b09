"""Further channels of CaFFe's scenes: maps of the user's own, such as of where rock is, or of how the glacier looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnunet_glacier.domain.scenes import parse_caffe_stem
from nnunet_glacier.support.errors import GlacierError, Problem

SAR = "SAR"
"""Name of the first channel, the scene itself."""


@dataclass(frozen=True)
class Channel:
    """A channel beside the scene.

    Attributes:
        name: Its name in ``dataset.json``.
        folder: Where its 8-bit PNGs are: ``STEM.png`` for one scene, ``GLACIER.png`` for all other scenes of a glacier.
    """

    name: str
    folder: Path

    def __str__(self) -> str:
        """The option."""
        return f"--channel {self.name}"

    def file_of(self, stem: str) -> Path:
        """The map of a scene: its glacier's where that alone is there, else its own, which need not be there."""
        own, shared = self.folder / f"{stem}.png", self.shared_file_of(stem)
        return shared if shared is not None and shared.is_file() and not own.is_file() else own

    def shared_file_of(self, stem: str) -> Path | None:
        """The map of all scenes of a scene's glacier, which need not be there; None if its name tells no glacier."""
        try:
            return self.folder / f"{parse_caffe_stem(stem).glacier}.png"
        except GlacierError:
            return None


def channel_problems(channels: Sequence[Channel]) -> list[Problem]:
    """What is wrong with names and folders."""
    problems = []
    for channel in channels:
        if channel.name == SAR:
            problems.append(Problem(str(channel), "so the scene itself is named", "Give the channel another name"))
        if not channel.folder.is_dir():
            what = f"{channel.folder} is no folder"
            problems.append(Problem(str(channel), what, "Give the folder that holds STEM.png or GLACIER.png"))
    return problems


def is_mask(values: np.ndarray) -> bool:
    """Whether a map says yes or no: it has one value, or two of which one is 0.

    Args:
        values: uint8, any shape, not empty.
    """
    found = np.flatnonzero(np.bincount(values.ravel(), minlength=256))
    return len(found) == 1 or (len(found) == 2 and found[0] == 0)
