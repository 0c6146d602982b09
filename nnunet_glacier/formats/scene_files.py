"""What files a scene of a dataset has, and their maps: of a converted dataset, or of CaFFe as published.

Post-processing takes the scenes from here, evaluation scores against their labels, reports draw on their images.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnunet_glacier.domain.labels import FRONT, FUSED, GROUNDING_LINE, LabelSpace, zones_and_front
from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.domain.zones import Zone, zones_from_grey
from nnunet_glacier.formats.rasters import mask_from_values, read_raster
from nnunet_glacier.lines.front_lines import overlaps
from nnunet_glacier.support.errors import GlacierError, InputError, Problem


@dataclass(frozen=True)
class SceneFiles:
    """One scene of a dataset and where its files are, which need not exist; nothing is read before it is asked for.

    Attributes:
        scene: What is known of it.
        image: SAR image.
        front: One-pixel front line, where everything but 0 is front.
        zones: Zone map, or None where the source has none.
        grey: Whether `zones` holds CaFFe's grey values and not zone ids.
        described_in: The file that holds the scene's box: the scene table, or CaFFe's box file.
        label: Label map, or None where the dataset has none.
        space: What label maps hold, or None where the dataset does not say.
        ignore: Value of pixels without a label in label maps, which count nowhere; or None.
    """

    scene: Scene
    image: Path
    front: Path
    zones: Path | None
    grey: bool
    described_in: Path
    label: Path | None = None
    space: LabelSpace | None = None
    ignore: int | None = None

    @property
    def grounding_line(self) -> bool:
        """Whether its line is a grounding line, which may close; where nothing tells, it is a calving front."""
        return self.space is not None and GROUNDING_LINE.name in self.space.names

    @property
    def has_band(self) -> bool:
        """Whether there is a label map that holds the line as it is learnt (`read_band`)."""
        lines = {FRONT.name, FUSED.name, GROUNDING_LINE.name}
        told = self.label is not None and self.space is not None and bool(lines & set(self.space.names))
        return told and self.label is not None and self.label.is_file()

    @property
    def ignored_in(self) -> Path | None:
        """The label map that marks pixels without a label, or None where every pixel has one."""
        return None if self.ignore is None else self.label

    def box_problems(self, shape: tuple[int, int]) -> list[Problem]:
        """A problem if the scene has a box that does not overlap its image of so many rows and columns."""
        box = self.scene.box
        if box is None or overlaps(box, shape):
            return []
        window = f"rows {box.row_start} to {box.row_stop}, columns {box.column_start} to {box.column_stop}"
        what = f"the box of case {self.scene.case} ({window}) does not overlap its image of {shape[0]}x{shape[1]}"
        remedy = "Correct it: rows count from the top, from the start up to before the stop"
        return [Problem(self.described_in, what, remedy)]

    def read_image(self) -> np.ndarray:
        """The SAR image, dtype of the file, shape ``(H, W)``.

        Raises:
            InputError: If the file cannot be read.
        """
        return _read(self.image, "image")

    def read_front(self) -> np.ndarray:
        """The labelled front, bool, shape ``(H, W)``.

        Raises:
            InputError: If the file cannot be read or is no mask.
        """
        values = _read(self.front, "label")
        try:
            return mask_from_values(values)
        except GlacierError as error:
            raise InputError([Problem(self.front, str(error), "Write the labelled front as a mask")]) from None

    def read_ignored(self) -> np.ndarray | None:
        """Pixels without a label, bool, shape ``(H, W)``, or None where every pixel has one.

        Raises:
            InputError: If the label map cannot be read.
        """
        return None if self.ignored_in is None else _read(self.ignored_in, "label") == self.ignore

    def read_band(self) -> tuple[np.ndarray, np.ndarray]:
        """The line as it was learnt, its class in the label map, and the pixels without a label.

        Only where `label` and `space` are known, and the space has a line.

        Returns:
            Both bool, shape ``(H, W)``; a pixel without a label is not in the band.

        Raises:
            InputError: If the label map cannot be read or holds a value without a meaning.
        """
        assert self.label is not None and self.space is not None
        codes = _read(self.label, "label")
        ignored = np.zeros(codes.shape, dtype=bool) if self.ignore is None else codes == self.ignore
        learnt, last = codes[~ignored], self.space.n_codes - 1
        if learnt.size and not (learnt.min() >= 0 and learnt.max() <= last):
            what = f"it holds values from {learnt.min()} to {learnt.max()}, but its labels are 0 to {last}"
            raise InputError([Problem(self.label, what, "Restore the label from the dataset, or convert again")])
        band = zones_and_front(np.where(ignored, 0, codes).astype(np.uint8), self.space)[1]
        assert band is not None
        return band, ignored

    def read_zones(self) -> np.ndarray | None:
        """Zone ids, uint8, shape ``(H, W)``, or None where the source has no zones.

        Raises:
            InputError: If the file cannot be read or holds a value that is no zone.
        """
        if self.zones is None:
            return None
        values = _read(self.zones, "label")
        try:
            zones = zones_from_grey(values) if self.grey else values
        except GlacierError as error:
            raise InputError([Problem(self.zones, str(error), "Correct the label")]) from None
        if zones.min() < 0 or zones.max() >= len(Zone):
            what = f"it holds values from {zones.min()} to {zones.max()}, not zone ids 0 to {len(Zone) - 1}"
            raise InputError([Problem(self.zones, what, "Convert the dataset again")])
        return zones.astype(np.uint8, copy=False)


def _read(path: Path, kind: str) -> np.ndarray:
    try:
        return read_raster(path).values
    except GlacierError as error:
        raise InputError([Problem(path, str(error), f"Restore the {kind} from the dataset")]) from None
