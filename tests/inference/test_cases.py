"""Which files make which case."""

import pytest

from nnunet_glacier.formats.image_files import ending_of
from nnunet_glacier.inference.cases import find_cases

PNG = (".png", ".tif", ".tiff")


def touch(folder, *names):
    for name in names:
        (folder / name).touch()
    return folder


def cases_in(folder, n_channels=1, endings=PNG):
    result = find_cases([folder], endings, n_channels)
    return {case.name: [path.name for path in case.files] for case in result.cases}, result


def test_channel_suffix_and_plain_names(tmp_path):
    """For a one-channel model both name the case; a CaFFe stem's orbit is no channel."""
    touch(tmp_path, "a_0000.png", "b.png", "c_0000.TIF", "COL_2013-05-10_TSX_7_1_061.png")
    cases, result = cases_in(tmp_path)
    assert cases == {
        "a": ["a_0000.png"],
        "b": ["b.png"],
        "c": ["c_0000.TIF"],
        "COL_2013-05-10_TSX_7_1_061": ["COL_2013-05-10_TSX_7_1_061.png"],
    }
    assert not result.problems


def test_a_year_at_the_end_is_no_channel(tmp_path):
    """With one channel only _0000 is a channel number."""
    cases, result = cases_in(touch(tmp_path, "jac_2013.png", "jac_2014.png"))
    assert list(cases) == ["jac_2013", "jac_2014"]
    assert not result.problems


def test_channels_are_joined_in_order(tmp_path):
    """For a model of two channels."""
    cases, result = cases_in(touch(tmp_path, "a_0001.png", "a_0000.png", "rgb.png"), n_channels=2)
    assert cases == {"a": ["a_0000.png", "a_0001.png"], "rgb": ["rgb.png"]}
    assert not result.problems


@pytest.mark.parametrize(
    ("names", "n_channels", "expected"),
    [
        (["a.png", "a_0000.png"], 1, "a second time"),
        (["a.png", "a.tif"], 1, "a second time"),
        (["a_0000.png", "a_0001.png"], 1, "the model takes one channel"),
        (["Jac.png", "jac_0000.tif"], 1, "cases Jac and jac differ in upper and lower case alone"),
        (["a_0000.png", "a_0002.png"], 3, r"channels \[1\] of case a are missing"),
        (["a_0001.png"], 2, r"channels \[0\] of case a are missing"),
    ],
)
def test_names_that_do_not_fit(tmp_path, names, n_channels, expected):
    """Each is a problem with the file and what to do."""
    _, result = cases_in(touch(tmp_path, *names), n_channels)
    assert len(result.problems) == 1
    with pytest.raises(AssertionError, match=expected):
        raise AssertionError(result.problems[0].what)


def test_a_list_of_paths(tmp_path):
    """Relative ones count from the list's folder; comments and blank lines are skipped."""
    touch(tmp_path, "a.png", "b_0000.png")
    listing = tmp_path / "list.txt"
    listing.write_text(f"# scenes\na.png\n\n{tmp_path / 'b_0000.png'}\nmissing.png\n")
    cases, result = cases_in(listing)
    assert list(cases) == ["a", "b"]
    assert [str(problem.where) for problem in result.problems] == [str(tmp_path / "missing.png")]


def test_images_one_by_one(tmp_path):
    """Several paths; the same one twice is one case."""
    touch(tmp_path, "a.png", "b.png", "c.jpg")
    result = find_cases([tmp_path / name for name in ("a.png", "b.png", "a.png", "c.jpg")], PNG, 1)
    assert [case.name for case in result.cases] == ["a", "b"]
    assert [problem.what for problem in result.problems] == ["the model does not take this ending"]


def test_a_folder_without_images_of_the_model(tmp_path):
    """The endings that would do are named, and how many images have another."""
    _, result = cases_in(touch(tmp_path, "a.jpg", "b.jpg", "notes.md"))
    assert "takes .png, .tif, .tiff; 2 images have another ending" in result.problems[0].remedy


def test_a_dataset_in_place_of_its_images(tmp_path):
    """The folders of images are named, and not those of labels; of another folder all that hold images."""
    for name in ("imagesTr", "imagesTs", "labelsTr"):
        (tmp_path / name).mkdir()
        touch(tmp_path / name, "a.png")
    _, result = cases_in(tmp_path)
    assert [str(problem) for problem in result.problems] == [
        f"{tmp_path}: there is no image in it, but in folders below it: imagesTr, imagesTs. Give one of them, such as "
        f"{tmp_path / 'imagesTs'}"
    ]
    for name in ("imagesTr", "imagesTs"):
        (tmp_path / name).rename(tmp_path / f"my_{name}")
    _, result = cases_in(tmp_path)
    assert result.problems[0].what.endswith("labelsTr, my_imagesTr, my_imagesTs")


def test_other_images_in_a_folder_are_counted_and_left_out(tmp_path):
    """They do not stop the rest; hidden files and side files do not count."""
    cases, result = cases_in(touch(tmp_path, "a.png", "b.jpg", ".c.png", "a.png.aux.xml"))
    assert list(cases) == ["a"]
    assert [path.name for path in result.left_out] == ["b.jpg"]


def test_the_longest_ending_counts(tmp_path):
    """And is returned as the name has it."""
    assert ending_of(tmp_path / "a.NII.gz", (".gz", ".nii.gz")) == ".NII.gz"
    assert ending_of(tmp_path / "a.jpg", PNG) == ""
