"""An archive is what was written, or it is refused before anything is taken out of it."""

import hashlib
import json
import stat
import zipfile

import pytest

from atrio.erp.moving.archive import MANIFEST, SEAL, Damaged, Reader, Writer

TEXT = b"one\ntwo\n" * 50


@pytest.fixture
def path(tmp_path):
    made = tmp_path / "a.zip"
    with Writer(made) as archive:
        archive.add("rows/note.ndjson", [TEXT[:100], TEXT[100:]], compressed=True)
        archive.add("files/1/ab/abc", [b"\x00\x01" * 500])
        archive.finish({"format": "test"})
    return made


def forged(path, files: dict, entries: dict | None = None, change=lambda info: None, seal: bool = True):
    """An archive by somebody who knows how ours are made."""
    known = {n: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()} for n, data in files.items()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            change(info)
            archive.writestr(info, data)
        archive.writestr(MANIFEST, json.dumps({"entries": known if entries is None else entries}))
        archive.comment = SEAL + b"0" * 64
    data = path.read_bytes()
    if seal:
        path.write_bytes(data[:-64] + hashlib.sha256(data[:-64]).hexdigest().encode())
    return path


def refused(path) -> str:
    with pytest.raises(Damaged) as damage, Reader(path) as archive:
        for name in archive.entries:
            for _chunk in archive.chunks(name):
                pass
    return str(damage.value)


def test_what_went_in_comes_out_and_only_its_owner_may_read_it(path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with Reader(path) as archive:
        assert b"".join(archive.chunks("files/1/ab/abc")) == b"\x00\x01" * 500
        assert list(archive.lines("rows/note.ndjson")) == [b"one", b"two"] * 50
        assert archive.manifest["format"] == "test"
    assert [p.name for p in path.parent.iterdir()] == ["a.zip"]
    with zipfile.ZipFile(path) as plain:
        assert plain.testzip() is None, "anybody's program opens it"


def test_an_archive_that_is_not_finished_leaves_nothing(tmp_path):
    def breaking():
        yield b"x"
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"), Writer(tmp_path / "b.zip") as archive:
        archive.add("x", breaking())
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(path):
    before = path.read_bytes()
    with pytest.raises(FileExistsError), Writer(path):
        pass
    assert path.read_bytes() == before


def test_every_flipped_byte_and_every_cut_is_noticed(path):
    data = path.read_bytes()
    for place in range(len(data)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(Damaged), Reader(path):
            pass
    for size in (0, 1, 70, len(data) // 2, len(data) - 64, len(data) - 1):
        path.write_bytes(data[:size])
        with pytest.raises(Damaged), Reader(path):
            pass


@pytest.mark.parametrize(
    "name",
    ["../x", "a/../../x", "/etc/x", "a//b", "./a", "a\\..\\x", "C:/x", "a/\x1fb", "a/", "x" * 401],
)
def test_a_name_that_leads_elsewhere_is_refused(name, tmp_path):
    assert "leads elsewhere" in refused(forged(tmp_path / "f.zip", {name: b"x"}))


def test_links_are_refused(tmp_path):
    def link(info):
        info.external_attr = (stat.S_IFLNK | 0o777) << 16

    assert "no ordinary file" in refused(forged(tmp_path / "f.zip", {"a": b"/etc/passwd"}, change=link))


def test_what_unpacks_to_far_more_is_refused(tmp_path):
    def packed(info):
        info.compress_type = zipfile.ZIP_DEFLATED

    assert "far more" in refused(forged(tmp_path / "f.zip", {"a": b"0" * (20 * 2**20)}, change=packed))


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({}, "does not hold what its manifest lists"),
        ({"a": {"size": 1, "sha256": "0" * 64}, "b": {"size": 0, "sha256": ""}}, "does not hold"),
        ({"a": {"size": 2, "sha256": "0" * 64}}, "not as large"),
        ({"a": {"size": 1, "sha256": "0" * 64}}, "not what its archive says"),
        ({"a": {"size": "1", "sha256": "0"}}, "cannot be read"),
        ([], "cannot be read"),
    ],
)
def test_a_manifest_that_lies_is_refused(entries, words, tmp_path):
    assert words in refused(forged(tmp_path / "f.zip", {"a": b"x"}, entries))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_refused(tmp_path):
    path = tmp_path / "f.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"x")
        archive.writestr("a", b"y")
        entry = {"size": 1, "sha256": hashlib.sha256(b"y").hexdigest()}
        archive.writestr(MANIFEST, json.dumps({"entries": {"a": entry}}))
        archive.comment = SEAL + b"0" * 64
    data = path.read_bytes()
    path.write_bytes(data[:-64] + hashlib.sha256(data[:-64]).hexdigest().encode())
    assert "does not hold" in refused(path)


def test_other_files_are_refused(tmp_path):
    plain = tmp_path / "p.zip"
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr("a", b"x" * 200)
    assert "no archive of Atrio" in refused(plain)
    assert "bytes are not those" in refused(forged(tmp_path / "f.zip", {"a": b"x"}, seal=False))
