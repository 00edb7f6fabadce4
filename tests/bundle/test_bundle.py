"""Installation archives: what is asked of the resolver, which wheels fit, what is in an archive."""

from __future__ import annotations

import io
import itertools
import re
import tarfile
from importlib.metadata import distributions
from urllib.parse import unquote

import bundle
import pytest
from bundle import PLATFORMS, BundleError, Pin
from machine import REPOSITORY
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

LINUX, ARM, WINDOWS = PLATFORMS
RESOLUTION = """\
anyio==4.16.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
ruamel-yaml==0.19.1 \\
    --hash=sha256:cc
"""


def option(command: list[str], name: str) -> list[str]:
    """The values that a command gives for an option."""
    return [value for key, value in itertools.pairwise(command) if key == name]


# --- resolver and download ----------


@pytest.mark.parametrize(
    ("platform", "resolver"),
    [(LINUX, "x86_64-manylinux_2_28"), (ARM, "aarch64-manylinux_2_28"), (WINDOWS, "x86_64-pc-windows-msvc")],
)
def test_the_markers_of_each_platform_are_evaluated_with_everything_at_the_pinned_versions(
    platform, resolver, tmp_path
):
    command = bundle.resolve_command(platform, "3.12", tmp_path / "out.txt")

    assert option(command, "--python-platform") == [resolver]
    assert option(command, "--python-version") == ["3.12"]
    assert option(command, "--extra") == ["everything"]
    assert option(command, "--constraint") == [str(REPOSITORY / "constraints.txt")]
    assert option(command, "--only-binary") == [":all:"]
    assert "--generate-hashes" in command


def test_the_download_takes_wheels_alone_of_the_resolved_bytes_and_no_newer_glibc(tmp_path):
    command = bundle.download_command(ARM, "3.13", tmp_path / "in.txt", tmp_path)

    assert option(command, "--only-binary") == [":all:"]
    assert "--require-hashes" in command
    assert "--no-deps" in command
    assert option(command, "--abi") == ["cp313", "abi3", "none"]
    assert option(command, "--platform")[0] == "manylinux_2_28_aarch64"
    assert {"manylinux_2_17_aarch64", "manylinux2014_aarch64"} <= set(option(command, "--platform"))
    assert not [tag for tag in option(command, "--platform") if re.search(r"_2_(29|3\d)_", tag)]


def test_a_resolution_is_read_with_its_hashes_under_canonical_names():
    read = bundle.entries(RESOLUTION)

    assert list(read) == [Pin("anyio", "4.16.0"), Pin("ruamel-yaml", "0.19.1")]
    assert "".join(read.values()) == RESOLUTION


def test_what_constraints_do_not_pin_is_named():
    pins = [Pin("anyio", "4.16.0"), Pin("rich", "15.0.0"), Pin("ruamel-yaml", "0.19.1")]

    assert bundle.unpinned(pins, "Anyio==4.16.0\nruamel.yaml==0.19.1\nrich==14.0.0\n") == ["rich"]


# --- which wheels fit ----------


@pytest.mark.parametrize(
    ("platform", "file", "fits"),
    [
        (LINUX, "a-1-py3-none-any.whl", True),
        (LINUX, "a-1-cp311-cp311-manylinux_2_28_x86_64.whl", True),
        (LINUX, "a-1-cp38-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", True),
        (LINUX, "a-1-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_34_x86_64.whl", True),
        (LINUX, "a-1-cp311-cp311-manylinux_2_29_x86_64.whl", False),
        (LINUX, "a-1-cp311-cp311-manylinux_2_34_x86_64.whl", False),
        (LINUX, "a-1-cp311-cp311-manylinux_2_28_aarch64.whl", False),
        (LINUX, "a-1-cp311-cp311-musllinux_1_2_x86_64.whl", False),
        (LINUX, "a-1-cp311-cp311-linux_x86_64.whl", False),
        (LINUX, "a-1-cp312-cp312-manylinux_2_28_x86_64.whl", False),
        (ARM, "a-1-cp311-cp311-manylinux_2_28_aarch64.whl", True),
        (WINDOWS, "a-1-cp311-cp311-win_amd64.whl", True),
        (WINDOWS, "a-1-cp311-cp311-win32.whl", False),
    ],
)
def test_a_wheel_fits_by_the_tags_of_its_name(platform, file, fits):
    found = bundle.faults(platform, {"3.11": [Pin("a", "1")]}, [file])

    assert (found == []) == fits
    if not fits:
        assert f"{file} does not fit {platform.name}" in found


def test_a_wheel_that_is_missing_for_one_python_and_a_source_distribution_are_named():
    resolved = {"3.11": [Pin("a", "1"), Pin("b", "2")], "3.12": [Pin("a", "1")]}
    files = ["a-1-cp311-cp311-win_amd64.whl", "b-2.tar.gz"]

    assert bundle.faults(WINDOWS, resolved, files) == [
        "b-2.tar.gz is no wheel",
        "b 2 has no wheel for windows-x86_64, Python 3.11",
        "a 1 has no wheel for windows-x86_64, Python 3.12",
    ]


# --- a Python that is carried along ----------


