"""The installation archive for this machine, installed where no address can be reached: two commands to the pages.

`GKTOOLS_BUNDLE=dist/gktools-….tar.gz` tests that archive; otherwise one is made, for this Python alone.
"""

from __future__ import annotations

import base64
import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from importlib.util import find_spec
from pathlib import Path

import bundle
import pytest
from machine import need

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]

LIMIT = 180
"""Seconds from the archive to the sample district's pages."""
REPORTS = 38
NOWHERE = "http://127.0.0.1:9"
WITHOUT = {"http_proxy": NOWHERE, "https_proxy": NOWHERE, "PIP_INDEX_URL": f"{NOWHERE}/simple", "PIP_RETRIES": "0"}


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory):
    """A function that runs a shell command without a network, and says which way of having none it was."""
    own = (
        subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode == 0
        if shutil.which("unshare")
        else False
    )
    way = "a network namespace of its own" if own else "every address refused by a proxy that is not there"
    print(f"\nwithout a network: {way}")
    folder = tmp_path_factory.mktemp("machine")
    env = {name: value for name, value in os.environ.items() if not name.startswith(("GKTOOLS_", "PYTHON", "PIP_"))}

    def run(command: str) -> str:
        done = subprocess.run(
            [*(("unshare", "-rn") if own else ()), "sh", "-c", command],
            env=env | ({} if own else WITHOUT) | {"PYTHON": sys.executable},
            cwd=folder,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{command} ({way}): {done.stdout[-800:]}{done.stderr[-800:]}"
        return done.stdout

    return run


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive for this machine."""
    if given := os.environ.get("GKTOOLS_BUNDLE"):
        return Path(given).absolute()
    need("uv", find_spec("uv"))
    out, name = tmp_path_factory.mktemp("dist"), f"linux-{platform.machine()}"
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert bundle.main(["--out", str(out), "--platform", name, "--only", python]) == 0
    return next(out.glob("*.tar.gz"))


def as_version(archive: Path, version: str, out: Path) -> Path:
    """Return an archive whose gktools has another version, made from an archive."""
    with tarfile.open(archive) as opened:
        opened.extractall(out, filter="data")
    (unpacked,) = out.iterdir()
    folder = unpacked.rename(out / f"gktools-{version}")
    (old,) = (folder / "wheels").glob("gktools-*.whl")
    new = old.with_name(f"gktools-{version}-py3-none-any.whl")
    before = old.name.split("-")[1]
    with zipfile.ZipFile(old) as source, zipfile.ZipFile(new, "w") as target:
        changed = {
            name.replace(f"gktools-{before}", f"gktools-{version}"): source.read(name) for name in source.namelist()
        }
        metadata, record = (f"gktools-{version}.dist-info/{name}" for name in ("METADATA", "RECORD"))
        changed[metadata] = changed[metadata].replace(f"Version: {before}".encode(), f"Version: {version}".encode())
        digest = base64.urlsafe_b64encode(hashlib.sha256(changed[metadata]).digest()).rstrip(b"=").decode()
        lines = changed[record].decode().replace(f"gktools-{before}", f"gktools-{version}").splitlines()
        lines = [f"{metadata},sha256={digest},{len(changed[metadata])}" if metadata in one else one for one in lines]
        changed[record] = "\n".join(lines).encode()
        for name, content in changed.items():
            target.writestr(name, content)
    old.unlink()
    for requirements in (folder / "requirements").iterdir():
        kept = [line for line in requirements.read_text().splitlines() if not line.startswith("gktools==")]
        sha = hashlib.sha256(new.read_bytes()).hexdigest()
        requirements.write_text("\n".join([*kept, f"gktools=={version} --hash=sha256:{sha}"]) + "\n")
    (folder / bundle.SUMS).unlink()
    (folder / bundle.SUMS).write_text(bundle.checksums(folder))
    made = out / f"{folder.name}.tar.gz"
    bundle.write_archive(folder, made, windows=False)
    return made


def test_from_the_archive_to_the_pages_upgraded_and_back_without_a_network(offline, archive, tmp_path):
    to, work, unpacked = tmp_path / "opt gktools", tmp_path / "示例 区", tmp_path / "unpacked"
    older = as_version(archive, "0.0.9", tmp_path / "older")
    unpacked.mkdir()
    quoted = {
        name: shlex.quote(str(path)) for name, path in {"to": to, "work": work, "in": unpacked, "tar": older}.items()
    }

    begun = time.monotonic()
    offline("tar xzf {tar} -C {in} && sh {in}/gktools-0.0.9/install.sh {to}".format(**quoted))
    installed = time.monotonic()
    offline("{to}/bin/gktools sample {work}".format(**quoted))
    done = time.monotonic()
    print(f"installed in {installed - begun:.0f} s, pages after {done - begun:.0f} s")
    pages = {path.relative_to(work): path.read_bytes() for path in work.glob("output/*/*/report.html")}
    assert len(pages) == REPORTS
    assert done - begun < LIMIT

    here = f"cd {quoted['work']} && {quoted['to']}/bin/gktools"
    before = offline(f"{here} records history")
    quoted |= {"tar": shlex.quote(str(archive)), "new": shlex.quote(archive.name.removesuffix(".tar.gz"))}
    said = offline("tar xzf {tar} -C {in} && sh {in}/{new}/install.sh {to}".format(**quoted))
    assert "原来的 0.0.9-" in said
    assert offline(f"{here} records history") == before, "the data of before is there"
    offline(f"{here} build --force --office minzheng --year 2024")
    page = Path("output/2024/minzheng/report.html")
    assert (work / page).read_bytes() == pages[page]

    assert "已退回 0.0.9-" in offline("sh {in}/{new}/install.sh {to} --back".format(**quoted))
    assert offline(f"{here} records history") == before
    told = offline(f"{here} doctor")
    assert "0.0.9" in told
    assert "源代码" not in told, "a part of gktools is missing"


def test_no_wheel_wants_a_newer_system_than_offices_have(archive):
    with tarfile.open(archive) as opened:
        wheels = [Path(name).name for name in opened.getnames() if "/wheels/" in name]

    assert len(wheels) > 100
    assert all(name.endswith(".whl") for name in wheels)
    assert [name for name in wheels if not _old_enough(name)] == []


def _old_enough(name: str) -> bool:
    """Whether a wheel's name allows a glibc that 麒麟 V10 and 统信 20 have."""
    tags = name.removesuffix(".whl").rpartition("-")[2].split(".")
    return any(not tag.startswith("manylinux_2_") or int(tag.split("_")[2]) <= 28 for tag in tags)
