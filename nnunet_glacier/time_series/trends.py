"""What a series says of all its days: robust trend with interval, and seasonal amplitude."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

DAYS_PER_YEAR = 365.25
_ROUNDING_M = 0.01
_LEAST_DAYS = 8
"""Observations for a seasonal fit: two a parameter."""

_LONGEST_GAP_YEARS = 1 / 3
"""Part of the year, of all years together, that may go without an observation."""


@dataclass(frozen=True)
class Trend:
    """Theil-Sen slope: the median of the slopes between all pairs of days (Sen 1968).

    Attributes:
        m_per_year: Slope; positive is downstream.
        at_2000_m: Position of the line at the start of 2000: the median of the positions less the slope.
        low, high: The slope's interval, for errors that are independent from day to day: where they are not, as in a
            series of calving and advance, it is too narrow. NaN for too few days (`_surest`).
        confidence: Share of the interval.
        days: Number of observations.
    """

    m_per_year: float
    at_2000_m: float
    low: float
    high: float
    confidence: float
    days: int


@dataclass(frozen=True)
class Season:
    """A yearly harmonic beside a line, by least squares.

    Attributes:
        amplitude_m: Half of the way from the foremost to the rearmost position of the mean year.
        amplitude_se_m: Its standard error, for independent errors.
        foremost_day: Day of the year when the front is foremost, 1 to 366.
        explained: Share of the variance about the line that the harmonic explains, in [0, 1].
        coefficients: Of 1, year, cosine and sine; the year is counted from `origin_year`.
        origin_year: Decimal year of the first observation.
    """

    amplitude_m: float
    amplitude_se_m: float
    foremost_day: float
    explained: float
    coefficients: tuple[float, ...]
    origin_year: float

    def at(self, years: np.ndarray) -> np.ndarray:
        """Position in metres at decimal years."""
        return _design(years, self.origin_year) @ np.array(self.coefficients)

    def swing_m(self, years: np.ndarray) -> np.ndarray:
        """The harmonic alone, in metres, at decimal years."""
        return _design(years, self.origin_year)[:, 2:] @ np.array(self.coefficients[2:])


def trend_of(years: np.ndarray, positions_m: np.ndarray, confidence: float = 0.95) -> Trend | None:
    """Robust trend with its interval; None for fewer than three days.

    Args:
        years: Decimal years, all different, shape ``(n,)``.
        positions_m: Positions in metres, same shape.
        confidence: Share of the interval.
    """
    if len(years) < 3:
        return None
    since_2000 = years - 2000
    slope = stats.theilslopes(positions_m, since_2000, alpha=confidence, method="joint")
    known = _surest(len(years)) >= confidence
    low, high = (float(slope.low_slope), float(slope.high_slope)) if known else (math.nan, math.nan)
    return Trend(float(slope.slope), float(slope.intercept), low, high, confidence, len(years))


def _surest(days: int) -> float:
    """Share of the cases in which the true slope lies between the least and the greatest slope of any two days.

    It does not where the errors alone rise, or fall, all the way: one order each of all that chance makes.

    >>> [round(_surest(days), 3) for days in (3, 4, 5)]
    [0.667, 0.917, 0.983]
    """
    return 1 - 2 / math.factorial(days)


def trend_beside(season: Season, years: np.ndarray, positions_m: np.ndarray, confidence: float = 0.95) -> Trend | None:
    """The trend of the positions less the harmonic of a season that was fitted to them; arguments as of `trend_of`.

    Over one year or two a season looks much like a trend, and the harmonic took up some of the noise. So the interval
    is wider than that of the remaining positions: by what the harmonic adds to the error of a slope by least squares.
    """
    trend = trend_of(years, positions_m - season.swing_m(years), confidence)
    if trend is None:
        return None
    design = _design(years, season.origin_year)
    straight, days = design[:, :2], len(years)
    variance, alone = (np.linalg.inv(columns.T @ columns)[1, 1] for columns in (design, straight))
    wider = math.sqrt(variance / alone * (days - straight.shape[1]) / (days - design.shape[1]))
    low, high = (trend.m_per_year + wider * (end - trend.m_per_year) for end in (trend.low, trend.high))
    return replace(trend, low=low, high=high)


def season_of(years: np.ndarray, positions_m: np.ndarray) -> tuple[Season | None, str]:
    """The yearly harmonic, or None and why the observations do not tell it.

    Args:
        years: Decimal years, shape ``(n,)``, in order.
        positions_m: Positions in metres, same shape.
    """
    if len(years) < _LEAST_DAYS:
        return None, f"{len(years)} days, and {_LEAST_DAYS} are needed"
    if years[-1] - years[0] < 1:
        return None, "less than one year"
    phases = np.sort(years % 1)
    gap = max(np.diff(phases).max(), phases[0] + 1 - phases[-1])
    if gap > _LONGEST_GAP_YEARS:
        return None, f"no observation in {gap * 12:.0f} months of the year"
    design = _design(years, years[0])
    coefficients, *_ = np.linalg.lstsq(design, positions_m, rcond=None)
    residual = positions_m - design @ coefficients
    freedom = len(years) - design.shape[1]
    covariance = np.linalg.inv(design.T @ design) * (residual @ residual) / freedom
    cosine, sine = coefficients[2:]
    amplitude = math.hypot(cosine, sine)
    gradient = np.array([cosine, sine]) / amplitude if amplitude else np.array([1.0, 0.0])
    error = math.sqrt(float(gradient @ covariance[2:, 2:] @ gradient))
    line = np.polynomial.Polynomial.fit(years, positions_m, 1)(years)
    about_line = float(((positions_m - line) ** 2).sum())
    explained = 1 - float(residual @ residual) / about_line if about_line else 0.0
    foremost = (math.atan2(sine, cosine) / (2 * math.pi)) % 1
    return Season(amplitude, error, 1 + foremost * DAYS_PER_YEAR, explained, tuple(coefficients), float(years[0])), ""


def correlation_of_neighbours(years: np.ndarray, positions_m: np.ndarray, season: Season | None) -> float:
    """Correlation of what is left of neighbouring days' positions, less the season and its line, or the trend.

    Intervals and errors are for independent errors, whose correlation is beyond `chance_of_neighbours` in some 2 of 100
    series. NaN for fewer than eight days, and where nothing is left.

    Args:
        years: Decimal years, in order and all different, shape ``(n,)``.
        positions_m: Positions in metres, same shape.
        season: Their harmonic, or None.
    """
    if len(years) < _LEAST_DAYS:
        return math.nan
    line = season.at(years) if season is not None else stats.theilslopes(positions_m, years).slope * years
    rest = positions_m - line
    before, after = rest[:-1] - rest[:-1].mean(), rest[1:] - rest[1:].mean()
    scale = math.sqrt((before @ before) * (after @ after))
    # Evenly moving made-up fronts leave rounding alone.
    return float(before @ after / scale) if scale > len(years) * _ROUNDING_M**2 else math.nan


def chance_of_neighbours(days: int) -> float:
    """The greatest correlation of neighbours that chance makes of independent errors, twice its standard deviation."""
    return 2 / math.sqrt(days)


def _design(years: np.ndarray, origin: float) -> np.ndarray:
    angle = 2 * math.pi * years
    return np.column_stack([np.ones(len(years)), years - origin, np.cos(angle), np.sin(angle)])
