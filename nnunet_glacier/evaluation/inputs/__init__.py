"""What is scored against what: sets of predictions, references of a dataset, and what is wrong with either."""
