"""What a user may choose when predictions are scored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nnunet_glacier.domain.choices import SplitChoice
from nnunet_glacier.domain.front_rules import FrontRules, RouteChoice
from nnunet_glacier.domain.measures import MeasureChoice
from nnunet_glacier.support.parallel import LOCAL, Backend


@dataclass(frozen=True)
class Options:
    """What a user may choose; the defaults score CaFFe as published.

    Attributes:
        split: Split to score; ``auto`` see `choose_split`.
        route: Route from a prediction to its front; ``auto`` see `choose_routes`.
        threshold: Probability above which a pixel is front or grounding line, in place of the predicted class;
            ``auto`` then goes by the front.
        rules: How the front is found.
        allow_missing: Score what was predicted when scenes of the split were not.
        skip_bad: Score the rest when files of a scene are missing or cannot be used; includes `allow_missing`.
        hemispheres: Glacier to ``north`` or ``south``, where the dataset does not know it.
        workers: Processes; None for one per core.
        backend: What runs them.
        measures: Which scores are written: a default set, or all.
        cut_ends_m: Score the lines also without so much of the label at each of its ends, in metres (`without_ends`).
        bootstrap_seed: Seed of the random numbers that draw scenes for intervals.
        overwrite: Replace scores of other predictions in the output folder, and score every scene anew.
    """

    split: SplitChoice = "auto"
    route: RouteChoice = "auto"
    threshold: float | None = None
    rules: FrontRules = field(default_factory=FrontRules)
    allow_missing: bool = False
    skip_bad: bool = False
    hemispheres: Mapping[str, str] = field(default_factory=dict)
    workers: int | None = None
    backend: Backend = LOCAL
    measures: MeasureChoice = "default"
    cut_ends_m: float | None = None
    bootstrap_seed: int = 0
    overwrite: bool = False

    def given(self) -> list[str]:
        """The options of how lines are found, grouped and compared that are not at their defaults, by their names."""
        usual = Options()
        changed = {
            "--route": self.route != usual.route,
            "--threshold": self.threshold != usual.threshold,
            "--min-front-length-m": self.rules.min_front_length_m != usual.rules.min_front_length_m,
            "--front-side": self.rules.front_side != usual.rules.front_side,
            "--fused-decoding": self.rules.published_decoding,
            "--hemisphere": bool(self.hemispheres),
            "--seed": self.bootstrap_seed != usual.bootstrap_seed,
            "--measures": self.measures != usual.measures,
            "--cut-ends-m": self.cut_ends_m is not None,
        }
        return [option for option, is_changed in changed.items() if is_changed]
