"""What counts as done, by worked cases."""

import hashlib
import os

from nnunet_glacier.support.resume import LineRecord, content_of, contents_of, key_of


def test_content_is_the_sha256_and_follows_what_is_written(tmp_path):
    """Also where size and time stay, for a new file has another place on the disk."""
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    assert content_of(path) == hashlib.sha256(b"abc").hexdigest()
    state = path.stat()
    (tmp_path / "new").write_bytes(b"abd")
    os.utime(tmp_path / "new", ns=(state.st_atime_ns, state.st_mtime_ns))
    (tmp_path / "new").replace(path)
    assert content_of(path) == hashlib.sha256(b"abd").hexdigest()


def test_a_copy_under_another_name_is_the_same(tmp_path):
    """And the order of files counts."""
    for name, content in (("a", b"1"), ("b", b"2"), ("copy", b"1")):
        (tmp_path / name).write_bytes(content)
    a, b, copy = (tmp_path / name for name in ("a", "b", "copy"))
    assert contents_of([a, b]) == contents_of([copy, b]) != contents_of([b, a])
    assert key_of({"k": 1}, [a]) == key_of({"k": 1}, [copy]) != key_of({"k": 2}, [a])


def test_a_record_passes_over_what_was_cut_off_and_keeps_the_later_of_two(tmp_path):
    path = tmp_path / "below" / "record.jsonl"
    record = LineRecord(path)
    assert record.read() == {}
    record.add("a", [1])
    record.add("b", None)
    record.close()
    path.write_text(path.read_text() + '{"key": "c", "val')
    record.add("a", [2])
    record.close()
    assert record.read() == {"a": [2], "b": None}
    record.finish({"b": 3})
    assert path.read_text() == '{"key": "b", "value": 3}\n'
