"""The install script of an archive: what it says of a machine that lacks something, and that nothing is half installed."""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections import namedtuple
from pathlib import Path

import bundle
import install
import pytest
from bundle import Platform
from machine import REPOSITORY

THIS = Platform(f"linux-{platform.machine()}", "", ())
PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
PROGRAM = "import sys\nprint('gktools {version}', *sys.argv[1:])\n"
PIP = """
import pathlib, sys, zipfile
wheels = pathlib.Path(sys.argv[sys.argv.index("--find-links") + 1])
assert "--no-index" in sys.argv and "--require-hashes" in sys.argv
if (wheels / "full").exists():
    sys.exit("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device")
(into,) = [path for path in sys.path if path.endswith("site-packages")]
for wheel in wheels.glob("gktools-*.whl"):
    zipfile.ZipFile(wheel).extractall(into)
"""
"""Stands for pip, which `make soak` runs: puts the one wheel in its place, or finds the disk full."""
Usage = namedtuple("Usage", "total used free")


def wheel(path: Path, module: str, source: str) -> None:
    """Write a wheel with one package that can be run."""
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr(f"{module}/__init__.py", "")
        opened.writestr(f"{module}/__main__.py", source)


def make_archive(folder: Path, version: str) -> Path:
    """Return an unpacked archive of a gktools that prints its version."""
    (folder / "wheels").mkdir(parents=True)
    (folder / "requirements").mkdir()
    (folder / "requirements" / f"{PYTHON}.txt").write_text(f"gktools=={version} --hash=sha256:aa\n")
    wheel(folder / "wheels" / f"gktools-{version}-py3-none-any.whl", "gktools", PROGRAM.format(version=version))
    wheel(folder / "wheels/pip-1-py3-none-any.whl", "pip", PIP)
    bundle.write_scripts(THIS, folder, version)
    seal(folder)
    return folder


def seal(folder: Path) -> None:
    (folder / install.SUMS).unlink(missing_ok=True)
    (folder / install.SUMS).write_text(bundle.checksums(folder), encoding="utf-8")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return make_archive(tmp_path / "gktools-1.0", "1.0")


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder for PATH with the programs that every system has, and no Python."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("dirname", "uname", "mktemp", "tar", "gzip", "rm", "readlink"):
        (folder / name).symlink_to(str(shutil.which(name)))
    return folder


def add_program(folder: Path, name: str, script: str) -> None:
    (folder / name).unlink(missing_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def run(archive: Path, *arguments: object, path: Path | None = None, **variables: str) -> tuple[int, str]:
    """Run an archive's script with a PATH; return the exit code and all that it said."""
    done = subprocess.run(
        ["/bin/sh", archive / "install.sh", *map(str, arguments)],
        env={"PATH": str(path or os.environ["PATH"]), "LC_ALL": "C.UTF-8", "PYTHON": sys.executable} | variables,
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def printed(folder: Path, *arguments: str) -> str:
    """What the installed command prints, run from another folder by somebody whose Python looks for modules elsewhere."""
    env = os.environ | {"PYTHONPATH": str(REPOSITORY), "PYTHONHOME": "/nowhere"}
    done = subprocess.run([folder / "bin/gktools", *arguments], env=env, capture_output=True, text=True, cwd="/")
    return done.stdout.strip() or done.stderr


# --- a machine that lacks something ----------


def test_a_machine_without_python_is_told_which_one_it_needs(archive, programs, tmp_path):
    code, said = run(archive, tmp_path / "to", path=programs, PYTHON="")

    assert code == 1
    assert "没有 Python 3.11–3.13（一个 Python 也没有找到），没有装任何东西" in said
    assert not (tmp_path / "to").exists()


def test_an_old_python_is_named_with_what_helps(archive, programs, tmp_path):
    add_program(programs, "python3", "echo 3.7.9")
    code, said = run(archive, tmp_path / "to", path=programs, PYTHON="")

    assert code == 1
    assert "（python3 是 3.7.9）" in said
    assert "麒麟 V10 和统信 20 自带的只有 3.7、3.8" in said
    assert "make bundle PYTHON=文件" in said
    assert not (tmp_path / "to").exists()


@pytest.mark.parametrize(("machine", "said"), [("loongarch64", "用浏览器打开"), ("riscv64", "请换 riscv64 的安装包")])
def test_another_machine_is_told_before_a_python_is_looked_for(archive, programs, tmp_path, machine, said):
    add_program(programs, "uname", f"echo {machine}")
    code, told = run(archive, tmp_path / "to", path=programs, PYTHON="")

    assert code == 1
    assert said in told
    assert "没有装任何东西" in told


def test_without_a_folder_the_script_says_how_it_is_called(archive):
    assert run(archive)[0] == 1
    assert "sh install.sh 目录" in run(archive)[1]


# --- installed, upgraded, gone back ----------


def test_it_is_installed_upgraded_and_gone_back_from_in_a_folder_with_chinese_and_spaces(archive, tmp_path):
    newer = make_archive(tmp_path / "新的 安装包", "1.1")
    folder = tmp_path / "安装 目录/gktools"
    assert run(archive, folder)[0] == 0
    assert printed(folder, "a b") == "gktools 1.0 a b"

    (newer / "wheels/full").touch()
    seal(newer)
    code, said = run(newer, folder)
    assert code == 1
    assert "磁盘满了：请腾出地方，或换一个目录。没有装，原来的没有动" in said
    assert printed(folder) == "gktools 1.0"
    assert len(list((folder / "versions").iterdir())) == 1

    (newer / "wheels/full").unlink()
    seal(newer)
    code, said = run(newer, folder)
    assert code == 0
    assert "原来的 1.0-" in said
    assert printed(folder) == "gktools 1.1"

    assert "已退回 1.0-" in run(newer, folder, "--back")[1]
    assert printed(folder) == "gktools 1.0"
    assert run(newer, folder)[0] == 0
    assert printed(folder) == "gktools 1.1"
    assert len(list((folder / "versions").iterdir())) == 2


def test_the_python_that_was_carried_along_is_used_and_stays_in_the_installation(archive, programs, tmp_path):
    add_program(tmp_path, f"python{PYTHON}", f'exec "{Path(sys.executable).resolve()}" "$@"')
    (archive / "python").mkdir()
    with tarfile.open(archive / "python/python.tar.gz", "w:gz") as opened:
        opened.add(tmp_path / f"python{PYTHON}", f"python/bin/python{PYTHON}")
    seal(archive)
    code, said = run(archive, tmp_path / "to", path=programs, PYTHON="", TMPDIR=str(tmp_path))

    assert code == 0, said
    assert [*(tmp_path / "to").glob(f"versions/*/python/python/bin/python{PYTHON}")]
    assert printed(tmp_path / "to") == "gktools 1.0"
    assert not list(tmp_path.glob("tmp.*")), "what was unpacked to run the installation is gone"


# --- what is wrong with archive or folder, in this process ----------


@pytest.fixture
def ready(archive, monkeypatch):
    """The archive whose install.py runs in this process, without installing anything."""
    monkeypatch.setattr(install, "BUNDLE", archive)
    monkeypatch.setattr(install, "install", lambda version: [version.mkdir(), (version / install.COMPLETE).touch()])
    return archive


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """What install.py says of why it installed nothing."""
    mask = os.umask(0o022)
    assert install.main([str(one) for one in arguments]) == 1
    os.umask(mask)
    return capsys.readouterr().err


def test_a_file_that_was_changed_or_left_out_is_named_and_nothing_installed(ready, tmp_path, capsys):
    changed = ready / f"requirements/{PYTHON}.txt"
    changed.write_bytes(changed.read_bytes() + b"#")
    assert f"安装包里的 requirements/{PYTHON}.txt 和做的时候不一样" in told(capsys, tmp_path / "to")
    changed.unlink()
    assert f"安装包不完整，缺 requirements/{PYTHON}.txt" in told(capsys, tmp_path / "to")
    (ready / install.SUMS).unlink()
    assert "没有 SHA256SUMS" in told(capsys, tmp_path / "to")
    assert not (tmp_path / "to").exists()


def test_a_folder_with_something_else_in_it_is_left_alone(ready, tmp_path, capsys):
    (tmp_path / "to").mkdir()
    (tmp_path / "to/年报.docx").touch()
    assert "已经有别的文件（年报.docx），请换一个空目录" in told(capsys, tmp_path / "to")
    assert "是一个文件，请换一个目录" in told(capsys, tmp_path / "to/年报.docx")
    assert [path.name for path in (tmp_path / "to").iterdir()] == ["年报.docx"]


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.EACCES, "没有权限写：请换一个自己的目录，或者用管理员"),
        (errno.EROFS, "在只读的磁盘上"),
        (errno.ENOSPC, "所在的磁盘满了"),
        (errno.EIO, "写不了"),
    ],
)
def test_a_folder_that_cannot_be_written_is_told_with_what_to_do(ready, tmp_path, capsys, monkeypatch, number, said):
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "mkdir", refuse)

    assert said in told(capsys, tmp_path / "to")


