"""BCE of a prediction scaled down by a map, as in Davari et al. (2021), Eq. 7, and Holzmann et al. (2021), Eq. 2."""

from __future__ import annotations

import torch
from torch.nn.functional import logsigmoid


def scaled_bce(logit: torch.Tensor, line: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    """``-(y log(p d) + (1 - y) log(1 - p d))`` of each pixel, p the sigmoid of the logit and d the scale.

    The second logarithm is that of ``(1 - p) + p (1 - d)`` and is added up from logarithms, so nothing needs clamping:
    the value and its gradient are exact also where p is 1 in float32.

    Args:
        logit: Logit of the line, any shape.
        line: Bool, same shape.
        scale: In [0, 1], above 0 on the line, same shape, no gradient.

    Returns:
        The loss of each pixel, not negative.

    Examples:
        >>> logit = torch.tensor([0.0, 0.0, 1e4])
        >>> scaled_bce(logit, torch.tensor([True, False, False]), torch.tensor([1.0, 0.5, 0.5])).exp()
        tensor([2.0000, 1.3333, 2.0000])
    """
    scale = scale.to(logit.dtype)
    log_positive, log_negative = logsigmoid(logit), logsigmoid(-logit)
    miss = -(log_positive + scale.log())
    false_alarm = -torch.logaddexp(log_negative, log_positive + torch.log1p(-scale))
    return torch.where(line, miss, false_alarm)
