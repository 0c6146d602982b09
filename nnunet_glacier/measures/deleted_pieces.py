"""What the rule that deletes short pieces of a line cost, and what it saved."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from nnunet_glacier.measures.front_distances import front_distances

NEAR_M = 250.0
"""A piece, or a pixel of the label, that lies within so much of the other line agrees with it."""


@dataclass(frozen=True)
class DeletedPieces:
    """The pieces that were deleted in one image.

    Attributes:
        pieces: Their number.
        false_pieces: Those of them that lie nowhere within `NEAR_M` of the label: what the rule saved.
        deleted_m: Pixels of all of them, in metres.
        false_m: Pixels of the false ones, in metres.
        label_lost_m: Pixels of the label within `NEAR_M` of a deleted piece but of no piece that was kept, in metres:
            what the rule cost.
    """

    pieces: int = 0
    false_pieces: int = 0
    deleted_m: float = 0.0
    false_m: float = 0.0
    label_lost_m: float = 0.0


NOTHING_DELETED = DeletedPieces()


def deleted_pieces(deleted: np.ndarray, kept: np.ndarray, label: np.ndarray, pixel_size_m: float) -> DeletedPieces:
    """What the deletion of some pieces cost and saved.

    Args:
        deleted: Pixels of the deleted pieces, which are 8-connected, bool, shape ``(H, W)``.
        kept: Pixels of the predicted line that was kept, bool, same shape.
        label: Labelled line, bool, same shape.
        pixel_size_m: Edge of a pixel in metres; where it is NaN, nothing is deleted.

    Returns:
        Zeros where nothing was deleted. Without a label every piece is false.
    """
    if math.isnan(pixel_size_m) or not deleted.any():
        return NOTHING_DELETED
    near_px = NEAR_M / pixel_size_m
    distances = front_distances(deleted, label)
    numbers, count = ndimage.label(deleted, np.ones((3, 3)))
    piece_of_pixel = numbers[deleted] - 1
    near = np.bincount(piece_of_pixel, distances.predicted_to_label <= near_px, minlength=count) > 0
    pixels = np.bincount(piece_of_pixel, minlength=count)
    to_kept = front_distances(kept, label).label_to_predicted
    # The distance to a line that is not there is NaN, which is near to nothing.
    lost = (distances.label_to_predicted <= near_px) & ~(to_kept <= near_px)
    return DeletedPieces(
        count,
        int((~near).sum()),
        float(pixels.sum() * pixel_size_m),
        float(pixels[~near].sum() * pixel_size_m),
        float(lost.sum() * pixel_size_m),
    )


def total(deletions: Iterable[DeletedPieces]) -> DeletedPieces:
    """The sums over images."""
    every = list(deletions)
    return DeletedPieces(
        sum(one.pieces for one in every),
        sum(one.false_pieces for one in every),
        sum(one.deleted_m for one in every),
        sum(one.false_m for one in every),
        sum(one.label_lost_m for one in every),
    )
