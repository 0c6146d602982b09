"""A progress bar in place of what nnU-Net prints while it trains."""

from __future__ import annotations

import io

from tqdm import tqdm


class EpochCounter(io.StringIO):
    """Swallows what nnU-Net prints, which its log file has too, and counts its epochs.

    Args:
        bar: Moved on by one at each epoch's end.
    """

    def __init__(self, bar: tqdm) -> None:
        super().__init__()
        self.bar = bar

    def write(self, text: str) -> int:
        """Count the epochs in a text; nothing is kept."""
        if "Epoch time:" in text:
            self.bar.update()
        return len(text)
