"""Converters from published datasets to nnU-Net's raw format; one file per dataset."""
