from collections import Counter

import pytest

from nnunet_glacier.dataset_conversion.writing.scene_split import parse_shares, random_sets, told_sets
from nnunet_glacier.support.errors import GlacierError

SHARES = (0.7, 0.15, 0.15)


@pytest.mark.parametrize(("count", "expected"), [(3, (1, 1, 1)), (7, (5, 1, 1)), (20, (14, 3, 3)), (100, (70, 15, 15))])
def test_shares_are_of_the_groups(count, expected):
    """Rounded, and no set with a share stays empty."""
    sizes = Counter(random_sets([f"g{index}" for index in range(count)], SHARES, seed=42).values())
    assert (sizes["train"], sizes["validation"], sizes["test"]) == expected


def test_the_draw_depends_on_the_seed_and_the_groups_alone():
    """Not on their order or on how often they occur."""
    names = [f"g{index}" for index in range(30)]
    sets = random_sets(names, SHARES, seed=42)
    assert random_sets([*names[::-1], *names[:9]], SHARES, seed=42) == sets
    assert random_sets(names, SHARES, seed=43) != sets


def test_a_set_without_a_share_gets_nothing():
    """Everything for training; training and test alone."""
    assert random_sets(["a", "b"], (1, 0, 0), 0) == {"a": "train", "b": "train"}
    assert Counter(random_sets(["a", "b", "c", "d"], (0.5, 0, 0.5), 0).values()) == {"train": 2, "test": 2}
    assert Counter(random_sets(["a", "b", "c"], (0.01, 0.495, 0.495), 0).values())["train"] == 1
    with pytest.raises(GlacierError, match="2 groups of scenes cannot be divided into 3 sets"):
        random_sets(["a", "b", "a"], SHARES, 0)


@pytest.mark.parametrize("text", ["", "70", "70/30", "a/b/c", "70/-1/31", "0/50/50", "nan/1/1", "1/2/3/4"])
def test_shares_of_another_form_are_refused(text):
    """With the form."""
    with pytest.raises(GlacierError, match="is not of the form 70/15/15"):
        parse_shares(text)


def test_shares_need_not_sum_to_a_hundred():
    """Seven, two and one of ten."""
    assert parse_shares("7/2/1") == (0.7, 0.2, 0.1)


def test_sets_that_a_table_tells():
    """Synonyms count; a scene in no set or in several, and an unknown word, are refused."""
    assert told_sets({"a": ["training"], "b": ["val"], "c": ["test", "testing"]}) == {
        "a": "train",
        "b": "validation",
        "c": "test",
    }
    with pytest.raises(GlacierError, match="1 scene is in no set or in several, such as b"):
        told_sets({"a": ["train"], "b": []})
    with pytest.raises(GlacierError, match="such as a"):
        told_sets({"a": ["train", "test"]})
    with pytest.raises(GlacierError, match="says 'hold-out'"):
        told_sets({"a": ["train"], "b": ["hold-out"]})
