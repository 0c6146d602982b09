"""What the words mean: zones, labels, scenes, dates and thresholds; no files."""
