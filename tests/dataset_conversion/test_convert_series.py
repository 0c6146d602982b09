"""`convert series`: what was delineated or predicted, to a dataset whose labels the series voted for."""

import datetime
import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
from delineated_folders import AFFINE, made_lines, write_delineated
from PIL import Image
from rasterio.control import GroundControlPoint
from scenes_on_the_map import NORTH, WEST, made_scene, write_scene

from nnunet_glacier.dataset_conversion.series.options import SeriesOptions
from nnunet_glacier.dataset_conversion.series.stage import convert
from nnunet_glacier.dataset_conversion.writing.stage import Run
from nnunet_glacier.domain.zones import FUSED_FRONT, Zone
from nnunet_glacier.formats.delineated_folder import map_paths, record_path
from nnunet_glacier.formats.delineated_lines import FRONTS_GPKG, write_fronts
from nnunet_glacier.formats.scene_maps import write_zones
from nnunet_glacier.formats.scene_table import read_scenes
from nnunet_glacier.support.errors import InputError
from nnunet_glacier.support.files import write_json

ONE_PROCESS = Run(workers=1)
FRONT = 50
"""Column of the first ocean pixel of the made scenes."""


def made_zones(front=FRONT, shape=(100, 100)):
    """Glacier west of a column, ocean from it on."""
    zones = np.full(shape, Zone.GLACIER, dtype=np.uint8)
    zones[:, front:] = Zone.OCEAN
    return zones


def write_seen(root, zones_of, shifts=None):
    """A folder of `delineate` with a scene a day and these zones; shifted ones begin so many pixels further east."""
    out = root / "out"
    (root / "images").mkdir(parents=True)
    for day, (case, zones) in enumerate(zones_of.items()):
        shift = (shifts or {}).get(case, 0)
        x = WEST + 80 * shift
        affine = (80.0, 0.0, x, 0.0, -80.0, NORTH)
        image = write_scene(root / "images" / f"{case}.tif", made_scene(), nodata=0, transform=rasterio.Affine(*affine))
        paths = map_paths(out, case, with_spread=False)
        write_zones(paths["zones"], lambda zones=zones: iter([(slice(0, 100), zones)]), (100, 100), "EPSG:3413", affine)
        date = (datetime.date(2015, 1, 1) + datetime.timedelta(day)).isoformat()
        told = {"glacier": "Made", "date": date, "sensor": "S1"}
        content = {"made_from": {"sha256": case, "values": "auto"}, "image": {"path": str(image), "band": 1}}
        write_json(record_path(out, case), {**content, "scene": told, "seen_at_m": 80.0, "lines": []})
    write_fronts(out / FRONTS_GPKG, made_lines())
    return out


def label_of(dataset, case):
    """Its label map."""
    return np.asarray(Image.open(dataset / "labelsTr" / f"{case}.png"))


def test_a_wrong_scene_is_outvoted_by_its_series(tmp_path):
    """Four scenes show glacier where the fifth shows ocean; its own NA stays, and the images are the scenes' own."""
    wrong = made_zones()
    wrong[20:40, 10:30] = Zone.OCEAN
    wrong[:, 90:] = Zone.NA
    seen = write_seen(tmp_path, {**{f"right_{at}": made_zones() for at in range(4)}, "wrong": wrong})
    dataset = tmp_path / "Dataset601_Series"
    text = convert(seen, dataset, SeriesOptions(front_width=1), ONE_PROCESS)
    assert f"nnunet-glacier adapt MODEL {dataset} OUT" in text
    wanted = made_zones()
    wanted[:, 90:] = Zone.NA
    wanted[:, FRONT] = FUSED_FRONT
    np.testing.assert_array_equal(label_of(dataset, "wrong"), wanted)
    image = np.asarray(Image.open(dataset / "imagesTr" / "wrong_0000.png"))
    assert image[0, 0] == 255 and image[0, 99] == 0
    front = np.asarray(Image.open(dataset / "frontsTr" / "wrong.png"))
    assert np.array_equal(np.argwhere(front)[:, 1], np.full(100, FRONT))
    described = json.loads((dataset / "dataset.json").read_text())
    assert described["pixel_size_m"] == [80, 80] and described["labels"]["front"] == 4
    scene = read_scenes(dataset / "scenes.csv")["wrong"]
    assert (scene.glacier, str(scene.date), scene.sensor) == ("Made", "2015-01-05", "S1")


