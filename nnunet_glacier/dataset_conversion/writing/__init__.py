"""What all converters share: one way from cases that were found to a dataset of nnU-Net."""
