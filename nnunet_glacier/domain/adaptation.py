"""How a model is adapted to a glacier where nothing else is chosen."""

ADAPTED_SHARE = 0.5
"""Of the adapted weights in their mean with those of the model.

Without the model's own a network that is adapted to ten scenes or fewer forgets more of the glaciers that it knew than
it learns of the new one (docs/results/adaptation.md, What a few labelled scenes are worth).
"""

SERIES = "series"
"""The ``source`` of a dataset whose labels are of a whole series (``convert series``): of these the adapted weights are
taken alone."""

NEIGHBOURS = 40
"""Scenes of a series that vote on each other's zones: the nearest in time, so that a front which retreats is not held
back for years."""

OWN_WEIGHT = 3.0
"""How many times as many votes another zone needs before a scene's own gives way."""
