"""The longest path through a skeleton: hand-worked pieces, and a search over all pairs as the second opinion."""

import math

import networkx
import numpy as np
import pytest

from nnunet_glacier.lines.skeleton_paths import bounding_slices, longest_paths, skeleton


def mask(*rows: str) -> np.ndarray:
    return np.array([[letter == "#" for letter in row] for row in rows])


def length(path: np.ndarray) -> float:
    return float(np.hypot(*np.diff(path, axis=0).T).sum())


def test_the_window_of_a_mask_is_tight():
    """And an empty mask has none."""
    assert bounding_slices(mask("....", "..#.", ".#..")) == (slice(1, 3), slice(1, 3))
    assert bounding_slices(np.zeros((3, 3), dtype=bool)) is None


def test_thinning_the_window_is_thinning_the_image():
    """The crop saves time and changes nothing, also for bands that touch the border."""
    rng = np.random.default_rng(3)
    for _ in range(30):
        blobs = np.kron(rng.random((9, 11)) < 0.4, np.ones((4, 4))).astype(bool)
        framed = np.pad(blobs, 6)
        np.testing.assert_array_equal(skeleton(framed)[6:-6, 6:-6], skeleton(blobs))


def test_a_path_runs_in_order_from_end_to_end():
    """Neighbours in the list are neighbours in the image."""
    (path,) = longest_paths(mask("#....", ".#...", "..###"))
    assert sorted([tuple(path[0]), tuple(path[-1])]) == [(0, 0), (2, 4)]
    assert np.abs(np.diff(path, axis=0)).max() == 1 and len(path) == 5


def test_diagonal_steps_are_longer():
    """Three diagonal steps beat four straight ones."""
    (path,) = longest_paths(mask("#......", ".#.....", "..#....", "...####", "...#...", "...#...", "...#..."))
    assert length(path) == pytest.approx(3 * math.sqrt(2) + 3)


def test_every_piece_has_its_own_path_and_a_lone_pixel_is_one():
    """In the order of their first pixels."""
    paths = longest_paths(mask("###..#", "......", "#....."))
    assert [len(path) for path in paths] == [3, 1, 1]
    assert paths[1].tolist() == [[0, 5]]


def test_an_empty_skeleton_has_no_path():
    """Nothing, not an error."""
    assert longest_paths(np.zeros((4, 4), dtype=bool)) == []


@pytest.mark.parametrize("seed", range(8))
def test_on_trees_the_longest_of_all_shortest_paths_is_found(seed):
    """Random walks without loops against networkx over all pairs of pixels."""
    thin = _random_tree(np.random.default_rng(seed))
    graph = networkx.Graph()
    pixels = [tuple(map(int, pixel)) for pixel in np.argwhere(thin)]
    graph.add_nodes_from(pixels)
    for row, column in pixels:
        for step in ((0, 1), (1, 0), (1, 1), (1, -1)):
            other = (row + step[0], column + step[1])
            if other in graph:
                graph.add_edge((row, column), other, weight=math.hypot(*step))
    assert networkx.is_forest(graph)
    distances = dict(networkx.all_pairs_dijkstra_path_length(graph))
    expected = [
        max(distances[a][b] for a in piece for b in piece)
        for piece in sorted(networkx.connected_components(graph), key=min)
    ]
    assert [length(path) for path in longest_paths(thin)] == pytest.approx(expected)


def _random_tree(rng: np.random.Generator) -> np.ndarray:
    """Pixels added one by one, each beside exactly one earlier pixel or none, so that no loop closes."""
    thin = np.zeros((22, 22), dtype=bool)
    for row, column in rng.integers(1, 21, (900, 2)):
        around = thin[row - 1 : row + 2, column - 1 : column + 2]
        if not thin[row, column] and around.sum() <= (1 if thin.sum() > 3 else 0):
            thin[row, column] = True
    return thin


def test_with_weights_the_path_of_the_greatest_sum_is_taken():
    """Three arms of four pixels meet in one; the two heaviest are taken, and of equal weights the longest."""
    thin = np.zeros((9, 9), dtype=bool)
    thin[4, :] = thin[5:, 4] = True
    weight = np.where(thin, 1.0, 0.0)
    weight[4, :4] = 0.25
    (path,) = longest_paths(thin, weight)
    taken = {tuple(pixel) for pixel in path.tolist()}
    assert taken >= {(4, column) for column in range(5, 9)} | {(row, 4) for row in range(6, 9)}
    assert not taken & {(4, column) for column in range(3)}
    assert {tuple(pixel) for pixel in longest_paths(thin)[0].tolist()} == {(4, column) for column in range(9)}
