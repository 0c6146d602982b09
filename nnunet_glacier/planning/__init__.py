"""Planning presets, written as ordinary nnU-Net plans."""
