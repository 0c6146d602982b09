"""What is measured of one scene: distances of lines, scores of bands, zones and classes."""
