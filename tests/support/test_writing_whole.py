"""Files get their name when they are whole; what killed processes left goes, what living ones write stays."""

import errno
import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from nnunet_glacier.support import partial_files
from nnunet_glacier.support.databases import copy_database
from nnunet_glacier.support.disk import DiskError, system_fault
from nnunet_glacier.support.errors import InputError
from nnunet_glacier.support.files import write_folder_whole, write_whole
from nnunet_glacier.support.partial_files import remove_leftovers, temporary_path


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def fill(path, content):
    write_whole(path, lambda temporary: temporary.write_bytes(content))


def test_a_file_that_cannot_be_read_again_gets_no_name(tmp_path):
    """The writer ended without an exception, as GDAL does on a full disk; the file before it stays."""
    path = tmp_path / "map.tif"
    path.write_bytes(b"before")
    with pytest.raises(DiskError, match=r"map.tif: it cannot be written whole \(it is damaged .* MB free\). Make room"):
        fill(path, b"II*\x00cut off")
    assert path.read_bytes() == b"before"
    assert names_in(tmp_path) == ["map.tif"]


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, r"the disk is full \(.* MB free\). Make room"),
        (errno.EDQUOT, "quota"),
        (errno.EROFS, "the disk can only be read. Choose another folder"),
        (errno.ENAMETOOLONG, "the name is too long"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_what_the_system_says_is_one_sentence_with_the_path(tmp_path, number, said):
    """An error of the file that is written, with and without its name."""
    for name in ((), ("temporary",)):

        def write(temporary, name=name):
            raise OSError(number, os.strerror(number), *(str(temporary) for _ in name))

        with pytest.raises(DiskError, match=f"^{tmp_path / 'one.csv'}: .*{said}") as caught:
            write_whole(tmp_path / "one.csv", write)
        assert "\n" not in str(caught.value)


def test_an_error_without_a_name_is_a_sentence_too():
    """As of a file that was open already."""
    assert system_fault(OSError(errno.EIO, "Input/output error")).startswith("Input/output error. ")
    assert system_fault(OSError(errno.EROFS, "", "/media/one.csv")).startswith("/media/one.csv: the disk can only be")


def test_an_error_of_another_file_is_not_put_down_to_this_one(tmp_path):
    """A source that is gone."""
    with pytest.raises(FileNotFoundError, match="source"):
        write_whole(tmp_path / "copy.png", lambda temporary: (tmp_path / "source").read_bytes())
    assert not names_in(tmp_path)


def test_leftovers_of_the_dead_go_and_files_of_the_living_stay(tmp_path):
    """Of this machine; those of another one after a day."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    living = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    here = partial_files._machine()
    names = {
        f".{ended.pid}.partial.a.png": False,
        f".{ended.pid}-{here}.partial.b.png": False,
        f".{ended.pid}-{here}.partial.fronts.gpkg-journal": False,
        f".{living.pid}-{here}.partial.c.png": True,
        f".{os.getpid()}-{here}.partial.d.png": False,  # of an earlier process of the same number
        f".{ended.pid}-another.partial.e.png": True,
        f".{ended.pid}-another.partial.f.png": False,
        "notes.partial.txt": True,
    }
    for name in names:
        (tmp_path / name).touch()
    os.utime(tmp_path / f".{ended.pid}-another.partial.f.png", (0, 0))
    try:
        remove_leftovers(tmp_path)
    finally:
        living.communicate(b"\n")
    assert names_in(tmp_path) == sorted(name for name, stays in names.items() if stays)


def test_the_first_file_that_is_written_to_a_folder_clears_it(tmp_path):
    """In every stage, without its doing; what is being written meanwhile stays."""
    leftover = tmp_path / f".{2**22 + 1}.partial.old.csv"
    leftover.touch()

    def write(temporary):
        temporary.write_text("one", encoding="utf-8")
        remove_leftovers(tmp_path)

    write_whole(tmp_path / "new.csv", write)
    assert names_in(tmp_path) == ["new.csv"]


@pytest.mark.parametrize("stem", ["s" * 240, "é" * 110])
def test_names_as_long_as_the_disk_takes_them(tmp_path, stem):
    """The temporary name is never longer, and has the same suffixes."""
    path = tmp_path / f"{stem}.nii.gz"
    assert temporary_path(path).name.endswith(".nii.gz")
    write_whole(path, lambda temporary: temporary.write_bytes(bytes.fromhex("1f8b08000000000000030300" + "00" * 8)))
    assert names_in(tmp_path) == [path.name]


def write_one(folder, content="1", name="one.txt"):
    """A folder of one file, whose files of an earlier run end with ``.txt``."""
    write_folder_whole(
        folder,
        lambda temporary: (temporary / name).write_text(content, encoding="utf-8"),
        lambda name: name.endswith(".txt"),
    )


def test_a_folder_is_replaced_whole(tmp_path):
    """Or stays as it was where one of its files fails."""
    folder = tmp_path / "shapefiles"
    write_one(folder)
    assert (folder / "one.txt").read_text(encoding="utf-8") == "1"
    with pytest.raises(DiskError):
        write_one(folder, "II*", "cut.tif")
    assert names_in(folder) == ["one.txt"]
    write_one(folder, "2", "two.txt")
    assert names_in(folder) == ["two.txt"]
    assert names_in(tmp_path) == ["shapefiles"]


def test_what_others_put_into_a_folder_stays(tmp_path):
    """Files and folders; not under a name that the new one has."""
    folder = tmp_path / "shapefiles"
    write_one(folder)
    (folder / "mine.qml").write_text("style", encoding="utf-8")
    (folder / "more" / "deep").mkdir(parents=True)
    (folder / "more" / "deep" / "a.txt").write_text("a", encoding="utf-8")
    write_one(folder, "2", "two.txt")
    assert names_in(folder) == ["mine.qml", "more", "two.txt"]
    assert (folder / "mine.qml").read_text(encoding="utf-8") == "style"
    assert (folder / "more" / "deep" / "a.txt").read_text(encoding="utf-8") == "a"
    write_one(folder, "ours", "mine.qml")
    assert (folder / "mine.qml").read_text(encoding="utf-8") == "ours"
    assert names_in(tmp_path) == ["shapefiles"]


def test_a_folder_that_cannot_get_its_name_leaves_the_old_one(tmp_path, monkeypatch):
    """As it was, with all that is in it."""
    folder = tmp_path / "shapefiles"
    write_one(folder)
    (folder / "mine.qml").touch()

    def replace(self, target):
        raise OSError(errno.EACCES, "Permission denied", str(self), None, str(target))

    monkeypatch.setattr(type(folder), "replace", replace)
    with pytest.raises(DiskError, match="shapefiles: no permission"):
        write_one(folder, "2")
    assert names_in(folder) == ["mine.qml", "one.txt"]
    assert (folder / "one.txt").read_text(encoding="utf-8") == "1"
    assert names_in(tmp_path) == ["shapefiles"]


@pytest.mark.parametrize("step", ["rename", "replace"])
def test_a_kill_between_two_names_of_a_folder_is_mended_by_the_next_run(tmp_path, step):
    """The old folder, or the new one once it has its name; nothing hidden stays."""
    folder = tmp_path / "shapefiles"
    write_one(folder)
    script = f"""
import os, pathlib, sys
from nnunet_glacier.support.files import write_folder_whole

def then_killed(self, target, done=pathlib.Path.{step}):
    done(self, target)
    os._exit(9)

pathlib.Path.{step} = then_killed
write_folder_whole(pathlib.Path(sys.argv[1]), lambda new: (new / "two.txt").write_text("2"), lambda name: True)
"""
    assert subprocess.run([sys.executable, "-c", script, str(folder)]).returncode == 9
    assert len(names_in(tmp_path)) == 2 and folder.exists() == (step == "replace")
    remove_leftovers(tmp_path)
    assert names_in(tmp_path) == ["shapefiles"]
    assert names_in(folder) == (["one.txt"] if step == "rename" else ["two.txt"])


def made_database(path):
    """One that makes a write-ahead log beside it, and a connection that holds it open."""
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE lines (status TEXT)")
    database.commit()
    return database


def statuses(path):
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT status FROM lines").fetchall()


def test_a_geopackage_that_a_program_has_open_is_not_replaced(tmp_path):
    """Whoever writes it; what the program has not yet put into the database itself stays readable."""
    path = tmp_path / "any.gpkg"
    program = made_database(path)
    program.execute("INSERT INTO lines VALUES ('accepted')")
    program.commit()
    with pytest.raises(InputError, match=r"any.gpkg: it is open in another program, such as QGIS: any.gpkg-wal beside"):
        write_whole(path, lambda temporary: pytest.fail("it was written"))
    assert statuses(path) == [("accepted",)]
    program.close()
    write_whole(path, lambda temporary: made_database(temporary).close())
    assert statuses(path) == []


def test_a_geopackage_that_is_opened_while_it_is_written_is_not_replaced(tmp_path):
    """The new one goes, and the program goes on with the old one."""
    path = tmp_path / "any.gpkg"
    made_database(path).close()
    programs = []

    def write(temporary):
        made_database(temporary).close()
        programs.append(sqlite3.connect(path))
        programs[0].execute("INSERT INTO lines VALUES ('accepted')")
        programs[0].commit()

    with pytest.raises(InputError, match="open in another program"):
        write_whole(path, write)
    programs[0].close()
    assert statuses(path) == [("accepted",)]
    assert names_in(tmp_path) == ["any.gpkg"]


def test_a_copy_of_a_database_has_what_stands_in_its_log_and_no_file_beside_it(tmp_path):
    """Nor has the original one more than it had."""
    original, copy = tmp_path / "original.gpkg", tmp_path / "copies" / "copy.gpkg"
    program = made_database(original)
    program.execute("INSERT INTO lines VALUES ('accepted')")
    program.commit()
    write_whole(copy, lambda temporary: copy_database(original, temporary))
    program.close()
    assert statuses(copy) == [("accepted",)]
    write_whole(copy, lambda temporary: copy_database(original, temporary))
    assert names_in(tmp_path) == ["copies", "original.gpkg"] and names_in(copy.parent) == ["copy.gpkg"]
    original.write_bytes(b"no database" * 100)
    with pytest.raises(DiskError, match=r"cannot be written whole \(original.gpkg cannot be copied: file"):
        write_whole(copy, lambda temporary: copy_database(original, temporary))
    assert statuses(copy) == [("accepted",)]
