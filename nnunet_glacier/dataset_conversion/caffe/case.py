"""The maps of a scene of CaFFe."""

from __future__ import annotations

from nnunet_glacier.dataset_conversion.caffe.options import CaffeOptions
from nnunet_glacier.dataset_conversion.writing.label_maps import label_map
from nnunet_glacier.dataset_conversion.writing.raw_dataset import Case, CaseMaps
from nnunet_glacier.domain.zones import zones_from_grey
from nnunet_glacier.formats.grey_png import is_plain_grey, read_grey_png


def load_case(case: Case, *, options: CaffeOptions) -> CaseMaps:
    """The arrays of a case; PNGs that are as nnU-Net wants them are handed on as they are."""
    image, zones, front = case.inputs
    zone_ids = zones_from_grey(read_grey_png(zones))
    line = read_grey_png(front)
    return CaseMaps(
        image=image if is_plain_grey(image) else read_grey_png(image),
        labels=label_map(options.labels, zone_ids, line == 255, boundary=options.boundary),
        front=front if is_plain_grey(front) else line,
        zones=zone_ids,
    )
