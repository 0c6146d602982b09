"""Which checkpoint a stopped training goes on from: the newest that is whole; what is broken is named."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import torch
from torch import nn
from torch._dynamo import OptimizedModule

from nnunet_glacier.support.errors import GlacierError

BEST_CHECKPOINT, LATEST_CHECKPOINT = "checkpoint_best.pth", "checkpoint_latest.pth"


_DAMAGES = (
    *(OSError, EOFError, RuntimeError, ValueError, KeyError, TypeError, AttributeError, ImportError, IndexError),
    *(pickle.PickleError, BadZipFile),
)
"""What torch raises where a file holds no checkpoint, or not the whole of one."""


def read_checkpoint(path: Path) -> dict[str, Any]:
    """A checkpoint, on the CPU.

    Raises:
        GlacierError: With the path and what to do, if it is not the whole of one.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=False)
        _check(content)
    except _DAMAGES as error:
        what = (str(error) or type(error).__name__).splitlines()[0]
        raise GlacierError(
            f"{path}: it is no checkpoint, or not the whole of one ({what}). Delete it and give the same command with "
            "--c again, which then goes on from an earlier one, or begins anew if there is none."
        ) from None
    return content


def _check(content: Any) -> None:
    """Whether something that was loaded is a checkpoint of nnU-Net's."""
    if not isinstance(content, dict):
        raise TypeError(f"it holds a {type(content).__name__}")
    weights, epoch = content["network_weights"], content["current_epoch"]
    if not isinstance(weights, Mapping) or not all(isinstance(weight, torch.Tensor) for weight in weights.values()):
        raise TypeError("its network_weights are no tensors by name")
    if not isinstance(epoch, int):
        raise TypeError(f"its current_epoch is {epoch!r}")


def checkpoint_to_continue(latest: Path, say: Callable[[str], object]) -> Path:
    """The checkpoint that a training goes on from which was to go on from its latest one.

    It is the newer of the latest and the best: a training that was stopped between writing the two has the newer state
    in the best. A best one of another training, which was begun in the same folder before, is passed over: its losses
    began otherwise.

    Args:
        latest: The latest checkpoint.
        say: Told which one is broken, and which is taken.

    Raises:
        GlacierError: If neither is whole.
    """
    found, broken = {}, []
    for path in (latest, latest.with_name(BEST_CHECKPOINT)):
        if not path.is_file():
            continue
        try:
            found[path] = _progress(read_checkpoint(path))
        except GlacierError as error:
            broken.append(error)
    if not found:
        raise broken[0]
    for damage in broken:
        say(str(damage))
    chosen = max(found, key=lambda path: found[path][0])
    if chosen != latest and latest in found and not _of_one_training(found[latest][1], found[chosen][1]):
        say(f"{chosen} is of another training, and is passed over.")
        return latest
    if chosen != latest:
        say(f"The training goes on from {chosen}, after epoch {found[chosen][0] - 1}.")
    return chosen


def _progress(content: Mapping[str, Any]) -> tuple[int, list[float]]:
    """The epoch that a checkpoint's training comes to next, and its losses so far; none where they are not known."""
    return content["current_epoch"], list(content.get("logging", {}).get("train_losses", ()))


def _of_one_training(earlier: list[float], later: list[float]) -> bool:
    """Whether training losses are the first of later ones; yes where they are not known."""
    return not (earlier and later) or earlier == later[: len(earlier)]


def plain_network(network: nn.Module) -> nn.Module:
    """The network without what distributed training and torch.compile put around it."""
    if isinstance(network, nn.parallel.DistributedDataParallel):
        network = network.module
    return network._orig_mod if isinstance(network, OptimizedModule) else network
