"""Calving fronts with nnU-Net v2: datasets, trainers, ensembles, fronts and scores."""
