"""The names of nnU-Net's raw format: the folders of each split, and the files of a case in them."""

from __future__ import annotations

from pathlib import Path

SUFFIX = {"train": "Tr", "test": "Ts"}
"""How the folders of each split end."""

IMAGES, LABELS, FRONTS, ZONES = "images", "labels", "fronts", "zones"
"""What the folders hold; the last two are ours, for scoring."""

RAW_IMAGES = tuple(f"{IMAGES}{suffix}" for suffix in SUFFIX.values())
"""The folders of images."""

CONVERSION_JSON = "conversion.json"
"""The options of a conversion, in the folder of the dataset or of a model's input that it writes; written first."""

FOLDERS = tuple(f"{kind}{suffix}" for kind in (IMAGES, LABELS, FRONTS, ZONES) for suffix in SUFFIX.values())


def map_folder(dataset: Path, kind: str, split: str) -> Path:
    """The folder of a kind of map; without a suffix for a scene of no split.

    >>> map_folder(Path("Dataset101_CaFFe"), IMAGES, "test").as_posix()
    'Dataset101_CaFFe/imagesTs'
    """
    return dataset / f"{kind}{SUFFIX.get(split, '')}"


def image_name(case: str, channel: int, ending: str) -> str:
    """The file of a channel.

    >>> image_name("COL_2013", 0, ".png")
    'COL_2013_0000.png'
    """
    return f"{case}_{channel:04}{ending}"
