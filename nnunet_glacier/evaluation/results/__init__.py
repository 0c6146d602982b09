"""Scores put together: by group, over folds, as tables and as the summary."""
