"""A whole working folder in one file: read back before it has its name, judged before anything of it is written."""

from __future__ import annotations

import json
import os
import platform
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from gktools.errors import GktoolsError
from gktools.starter.scaffold import new_project, new_year
from gktools.workspace import archive as archives
from gktools.workspace.archive import check_archive, extract_archive, is_safe, write_archive
from gktools.workspace.params_file import write_params_file
from gktools.workspace.project import open_project
from gktools.workspace.seals import file_hashes

AT = "2025-01-15T08:00:00+00:00"
GIVEN = {"records.key": b"00" * 32, "params/2024/甲.yaml": "甲: 1\n".encode(), "output/空.txt": b""}


@pytest.fixture
def made(tmp_path):
    """An archive of three files."""
    for name, content in GIVEN.items():
        path = tmp_path / "from" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    path = tmp_path / "a.zip"
    write_archive(path, {name: tmp_path / "from" / name for name in GIVEN}, AT)
    return path


def forged(path, members, listed=None, **more):
    """Write an archive of our form by hand; listed are the files that its manifest names."""
    said = {name: {"size": len(data), "sha256": sha256(data).hexdigest()} for name, data in members}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in members:
            opened.writestr(name, data)
        manifest = {"schema": archives.SCHEMA, "files": said if listed is None else listed} | more
        opened.writestr(archives.MANIFEST, json.dumps(manifest))
    return path


def test_what_was_put_in_comes_out(made, tmp_path):
    out = tmp_path / "new" / "work"
    written = extract_archive(made, out)

    assert {one.name: (out / one.name).read_bytes() for one in written} == GIVEN
    assert {one.name: one.hashes for one in written} == {name: file_hashes(data) for name, data in GIVEN.items()}
    assert made.stat().st_mode & 0o777 == 0o600
    assert (out / "records.key").stat().st_mode & 0o777 == 0o600
    assert out.stat().st_mode & 0o777 == 0o700
    assert {path.name for path in tmp_path.iterdir()} == {"from", "a.zip", "new"}


def test_what_is_not_public_is_closed_to_others_after_a_restore_as_it_was_before(tmp_path):
    names = (
        "records.db",
        "params/offices.yaml",
        "notebooks/a.ipynb",
        "output/2024/ju/review.html",
        "site/current/a.html",
    )
    path = forged(tmp_path / "a.zip", [(name, name.encode()) for name in names])
    before = os.umask(0o022)
    try:
        extract_archive(path, out := tmp_path / "new")
        new_project(started := tmp_path / "started", empty=True, year=2025)
        write_params_file(started / "params/2025/ju.yaml", "")
        new_year(open_project(started), 2026)
    finally:
        os.umask(before)

    modes = {name: (out / name).stat().st_mode & 0o777 for name in names}
    assert modes == {name: {"records.db": 0o600, "site/current/a.html": 0o644}.get(name, 0o640) for name in names}
    private = [one for name in ("params", "notebooks") for one in (started / name).rglob("*") if one.is_file()]
    assert {one.stat().st_mode & 0o777 for one in private} == {0o640}
    assert {one.suffix for one in private} > {".ipynb", ".yaml"}


@pytest.mark.parametrize("exists", [False, True])
def test_what_a_killed_restore_left_is_removed_by_the_next(made, tmp_path, exists):
    out = tmp_path / "new"
    place = out if exists else tmp_path
    left = place / f".gktools-new-{'0' * 16}-{platform.node()}-4194304-1.part"
    left.mkdir(parents=True)
    (left / "records.key").write_text("00")
    extract_archive(made, out)

    assert not left.exists()
    assert (out / "records.key").exists()


def test_an_empty_folder_is_filled_and_any_other_left_alone(made, tmp_path):
    (tmp_path / "empty").mkdir()
    assert len(extract_archive(made, tmp_path / "empty")) == 3
    for folder in (tmp_path / "empty", tmp_path / "a.zip"):
        with pytest.raises(GktoolsError, match="里已经有东西，没有恢复"):
            extract_archive(made, folder)


def test_an_archive_is_not_written_over_a_file_nor_left_half_written(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "a.zip").write_text("precious")
    with pytest.raises(GktoolsError, match="已经有 a.zip 这个文件了"):
        write_archive(tmp_path / "a.zip", {"a": tmp_path / "a"}, AT)
    with pytest.raises(GktoolsError, match="没有备份：gone 读不出来"):
        write_archive(tmp_path / "b.zip", {"a": tmp_path / "gone"}, AT)
    monkeypatch.setattr(archives, "check_archive", lambda _: [])
    with pytest.raises(GktoolsError, match="读回来不一样，没有留下"):
        write_archive(tmp_path / "b.zip", {"a": tmp_path / "a"}, AT)

    assert {path.name for path in tmp_path.iterdir()} == {"a", "a.zip"}


PRIVATE = (GIVEN["records.key"], b"SQLite format 3\0...", b"-----BEGIN PRIVATE KEY-----\nMC4CAQ\n")


@pytest.mark.parametrize("content", PRIVATE)
def test_a_private_file_put_where_others_may_read_it_after_a_restore_is_neither_backed_up_nor_restored(
    made, tmp_path, content
):
    (page := tmp_path / "from/site/current/x.html").parent.mkdir(parents=True)
    page.write_bytes(content)
    files = {name: tmp_path / "from" / name for name in (*GIVEN, "site/current/x.html")}
    archive = forged(tmp_path / "b.zip", [*GIVEN.items(), ("site/current/x.html", content)])

    for attempt in (
        lambda: write_archive(tmp_path / "c.zip", files, AT),
        lambda: extract_archive(archive, tmp_path / "new"),
    ):
        with pytest.raises(GktoolsError, match=r"site/current/x\.html .*不该在那里"):
            attempt()
    assert {path.name for path in tmp_path.iterdir()} == {"from", "a.zip", "b.zip"}


