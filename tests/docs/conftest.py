"""Lets the tests of pages use the small datasets of the tests of conversion."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "dataset_conversion"))
