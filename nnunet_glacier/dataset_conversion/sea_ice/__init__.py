"""Sentinel-1 scenes with ice charts."""
