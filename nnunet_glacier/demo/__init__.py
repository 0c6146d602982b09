"""Made-up scenes with known truth."""
