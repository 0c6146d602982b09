"""Arrays in, arrays out: fronts from zones, skeletons, runs of pixels, branches and their smoothing."""
