"""The maps of a scene of FrontLearning."""

from __future__ import annotations

import numpy as np

from nnunet_glacier.dataset_conversion.front_learning.options import FrontLearningOptions
from nnunet_glacier.dataset_conversion.writing.label_maps import label_map
from nnunet_glacier.dataset_conversion.writing.raw_dataset import Case, CaseMaps
from nnunet_glacier.formats.grey_png import read_grey_png


def load_case(case: Case, *, options: FrontLearningOptions) -> CaseMaps:
    """The arrays of a case; the published front is dark on white."""
    image, front = (read_grey_png(path) for path in case.inputs)
    line = front == 0
    return CaseMaps(
        image=image,
        labels=label_map("front", None, line, front_width=options.front_width),
        front=np.where(line, np.uint8(255), np.uint8(0)),
    )
