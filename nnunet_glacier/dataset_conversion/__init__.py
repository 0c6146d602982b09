"""Converters from published datasets to nnU-Net's raw format; a sub-package for each dataset."""
