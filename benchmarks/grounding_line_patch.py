"""Score the published prediction of a real patch of an interferogram against its line.

    python benchmarks/grounding_line_patch.py getz_256_phase_truth_prediction.tif

The patch is one of the Getz study (paper 004): phase / pi, the burned line and the predicted mask, 100 m a pixel.
Overlap is of the masks as they are; distances, coverage and boundary F-score are of both masks thinned to lines.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from nnunet_glacier.demo.interferogram_panels import read_real_patch
from nnunet_glacier.domain.front_rules import MIN_RING_PX
from nnunet_glacier.lines.front_lines import line_with_rings
from nnunet_glacier.measures import line_distances
from nnunet_glacier.measures.bands import label_dilated_ious
from nnunet_glacier.measures.front_distances import front_distances
from nnunet_glacier.measures.tolerance_scores import mask_overlap

PIXEL_SIZE_M = 100.0
TOLERANCES_PX = (2, 3, 5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("patch", type=Path)
    patch = read_real_patch(parser.parse_args().patch)
    if patch.prediction is None:
        parser.error("the patch has no third page with a prediction")
    overlap = mask_overlap(patch.prediction, patch.line)
    print(", ".join(f"{name} {getattr(overlap, name):.3f}" for name in ("dice", "precision", "recall", "mcc")))
    for radius, iou in zip(TOLERANCES_PX, label_dilated_ious(patch.prediction, patch.line, TOLERANCES_PX), strict=True):
        print(f"IoU with the label dilated by {radius} px: {iou.over_dilated_union:.3f}")
    found, true = (line_with_rings(mask, MIN_RING_PX) for mask in (patch.prediction, patch.line))
    distances = front_distances(found, true)
    metres = {
        "PoLiS": line_distances.polis(distances),
        "median": line_distances.median_distance(distances),
        "MAD": line_distances.mad_distance(distances),
        "HD95 of both directions together": line_distances.hd95_pooled(distances),
        "HD95, the larger direction": line_distances.hd95_larger_direction(distances),
    }
    print(", ".join(f"{name} {value * PIXEL_SIZE_M:.0f} m" for name, value in metres.items()))
    for tolerance in TOLERANCES_PX:
        share = line_distances.coverage(distances, tolerance)
        score = line_distances.boundary_f_score(distances, tolerance)
        print(f"within {tolerance} px: coverage {share:.3f}, boundary F-score {score:.3f}")


if __name__ == "__main__":
    main()
