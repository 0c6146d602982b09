"""The grey values in which a network sees a scene: amplitudes, stretched between percentiles of valid pixels."""

from __future__ import annotations

from typing import Literal

Values = Literal["auto", "amplitude", "intensity", "db"]
"""What a pixel's value is; ``auto`` takes those that are mostly negative for dB and all else for amplitude."""

PERCENTILES = (1.0, 99.0)
"""The valid pixels' amplitudes that become 0 and 255; what lies beyond is clipped."""

GREY_RULE = f"percentiles {PERCENTILES[0]:g} and {PERCENTILES[1]:g} of the valid pixels' amplitudes are 0 and 255"
"""The same in words."""