@pytest.mark.parametrize(
    ("names", "platform"),
    [
        (["python/bin/python3.12", "python/lib/_ssl.cpython-312-x86_64-linux-gnu.so"], LINUX),
        (["bin/python3.11", "lib/_ssl.cpython-311-aarch64-linux-gnu.so"], ARM),
        (["python/python.exe", "python/python3.dll", "python/python313.dll"], WINDOWS),
    ],
)
def test_a_python_goes_into_the_archive_of_its_platform(names, platform):
    assert bundle.python_for(names) == platform


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["bin/python3.8", "lib/_ssl.cpython-38-x86_64-linux-gnu.so"], "no Python 3.11–3.13"),
        (["readme.txt"], "no Python 3.11–3.13"),
        (["bin/python3.12"], "of which machine"),
    ],
)
def test_an_archive_that_is_no_python_of_ours_is_refused(names, said):
    with pytest.raises(BundleError, match=said):
        bundle.python_for(names)


def test_a_file_that_is_no_archive_is_refused_before_anything_is_made(tmp_path, capsys):
    (tmp_path / "python.tar.gz").write_bytes(b"no archive")

    assert bundle.main(["--out", str(tmp_path / "dist"), "--python", str(tmp_path / "python.tar.gz")]) == 1
    assert "is not read as a .tar.gz" in capsys.readouterr().err
    assert not (tmp_path / "dist").exists()


# --- what is in an archive ----------


@pytest.mark.parametrize("windows", [False, True])
def test_the_same_content_gives_the_same_bytes(tmp_path, windows):
    made = []
    for number in (1, 2):
        folder = tmp_path / str(number) / "gktools-1"
        (folder / "wheels").mkdir(parents=True)
        (folder / "install.sh").write_text("#!/bin/sh\n")
        (folder / "wheels/a.whl").write_bytes(b"a")
        (folder / "install.sh").touch()
        bundle.write_archive(folder, tmp_path / f"{number}.archive", windows=windows)
        made.append((tmp_path / f"{number}.archive").read_bytes())

    assert made[0] == made[1]


def test_scripts_are_as_their_platform_reads_them(tmp_path):
    (tmp_path / "windows").mkdir()
    (tmp_path / "linux").mkdir()
    bundle.write_scripts(WINDOWS, tmp_path / "windows", "1.0")
    bundle.write_scripts(ARM, tmp_path / "linux", "1.0")
    command = (tmp_path / "windows/install.cmd").read_bytes()

    assert command.decode("gbk").replace("\r\n", "\n") == (bundle.HERE / "install.cmd").read_text("utf-8")
    assert command.count(b"\n") == command.count(b"\r\n")
    assert "@" not in (tmp_path / "linux/install.sh").read_text("utf-8").replace('"$@"', "")
    assert "gktools 1.0（linux-aarch64）" in (tmp_path / "linux/README.txt").read_text("utf-8")
    assert b"\r" not in (tmp_path / "linux/install.sh").read_bytes()


def test_what_the_windows_script_says_has_no_sign_that_its_interpreter_takes_for_its_own():
    said = re.findall(r"(?m)^ *echo (.*)$", (bundle.HERE / "install.cmd").read_text("utf-8"))

    assert len(said) > 4
    assert [line for line in said if set(line) & set("()&|<>^!")] == []


def test_a_script_is_executable_once_unpacked(tmp_path):
    folder = tmp_path / "gktools-1"
    folder.mkdir()
    (folder / "install.sh").write_text("#!/bin/sh\n")
    bundle.write_archive(folder, tmp_path / "a.tar.gz", windows=False)
    with tarfile.open(fileobj=io.BytesIO((tmp_path / "a.tar.gz").read_bytes())) as opened:
        (entry,) = opened.getmembers()

    assert (entry.name, entry.mode, entry.mtime, entry.uid) == ("gktools-1/install.sh", 0o755, bundle.STAMP, 0)


def test_every_link_of_the_pages_in_an_archive_leads_somewhere(tmp_path):
    folder = tmp_path / "docs"
    bundle.write_pages(folder)
    pages = {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.rglob("*.html")}
    dead = []
    for name, page in pages.items():
        for target, anchor in re.findall(r'(?:href|src)="([^":#]*)(?:#([^"]*))?"', page):
            other = (folder / name).parent.joinpath(target).resolve() if target else folder / name
            there = (
                other.is_file() and f'id="{unquote(anchor)}"' in other.read_text("utf-8") if anchor else other.exists()
            )
            if not there:
                dead.append((name, target, unquote(anchor)))

    assert {"handbook.html", "operations.html"} <= pages.keys()
    assert dead == []


def test_every_pinned_version_that_is_installed_here_runs_on_the_oldest_python_we_name():
    pinned = bundle.entries((REPOSITORY / "constraints.txt").read_text("utf-8"))
    oldest = f"{bundle.PYTHONS[0]}.0"
    too_new = {
        pin.name: needed
        for one in distributions()
        if (pin := Pin(canonicalize_name(one.name), one.version)) in pinned
        and (needed := one.metadata.get("Requires-Python"))
        and oldest not in SpecifierSet(needed)
    }

    assert too_new == {}