def test_scenes_on_other_pixels_vote_by_place(tmp_path):
    """Four scenes begin ten pixels further east: their front lies in column 40, and votes for nothing west of there."""
    wrong = made_zones()
    wrong[:, 45:] = Zone.GLACIER
    wrong[50:60, :5] = Zone.OCEAN
    right = {f"right_{at}": made_zones(FRONT - 10) for at in range(4)}
    seen = write_seen(tmp_path, {**right, "wrong": wrong}, dict.fromkeys(right, 10))
    convert(seen, tmp_path / "Dataset601_Series", SeriesOptions(labels="zones"), ONE_PROCESS)
    label = label_of(tmp_path / "Dataset601_Series", "wrong")
    assert np.all(label[:, FRONT:] == Zone.OCEAN) and np.all(label[:, 10:FRONT] == Zone.GLACIER)
    assert np.all(label[50:60, :5] == Zone.OCEAN)  # nobody else has seen these pixels


def test_only_neighbours_in_time_vote(tmp_path):
    """The glacier retreats for good in the middle of the series: with all to vote, early ice would hold late scenes."""
    zones = {f"scene_{day:02}": made_zones(70 if day < 16 else 40) for day in range(20)}
    seen = write_seen(tmp_path, zones)
    far, near = tmp_path / "Dataset601_All", tmp_path / "Dataset602_Near"
    convert(seen, far, SeriesOptions(labels="zones", neighbours=20), ONE_PROCESS)
    convert(seen, near, SeriesOptions(labels="zones", neighbours=4), ONE_PROCESS)
    np.testing.assert_array_equal(label_of(near, "scene_19"), made_zones(40))
    np.testing.assert_array_equal(label_of(near, "scene_00"), made_zones(70))
    np.testing.assert_array_equal(label_of(far, "scene_19"), made_zones(70))


def write_predicted(root, zones_of, images=None):
    """A folder of `predict` with PNG images in CaFFe's names."""
    folder, pictures = root / "predicted", root / "pictures"
    (folder / "zones").mkdir(parents=True)
    pictures.mkdir()
    cases = {}
    for case, zones in zones_of.items():
        path = pictures / f"{case}_0000.png"
        Image.fromarray(np.full(zones.shape, 7, dtype=np.uint8)).save(path)
        Image.fromarray(zones).save(folder / "zones" / f"{case}.png")
        cases[case] = {"images": [str(path)], "sha256": [""], "files": [f"zones/{case}.png"]}
    write_json(folder / "prediction.json", {"settings": {}, "cases": cases})
    return folder


def caffe_case(day):
    return f"Crane_2015-01-{day:02}_TSX_70_1_061"


def test_predicted_images_vote_pixel_by_pixel(tmp_path):
    """Their names tell glacier, day and pixel size; the PNG is taken as it is."""
    zones = {caffe_case(day): made_zones() for day in (1, 2, 3, 4)}
    folder = write_predicted(tmp_path, {**zones, caffe_case(5): made_zones(80)})
    convert(folder, tmp_path / "Dataset601_Series", SeriesOptions(labels="zones"), ONE_PROCESS)
    np.testing.assert_array_equal(label_of(tmp_path / "Dataset601_Series", caffe_case(5)), made_zones())
    image = tmp_path / "Dataset601_Series" / "imagesTr" / f"{caffe_case(5)}_0000.png"
    assert image.read_bytes() == (tmp_path / "pictures" / f"{caffe_case(5)}_0000.png").read_bytes()
    scene = read_scenes(tmp_path / "Dataset601_Series" / "scenes.csv")[caffe_case(5)]
    assert (scene.glacier, scene.pixel_size_m, scene.split) == ("Crane", 70.0, "train")


