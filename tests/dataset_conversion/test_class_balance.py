import json

import numpy as np
import pytest

from nnunet_glacier.dataset_conversion.writing import class_balance
from nnunet_glacier.dataset_conversion.writing.class_balance import balance_summary, balance_table, case_balance

LABELS = np.array([[0, 1, 0, 2], [0, 1, 0, 2], [0, 0, 0, 2]], dtype=np.uint8)


def test_the_classes_of_a_label_map_by_hand(monkeypatch):
    """2 of 9 learnt pixels are line; of the 2x2 windows with a line, two hold 2 and two hold 1 of 4 learnt pixels."""
    monkeypatch.setattr(class_balance, "PATCH_SIZES", (2, 3, 4))
    balance = case_balance(LABELS, ignore=2)
    assert (balance.positives, balance.negatives, balance.ignored) == (2, 7, 3)
    assert balance.windows[2] == (4, 6, 10)
    assert balance.windows[3] == (2, 4, 11)
    assert 4 not in balance.windows


def test_the_summary_of_several_cases(monkeypatch):
    """Weights are of all pixels; positives per patch are a mean over the cases with a line."""
    monkeypatch.setattr(class_balance, "PATCH_SIZES", (2,))
    empty = case_balance(np.zeros((3, 4), np.uint8), ignore=2)
    summary = balance_summary([case_balance(LABELS, ignore=2), empty])
    assert (summary["cases"], summary["cases_with_line"]) == (2, 1)
    assert (summary["positives"], summary["negatives"], summary["ignored"]) == (2, 19, 3)
    assert summary["positives_per_patch"] == 2
    assert summary["positive_weight"] == 9.5
    assert summary["windows"] == {"2": {"positives_per_patch": 1.5, "positive_weight": pytest.approx(10 / 6, abs=1e-4)}}


def test_without_any_line_there_is_no_weight():
    """JSON holds null, not infinity or NaN."""
    summary = balance_summary([case_balance(np.zeros((200, 200), np.uint8), ignore=2)])
    assert (summary["positive_weight"], summary["positives_per_patch"], summary["windows"]) == (None, None, {})
    json.dumps(summary, allow_nan=False)
    assert list(balance_table({}).columns) == ["case", "positives", "negatives", "ignored"]
