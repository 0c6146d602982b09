"""FrontLearning: Landsat scenes of Greenland's outlet glaciers with hand-drawn calving fronts, to nnU-Net's raw format.

Mohajerani, Wood, Velicogna and Rignot (2019), Detection of Glacier Calving Margins with Convolutional Neural
Networks: A Case Study, Remote Sensing 11(1), 74, doi 10.3390/rs11010074; CC BY 4.0.

Layout: ``[train|test]/images/<product>_<band>_Subset.png`` (300 rows x 200 columns, grey, stored as RGBA) and
``[train|test]/labels_1px/<product>_<band>_Front.png`` (a dark one-pixel line on white). A case is a Landsat product,
e.g. ``LE07_L1TP_008011_20000323_20170212_01_T1``. Scenes are turned so that the glacier flows up the image; pixels
measure about 49 m, and map coordinates are not published.

Neighbouring Landsat paths overlap at these latitudes: all scenes of a glacier show the same window of ground, whichever
path/row they come from (compared by eye, all 123 training scenes; names from the paper).

=============  ====================================================  ==========
glacier        path/row                                              scenes
=============  ====================================================  ==========
Jakobshavn     008/011, 009/011, 010/011                             30 (train)
Sverdrup       020/007, 021/006, 021/007, 022/006, 023/006, 024/006  70 (train)
Kangerlussuaq  229/012, 230/012, 231/012                             23 (train)
Helheim        231/014, 233/013                                      10 (test)
=============  ====================================================  ==========

So folds by path/row have the same glacier on both sides; only folds by glacier test a network on ice it has not seen.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from nnunet_glacier.dataset_conversion.front_learning.case import load_case
from nnunet_glacier.dataset_conversion.front_learning.cases import find_cases, training_folds
from nnunet_glacier.dataset_conversion.front_learning.inputs import check_case
from nnunet_glacier.dataset_conversion.front_learning.options import FrontLearningOptions
from nnunet_glacier.dataset_conversion.writing.checking import check_all
from nnunet_glacier.dataset_conversion.writing.class_balance import write_front_balance
from nnunet_glacier.dataset_conversion.writing.raw_dataset import RawDataset
from nnunet_glacier.dataset_conversion.writing.splits import fold_record
from nnunet_glacier.dataset_conversion.writing.stage import DEFAULT_RUN, Plan, Run, carry_out
from nnunet_glacier.dataset_conversion.writing.summary import scenes_by_glacier


def convert(source: Path, out: Path, options: FrontLearningOptions, run: Run = DEFAULT_RUN) -> str:
    """Check the published dataset and write it in nnU-Net's raw format.

    Args:
        source: The folder with ``train`` and ``test``, or one of these; test scenes alone make a dataset to predict.
        out: The dataset folder, ``DatasetXXX_Name``.
        options: What can be chosen.
        run: How it is run.

    Returns:
        What was written and what to run next.

    Raises:
        InputError: With everything that is wrong; nothing was written.
    """
    return carry_out(_plan(source, out, options, run.workers), run)


def _plan(source: Path, out: Path, options: FrontLearningOptions, workers: int | None) -> Plan:
    cases, name_problems = find_cases(source, options)
    _, problems = check_all(check_case, cases, workers=workers)
    dataset = describe_dataset(out, options)
    return Plan(
        source,
        dataset,
        cases,
        [*name_problems, *problems],
        folds=partial(training_folds, cases, options.folds),
        load=partial(load_case, options=options),
        tables=partial(write_front_balance, dataset, cases, workers=workers),
        contents=scenes_by_glacier(cases),
    )


def describe_dataset(out: Path, options: FrontLearningOptions) -> RawDataset:
    """What the dataset is that these options make."""
    return RawDataset(
        folder=out,
        source="front-learning",
        variant="front",
        channels=("Landsat",),
        file_ending=options.file_ending,
        folds=fold_record(options.folds),
        options=options.record(),
    )