def test_nifti_wants_pixel_sizes(tmp_path):
    """It carries them; without one nnU-Net would take pixels for those of 1 m."""
    folder = write_predicted(tmp_path, {f"2015-01-{day:02}": made_zones() for day in (1, 2, 3, 4)})
    dataset = tmp_path / "Dataset601_Series"
    with pytest.raises(InputError, match="4 scenes have no pixel size, which NIfTI carries: 2015-01-01, ") as refused:
        convert(folder, dataset, SeriesOptions(labels="zones", file_ending=".nii.gz"), ONE_PROCESS)
    assert "pixel_size_m" in str(refused.value) and not dataset.exists()


def test_a_table_tells_the_glacier(tmp_path):
    """Without it the two glaciers of these names would vote on each other."""
    zones = {**{f"a{at}": made_zones(20) for at in range(5)}, "b": made_zones(80)}
    folder = write_predicted(tmp_path, zones)
    rows = [f"{case},{'Other' if case == 'b' else 'One'},2015-01-01" for case in zones]
    table = tmp_path / "table.csv"
    table.write_text("\n".join(["case,glacier,date", *rows]) + "\n")
    for name, options in (("601_Told", SeriesOptions("zones", table=table)), ("602_Untold", SeriesOptions("zones"))):
        convert(folder, tmp_path / f"Dataset{name}", options, ONE_PROCESS)
    np.testing.assert_array_equal(label_of(tmp_path / "Dataset601_Told", "b"), made_zones(80))
    np.testing.assert_array_equal(label_of(tmp_path / "Dataset602_Untold", "b"), made_zones(20))


def test_what_a_table_does_not_tell_is_taken_from_the_name(tmp_path):
    """A table of case and glacier alone leaves pixel size, sensor and day as the file's name tells them."""
    zones = {caffe_case(day): made_zones() for day in (1, 2)}
    folder = write_predicted(tmp_path, zones)
    table = tmp_path / "table.csv"
    table.write_text("\n".join(["case,glacier", *(f"{case},Another" for case in zones)]) + "\n")
    convert(folder, tmp_path / "Dataset601_Told", SeriesOptions("zones", table=table), ONE_PROCESS)
    scene = read_scenes(tmp_path / "Dataset601_Told" / "scenes.csv")[caffe_case(1)]
    assert (scene.glacier, scene.pixel_size_m, scene.sensor) == ("Another", 70.0, "TSX")
    assert scene.date is not None and scene.source.endswith(f"{caffe_case(1)}_0000.png")


def refused(folder, out, **options):
    """What the conversion says, and its check alone too; nothing may be written."""
    with pytest.raises(InputError) as error:
        convert(folder, out, SeriesOptions(**options), ONE_PROCESS)
    with pytest.raises(InputError) as checked:
        convert(folder, out, SeriesOptions(**options), Run(check_only=True, workers=1))
    assert str(checked.value) == str(error.value)
    assert not out.exists()
    return str(error.value)


def test_a_dataset_at_the_root_of_the_disk_tells_of_the_variable_that_is_not_set(tmp_path, monkeypatch):
    """A shell makes ``$nnUNet_raw/Dataset601_Series`` to ``/Dataset601_Series``."""
    monkeypatch.delenv("nnUNet_raw", raising=False)
    out = write_seen(tmp_path, {"a": made_zones(), "b": made_zones()})
    text = refused(out, Path("/Dataset601_Series"))
    assert "/Dataset601_Series: it would lie at the root of the disk: $nnUNet_raw is not set. export nnUNet_raw" in text


def test_images_of_several_sizes_are_refused(tmp_path):
    """The two files, their sizes, and the way out."""
    zones = {caffe_case(1): made_zones(), caffe_case(2): made_zones(shape=(90, 100))}
    text = refused(write_predicted(tmp_path, zones), tmp_path / "Dataset601_Series")
    assert "90x100" in text and "100x100" in text and "Delineate the scenes" in text


AGAIN = "Put the image back that the network saw, or delineate or predict the scene again"


