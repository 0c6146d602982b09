"""Numbers on the logarithmic axes of errors."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from nnunet_glacier.report.experiment_plots import plain_log_ticks


@pytest.mark.parametrize(
    ("limits", "numbers"),
    [
        ((0.9, 2100), [1, 10, 100, 1000]),
        ((1, 1000), [1, 10, 100, 1000]),
        ((8, 600), [10, 20, 50, 100, 200, 500]),
        ((140, 800), [150, 200, 300, 400, 500, 700]),
        ((520, 1400), [750, 1000, 1250]),
    ],
)
def test_values_can_be_read_off(limits, numbers):
    """Powers of ten where there are many, all the more digits the shorter the axis is."""
    figure, axes = plt.subplots()
    axes.set_xscale("log")
    axes.set_xlim(*limits)
    plain_log_ticks(axes)
    shown = [tick for tick in axes.get_xticks() if limits[0] <= tick <= limits[1]]
    np.testing.assert_allclose(shown, numbers)
    assert axes.xaxis.get_major_formatter()(shown[0], 0) == f"{numbers[0]:g}"
    plt.close(figure)
