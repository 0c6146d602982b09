"""What is found in a folder: neither what is hidden nor what was made of its files."""

import pytest

from nnunet_glacier.dataset_conversion.sea_ice.charts import find_charts
from nnunet_glacier.formats.image_files import tiffs_below
from nnunet_glacier.formats.paths_below import PAGE_RECORD, paths_below
from nnunet_glacier.formats.raw_layout import CONVERSION_JSON
from nnunet_glacier.formats.scene_sources import find_scenes


@pytest.fixture
def folder(tmp_path):
    """Two files that are meant, and five of the same names that are not."""
    root = tmp_path / ".data"
    for inside in ("", "b", ".trash", "b/.ipynb_checkpoints/c", "b/page/downloads", "b/Dataset010_Sea/imagesTr"):
        (root / inside).mkdir(parents=True, exist_ok=True)
        (root / inside / f"{inside.replace('/', '_').strip('.')}20180116t075430.tif").touch()
    (root / ".hidden.tif").touch()
    (root / "b" / "page" / PAGE_RECORD).touch()
    (root / "b" / "Dataset010_Sea" / CONVERSION_JSON).touch()
    return root


def test_hidden_folders_pages_and_conversions_are_left_out(folder):
    """All that lies in them too; the folder itself may be hidden, and a page that is named is looked into."""
    names = [path.relative_to(folder).as_posix() for path in paths_below(folder)]
    assert names == ["20180116t075430.tif", "b", "b/b20180116t075430.tif"]
    assert len(paths_below(folder / "b" / "page")) == 3
    assert len(paths_below(folder / "b" / "Dataset010_Sea")) == 3


def test_scenes_and_images_are_looked_for_alike(folder):
    meant = [folder / "20180116t075430.tif", folder / "b" / "b20180116t075430.tif"]
    assert tiffs_below(folder) == (meant, [])
    assert list(find_scenes([folder], below=True)[0].values()) == meant


def test_a_chart_in_a_hidden_folder_is_no_second_one(folder):
    for inside in ("b", ".trash"):
        (folder / inside / "seaice_s1_20180116t075430.shp").touch()
    charts, others, problems = find_charts(folder)
    assert charts == {"20180116t075430": folder / "b" / "seaice_s1_20180116t075430.shp"}
    assert (others, problems) == (0, [])