def test_a_predicted_image_of_another_size_is_refused(tmp_path):
    """Named with both sizes beside other faults; its map, which fits the others, is not held against them."""
    first, second, third = (caffe_case(day) for day in (1, 2, 3))
    folder = write_predicted(tmp_path, {case: made_zones() for case in (first, second, third)})
    Image.fromarray(np.full((90, 120), 7, dtype=np.uint8)).save(tmp_path / "pictures" / f"{second}_0000.png")
    (folder / "zones" / f"{third}.png").write_bytes(b"no picture")
    text = refused(folder, tmp_path / "Dataset601_Series")
    sizes = f"zones/{second}.png 100x100, pictures/{second}_0000.png 90x120"
    where = folder / "zones" / f"{second}.png"
    assert f"{where}: its maps differ in size (rows x columns): {sizes}. {AGAIN}" in text
    assert "2 problems" in text and f"{third}.png: it cannot be read" in text and first not in text


def test_a_predicted_map_of_another_size_is_held_against_its_image_alone(tmp_path):
    """It differs from the other maps too; to delineate all scenes is no remedy for that."""
    folder = write_predicted(tmp_path, {caffe_case(day): made_zones() for day in (1, 2)})
    Image.fromarray(made_zones(shape=(100, 90))).save(folder / "zones" / f"{caffe_case(2)}.png")
    text = refused(folder, tmp_path / "Dataset601_Series")
    sizes = f"zones/{caffe_case(2)}.png 100x90, pictures/{caffe_case(2)}_0000.png 100x100"
    assert "1 problem" in text and sizes in text and "vote pixel by pixel" not in text


def test_a_delineated_image_of_another_size_is_refused(tmp_path):
    """The map of its zones was written on the image's own pixels, which were 80 m then, and are 160 m now."""
    seen = write_seen(tmp_path, {"a": made_zones(), "b": made_zones()})
    write_scene(tmp_path / "images" / "b.tif", made_scene(160.0), 160.0, nodata=0)
    (tmp_path / "images" / "a.tif").unlink()
    text = refused(seen, tmp_path / "Dataset601_Series")
    where = map_paths(seen, "b", with_spread=False)["zones"]
    sizes = "zones/b.tif 100x100, images/b.tif 50x50"
    assert f"{where}: its maps differ in size (rows x columns): {sizes}. {AGAIN}" in text
    assert "2 problems" in text and "a.tif is gone" in text


def test_zones_of_an_image_with_control_points_alone_may_be_of_another_size(tmp_path):
    """`delineate` writes them on the network's grid, here of pixels twice as large as the image's."""
    seen = write_seen(tmp_path, {"a": made_zones()})
    corners = [(row, column, WEST + 40 * column, NORTH - 40 * row) for row in (0, 200) for column in (0, 200)]
    points = [GroundControlPoint(*corner) for corner in corners]
    write_scene(tmp_path / "images" / "a.tif", made_scene(40.0), transform=rasterio.Affine.identity(), gcps=points)
    convert(seen, tmp_path / "Dataset601_Series", SeriesOptions(labels="zones"), ONE_PROCESS)
    np.testing.assert_array_equal(label_of(tmp_path / "Dataset601_Series", "a"), made_zones())


def test_an_image_that_is_gone_is_named(tmp_path):
    """With what to do; of a delineated folder and of a predicted one."""
    seen = write_seen(tmp_path, {"a": made_zones(), "b": made_zones()})
    (tmp_path / "images" / "b.tif").unlink()
    assert "b.tif is gone" in refused(seen, tmp_path / "Dataset601_Series")
    folder = write_predicted(tmp_path, {caffe_case(1): made_zones()})
    (tmp_path / "pictures" / f"{caffe_case(1)}_0000.png").unlink()
    assert "is gone" in refused(folder, tmp_path / "Dataset601_Series")


