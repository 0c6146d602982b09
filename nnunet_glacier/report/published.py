"""Published results on the 122 test images of CaFFe, to stand beside one's own, marked as published.

Sources: Gourmelon et al. (2022, doi 10.5194/essd-14-4287-2022); Herrmann et al. (2023, Sect. 5.2 and
Tables A2 and A3); Wu et al. (2023, arXiv 2302.02744; 2024, HookFormer; 2025, arXiv 2512.14639); Gourmelon et al. (2025,
SSL4SAR, arXiv 2507.01747).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

CAFFE_TEST_GLACIERS = frozenset({"COL", "Mapple"})

_CAFFE = "Gourmelon et al. 2022"
_NNUNET = "Herrmann et al. 2023"
_TYRION = "Gourmelon et al. 2025"


@dataclass(frozen=True)
class Published:
    """One published result; NaN where the source gives no figure.

    Attributes:
        method: The method's name.
        source: The paper.
        route: ``zones`` or ``front``, or "" where the source does not say.
        mde_m: Mean distance error in metres, mean over trainings.
        mde_sd_m: Its standard deviation over trainings.
        no_front: Images without a predicted front, mean over trainings.
        iou: Zone IoU, macro mean, in [0, 1].
        remark: What a reader must know to compare.
    """

    method: str
    source: str
    route: str
    mde_m: float
    mde_sd_m: float = math.nan
    no_front: float = math.nan
    iou: float = math.nan
    remark: str = ""


PUBLISHED = (
    Published("CaFFe baseline, fronts", _CAFFE, "front", 887, 189, 7),
    Published("CaFFe baseline, zones", _CAFFE, "zones", 753, 76, 1, 0.697),
    Published("nnU-Net, single task, fronts", _NNUNET, "front", 1103, 72, 27.2),
    Published("nnU-Net, single task, zones", _NNUNET, "zones", 1184, 225, 24.8, 0.624),
    Published("nnU-Net, early branching", _NNUNET, "front", 560, 25, 8.6),
    Published("nnU-Net, early branching", _NNUNET, "zones", 509, 43, 2.2, 0.726),
    Published("nnU-Net, late branching", _NNUNET, "front", 568, 51, 8.4),
    Published("nnU-Net, late branching", _NNUNET, "zones", 516, 40, 4.0, 0.711),
    Published("nnU-Net, boundary", _NNUNET, "front", 543, 27, 5.6),
    Published("nnU-Net, boundary", _NNUNET, "zones", 509, 19, 4.4, 0.726),
    Published("nnU-Net, fused labels", _NNUNET, "front", 552, 33, 3.2),
    Published("nnU-Net, fused labels", _NNUNET, "zones", 541, 84, 3.4, 0.708),
    Published("nnU-Net, fused labels, ensemble of 5", _NNUNET, "zones", 515, 39, 5),
    Published("AMD-HookNet", "Wu et al. 2023", "zones", 438, 22, 0, 0.744),
    Published("HookFormer", "Wu et al. 2024", "zones", 353, 16, 0, 0.755),
    Published("AMD-HookNet++", "Wu et al. 2025", "zones", 367, 30, 0, 0.782),
    Published("Tyrion, no pre-training", _TYRION, "", 342, 25),
    Published("Tyrion, pre-trained", _TYRION, "", 293, 54),
    Published("Tyrion, multi-temporal", "later work with Tyrion", "", 184, iou=0.836),
    Published("Human annotators", _TYRION, "", 38, remark="measured by another protocol"),
)

BASELINES = {
    "front": (PUBLISHED[0], PUBLISHED[10]),
    "zones": (PUBLISHED[1], PUBLISHED[11]),
}
"""What figures draw as lines: for each route the dataset's own baseline and the published nnU-Net."""


def fits_published(cases: pd.DataFrame) -> bool:
    """Whether every scene is named as one of CaFFe's test glaciers, so that published results may stand beside it.

    Args:
        cases: Rows with a column ``glacier``.
    """
    glaciers = set(cases["glacier"])
    return bool(glaciers) and glaciers <= CAFFE_TEST_GLACIERS
