"""Codes of several tasks, and their probabilities."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnunet_glacier.domain.labels import (
    LABEL_SPACES,
    LabelSpace,
    Task,
    zones_and_front,
)
from nnunet_glacier.support.errors import GlacierError

KINDS = ["numpy", "torch"]


def as_kind(kind: str, array: np.ndarray):
    return torch.from_numpy(array.copy()) if kind == "torch" else array


@st.composite
def spaces(draw) -> LabelSpace:
    """Label spaces of one to three tasks of two to five classes."""
    sizes = draw(st.lists(st.integers(2, 5), min_size=1, max_size=3))
    return LabelSpace(tuple(Task(f"task{i}", tuple(f"t{i}c{c}" for c in range(size))) for i, size in enumerate(sizes)))


@st.composite
def spaces_with_maps(draw):
    space = draw(spaces())
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=3, max_side=4))
    maps = [draw(hnp.arrays(np.uint8, shape, elements=st.integers(0, size - 1))) for size in space.sizes]
    return space, maps


@st.composite
def spaces_with_logits(draw):
    space = draw(spaces())
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=2, max_side=3))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    return space, [rng.normal(scale=4, size=(size, *shape)) for size in space.sizes]


def softmax(logits: np.ndarray) -> np.ndarray:
    shifted = np.exp(logits - logits.max(0))
    return shifted / shifted.sum(0)


@pytest.mark.parametrize("kind", KINDS)
@given(spaces_with_maps())
@settings(max_examples=40, deadline=None)
def test_a_code_is_the_mixed_radix_number_of_its_classes(kind, drawn):
    """The code is c0 + s0 * (c1 + s1 * c2), pixel by pixel, and decoding gives the classes back."""
    space, maps = drawn
    codes = space.encode(*(as_kind(kind, classes) for classes in maps))
    for index in np.ndindex(maps[0].shape):
        expected = sum(int(classes[index]) * math.prod(space.sizes[:task]) for task, classes in enumerate(maps))
        assert int(codes[index]) == expected
    for classes, decoded in zip(maps, space.decode(codes), strict=True):
        assert np.array_equal(np.asarray(decoded), classes)


def test_the_multitask_and_boundary_codes_are_those_of_the_definition():
    """Zone + 4 * front, and zone + 4 * front + 8 * boundary."""
    zones, front, boundary = np.array([0, 1, 2, 3, 2]), np.array([0, 0, 1, 1, 0]), np.array([0, 1, 0, 1, 1])
    assert LABEL_SPACES["multitask"].encode(zones, front).tolist() == [0, 1, 6, 7, 2]
    assert LABEL_SPACES["boundary"].encode(zones, front, boundary).tolist() == [0, 9, 6, 15, 10]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("axis", [0, 1, -1])
@given(spaces_with_logits())
@settings(max_examples=40, deadline=None)
def test_joint_probabilities_are_the_product_of_the_tasks_probabilities(kind, axis, drawn):
    """The softmax of the output at a code is the product of the tasks' softmaxes at its classes, on any axis."""
    space, logits = drawn
    # A batch axis in front, then the class axis where it is asked for.
    moved = [np.moveaxis(task[:, None], 0, axis) for task in logits]
    joint = space.joint_log_probabilities(*(as_kind(kind, task) for task in moved), axis=axis)
    joint = np.moveaxis(np.asarray(joint), axis, 0)[:, 0]
    task_probabilities = [softmax(task) for task in logits]
    for code in range(space.n_codes):
        expected = np.ones(logits[0].shape[1:])
        for probabilities, index in zip(task_probabilities, space.decode(code), strict=True):
            expected = expected * probabilities[index]
        np.testing.assert_allclose(np.exp(joint[code]), expected, rtol=1e-9)
    np.testing.assert_allclose(np.exp(joint).sum(0), 1, rtol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
@given(spaces_with_logits())
@settings(max_examples=40, deadline=None)
def test_marginals_give_the_tasks_probabilities_back(kind, drawn):
    """Summing the joint probabilities over the other tasks undoes the product, also behind a batch axis."""
    space, logits = drawn
    joint = np.exp(space.joint_log_probabilities(*logits))
    for probabilities, marginal in zip(logits, space.marginals(as_kind(kind, joint)), strict=True):
        np.testing.assert_allclose(np.asarray(marginal), softmax(probabilities), rtol=1e-9)
    batched = space.marginals(as_kind(kind, np.stack([joint, joint])), axis=1)
    for alone, marginal in zip(space.marginals(joint), batched, strict=True):
        np.testing.assert_allclose(np.asarray(marginal)[1], alone, rtol=1e-12)


@given(spaces_with_logits())
@settings(max_examples=40, deadline=None)
def test_the_best_code_is_the_best_class_of_every_task(drawn):
    """Arg-max of the joint output decodes to the arg-max of each task."""
    space, logits = drawn
    best = space.joint_log_probabilities(*logits).argmax(0)
    for task, decoded in zip(logits, space.decode(best), strict=True):
        assert np.array_equal(decoded, task.argmax(0))


def test_cross_entropy_of_codes_is_the_sum_of_the_tasks_cross_entropies():
    """On the boundary space, with torch's own cross-entropy as the reference; gradients included."""
    space = LABEL_SPACES["boundary"]
    generator = torch.Generator().manual_seed(3)
    logits = [torch.randn(2, size, 5, 4, generator=generator, requires_grad=True) for size in space.sizes]
    targets = [torch.randint(size, (2, 5, 4), generator=generator) for size in space.sizes]
    entropy = torch.nn.functional.cross_entropy
    joint = entropy(space.joint_log_probabilities(*logits, axis=1), space.encode(*targets))
    single = sum(entropy(task, target) for task, target in zip(logits, targets, strict=True))
    torch.testing.assert_close(joint, single)
    for ours, theirs in zip(torch.autograd.grad(joint, logits), torch.autograd.grad(single, logits), strict=True):
        torch.testing.assert_close(ours, theirs)


def test_mean_of_the_folds_joint_probabilities_has_the_means_of_the_tasks_as_marginals():
    """Averaging before or after marginalising is the same."""
    space = LABEL_SPACES["multitask"]
    rng = np.random.default_rng(0)
    folds = [np.exp(space.joint_log_probabilities(rng.normal(size=(4, 6)), rng.normal(size=(2, 6)))) for _ in range(3)]
    of_mean = space.marginals(np.mean(folds, axis=0))
    means = [np.mean(task, axis=0) for task in zip(*(space.marginals(fold) for fold in folds), strict=True)]
    for one, other in zip(of_mean, means, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_logits_of_wrong_sizes_and_maps_of_wrong_number_are_refused():
    """With the tasks named, so that swapped heads are seen."""
    with pytest.raises(ValueError, match="zones"):
        LABEL_SPACES["multitask"].joint_log_probabilities(np.zeros((2, 3)), np.zeros((4, 3)))
    with pytest.raises(ValueError, match="1 class map for 2 tasks"):
        LABEL_SPACES["multitask"].encode(np.zeros(3, dtype=int))


def test_names_of_codes():
    """nnU-Net's labels: every code once, background first and 0, several classes joined."""
    labels = LABEL_SPACES["multitask"].nnunet_labels()
    assert labels == {
        "background": 0,
        "rock": 1,
        "glacier": 2,
        "ocean": 3,
        "front": 4,
        "rock+front": 5,
        "glacier+front": 6,
        "ocean+front": 7,
    }
    assert len(LABEL_SPACES["boundary"].nnunet_labels()) == 16


@pytest.mark.parametrize("variant", LABEL_SPACES)
def test_dataset_json_round_trip(variant):
    """The tasks come back from dataset.json as they went in."""
    space = LABEL_SPACES[variant]
    assert LabelSpace.from_dataset_json({"tasks": space.to_json(), "labels": space.nnunet_labels()}) == space


def test_dataset_json_without_tasks_or_with_too_few_labels_is_refused():
    """Both say what is wrong."""
    with pytest.raises(GlacierError, match="no 'tasks' entry"):
        LabelSpace.from_dataset_json({"labels": {}})
    with pytest.raises(GlacierError, match=r"2 labels, but its tasks .* have 8 codes"):
        LabelSpace.from_dataset_json(
            {"tasks": LABEL_SPACES["multitask"].to_json(), "labels": {"background": 0, "front": 1}}
        )


def test_zones_and_front_of_every_label_space():
    """What a map of each variant holds: zones, front, both."""
    zones, front = np.array([[2, 2, 3, 1]]), np.array([[0, 1, 1, 0]])
    decoded, band = zones_and_front(LABEL_SPACES["multitask"].encode(zones, front), LABEL_SPACES["multitask"])
    assert decoded.tolist() == zones.tolist()
    assert band.tolist() == [[False, True, True, False]]
    codes = LABEL_SPACES["boundary"].encode(zones, front, np.array([[1, 0, 0, 0]]))
    decoded, band = zones_and_front(codes, LABEL_SPACES["boundary"])
    assert (decoded.tolist(), band.tolist()) == (zones.tolist(), [[False, True, True, False]])
    assert zones_and_front(zones, LABEL_SPACES["zones"])[1] is None
    assert zones_and_front(front, LABEL_SPACES["front"])[0] is None
    decoded, band = zones_and_front(np.array([[2, 4, 3, 1]]), LABEL_SPACES["fused"])
    assert (decoded.tolist(), band.tolist()) == ([[2, 2, 3, 1]], [[False, True, False, False]])


@pytest.mark.parametrize(
    "tasks",
    [
        None,
        [],
        {},
        "zones",
        ["zones"],
        [{"name": "zones"}],
        [{"classes": ["a", "b"]}],
        [{"name": "zones", "classes": "ab"}],
        [{"name": "zones", "classes": ["a"]}],
        [{"name": "zones", "classes": ["a", 1]}],
        [{"name": "zones", "classes": ["a", "b"]}] * 2,
    ],
)
def test_tasks_of_another_form_are_refused_with_what_is_expected(tasks):
    """No list, empty, names alone, no name, no classes, one class, a number as a class, a task twice."""
    with pytest.raises(GlacierError, match="must be a list of tasks") as error:
        LabelSpace.from_dataset_json({"tasks": tasks})
    assert str(error.value).endswith(f"but it is {tasks!r}")
