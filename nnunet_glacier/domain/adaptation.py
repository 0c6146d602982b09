"""How a model is adapted to a glacier where nothing else is chosen."""

ADAPTED_SHARE = 0.75
"""Of the adapted weights in their mean with those of the model, so that a part of what it knew of others is kept.

In the mean of four glaciers this is 0.3 pixels nearer than the adapted weights alone with three scenes, and 0.4 farther
with ten (docs/results/adaptation.md, What a few labelled scenes are worth).
"""

SERIES = "series"
"""The ``source`` of a dataset whose labels are of a whole series (``convert series``): of these the adapted weights are
taken alone."""

NEIGHBOURS = 40
"""Scenes of a series that vote on each other's zones: the nearest in time, so that a front which retreats is not held
back for years."""

OWN_WEIGHT = 3.0
"""How many times as many votes another zone needs before a scene's own gives way."""
