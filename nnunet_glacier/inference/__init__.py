"""Prediction: all folds of a trained model in one pass, probabilities averaged per task, GeoTIFF in and out."""
