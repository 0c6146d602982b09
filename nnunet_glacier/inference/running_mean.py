"""Mean and standard deviation of tensors that come one by one."""

from __future__ import annotations

import torch


class RunningMean:
    """Mean over the folds and, if asked for, the standard deviation, without keeping the folds.

    The sum is plain, so that the mean rounds as a sum over files would; the squared deviations are updated without
    the cancellation of a sum of squares (Welford, Technometrics 1962).

    Args:
        with_spread: Whether to keep the squared deviations, which cost a second tensor.
    """

    def __init__(self, with_spread: bool = False) -> None:
        self.with_spread = with_spread
        self.count = 0
        self._sum = torch.empty(0)
        self._squares = torch.empty(0)

    def add(self, values: torch.Tensor) -> None:
        """Add one tensor; all have one shape."""
        if self.count == 0:
            self._sum = values.clone()
            if self.with_spread:
                self._squares = torch.zeros_like(values)
        else:
            if self.with_spread:
                deviation = values - self._sum / self.count
                self._squares += deviation.square_().mul_(self.count / (self.count + 1))
            self._sum += values
        self.count += 1

    def to(self, device: torch.device) -> None:
        """Move what was added so far."""
        self._sum, self._squares = self._sum.to(device), self._squares.to(device)

    def mean(self) -> torch.Tensor:
        """The mean, same shape as what was added."""
        return self._sum / self.count

    def spread(self) -> torch.Tensor:
        """The standard deviation with divisor n, as `numpy.std`: zero for a single tensor."""
        return (self._squares / self.count).sqrt()
