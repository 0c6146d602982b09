"""scipy's bootstrap, an independent implementation of our intervals."""

import numpy as np
from scipy import stats


def scipys_interval(samples, statistic):
    """Its paired percentile bootstrap of 20,000 resamples."""
    return stats.bootstrap(
        samples,
        statistic,
        paired=True,
        vectorized=True,
        n_resamples=20_000,
        batch=1000,
        method="percentile",
        random_state=np.random.default_rng(1),
    ).confidence_interval
