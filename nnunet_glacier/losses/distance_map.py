"""Distance-map BCE (Davari et al. 2021, Eq. 3-7): false alarms weigh little far from the line, more near it."""

from __future__ import annotations

import torch

from nnunet_glacier.losses.distance_transform import FLAT_TANH, shifted_distance_transform, spacing_px
from nnunet_glacier.losses.scaled_bce import scaled_bce
from nnunet_glacier.losses.segmentation_loss import LineLoss, mean_over_labelled


def distance_map(
    line: torch.Tensor,
    *,
    w: int = 3,
    R: float = 1.0,
    k: float = 0.1,
    spacing_px: tuple[float, float] = (1.0, 1.0),
) -> torch.Tensor:
    """The map d of Davari et al. (2021), Eq. 3-5: 1 at the core of the line, falling to its edge, k in the background.

    The line is dilated by a square of w pixels (Eq. 3). Inside it, s is the sigmoid of the distance to the dilated
    line's edge over R (Eq. 4), scaled from 0, outside, to 1, the largest of the map, as the authors' code does;
    outside, the map is k (Eq. 5). w dilates the label as it is given: labels that were dilated for training, by 5x5 in
    the paper and in our converters, grow once more, and w is the width of relaxation, not of the line.

    Args:
        line: Bool, ``(..., H, W)``; each (H, W) map stands for itself.
        w: Side of the square, odd, in pixels of full resolution; rounded to the map's pixels at lower resolutions.
        R: Distance in pixels over which the weight rises from the edge, above 0.
        k: Weight of the background, in (0, 1].
        spacing_px: Distance between rows and between columns, in pixels of full resolution.

    Returns:
        Float32 in (0, 1], shape of the line. A map without any line is 1 everywhere: plain BCE.

    Examples:
        >>> line = torch.tensor([[0, 0, 0, 1, 0, 0, 0]]).repeat(5, 1) == 1
        >>> distance_map(line)[2]
        tensor([0.1000, 0.1000, 0.6068, 1.0000, 0.6068, 0.1000, 0.1000])
    """
    dilated = _dilate(line, w, spacing_px)
    # sigmoid(x) - 1/2 = tanh(x/2) / 2, which keeps its digits where R is large.
    inside = shifted_distance_transform(dilated, spacing_px, 2 * R * FLAT_TANH).div_(2 * R).tanh_()
    peak = inside.amax((-2, -1), keepdim=True)
    return inside.div_(peak).masked_fill_(~dilated, k).masked_fill_(peak == 0, 1)


def _dilate(line: torch.Tensor, w: int, spacing_px: tuple[float, float]) -> torch.Tensor:
    """The line dilated by a square, its half side rounded to whole pixels of the map, half upwards."""
    for axis, spacing in zip((-2, -1), spacing_px, strict=True):
        size, grown = line.shape[axis], line.clone()
        for shift in range(1, min(size, int((w // 2) / spacing + 0.5) + 1)):
            grown.narrow(axis, shift, size - shift).logical_or_(line.narrow(axis, 0, size - shift))
            grown.narrow(axis, 0, size - shift).logical_or_(line.narrow(axis, shift, size - shift))
        line = grown
    return line


def distance_map_bce(
    logit: torch.Tensor,
    line: torch.Tensor,
    labelled: torch.Tensor | None = None,
    *,
    w: int = 3,
    R: float = 1.0,
    k: float = 0.1,
    spacing_px: tuple[float, float] = (1.0, 1.0),
) -> torch.Tensor:
    """BCE of the prediction times the distance map (Davari et al. 2021, Eq. 7), mean over the labelled pixels.

    On the line the map adds a constant, ``-log d``, so it acts on the background alone: the gradient of a false alarm
    is that of BCE times about d.

    Args:
        logit: Logit of the line, ``(N, H, W)``.
        line: Bool, same shape.
        labelled: Bool, same shape; None where every pixel has a label.
        w: See `distance_map`.
        R: See `distance_map`.
        k: See `distance_map`.
        spacing_px: Distance between rows and between columns, in pixels of full resolution.

    Returns:
        A scalar, not negative.
    """
    scale = distance_map(line, w=w, R=R, k=k, spacing_px=spacing_px)
    return mean_over_labelled(scaled_bce(logit, line, scale), labelled)


class DistanceMapBCE(LineLoss):
    """`distance_map_bce` of logits and class ids.

    The defaults are the paper's for the Antarctic Peninsula; for Jakobshavn Isbræ it took k = 0.25, and k = 1 is the
    conventional distance map that it compares with (Table II).

    Args:
        w: Side of the square that dilates the label, odd.
        R: Distance in pixels over which the weight rises from the edge, above 0.
        k: Weight of the background, in (0, 1].
        patch_size: Rows and columns at full resolution, from which the spacing at lower ones follows; None for 1.
        ignore_label: Class id of pixels without a label, which are taken as background in the map.

    Raises:
        ValueError: If a parameter is out of its range.

    Shape:
        Logits ``(N, 2, H, W)``; target ``(N, 1, H, W)``; output a scalar.
    """

    def __init__(
        self,
        w: int = 3,
        R: float = 1.0,
        k: float = 0.1,
        *,
        patch_size: tuple[int, int] | None = None,
        ignore_label: int | None = None,
    ) -> None:
        super().__init__(ignore_label=ignore_label)
        if w < 1 or w % 2 == 0 or R <= 0 or not 0 < k <= 1:
            raise ValueError(f"w must be odd and positive, R above 0 and k in (0, 1]; they are {w}, {R} and {k}")
        self.w, self.R, self.k = w, R, k
        self.patch_size = patch_size

    def line_value(self, logit: torch.Tensor, line: torch.Tensor, labelled: torch.Tensor | None) -> torch.Tensor:
        """`distance_map_bce` at the spacing of this resolution."""
        spacing = spacing_px(self.patch_size, logit.shape)
        return distance_map_bce(logit, line, labelled, w=self.w, R=self.R, k=self.k, spacing_px=spacing)
