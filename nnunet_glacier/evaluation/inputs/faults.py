"""What is wrong with single scenes: an error that lists them all, or scenes that are skipped and reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from nnunet_glacier.support.errors import Problem

_SHOWN = 20


@dataclass(frozen=True)
class Fault:
    """Why a scene cannot be scored.

    Attributes:
        prediction: Name of the set of predictions, or None where no set can be scored on the scene.
        case: The scene.
        problem: What is wrong with which file.
    """

    prediction: str | None
    case: str
    problem: Problem

    def to_json(self) -> dict[str, str | None]:
        """The entry in ``summary.json``."""
        return {
            "prediction": self.prediction,
            "case": self.case,
            "where": str(self.problem.where),
            "what": self.problem.what,
            "remedy": self.problem.remedy,
        }


def skipped_text(faults: Sequence[Fault], listed_in: str = "summary.json") -> str:
    """The skipped scenes for the screen, the first of them with their reasons; "" if there is none.

    Args:
        faults: Why each was skipped.
        listed_in: Name of the file that lists all of them.
    """
    if not faults:
        return ""
    scenes = len({(fault.prediction, fault.case) for fault in faults})
    lines = [f"SKIPPED {scenes} scene{'s' if scenes != 1 else ''} with bad input, which are in no figure (--skip-bad):"]
    lines += [f"  {fault.problem}" for fault in faults[:_SHOWN]]
    if len(faults) > _SHOWN:
        lines.append(f"  ... and {len(faults) - _SHOWN} more: 'skipped' in {listed_in}")
    return "\n".join(lines)


def with_skipped(scores: pd.DataFrame, faults: Sequence[Fault]) -> pd.DataFrame:
    """The table of ``scores.csv`` with a row for each skipped scene: empty but for its name and the remark why."""
    if not faults:
        return scores
    reasons: dict[tuple[str, str], list[str]] = {}
    for fault in faults:
        reasons.setdefault((fault.case, fault.prediction or ""), []).append(str(fault.problem))
    rows = [
        {"case": case, "prediction": prediction, "remarks": f"skipped: {'; '.join(why)}"}
        for (case, prediction), why in reasons.items()
    ]
    # Whole numbers stay whole beside empty cells.
    return pd.concat([scores.astype(object), pd.DataFrame(rows, columns=scores.columns, dtype=object)])
