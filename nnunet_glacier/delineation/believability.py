"""Whether a delineated front is to be believed: what speaks against it, in words, and what follows from that.

Words are found for what is beyond its threshold (`flags`) among what is measured of the front (`signs`), the glacier's
other fronts add theirs (`series_believability`), and by them the line is kept or rejected (`judged`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from nnunet_glacier.delineation.series_believability import UNCONFIRMED_CHANGE, UNUSUAL_LENGTH, UNUSUAL_SHAPE
from nnunet_glacier.delineation.signs import Signs
from nnunet_glacier.formats.delineated_lines import BETWEEN_FLAGS, DelineatedLine
from nnunet_glacier.lines.front_uncertainty import Calibration
from nnunet_glacier.lines.pixel_sizes import MAX_PIXEL_SIZE_RATIO

NO_FRONT = "no front"
NETWORKS_DISAGREE = "networks disagree"
NETWORKS_FAR_APART = "networks far apart"
IMPROBABLE = "improbable front"
VERY_IMPROBABLE = "very improbable front"
SEVERAL_FRONTS = "several fronts"
ENDS_AT_EDGE = "both ends at edge of image"
ENDS_FAR_FROM_LAND = "ends far from land"
MUCH_NOT_SEEN = "much not seen"
DOUBLES_BACK = "doubles back"
MUCH_NA = "much NA"
UNLIKE_TRAINING = "unlike training images"
OTHER_PIXEL_SIZE = "pixel size unlike training"
FEW_GREY_VALUES = "few grey values"
"""The words of a front by itself; those of a series stand in `series_believability`."""

REJECTING = frozenset(
    {NO_FRONT, NETWORKS_FAR_APART, VERY_IMPROBABLE, UNUSUAL_LENGTH, UNUSUAL_SHAPE, UNCONFIRMED_CHANGE}
)
"""A front with one of these words is rejected. All but the second and third are AutoTerm's rules (Zhang et al. 2023);
the other words are warnings: on most glaciers left out they held little more of the error than of the fronts."""


@dataclass(frozen=True)
class Limits:
    """Beyond what something speaks against a front; of ``benchmarks/risk_coverage.py``, on glaciers left out.

    Attributes:
        spread_px: The networks disagree: mean of the 75th percentiles of the glaciers.
        rejected_spread_px: They are far apart: mean of the 90th percentiles, or of the 95th where the probability tells
            more.
        probability: Below it a front is improbable: mean of the 10th percentiles, or of the 25th where it tells more.
        rejected_probability: Below it a front is very improbable: mean of the 10th percentiles, or 0 where it tells
            little.
        prolonged_share: Above it much of a front was followed or joined, and not seen; chosen at the edge of zones,
            where it says nothing of the error, else the mean of the 90th percentiles.
        rival_share: Mean of the 90th percentiles, as the others.
        sinuosity: Likewise.
        na_share: Likewise.
        off_land_px: How far an end lies from land; chosen. A line at the edge of zones that is not cut always ends at
            land or at the edge of the image, and a band does not: 32 to 54 % of fronts end 10 pixels away.
    """

    spread_px: float
    rejected_spread_px: float
    probability: float
    rejected_probability: float
    prolonged_share: float
    rival_share: float
    sinuosity: float
    na_share: float
    off_land_px: float


AT_ZONES = Limits(
    spread_px=15.0,
    rejected_spread_px=24.0,
    probability=0.43,
    rejected_probability=0.0,
    prolonged_share=0.5,
    rival_share=0.47,
    sinuosity=2.1,
    na_share=0.19,
    off_land_px=10.0,
)
"""Of fronts at the edge of zones; of three networks like those that shipped before."""

OF_FRONT_CLASS = Limits(
    spread_px=11.5,
    rejected_spread_px=18.7,
    probability=0.46,
    rejected_probability=0.38,
    prolonged_share=0.28,
    rival_share=0.35,
    sinuosity=1.5,
    na_share=0.20,
    off_land_px=30.0,
)
"""Of fronts by their own class beside zones; of three networks, one of each kind in the model that ships."""

MAX_ENDS_AT_EDGE = 1
"""Chosen: one end at the edge is no reason to doubt. Over four glaciers left out their number says nothing."""

MIN_GREY_LEVELS = 32
"""Palettes and classes have fewer; CaFFe's images at 256x256 have at least 198."""

