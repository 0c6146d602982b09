"""The bootstrap intervals of the MDE that ``evaluate`` wrote into ``summary.json``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnunet_glacier.support.bootstrap import Interval

_UNITS = ("m", "px")


def mde_intervals(summary: Mapping[str, Any]) -> dict[tuple[str, str], Interval]:
    """The intervals over all images: route and name of the unit to interval.

    Those that are not there, as in summaries of earlier versions, or that are no intervals, are left out.

    Args:
        summary: What ``summary.json`` holds: the main route at its top, others under ``other_routes``.
    """
    others = summary.get("other_routes")
    routes = {summary.get("route"): summary, **(others if isinstance(others, dict) else {})}
    found = {}
    for route, content in routes.items():
        for unit in _UNITS:
            try:
                found[route, unit] = Interval.from_json(content["subsets"]["all"][f"mde_{unit}_interval"])
            except (KeyError, TypeError, ValueError):
                continue
    return found
