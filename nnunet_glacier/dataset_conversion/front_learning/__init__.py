"""FrontLearning: Landsat scenes with calving fronts."""
