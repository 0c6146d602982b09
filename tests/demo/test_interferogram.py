"""The phase of a made-up interferogram against formulas worked out here, the swath, and whole scenes."""

import math

import numpy as np
import pytest

from nnunet_glacier.demo import interferogram as signal
from nnunet_glacier.demo.grounding_zone import coast, grounding_zone, seaward_distance_px
from nnunet_glacier.demo.interferogram_plan import (
    CASES,
    frame_shape,
    plan_interferograms,
    tide_difference_m,
)
from nnunet_glacier.demo.interferogram_scene import make_interferogram, make_truth
from nnunet_glacier.demo.noise import Grid
from nnunet_glacier.demo.shelf_sites import SHELF_SITES
from nnunet_glacier.demo.swath import Swath, covered, incidence_rad, seam_phase_rad

GRID = Grid((40, 100), 0.1)
SWATH = Swath(range_deg=0, incidence_deg=38, near_km=-4, far_km=1e6, seam_km=2, seam_rad=1.25)
ROWS = 160


def planned_scene(number, seed=3):
    """A scene of the plan and its truth."""
    planned = plan_interferograms(number + 1, ROWS, seed)[number]
    return planned, make_truth(planned, frame_shape(ROWS), seed)


@pytest.mark.parametrize("column", [0, 49, 50, 53, 60, 75, 99])
def test_the_tides_phase_is_the_formula(column):
    """4 pi / wavelength * cos(incidence) * tide * profile, at pixels of a straight coast in the middle of column 50."""
    distance_m = seaward_distance_px(grounding_zone(coast(GRID, 0, 0.0, 1)), (slice(0, 40), slice(0, 100))) * 100
    phase_rad = signal.tide_phase_rad(distance_m, 800.0, incidence_rad(GRID, SWATH), 0.31)
    x_m = (column - 50) * 100
    bend = (3 * 1030 * 9.81 * (1 - 0.3**2) / (0.88e9 * 800**3)) ** 0.25 * max(x_m, 0)
    profile = 1 - math.exp(-bend) * (math.cos(bend) + math.sin(bend))
    incidence = math.radians(38 + 0.065 * (x_m + 50) / 1000)
    expected = 4 * math.pi / 0.05546576 * math.cos(incidence) * 0.31 * profile
    assert phase_rad[17, column] == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_the_flexure_starts_at_the_line():
    """Extrapolated from the first floating pixels, where it grows with the square, it is zero at the line: 0.1 px."""
    distance_px = seaward_distance_px(grounding_zone(coast(GRID, 0, 0.0, 1) - np.float32(0.037)), np.s_[0:40, 0:100])
    phase_rad = signal.tide_phase_rad(distance_px * 100, 1000.0, math.radians(38), 0.3)[20]
    first, second = np.sqrt(phase_rad[52:54])
    assert phase_rad[:50].max() == 0
    # Root of the phase at columns 52.5 and 53.5, followed back to zero; the line is at 50.87.
    assert 52.5 - first / (second - first) == pytest.approx(50.87, abs=0.1)


def test_a_tide_is_the_difference_of_two_differences():
    """(0.5 - 0.1) - (0.2 - 0.3) = 0.5; a steady rise cancels."""
    assert tide_difference_m((0.1, 0.5, 0.3, 0.2)) == pytest.approx(0.5)
    assert tide_difference_m((0.0, 0.2, 0.2, 0.4)) == pytest.approx(0)


