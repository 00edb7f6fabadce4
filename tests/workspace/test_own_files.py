"""What a command was asked to write never takes the place of what it did not write itself."""

from __future__ import annotations

import os
import stat
import sys

import pytest

from gktools.workspace.own_files import NOTE, NotOwnFileError, write_own_files

KIND = "a command"


def test_what_was_written_here_and_nobody_touched_is_written_again(tmp_path):
    path = tmp_path / "期限.xlsx"

    for content in (b"one", b"one", b"another"):
        write_own_files({path: content}, KIND)

    assert path.read_bytes() == b"another"


@pytest.mark.parametrize(
    ("change", "held"),
    [
        (lambda path: path.write_bytes(b"filled in"), b"filled in"),
        (lambda path: (path.parent / NOTE).unlink(), b"old"),
        (lambda path: (path.parent / NOTE).write_text('{"files": [1]}', encoding="utf-8"), b"old"),
    ],
)
def test_what_was_filled_in_or_is_not_known_stays(tmp_path, change, held):
    path = tmp_path / "表.xlsx"
    write_own_files({path: b"old"}, KIND)
    change(path)

    with pytest.raises(NotOwnFileError, match="没有写，什么也没有动：请换一个名字"):
        write_own_files({tmp_path / "别的.xlsx": b"", path: b"new"}, KIND)

    assert path.read_bytes() == held
    assert not (tmp_path / "别的.xlsx").exists()


def test_what_another_command_wrote_stays(tmp_path):
    path = tmp_path / "表.xlsx"
    write_own_files({path: b"old"}, KIND)

    with pytest.raises(NotOwnFileError):
        write_own_files({path: b"new"}, "another")
    write_own_files({path: b"old"}, "another")

    assert path.read_bytes() == b"old"


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and links are of POSIX")
@pytest.mark.parametrize("kind", ["链接", "管道", "文件夹", "不通的链接"])
def test_links_pipes_and_folders_stay(tmp_path, kind):
    path, target = tmp_path / "记录", tmp_path / "别处"
    if kind == "链接":
        target.write_bytes(b"")
    if kind.endswith("链接"):
        path.symlink_to(target)
    else:
        path.mkdir() if kind == "文件夹" else os.mkfifo(path)
    before = path.lstat()

    with pytest.raises(NotOwnFileError, match=f"记录 是一个{kind[-2:] if kind != '文件夹' else kind}"):
        write_own_files({path: b"log"}, KIND)

    assert path.lstat() == before
    assert target.exists() == (kind == "链接")


@pytest.mark.skipif(sys.platform == "win32", reason="devices are of POSIX")
def test_a_device_is_neither_replaced_nor_written(tmp_path):
    path = tmp_path / "null"  # never the machine's own: without the rule it would be replaced for everybody
    try:
        os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")

    with pytest.raises(NotOwnFileError, match="null 是一个设备"):
        write_own_files({path: b"log"}, KIND)

    assert stat.S_ISCHR(path.stat().st_mode)


def test_of_many_files_three_are_named_and_the_others_counted(tmp_path):
    paths = [tmp_path / f"{number}.json" for number in range(5)]
    for path in paths:
        path.write_bytes(b"own")

    with pytest.raises(NotOwnFileError) as told:
        write_own_files(dict.fromkeys(paths, b"new"), KIND)

    assert str(told.value).count("已经有了") == 3
    assert "这样的共 5 个" in str(told.value)
    assert {path.read_bytes() for path in paths} == {b"own"}
