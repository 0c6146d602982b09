"""The colours of fronts over an image, in the demo's pictures and in reports: RGB, told apart with any colour vision.

Blue and yellow are those of CaFFe's figures. Where both meet these have magenta, which is the same blue to those who
see no red.
"""

from __future__ import annotations

TRUE_FRONT = (0, 90, 255)
PREDICTED_FRONT = (255, 230, 0)
BOTH_FRONTS = (220, 40, 0)
BOUNDING_BOX = (0, 255, 255)
