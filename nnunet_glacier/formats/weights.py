"""Weights as safetensors: plain numbers with names, whose reading cannot run code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from nnunet_glacier.support.errors import GlacierError

if TYPE_CHECKING:
    import torch

_ALIASES = "same_as"


def encode_weights(weights: Mapping[str, torch.Tensor], *, half: bool) -> bytes:
    """Weights as the bytes of a safetensors file; tensors that a network holds under several names are kept once.

    Args:
        weights: Tensors by name.
        half: Whether to keep floating-point numbers in half precision.

    Raises:
        GlacierError: If a weight is beyond what half precision holds, 65504.
    """
    import torch
    from safetensors.torch import save

    dtype = torch.float16 if half else torch.float32
    first: dict[tuple[int, torch.Size, tuple[int, ...]], str] = {}
    aliases = {}
    for name, weight in weights.items():
        key = (weight.data_ptr(), weight.shape, weight.stride())
        if weight.numel() and key in first:
            aliases[name] = first[key]
        first.setdefault(key, name)
    kept = {}
    for name in (name for name in weights if name not in aliases):
        weight = weights[name]
        kept[name] = (weight.to(dtype) if weight.is_floating_point() else weight).contiguous()
        if half and weight.is_floating_point() and not torch.isfinite(kept[name]).all():
            raise GlacierError(f"{name} holds {weight.abs().max():g}, which is beyond half precision's 65504")
    return save(kept, {_ALIASES: json.dumps(aliases)})


def decode_weights(data: bytes) -> dict[str, torch.Tensor]:
    """Weights from the bytes of a safetensors file, in single precision, by name: the inverse of `encode_weights`.

    Raises:
        GlacierError: If they are none.
    """
    import torch
    from safetensors.torch import load

    try:
        kept = load(data)
        length = int.from_bytes(data[:8], "little")
        aliases = json.loads(json.loads(data[8 : 8 + length]).get("__metadata__", {}).get(_ALIASES, "{}"))
        # safetensors gives them in any order.
        named = sorted(kept.items())
        weights = {name: one.to(torch.float32) if one.is_floating_point() else one for name, one in named}
        return {**weights, **{alias: weights[name] for alias, name in aliases.items()}}
    except Exception as error:  # safetensors has an error of its own, a damaged header gives others
        raise GlacierError(f"it holds no weights in safetensors' form ({error})") from None
