"""The line of a label: of a mask of any polarity, or of a label map whose ``dataset.json`` says what it means."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nnunet_glacier.domain.labels import GROUNDING_LINE, LabelSpace, zones_and_front
from nnunet_glacier.formats.dataset_json import DATASET_JSON, read_description
from nnunet_glacier.formats.rasters import mask_from_values, read_raster
from nnunet_glacier.support.errors import GlacierError, InputError


def read_line(label: Path) -> np.ndarray:
    """The front or grounding line of a label.

    A ``dataset.json`` in the label's folder, or above its ``labelsTr`` or ``labelsTs``, makes it a label map;
    otherwise it is a mask, see `line_of_mask`.

    Returns:
        Bool, ``(H, W)``, with at least one pixel of the line.

    Raises:
        GlacierError: If the label cannot be read, is of another kind or has no line.
    """
    values = read_raster(label).values
    folder = label.absolute().parent
    dataset_json = (folder.parent if folder.name.startswith("labels") else folder) / DATASET_JSON
    line = line_of_codes(values, _content(dataset_json)) if dataset_json.is_file() else line_of_mask(values)
    if not line.any():
        raise GlacierError("there is no line in it")
    return line


def _content(dataset_json: Path) -> dict:
    try:
        return dict(read_description(dataset_json).content)
    except InputError as error:
        faults = "; ".join(problem.what for problem in error.problems)
        raise GlacierError(f"the dataset.json that belongs to it cannot be used: {faults}") from None


def line_of_mask(values: np.ndarray) -> np.ndarray:
    """The line of a mask, which is the rarer of its two values: light on dark as in CaFFe, or dark on light.

    Args:
        values: Whole numbers, ``(H, W)``.

    Returns:
        Bool, same shape. A mask of one value has no line.

    Raises:
        GlacierError: If there are more than two values, or fractions.

    Examples:
        >>> line_of_mask(np.array([[255, 0, 255]])), line_of_mask(np.array([[0, 255, 0]]))
        (array([[False,  True, False]]), array([[False,  True, False]]))
    """
    grey_values = np.unique(values)
    if len(grey_values) > 2:
        listed = f"{', '.join(f'{value:g}' for value in grey_values[:5])}{', ...' if len(grey_values) > 5 else ''}"
        raise GlacierError(f"it has {len(grey_values)} values ({listed}), and a mask has two")
    mask = mask_from_values(values - grey_values[0])
    return ~mask if 2 * np.count_nonzero(mask) > mask.size else mask


def line_of_codes(codes: np.ndarray, dataset_json: dict) -> np.ndarray:
    """The front, or the grounding line, of a label map; pixels without a label are background.

    Args:
        codes: Integers, ``(H, W)``.
        dataset_json: What its dataset says of the labels.

    Returns:
        Bool, same shape.

    Raises:
        GlacierError: If the dataset has no line among its tasks, or the map has codes that are none of its labels.
    """
    space = LabelSpace.from_dataset_json(dataset_json)
    unlabelled = codes == dataset_json.get("labels", {}).get("ignore", -1)
    others = np.setdiff1d(codes[~unlabelled], np.arange(space.n_codes))
    if others.size:
        raise GlacierError(f"it has the value {others[0]:g}, which is no label of the dataset.json that belongs to it")
    decoded = np.where(unlabelled, 0, codes)
    if GROUNDING_LINE.name in space.names:
        line = space.decode(decoded)[space.names.index(GROUNDING_LINE.name)] > 0
    else:
        _, line = zones_and_front(decoded, space)
    if line is None:
        raise GlacierError(f"the tasks of its dataset.json are {', '.join(space.names)}: there is no line among them")
    return line & ~unlabelled
