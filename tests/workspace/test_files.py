"""Files are written whole or not at all, and are at no time readable to more people than they may be."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import time
from pathlib import Path
from stat import S_IMODE
from tempfile import NamedTemporaryFile

import pytest

from gktools.workspace import files
from gktools.workspace.files import (
    KeyFileError,
    fill_folder,
    is_left_over,
    make_temporary_folder,
    new_file,
    open_to_append,
    own_temporary_files,
    private_mode,
    read_key_file,
    remove_tree,
    temporary_folder,
    whole_draft,
    write_whole,
)

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
@pytest.mark.parametrize(("asked", "expected"), [(0o600, 0o600), (None, 0o640)])
def test_a_draft_is_private_from_the_start_or_has_the_mode_of_any_new_file(tmp_path, asked, expected):
    before = os.umask(0o027)
    try:
        with whole_draft(tmp_path / "文件", b"", asked) as draft:
            assert mode(draft) == expected
            assert draft.parent == tmp_path
    finally:
        os.umask(before)
    assert list(tmp_path.iterdir()) == []


def test_two_drafts_of_one_file_are_two_files(tmp_path):
    with whole_draft(tmp_path / "文件", b"") as one, whole_draft(tmp_path / "文件", b"") as other:
        assert one != other


def killed(code: str, folder: Path) -> None:
    """Run Python code in a process that kills itself at its end; gktools is imported in it."""
    ended = f"import os, signal\nfrom pathlib import Path\n{code}\nos.kill(os.getpid(), signal.SIGKILL)"
    subprocess.run([sys.executable, "-c", ended], cwd=folder, env=os.environ | {"TMPDIR": str(folder)}, check=False)


@posix
@pytest.mark.integration
def test_what_a_killed_process_leaves_is_removed_by_the_next_and_nothing_of_a_living_one(tmp_path, monkeypatch):
    killed(
        "import gktools.workspace.files as f\nd = f.make_temporary_folder(); (d / 'a').touch(); f.new_draft(Path('台账.xlsx')).touch()",
        tmp_path,
    )
    left = {path.name for path in tmp_path.iterdir()}
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    with temporary_folder() as living, whole_draft(tmp_path / "台账.xlsx", b"") as draft:
        assert (len(left), mode(living)) == (2, 0o700)
        assert all(name.lstrip(".").startswith("gktools-") for name in left)
        with temporary_folder(), whole_draft(tmp_path / "台账.xlsx", b""):
            assert living.exists()
            assert draft.exists()
        assert not left & {path.name for path in tmp_path.iterdir()}
    assert list(tmp_path.iterdir()) == []


@posix
@pytest.mark.parametrize(("age", "gone"), [(0, False), (2 * 24 * 3600, True)])
def test_what_a_process_of_another_machine_left_goes_after_a_day(tmp_path, age, gone):
    left = tmp_path / ".gktools-台账-0123456789abcdef-other.machine-1-1.part"
    left.touch()
    os.utime(left, (time.time() - age,) * 2)

    assert is_left_over(left) is gone


@pytest.mark.parametrize(
    "name", [".gktools-a.part", "gktools-abc", "gktools-a-b-c", "gktools-a-1-c", f"gktools-x-{platform.node()}-9-x"]
)
def test_what_names_no_process_is_left_alone(tmp_path, name):
    (tmp_path / name).mkdir()
    os.utime(tmp_path / name, (0, 0))

    assert is_left_over(tmp_path / name) is False


@posix
@pytest.mark.parametrize(
    ("folder", "file"), [(0o755, 0o640), (0o750, 0o640), (0o700, 0o600), (0o777, 0o640), (0o711, 0o600)]
)
def test_what_is_not_public_is_never_for_others_and_for_the_group_only_where_its_folder_is(tmp_path, folder, file):
    tmp_path.chmod(folder)
    (tmp_path / "a").mkdir()

    fill_folder(tmp_path / "a", {"b": b""}, private_mode(tmp_path))
    assert mode(tmp_path / "a/b") == file
    assert mode(tmp_path / "a") == {0o640: 0o750, 0o600: 0o700}[file]


@posix
@pytest.mark.parametrize(("was", "becomes"), [(0o644, 0o600), (0o666, 0o600), (0o640, 0o640), (0o600, 0o600)])
def test_a_key_that_is_open_to_all_is_closed_when_it_is_read(tmp_path, was, becomes):
    path = tmp_path / "records.key"
    path.write_bytes(b"key")
    path.chmod(was)

    assert (read_key_file(path), mode(path)) == (b"key", becomes)


@posix
def test_a_key_of_another_person_that_is_open_to_all_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "records.key"
    path.write_bytes(b"key")
    path.chmod(0o644)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)

    with pytest.raises(KeyFileError) as refused:
        read_key_file(path)
    assert "谁都能读" in refused.value.told


@posix
@pytest.mark.parametrize(("link", "said"), [(os.symlink, "是一个链接"), (os.link, "还有别的名字")])
def test_a_key_by_another_name_is_no_key_and_its_mode_is_left_alone(tmp_path, link, said):
    (tmp_path / "report.docx").write_bytes(b"key")
    (tmp_path / "report.docx").chmod(0o644)
    link(tmp_path / "report.docx", tmp_path / "records.key")

    with pytest.raises(KeyFileError) as refused:
        read_key_file(tmp_path / "records.key")
    assert said in refused.value.told
    assert mode(tmp_path / "report.docx") == 0o644


@pytest.fixture
def key(tmp_path) -> Path:
    """A file of the same account outside of the folder that others may write to."""
    (tmp_path / "shared").mkdir()
    (tmp_path / "records.key").write_bytes(b"key")
    (tmp_path / "records.key").chmod(0o600)
    return tmp_path / "records.key"


def untouched(key: Path) -> bool:
    return (key.read_bytes(), mode(key)) == (b"key", 0o600)


@posix
@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_a_link_put_in_the_place_of_a_draft_is_neither_written_nor_opened_to_others(key, monkeypatch, link):
    path = key.parent / "shared/文件"
    path.write_bytes(b"old")

    def exchange(_: int) -> None:
        (draft,) = path.parent.glob(".gktools-*")
        draft.unlink()
        link(key, draft)

    monkeypatch.setattr(os, "fsync", exchange)
    with pytest.raises(FileExistsError):
        write_whole(path, b"new", 0o644)

    assert untouched(key)
    assert (path.read_bytes(), path.is_symlink(), list(path.parent.iterdir())) == (b"old", False, [path])


@posix
@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_what_others_put_there_is_no_new_file_and_is_not_appended_to(key, link):
    link(key, key.parent / "shared/log")

    with pytest.raises(FileExistsError), new_file(key.parent / "shared/log", 0o644) as file:
        file.write(b"new")
    with pytest.raises(OSError, match="(?i)invalid|symbolic links"):
        open_to_append(key.parent / "shared/log")
    assert untouched(key)


@posix
@pytest.mark.parametrize("name", ["report.html", "report.docx"])
@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_a_folder_with_something_of_others_in_it_is_refused_by_its_name(key, link, name):
    link(key, key.parent / "shared" / name)

    with pytest.raises(FileExistsError) as refused:
        fill_folder(key.parent / "shared", {"report.html": b"page"}, 0o640)
    assert Path(refused.value.filename).name == name
    assert untouched(key)


def test_a_folder_of_a_person_with_a_name_like_ours_stays(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name in ("gktools-2024-1-1", "gktools-", "gktools-work-other-1-1"):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (0, 0))

    with temporary_folder():
        assert len(list(tmp_path.iterdir())) == 4


def nest(folder: Path, depth: int) -> None:
    """Make folders within folders, deeper than a path may be long, with a file, a link and a closed folder in the last."""
    inside = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d", dir_fd=inside)
        below = os.open("d", os.O_RDONLY, dir_fd=inside)
        os.close(inside)
        inside = below
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=inside))
    os.symlink("/usr", "link", dir_fd=inside)
    os.mkdir("closed", 0o000, dir_fd=inside)
    os.close(inside)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no folder descriptors on this system")
def test_folders_nested_three_thousand_deep_are_removed_and_stop_nobody(tmp_path, monkeypatch):
    (tmp_path / "kept").mkdir()
    with temporary_folder() as folder:
        nest(folder, 3000)
        (folder / "kept").symlink_to(tmp_path / "kept")
        os.mkfifo(folder / "pipe")
    assert not folder.exists()
    assert (tmp_path / "kept").is_dir()

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left = tmp_path / f"gktools-{'0' * 16}-{platform.node()}-4194304-1"
    left.mkdir()
    nest(left, 3000)
    make_temporary_folder().rmdir()
    assert not left.exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no folder descriptors on this system")
def test_of_a_folder_with_too_much_in_it_the_rest_is_left_for_the_next_time(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_MOST_REMOVED", 10)
    (tmp_path / "full").mkdir()
    nest(tmp_path / "full", 12)

    assert not remove_tree(tmp_path / "full")
    assert any(remove_tree(tmp_path / "full") for _ in range(4))
    assert remove_tree(tmp_path / "none")


def test_folders_are_removed_in_one_place():
    package = Path(files.__file__).parents[1]
    assert [path.name for path in package.rglob("*.py") if "rmtree(" in path.read_text(encoding="utf-8")] == [
        "files.py"
    ]


def test_temporary_files_are_made_where_the_next_process_tidies():
    """What another module would make in the folder for temporary files has no known name, and stays when it is killed."""
    package = Path(files.__file__).parents[1]
    users = [path for path in package.rglob("*.py") if "tempfile" in path.read_text(encoding="utf-8")]
    within_ours = {"build/pool.py", "build/engine/child.py"}
    assert {path.relative_to(package).as_posix() for path in users} == {"workspace/files.py"} | within_ours

    with own_temporary_files():
        with NamedTemporaryFile(delete=False) as left:  # as a library does that is killed then
            path = Path(left.name)
        assert path.parent.name.startswith("gktools-")
    assert not path.parent.exists()


BY_NAME = re.compile(r"""\.(?:chmod|write_text|write_bytes|touch)\(|copyfile\(|\.open\(\s*["'](?:[wax]|r\+)""")
"""What writes to a file, or gives one a mode, by its name, through a link that others put there."""
IN_PRIVATE_FOLDERS = {
    "build/engine/execution.py": 1,
    "build/export.py": 1,
    "build/reproduce.py": 1,
    "build/run.py": 2,
    "build/warm_listener.py": 1,
    "editing/office_file.py": 2,
    "inputs/inputs.py": 1,
    "publication/folder_backup.py": 3,
    "reading/sheet_source.py": 1,
    "registers/store/migration.py": 1,
    "review/submission_reading.py": 1,
    "review/web/pages/last_year.py": 1,
    "starter/scaffold.py": 9,
    "workspace/archive.py": 1,
}
"""In a temporary folder, or one that is made for its owner only and held open while it is filled."""
NO_FILE_OF_OTHERS = {"workspace/files.py": 4, "cli/output_streams.py": 1, "registers/store/sqlite_file.py": 1}
"""These functions; /dev/null; of a database permissions are only taken away, as it may not be opened otherwise."""


def test_files_are_given_modes_and_written_by_name_only_where_it_is_safe():
    package = Path(files.__file__).parents[1]
    found = {
        path.relative_to(package).as_posix(): len(BY_NAME.findall(path.read_text(encoding="utf-8")))
        for path in package.rglob("*.py")
    }

    assert {name: times for name, times in found.items() if times} == IN_PRIVATE_FOLDERS | NO_FILE_OF_OTHERS
