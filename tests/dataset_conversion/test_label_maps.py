import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from nnunet_glacier.dataset_conversion.writing.label_maps import dilate_line, fuse, glacier_boundary, label_map


def mask(text: str) -> np.ndarray:
    """A mask from a drawing: # is set."""
    return np.array([[character == "#" for character in line] for line in text.split()])


def digits(text: str) -> np.ndarray:
    """A map from a drawing in digits."""
    return np.array([[int(character) for character in line] for line in text.split()], dtype=np.uint8)


# NA 0, rock 1, glacier 2, ocean 3.
ZONES = digits("""
    111111
    122221
    022221
    022223
    033333
    333333
""")
FRONT = mask("""
    ......
    ......
    ......
    ......
    .####.
    ......
""")


def test_a_front_is_dilated_with_a_square_of_five():
    """Two pixels to every side, cut at the image's edge."""
    front = mask("""
        #.....
        ......
        ......
        ......
        ......
        .....#
    """)
    expected = mask("""
        ###...
        ###...
        ###...
        ...###
        ...###
        ...###
    """)
    assert np.array_equal(dilate_line(front), expected)


def test_other_widths():
    """One keeps the line, three adds a pixel on every side; the line itself is not changed."""
    assert np.array_equal(dilate_line(FRONT, 1), FRONT)
    expected = mask("""
        ......
        ......
        ......
        ######
        ######
        ######
    """)
    before = FRONT.copy()
    assert np.array_equal(dilate_line(FRONT, 3), expected)
    assert np.array_equal(FRONT, before)
    assert not dilate_line(np.zeros((3, 3), dtype=bool)).any()


@pytest.mark.parametrize("width", [0, -3])
def test_widths_below_one_are_refused(width):
    """A square has at least a pixel."""
    with pytest.raises(ValueError, match=f"width is {width}"):
        dilate_line(FRONT, width)


@given(hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9)), st.sampled_from([1, 3, 5, 7]))
@settings(max_examples=60, deadline=None)
def test_dilation_agrees_with_scipy(line, width):
    """An independent implementation, on any mask and any edge of the image."""
    assert np.array_equal(dilate_line(line, width), ndimage.binary_dilation(line, np.ones((width, width))))


def test_fusing_sets_class_four_over_any_zone():
    """Also over rock and NA; elsewhere the zones stay."""
    expected = digits("""
        111111
        122221
        444444
        444444
        444444
        444444
    """)
    assert np.array_equal(fuse(ZONES, dilate_line(FRONT)), expected)
    assert np.array_equal(fuse(ZONES, np.zeros_like(FRONT)), ZONES)


def test_boundary_of_the_paper_runs_along_rock_and_missing_data():
    """Glacier beside rock or NA in its row or column; a corner does not count, and neither does ocean."""
    expected = mask("""
        ......
        .####.
        .#..#.
        .#....
        ......
        ......
    """)
    assert np.array_equal(glacier_boundary(ZONES), expected)


def test_boundary_of_the_published_code_runs_along_every_zone():
    """The ocean side is part of it."""
    expected = mask("""
        ......
        .####.
        .#..#.
        .####.
        ......
        ......
    """)
    assert np.array_equal(glacier_boundary(ZONES, "any"), expected)


def test_outside_the_image_is_no_boundary():
    """A glacier that fills the image has none, in either variant."""
    glacier = np.full((4, 4), 2, dtype=np.uint8)
    assert not glacier_boundary(glacier).any()
    assert not glacier_boundary(glacier, "any").any()
    with pytest.raises(ValueError, match="'ocean' is none of"):
        glacier_boundary(glacier, "ocean")


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        ("zones", "111111 122221 022221 022223 033333 333333"),
        ("front", "000000 000000 111111 111111 111111 111111"),
        ("fused", "111111 122221 444444 444444 444444 444444"),
        ("multitask", "111111 122221 466665 466667 477777 777777"),
    ],
)
def test_label_maps_by_hand(variant, expected):
    """Codes of every variant whose codes have one digit."""
    labels = label_map(variant, ZONES, FRONT)
    assert labels.dtype == np.uint8
    assert np.array_equal(labels, digits(expected))


def test_label_map_of_the_boundary_variant_by_hand():
    """Zone + 4 * front + 8 * boundary, the boundary dilated with three here; the paper's and the code's variant."""
    paper = label_map("boundary", ZONES, FRONT, front_width=3)
    # Glacier outline dilated by one: all but the lower right.
    assert paper.tolist() == [
        [9, 9, 9, 9, 9, 9],
        [9, 10, 10, 10, 10, 9],
        [8, 10, 10, 10, 10, 9],
        [12, 14, 14, 14, 14, 15],
        [12, 15, 15, 7, 7, 7],
        [7, 7, 7, 7, 7, 7],
    ]
    code = label_map("boundary", ZONES, FRONT, front_width=3, boundary="any")
    assert code[4].tolist() == [12, 15, 15, 15, 15, 15]
    assert code[5].tolist() == [7, 7, 7, 7, 7, 7]
