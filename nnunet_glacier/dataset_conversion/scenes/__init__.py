"""Images in a folder as scenes: described, listed in a table for the user to complete, read on their grid."""
