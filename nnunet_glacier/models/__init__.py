"""Models that ship with the package, a folder each, and what packs, unpacks and lists models."""
