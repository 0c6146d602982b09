"""Scores of predictions: distances in metres, zone scores, grouping."""
