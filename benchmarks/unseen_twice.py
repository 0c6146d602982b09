"""Double the folds of a dataset, so that two networks leave out the same scenes and can be asked how far they differ.

    python benchmarks/unseen_twice.py $nnUNet_raw/Dataset102_FrontLearningGlacier

After ``convert`` and before ``nnunet-glacier plan``: folds 0 to n - 1 of ``splits_final.json`` stand in it again as n
to 2n - 1. Trainers of this package draw other numbers in each fold. Run again, it changes nothing.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from nnunet_glacier.formats.folds import SPLITS_JSON, read_folds, write_folds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path, help="converted dataset")
    splits = parser.parse_args().dataset / SPLITS_JSON
    folds = read_folds(splits)
    half = len(folds) // 2
    if folds[:half] == folds[half:]:
        print(f"{splits}: the {half} folds stand in it twice already")
        return
    write_folds(splits, folds * 2)
    print(f"{splits}: {len(folds)} folds, each twice; {len(folds)} and the following leave out what 0 and so on do")


if __name__ == "__main__":
    main()