def test_every_file_that_cannot_be_used_is_named_at_once(tmp_path):
    """A damaged image, a map of something else, and a day that is none; nothing is written."""
    seen = write_seen(tmp_path, {name: made_zones() for name in "abcd"})
    (tmp_path / "images" / "a.tif").write_bytes(b"II*\0 and no more")
    classes = np.full((100, 100), 9, dtype=np.uint8)
    place = ((100, 100), "EPSG:3413", AFFINE)
    write_zones(map_paths(seen, "b", with_spread=False)["zones"], lambda: iter([(slice(0, 100), classes)]), *place)
    record = record_path(seen, "c")
    content = json.loads(record.read_text())
    write_json(record, {**content, "scene": {**content["scene"], "date": "2015-02-30"}})
    text = refused(seen, tmp_path / "Dataset601_Series")
    assert "a.tif" in text and "it holds values from 9 to 9" in text and "'2015-02-30', which is none" in text
    assert "d.tif" not in text


def test_a_predicted_map_that_cannot_be_read_is_named_beside_other_faults(tmp_path):
    """It has no size to compare with those of the others, which differ."""
    zones = {caffe_case(1): made_zones(), caffe_case(2): made_zones(shape=(90, 100)), caffe_case(3): made_zones()}
    folder = write_predicted(tmp_path, zones)
    (folder / "zones" / f"{caffe_case(3)}.png").write_bytes(b"no picture")
    text = refused(folder, tmp_path / "Dataset601_Series")
    assert f"{caffe_case(3)}.png" in text and "90x100" in text


def test_a_truncated_image_is_refused(tmp_path):
    """A PNG of plain grey too, which is otherwise copied as it is."""
    folder = write_predicted(tmp_path, {caffe_case(day): made_zones() for day in (1, 2)})
    path = tmp_path / "pictures" / f"{caffe_case(2)}_0000.png"
    path.write_bytes(path.read_bytes()[:-20])
    text = refused(folder, tmp_path / "Dataset601_Series")
    assert path.name in text and "it ends early" in text
    assert caffe_case(1) not in text


def test_grey_in_colours_is_taken_as_grey(tmp_path):
    """A PNG with three equal channels, as `predict` takes it too."""
    folder = write_predicted(tmp_path, {caffe_case(1): made_zones()})
    path = tmp_path / "pictures" / f"{caffe_case(1)}_0000.png"
    Image.fromarray(np.full((100, 100, 3), 7, dtype=np.uint8)).save(path)
    convert(folder, tmp_path / "Dataset601_Series", SeriesOptions(), ONE_PROCESS)
    image = np.asarray(Image.open(tmp_path / "Dataset601_Series" / "imagesTr" / path.name))
    assert image.shape == (100, 100) and np.all(image == 7)


def test_records_without_a_pixel_size_want_it(tmp_path):
    """Folders of earlier versions; given, it is taken."""
    out = write_delineated(tmp_path)
    for path in (out / "scenes").glob("*.json"):
        content = json.loads(path.read_text())
        del content["seen_at_m"]
        write_json(path, content)
    assert "--pixel-size-m" in refused(out, tmp_path / "Dataset601_Series")
    convert(out, tmp_path / "Dataset601_Series", SeriesOptions(pixel_size_m=160.0), ONE_PROCESS)
    assert label_of(tmp_path / "Dataset601_Series", "a_2015").shape == (50, 50)
    assert AFFINE[0] == 80


@pytest.mark.parametrize("made", ["nothing", "a file", "an empty folder"])
def test_what_holds_no_series_is_refused(tmp_path, made):
    """Another folder, or none."""
    folder = tmp_path / "folder"
    if made == "a file":
        folder.write_text("text")
    if made == "an empty folder":
        folder.mkdir()
    text = refused(folder, tmp_path / "Dataset601_Series")
    assert "nnunet-glacier delineate" in text and str(folder) in text


def test_few_scenes_are_named(tmp_path):
    """They can be converted, and cannot say much of each other."""
    seen = write_seen(tmp_path, {"a": made_zones(), "b": made_zones()})
    text = convert(seen, tmp_path / "Dataset601_Series", SeriesOptions(), Run(check_only=True, workers=1))
    assert "Made: 2 scenes, few to vote on each other" in text
    assert not (tmp_path / "Dataset601_Series").exists()
