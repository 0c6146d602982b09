"""How wrong is the retreat that a network predicts of a glacier that it has not seen: against that of the labels.

    python benchmarks/predicted_retreat.py shared/data/caffe_256/data_raw --glacier JAC --fold 0 --out predicted_retreat

CaFFe's resized scenes have no place on the map: they are put on a made-up one, with their pixel size, so that
``delineate`` takes them. Both series, of ``delineate`` with the fold of ``caffe-256`` that has not seen the glacier, and
of the labels, are measured by ``retreat`` along the same line, which is derived from the labels' fronts. Printed are the
trends, the seasons, and the differences in position of the days that both have.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import rasterio
from PIL import Image
from tqdm import tqdm

from nnunet_glacier.delineation.options import Options
from nnunet_glacier.delineation.stage import delineate
from nnunet_glacier.domain.caffe_stems import parse_caffe_stem
from nnunet_glacier.formats.delineated_lines import FRONTS_GPKG
from nnunet_glacier.lines.front_pieces import front_pieces, to_map
from nnunet_glacier.time_series.retreat import Options as RetreatOptions
from nnunet_glacier.time_series.retreat import retreat
