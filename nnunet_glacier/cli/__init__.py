"""The command line ``nnunet-glacier``: thin; a command imports its stage only when it runs.

One module per group of commands; ``--help`` lists them in the order of the imports below.
"""

# isort: off
from nnunet_glacier.cli.application import app
from nnunet_glacier.cli import (
    convert,
    convert_dinsar,
    convert_sea_ice,
    convert_lines,
    convert_series,
    scenes,
    plan,
    slurm,
    trainers,
    tune,
    models,
    adapt,
    delineate,
    view,
    predict,
    sweep,
    fronts,
    lines,
    retreat,
    evaluate,
    report,
    pictures,
    demo,
    docs,
)
# isort: on

__all__ = [
    "adapt",
    "app",
    "convert",
    "convert_dinsar",
    "convert_lines",
    "convert_sea_ice",
    "convert_series",
    "delineate",
    "demo",
    "docs",
    "evaluate",
    "fronts",
    "lines",
    "models",
    "pictures",
    "plan",
    "predict",
    "report",
    "retreat",
    "scenes",
    "slurm",
    "sweep",
    "trainers",
    "tune",
    "view",
]