def test_the_ramp_is_a_plane_along_the_flow():
    """Flow along the beam: 4 pi / wavelength * sin(incidence) * metres per kilometre; across the beam nothing."""
    planned, _ = planned_scene(0)
    conditions = signal.Conditions(**{**vars(planned.conditions), "ramp_m_per_km": 0.001, "flow_deg": 0})
    ramp = signal.ramp_phase_rad(GRID, np.full(GRID.shape, math.radians(38)), SWATH, conditions)
    step = 4 * math.pi / 0.05546576 * math.sin(math.radians(38)) * 0.001 * 0.1
    assert np.diff(ramp, axis=1) == pytest.approx(step, rel=1e-4)
    assert np.ptp(ramp, axis=0).max() == pytest.approx(0, abs=1e-9)
    across = signal.Conditions(**{**vars(conditions), "flow_deg": 90})
    assert signal.ramp_phase_rad(GRID, np.full(GRID.shape, 0.6), SWATH, across) == pytest.approx(0, abs=1e-9)


def test_the_swath_ends_and_its_seam_jumps_where_they_should():
    """Without data left of -4 km but for the bursts' steps of 0.9 km; 1.25 radians more right of about 2 km."""
    valid = covered(GRID, SWATH, np.random.default_rng(0))
    assert not valid[:, :10].any()
    assert valid[:, 20:].all()
    seam = seam_phase_rad(GRID, SWATH)
    assert set(np.unique(seam)) == {0.0, 1.25}
    assert (seam[:, :67] == 0).all()
    assert (seam[:, 73:] == 1.25).all()


def test_speckle_keeps_the_phase():
    """Averaged over many pixels the signal has the phase that was put in."""
    phase_rad = np.full((200, 200), 2.2)
    image = signal.interferogram(phase_rad, np.full((200, 200), 0.6), np.ones((200, 200)), 5, 1)
    assert image.dtype == np.complex64
    assert np.angle(image.mean()) == pytest.approx(2.2, abs=0.02)


def test_the_plan_covers_sites_sets_and_cases():
    """Seven scenes show every site, set and case; names are unique; pairs are 6 or 12 days apart."""
    planned = plan_interferograms(21, ROWS, 1)
    assert {scene.site.name for scene in planned[:7]} == {site.name for site in SHELF_SITES}
    assert {scene.case for scene in planned[:7]} == set(CASES)
    assert {scene.site.dataset for scene in planned[:7]} == {"train", "validation", "test"}
    assert len({scene.name for scene in planned}) == 21
    for scene in planned:
        first, second, third, fourth = scene.dates
        assert (second - first).days == (fourth - third).days
        assert (second - first).days in (6, 12)
        assert (scene.tides_m[1] == scene.tides_m[2]) == (second == third)


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_scenes_are_what_their_case_says(number):
    """Rings for pinning points, pieces for gaps, nothing without a line; data inside the swath and nowhere else."""
    planned, truth = planned_scene(number)
    image = make_interferogram(planned, truth, 3)
    assert image.shape == frame_shape(ROWS)
    assert np.isfinite(image).all()
    assert np.array_equal(image != 0, truth.valid)
    assert truth.valid.mean() > 0.4
    if planned.case == "no line":
        assert truth.lines.is_empty
        assert truth.all_lines.is_empty
        return
    assert 0 < truth.lines.length <= truth.all_lines.length + 1e-6
    if planned.case == "pinning points":
        assert any(line.is_closed for line in truth.lines.geoms)
    if planned.case == "gaps":
        assert truth.lines.length < truth.all_lines.length - 10
    # What is drawn lies on the whole truth: cut, not moved.
    assert truth.all_lines.buffer(1e-6).contains(truth.lines)


def test_the_line_lies_between_floating_and_grounded_pixels_of_the_frame():
    """The frame's distances and the frame's lines agree: pixels that a line passes are less than a diagonal away."""
    _, truth = planned_scene(0)
    points = np.concatenate([np.asarray(line.coords) for line in truth.all_lines.geoms])
    columns, rows = np.clip(np.floor(points).astype(int).T, 0, np.array(truth.valid.shape)[::-1, None] - 1)
    assert np.abs(truth.distance_m[rows, columns]).max() <= 100 * math.sqrt(0.5) + 1e-6
    assert (truth.distance_m > 0).any()
    assert (truth.distance_m < 0).any()
