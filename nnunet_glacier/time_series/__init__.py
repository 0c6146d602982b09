"""Fronts in time: how far they went, how fast, and whether the change is more than noise."""
