"""Small plans for tests that build networks without a dataset on disk."""

from typing import Any

from nnunet_plans import plans_2d


def small_plans(**top_level: Any) -> dict[str, Any]:
    """Plans with a four-stage U-Net on patches of 32x32, with further entries at the top level."""
    return {**plans_2d((4, 8, 16, 16), (32, 32), name="small"), **top_level}
