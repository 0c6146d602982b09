"""The maps of a scene of CaFFe."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nnunet_glacier.dataset_conversion.caffe.options import CaffeOptions
from nnunet_glacier.dataset_conversion.caffe.preparation import Preparation
from nnunet_glacier.dataset_conversion.writing.label_maps import label_map
from nnunet_glacier.dataset_conversion.writing.raw_dataset import Case, CaseMaps
from nnunet_glacier.domain.zones import zones_from_grey
from nnunet_glacier.formats.grey_png import is_plain_grey, read_grey_png


def load_case(case: Case, *, options: CaffeOptions) -> CaseMaps:
    """The arrays of a case; PNGs that are as nnU-Net wants them and stay as they are are handed on."""
    image, zones, front, *further = case.inputs
    prepare = options.preparation
    zone_ids = prepare.zones(zones_from_grey(read_grey_png(zones)))
    grey_line = read_grey_png(front)
    line = prepare.line(grey_line == 255)
    as_it_is = not prepare.changes_size and is_plain_grey(front)
    return CaseMaps(
        image=_channels(_image(image, case.scene.pixel_size_m, prepare), further, prepare),
        labels=label_map(options.labels, zone_ids, line, front_width=options.front_width, boundary=options.boundary),
        front=front if as_it_is else np.where(line, np.uint8(255), np.uint8(0)),
        zones=zone_ids,
    )


def _channels(image: np.ndarray | Path, further: Sequence[Path], prepare: Preparation) -> np.ndarray | Path:
    """The scene, with its further channels behind it where it has any."""
    if not further:
        return image
    grey = read_grey_png(image) if isinstance(image, Path) else image
    return np.stack([grey, *(prepare.channel(read_grey_png(path)) for path in further)])


def _image(path: Path, pixel_size_m: float, prepare: Preparation) -> np.ndarray | Path:
    """The image of a scene whose prepared pixels are of a size."""
    if not prepare.record():
        return path if is_plain_grey(path) else read_grey_png(path)
    grey = read_grey_png(path)
    down, across = prepare.scale(grey.shape)
    return prepare.image(grey, pixel_size_m * math.sqrt(down * across))
