"""Scores of class maps, such as ice types."""