def test_too_little_room_is_told_before_anything_is_installed(ready, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(install, "SPACE", 1e6)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9 - 5_000_000, 5_000_000))

    assert "放不下：要" in told(capsys, tmp_path / "to")
    assert list((tmp_path / "to/versions").iterdir()) == []


def test_an_installation_that_was_cut_off_is_begun_anew_and_earlier_ones_may_go(ready, tmp_path, capsys):
    name = install.name_of_bundle()
    (tmp_path / "to/versions" / name / "env").mkdir(parents=True)
    (tmp_path / "to/versions/0.8-aaaaaaaa").mkdir()
    (tmp_path / "to/versions/0.9-bbbbbbbb").mkdir()
    (tmp_path / "to/current").write_text("0.9-bbbbbbbb\n\n")

    assert install.main([str(tmp_path / "to")]) == 0
    assert not (tmp_path / "to/versions" / name / "env").exists()
    assert install.current(tmp_path / "to") == [name, "0.9-bbbbbbbb"]
    assert "更早的可以删掉" in (said := capsys.readouterr().out)
    assert "0.8-aaaaaaaa" in said


def test_there_is_nothing_to_go_back_to_after_the_first_installation(ready, tmp_path, capsys):
    assert install.main([str(tmp_path / "to")]) == 0
    assert "没有可以退回的版本" in told(capsys, tmp_path / "to", "--back")
    assert "没有可以退回的版本" in told(capsys, tmp_path / "never", "--back")


def test_a_python_or_system_that_the_archive_is_not_for_is_named(ready, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(platform, "libc_ver", lambda: ("glibc", "2.17"))
    assert "这个系统的是glibc 2.17，要 glibc 2.28 以上" in told(capsys, tmp_path / "to")
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    assert "这个系统的是别的 C 库" in told(capsys, tmp_path / "to")
    monkeypatch.setattr(install, "python_version", lambda: "3.14")
    assert f"这个 Python 是 3.14，安装包是给 {PYTHON} 的" in told(capsys, tmp_path / "to")


def test_the_list_of_checksums_has_every_file_once(archive):
    lines = dict(reversed(line.split("  ")) for line in (archive / install.SUMS).read_text("utf-8").splitlines())
    files = {path.relative_to(archive).as_posix(): path for path in archive.rglob("*") if path.is_file()}
    files.pop(install.SUMS)

    assert lines == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
