import pytest
from nnunetv2.utilities.crossval_split import generate_crossval_split

from nnunet_glacier.dataset_conversion.writing.splits import group_folds, official_folds, random_folds
from nnunet_glacier.domain.scenes import parse_caffe_stem
from nnunet_glacier.support.errors import GlacierError


def stems(shared_data, name):
    return (shared_data / "caffe_stems" / name).read_text(encoding="utf-8").split()


def test_random_folds_are_those_that_nnunet_makes():
    """Case by case, from its own function, whatever the order of the cases."""
    cases = [f"case_{number:03d}" for number in range(23)]
    assert random_folds(cases[::-1]) == generate_crossval_split(cases)


def test_the_official_split_is_the_published_one(shared_data):
    """503 and 56 stems, equal to the published lists."""
    (fold,) = official_folds(stems(shared_data, "caffe_train_all_559.txt")[::-1])
    assert fold["train"] == sorted(stems(shared_data, "caffe_official_train_503.txt"))
    assert fold["val"] == sorted(stems(shared_data, "caffe_official_val_56.txt"))


def test_the_official_split_of_another_number_of_scenes_is_refused():
    """The published draw is defined on 559 scenes alone."""
    with pytest.raises(GlacierError, match="559 training scenes, but there are 2"):
        official_folds(["a", "b"])


def test_no_glacier_is_on_both_sides_and_every_scene_validates_once(shared_data):
    """On the real 559 stems: five glaciers, five folds."""
    cases = stems(shared_data, "caffe_train_all_559.txt")
    glacier = {case: parse_caffe_stem(case).glacier for case in cases}
    folds = group_folds(glacier, "glacier")
    assert len(folds) == 5
    for fold in folds:
        assert {glacier[case] for case in fold["train"]}.isdisjoint(glacier[case] for case in fold["val"])
        assert sorted(fold["train"] + fold["val"]) == sorted(cases)
    assert sorted(case for fold in folds for case in fold["val"]) == sorted(cases)


def test_as_many_folds_as_groups_but_at_most_five():
    """Two groups give two folds, eight give five; one is refused."""
    assert len(group_folds({f"c{number}": str(number % 2) for number in range(6)}, "glacier")) == 2
    assert len(group_folds({f"c{number}": str(number % 8) for number in range(16)}, "glacier")) == 5
    with pytest.raises(GlacierError, match=r"by glacier need at least two of them; .* \['0'\]"):
        group_folds({"a": "0", "b": "0"}, "glacier")


def test_too_few_cases_for_random_folds_are_refused():
    """Five folds need five cases."""
    assert len(random_folds(list("abcde"))) == 5
    with pytest.raises(GlacierError, match="4 training cases are too few"):
        random_folds(list("abcd"))
