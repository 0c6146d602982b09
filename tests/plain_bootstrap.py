"""The percentile bootstrap as textbooks have it, one resample after the other."""

from collections.abc import Callable

import numpy as np

from nnunet_glacier.support.bootstrap import Bootstrap


def plain_interval(figure: Callable[[np.ndarray], float], scenes: int, bootstrap: Bootstrap) -> list[float]:
    """Lower and upper end for a figure of the places of the drawn scenes."""
    rng = np.random.default_rng(bootstrap.seed)
    figures = [figure(rng.integers(scenes, size=scenes)) for _ in range(bootstrap.resamples)]
    tail = (1 - bootstrap.confidence) / 2
    return np.quantile(figures, [tail, 1 - tail]).tolist()
