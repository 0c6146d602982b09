"""Images in a folder as scenes: found, described, and listed in a table for the user to complete."""
