"""Networks, in torch alone: they know nothing of nnU-Net's trainer."""
