"""Files are written whole or not at all, and are at no time readable to more people than they may be."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from stat import S_IMODE

import pytest

from gktools.files import draft_beside, write_whole

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes are of POSIX")


def mode(path):
    return S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(("data", "content"), [("一\r\n二\n", "一\r\n二\n".encode()), (b"\xff\r\n", b"\xff\r\n")])
def test_a_text_or_bytes_take_the_place_of_what_was_there(tmp_path, data, content):
    path = tmp_path / "文件"
    path.write_text("原来的", encoding="utf-8")

    write_whole(path, data)

    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("name", "error"), [("fsync", OSError(28, "磁盘满了")), ("replace", PermissionError(13, "只读"))]
)
def test_where_writing_fails_the_old_content_is_there_and_nothing_else(tmp_path, monkeypatch, name, error):
    path = tmp_path / "文件"
    path.write_bytes(b"old")

    def fail(*_):
        raise error

    monkeypatch.setattr(*{"fsync": (os, "fsync"), "replace": (Path, "replace")}[name], fail)

    with pytest.raises(type(error)):
        write_whole(path, b"new")
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (b"old", [path])


def test_half_a_character_changes_nothing(tmp_path):
    path = tmp_path / "文件"
    path.write_bytes(b"old")

    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "\ud800")
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (b"old", [path])


def test_the_folder_must_exist(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "没有" / "文件", "")


def test_a_name_may_be_as_long_as_the_file_system_allows(tmp_path):
    path = tmp_path / ("长" * 85)

    write_whole(path, b"")

    assert path.exists()


@posix
@pytest.mark.parametrize("asked", [0o600, 0o444, 0o660])
def test_a_private_file_has_its_mode_before_it_has_its_name(tmp_path, monkeypatch, asked):
    seen = []
    real = Path.replace
    monkeypatch.setattr(Path, "replace", lambda draft, target: seen.append(mode(draft)) or real(draft, target))

    write_whole(tmp_path / "文件", b"key", asked)

    assert (seen, mode(tmp_path / "文件")) == ([asked], asked)


@posix
@pytest.mark.parametrize(("private", "expected"), [(True, 0o600), (False, 0o640)])
def test_a_draft_is_private_from_the_start_or_has_the_mode_of_any_new_file(tmp_path, private, expected):
    before = os.umask(0o027)
    try:
        with draft_beside(tmp_path / "文件", private=private) as draft:
            assert mode(draft) == expected
            assert draft.parent == tmp_path
    finally:
        os.umask(before)
    assert list(tmp_path.iterdir()) == []


def test_two_drafts_of_one_file_are_two_files(tmp_path):
    with draft_beside(tmp_path / "文件") as one, draft_beside(tmp_path / "文件") as other:
        assert one != other
