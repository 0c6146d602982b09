"""Names and lists that are not in UTF-8: a sentence at the door, with the bytes written out."""

import os

import numpy as np
import pytest
from typer.testing import CliRunner

from nnunet_glacier.cli import app
from nnunet_glacier.formats.caffe import caffe_files
from nnunet_glacier.formats.predictions import open_predictions
from nnunet_glacier.formats.rasters import write_raster
from nnunet_glacier.inference.cases import find_cases
from nnunet_glacier.support.errors import InputError
from nnunet_glacier.support.files import folder_problems, read_list
from nnunet_glacier.support.names import name_fault

LATIN = os.fsdecode(b"Gr\xf6nland")


@pytest.fixture
def latin_map(tmp_path):
    """A map with such a name, in a folder of maps."""
    plain = tmp_path / "maps" / "plain.png"
    write_raster(plain, np.full((3, 4), 254, dtype=np.uint8))
    return plain.rename(plain.with_name(f"{LATIN}.png"))


def test_a_folder_of_predictions_names_it(latin_map):
    """As 'fronts', 'lines', 'evaluate' and 'sweep' open it."""
    with pytest.raises(InputError, match=r"Gr\\udcf6nland\.png: its name is not in UTF-8"):
        open_predictions(latin_map.parent)


def test_the_command_ends_with_the_sentence(latin_map, tmp_path):
    """The name's bytes would break the message itself."""
    result = CliRunner().invoke(app, ["fronts", str(latin_map.parent), str(tmp_path / "out"), "--workers", "1"])
    assert result.exit_code == 2 and "Gr\\udcf6nland.png: its name is not in UTF-8" in result.output


def test_images_to_predict_name_it(latin_map):
    """In a folder."""
    (problem,) = find_cases([latin_map.parent], [".png"], 1).problems
    assert "Gr\\udcf6nland.png: its name is not in UTF-8" in str(problem)


def test_caffes_layout_names_it(latin_map, tmp_path):
    """Whichever of its files has the stem."""
    (tmp_path / "data_raw" / "zones").mkdir(parents=True)
    latin_map.parent.rename(tmp_path / "data_raw" / "zones" / "train")
    zones = tmp_path / "data_raw" / "zones" / "train" / latin_map.name
    zones.rename(zones.with_name(f"{LATIN}_zones.png"))
    with pytest.raises(InputError, match="its name is not in UTF-8"):
        caffe_files(tmp_path / "data_raw", "train")


def test_an_output_folder_is_named(tmp_path):
    """Before anything is written to it."""
    (problem,) = folder_problems(tmp_path / LATIN)
    assert "its name is not in UTF-8" in problem.what
    assert folder_problems(tmp_path / "Grönland") == []


def test_a_list_in_latin_1_is_named_with_its_byte(tmp_path):
    """As lists of images, of scenes and of commands are read; one in UTF-8 is read, also with a mark at its start."""
    path = tmp_path / "list.txt"
    path.write_bytes("# scenes\nGrönland\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"list\.txt: it is no text in UTF-8 \(byte 11 is 0xf6\)"):
        read_list(path)
    (problem,) = find_cases([path], [".png"], 1).problems
    assert problem.where == path
    path.write_text("# scenes\n\n Grönland \n", encoding="utf-8-sig")
    assert read_list(path) == ["Grönland"]


def test_a_name_that_no_door_saw_is_told_from_what_could_not_be_written():
    """The word that holds it, out of a line of a table."""
    with pytest.raises(UnicodeEncodeError) as caught:
        f"case,date\n{LATIN}_2015,2015-01-01\n".encode()
    assert name_fault(caught.value).startswith("Gr\\udcf6nland_2015: its name is not in UTF-8")


def test_an_output_folder_that_is_read_is_refused_under_any_name(tmp_path):
    """A link to the input, and the input itself; a folder within it is left to the user."""
    read, link = tmp_path / "in", tmp_path / "link"
    read.mkdir()
    link.symlink_to(read)
    (problem,) = folder_problems(link, tmp_path / "other", read)
    assert problem.what == f"it is read too under the name {read}, and would be written over"
    (problem,) = folder_problems(read, read)
    assert problem.what == "it is read too, and would be written over"
    assert folder_problems(read / "out", read) == []
