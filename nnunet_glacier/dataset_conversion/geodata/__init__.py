"""Grids, vector files, and what is burned, resampled and cut on them."""