UNSEEN_GLACIER = Calibration(factor=1.09, floor_px=10.6, share=0.68)
"""Makes `uncertainty_m` of the networks' fronts for a glacier that they have not seen (`fold_uncertainty`).

Of three networks like those of the model that shipped before, on 478 scenes of Crane, DBE, JAC and SI at 68 to 85 m,
each glacier left out of all three (``benchmarks/risk_coverage.py``). With the calibration of three glaciers the
interval held 32, 84, 71 and 89 % of the fronts of the fourth. Of the networks that ship there is no such glacier;
for a model that was adapted to the glacier the interval is too wide.
"""

UNSEEN_GLACIER_BY_FRONT_CLASS = Calibration(factor=0.91, floor_px=7.7, share=0.68)
"""The same of fronts by their own class beside zones.

Of three networks, one of each kind in the model that ships, on 481 scenes of the four glaciers, each left out of all
three. With the calibration of three glaciers the interval held 52, 71, 66 and 71 % of the fronts of the fourth.
"""

UNSEEN_GLACIER_WITHOUT_ZONES = Calibration(factor=1.94, floor_px=3.60, share=0.68)
"""The same of models that draw fronts along a band and have no zones.

Of two networks of one kind, which differ by their seed, on 100 Landsat scenes of Sverdrup and Jakobshavn at 49 m, each
glacier left out of both (``benchmarks/band_calibration.py``). With the calibration of the one glacier the interval held
57 and 70 % of the fronts of the other.
"""

UNSEEN_POSITION_WITHOUT_ZONES_PX = 1.57
"""Half of the interval that is meant to hold the position of such a front on a flowline, across the front, in 68 %.

On the same scenes and by the same benchmark. With the interval of the one glacier 76 and 56 % of the positions of the
other were held. A part that grows with the distance of the networks came out as nothing.
"""


def flags(signs: Signs | None, limits: Limits = AT_ZONES) -> tuple[str, ...]:
    """What speaks against a front, in words; empty where nothing does.

    Args:
        signs: What was measured; None where the scene has no front.
        limits: Those of the way in which the front was drawn.
    """
    if signs is None:
        return (NO_FRONT,)
    likeness = signs.likeness
    beyond = {
        NETWORKS_DISAGREE: limits.spread_px < signs.spread_px <= limits.rejected_spread_px,
        NETWORKS_FAR_APART: signs.spread_px > limits.rejected_spread_px,
        IMPROBABLE: limits.rejected_probability <= signs.mean_probability < limits.probability,
        VERY_IMPROBABLE: signs.mean_probability < limits.rejected_probability,
        SEVERAL_FRONTS: signs.rival_share > limits.rival_share,
        ENDS_AT_EDGE: signs.ends_at_edge > MAX_ENDS_AT_EDGE,
        ENDS_FAR_FROM_LAND: signs.ends_off_land_px > limits.off_land_px,
        MUCH_NOT_SEEN: signs.prolonged_share > limits.prolonged_share,
        DOUBLES_BACK: signs.sinuosity > limits.sinuosity,
        MUCH_NA: signs.na_share > limits.na_share,
        UNLIKE_TRAINING: likeness.unlike_training > 0,
        OTHER_PIXEL_SIZE: max(likeness.pixel_size_ratio, 1 / likeness.pixel_size_ratio) > MAX_PIXEL_SIZE_RATIO,
        FEW_GREY_VALUES: likeness.grey_levels < MIN_GREY_LEVELS,
    }
    return tuple(word for word, is_beyond in beyond.items() if is_beyond)


def is_rejected(words: Collection[str], rejecting: frozenset[str] = REJECTING) -> bool:
    """Whether what speaks against a line takes it out: one of the words that do so stands among it."""
    return bool(rejecting & set(words))


def judged(line: DelineatedLine, words: Sequence[str], rejecting: frozenset[str] = REJECTING) -> DelineatedLine:
    """A line with further words beside it; in the layer of rejected ones where a word leads there.

    Args:
        line: A line of a layer of believed or rejected ones.
        words: What speaks against it, beside the words that it has.
        rejecting: The words that take it out; by default those of fronts.
    """
    every = [word for word in line.flags.split(BETWEEN_FLAGS) if word]
    every += [word for word in words if word not in every]
    told = replace(line, flags=BETWEEN_FLAGS.join(every))
    return replace(told, layer="rejected", status="rejected") if is_rejected(every, rejecting) else told