@pytest.mark.parametrize("special", ["link", "pipe"])
def test_links_and_pipes_are_not_read(tmp_path, special):
    (tmp_path / "a").write_bytes(b"a")
    if special == "link":
        (tmp_path / "b").symlink_to(tmp_path / "a")
    else:
        os.mkfifo(tmp_path / "b")
    with pytest.raises(GktoolsError, match="没有备份"):
        write_archive(tmp_path / "b.zip", {"b": tmp_path / "b"}, AT)


@pytest.mark.parametrize("place", range(0, 600, 25))
def test_a_byte_changed_anywhere_is_found_or_changes_nothing(made, tmp_path, place):
    content = bytearray(made.read_bytes())
    content[place % len(content)] ^= 0x55
    made.write_bytes(content)
    try:
        extract_archive(made, tmp_path / "new")
    except GktoolsError:
        assert not (tmp_path / "new").exists()
        assert not list(tmp_path.glob(".*.part"))
    else:
        assert all((tmp_path / "new" / name).read_bytes() == data for name, data in GIVEN.items())


@pytest.mark.parametrize("length", [0, 10, 100, 400])
def test_an_archive_cut_off_is_refused(made, tmp_path, length):
    made.write_bytes(made.read_bytes()[:length])
    with pytest.raises(GktoolsError, match="不是 gktools backup 写的备份，或者已经损坏"):
        check_archive(made)


@pytest.mark.parametrize(
    "name", ["/etc/x", "../x", "a/../../x", "a//x", "./x", "a\\x", "C:x", "a/x\n", "x" * 2000, "a/.", "con?"]
)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path, name):
    path = forged(tmp_path / "a.zip", [(name, b"x")])
    with pytest.raises(GktoolsError):
        extract_archive(path, tmp_path / "out" / "new")
    assert {one.name for one in tmp_path.rglob("*")} == {"a.zip"}


def test_a_link_in_an_archive_becomes_a_file_like_any_other(tmp_path):
    info = zipfile.ZipInfo("a")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as opened:
        opened.writestr(info, "/etc/passwd")
        files = {"a": {"size": 11, "sha256": sha256(b"/etc/passwd").hexdigest()}}
        opened.writestr(archives.MANIFEST, json.dumps({"schema": archives.SCHEMA, "files": files}))
    extract_archive(tmp_path / "a.zip", tmp_path / "new")

    assert not (tmp_path / "new/a").is_symlink()
    assert (tmp_path / "new/a").read_text() == "/etc/passwd"


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = forged(tmp_path / "a.zip", [("a", b"\0" * (80 << 20))])
    with pytest.raises(GktoolsError, match="说它解开来有 80 MB，比它自己大得太多"):
        extract_archive(path, tmp_path / "new")


def test_a_bomb_that_says_it_is_small_is_stopped(tmp_path):
    small = {"a": {"size": 3, "sha256": sha256(b"\0\0\0").hexdigest()}}
    path = forged(tmp_path / "a.zip", [("a", b"\0" * (80 << 20))], small)
    with pytest.raises(GktoolsError, match="备份里的 a 和它的目录（manifest.json）对不上"):
        extract_archive(path, tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("members", "listed"),
    [
        ([("a", b"x"), ("b", b"x")], {"a": {"size": 1, "sha256": sha256(b"x").hexdigest()}}),
        ([("a", b"x"), ("A", b"x")], None),
        ([("a", b"x"), ("a/b", b"x")], None),
        ([("a", b"x")], {"a": {"size": 1, "sha256": "0" * 64}}),
        ([("a", b"x")], {"a": {"size": -1, "sha256": "0" * 64}}),
        ([("a", b"x")], {"a": {"size": "viel"}}),
        ([("a", b"x")], []),
    ],
)
def test_files_and_manifest_that_do_not_agree_are_refused(tmp_path, members, listed):
    path = forged(tmp_path / "a.zip", members, listed)
    with pytest.raises(GktoolsError, match="没有恢复"):
        extract_archive(path, tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_what_is_no_file_is_called_what_it_is_and_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    for path, kind in ((tmp_path / "pipe", "管道"), (tmp_path / "loop", "不通的链接"), (Path("/dev/zero"), "设备")):
        with pytest.raises(GktoolsError, match=f"{path} 是{kind}，不是备份文件"):
            extract_archive(path, tmp_path / "new")
    with pytest.raises(GktoolsError, match=r"\. 是文件夹，不是备份文件"):
        check_archive(Path())
    assert not (tmp_path / "new").exists()


def test_a_manifest_of_another_kind_is_refused(tmp_path):
    with pytest.raises(GktoolsError, match="不是 gktools backup 写的备份"):
        check_archive(forged(tmp_path / "a.zip", [("a", b"x")], schema="gktools.archive/2"))
    with pytest.raises(GktoolsError, match="找不到备份文件 b.zip"):
        check_archive(tmp_path / "b.zip")


def test_an_archive_is_restored_into_the_empty_folder_in_which_one_is(made, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    before = Path().stat().st_ino

    extract_archive(made, Path())

    assert sorted(path.name for path in Path().iterdir()) == sorted({name.split("/")[0] for name in GIVEN})
    assert Path().stat().st_ino == before


@pytest.mark.parametrize("name", ["想一想?.ipynb", "a:b", "\udcff.md", "点."])
def test_a_name_that_other_systems_do_not_know_is_not_safe(name):
    assert not is_safe(f"notebooks/{name}")
    assert is_safe("notebooks/想一想.ipynb")
