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

from nnunet_glacier.formats.checkpoints import CHECKPOINT_FILES
from nnunet_glacier.support.errors import GlacierError

BEST_CHECKPOINT, FINAL_CHECKPOINT = CHECKPOINT_FILES["best"], CHECKPOINT_FILES["final"]
LATEST_CHECKPOINT = "checkpoint_latest.pth"


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


def checkpoint_to_continue(asked: Path, say: Callable[[str], object]) -> Path:
    """The checkpoint that a training goes on from which was to go on from its final or its latest one.

    It is the newest of the last training in the folder: one that was stopped between writing the latest and the best
    has the newer state in the best. Checkpoints of a training that was begun in the same folder before, whose losses
    began otherwise, are passed over: the final one stays until the new training is done, while the latest and the best
    are written over.

    Args:
        asked: The final or the latest checkpoint.
        say: Told which one is broken, and which is taken.

    Raises:
        GlacierError: If none is whole.
    """
    found, broken = {}, []
    for path in dict.fromkeys((asked, *(asked.with_name(name) for name in (LATEST_CHECKPOINT, BEST_CHECKPOINT)))):
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
    last = _of_last_training(found, asked)
    for path in [path for path in found if path not in last]:
        say(f"{path} is of another training, and is passed over.")
    chosen = max(last, key=lambda path: found[path][0])
    if chosen != asked:
        say(f"The training goes on from {chosen}, after epoch {found[chosen][0] - 1}.")
    return chosen


def _of_last_training(found: Mapping[Path, tuple[int, list[float]]], asked: Path) -> list[Path]:
    """Those checkpoints that are of the training which was begun last, in their order.

    The latest is of it, which nnU-Net removes at a training's end. Without one the best is, beside the final one of an
    earlier training.
    """
    known = [asked.with_name(name) for name in (LATEST_CHECKPOINT, BEST_CHECKPOINT)]
    newest = next((path for path in known if path in found), asked)
    return [path for path in found if _of_one_training(found[path][1], found[newest][1])]


def _progress(content: Mapping[str, Any]) -> tuple[int, list[float]]:
    """The epoch that a checkpoint's training comes to next, and its losses so far; none where they are not known."""
    return content["current_epoch"], list(content.get("logging", {}).get("train_losses", ()))


def _of_one_training(losses: list[float], others: list[float]) -> bool:
    """Whether training losses begin alike as far as both go; yes where they are not known."""
    both = min(len(losses), len(others))
    return losses[:both] == others[:both]


def plain_network(network: nn.Module) -> nn.Module:
    """The network without what distributed training and torch.compile put around it."""
    if isinstance(network, nn.parallel.DistributedDataParallel):
        network = network.module
    return network._orig_mod if isinstance(network, OptimizedModule) else network
