"""``python -m nnunet_glacier.cli``, where the console script is not on the path."""

from nnunet_glacier.cli import app

app()
