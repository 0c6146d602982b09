"""Interferograms with grounding lines."""
