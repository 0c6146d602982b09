"""What a user may choose, by a word or within a range, said once for the command line and the stages."""

from __future__ import annotations

from typing import Literal

CheckpointName = Literal["final", "best"]
"""Which checkpoint of a trained fold."""

ProbabilityType = Literal["uint8", "float16"]
"""Type in which ``predict`` writes probabilities."""

SplitChoice = Literal["auto", "train", "test", "all"]
"""Scenes to score; ``auto``: train for a cross-validation, else the predicted scenes' split."""

Export = Literal["geojson", "shapefile", "calfin", "termpicks", "esa-cci"]
"""Forms in which fronts are written beside the GeoPackage: two formats, and the columns of three collections."""

GroundingLineExport = Literal["geojson", "shapefile", "esa-cci"]
"""Those of them in which grounding lines are written."""

RetreatMethod = Literal["curvilinear box", "rectilinear box", "multi-centreline", "centreline"]
"""How a front's position is measured, that of the least scatter first."""

SceneChoice = Literal["earliest", "spread"]
"""Which of a glacier's labelled scenes ``adapt`` trains on: the earliest, so that the rest is the future and its scores
are of a forecast, or scenes spread over the series, so that the rest stands between them."""

InterferogramBands = Literal["two", "complex", "phase"]
"""How a made-up interferogram is stored: two float bands, real and imaginary (the Getz study); one complex band; or the
phase alone in radians."""

PIXEL_SIZE_RANGE_M = (1e-3, 1e5)
"""Least and greatest edge of a pixel that is taken, from an option or a file."""
