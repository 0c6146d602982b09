"""A module for each folder or file on disk: its names, its reader and its writer together."""
