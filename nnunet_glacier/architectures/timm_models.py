"""Networks of timm, imported when one is made: importing timm takes long, and torch warns of a decorator in it."""

from __future__ import annotations

import warnings
from typing import Any

from torch import nn


def timm_model(name: str, **options: Any) -> nn.Module:
    """A network by timm's name; the options are those of ``timm.create_model``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        import timm
    return timm.create_model(name, **options)
