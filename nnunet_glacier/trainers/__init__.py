"""The trainers; the folder plugin is the one that nnU-Net scans."""
