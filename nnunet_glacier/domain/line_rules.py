"""How lines are found in what was predicted, where nothing else is chosen; lengths in metres."""

MAX_SPUR_M = 500.0
"""Branches of up to this length are pruned."""

MAX_GAP_M = 1000.0
"""Gaps of up to this length are bridged."""
