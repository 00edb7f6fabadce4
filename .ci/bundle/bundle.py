"""make bundle: one archive a platform with everything that a machine without internet needs to run gktools.

The wheels of every platform and Python version are resolved by uv, which evaluates the markers of that platform, at the
versions of constraints.txt; pip downloads each of them. An archive is made only if every wheel is there and fits.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import canonicalize_name, parse_wheel_filename

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
PYTHONS = ("3.11", "3.12", "3.13")
GLIBC = 28
"""The glibc 2.x of the oldest systems that offices have: 麒麟 V10 and 统信 20."""
EXTRA = "everything"
SUMS = "SHA256SUMS"
STAMP = 1577836800
"""The time of every file in an archive, 2020-01-01: the same content is the same bytes."""


class BundleError(Exception):
    """An archive cannot be made: says what is missing or does not fit."""


@dataclass(frozen=True)
class Platform:
    """One kind of machine: its name in file names, uv's name for it, and the platform tags of its wheels, best first."""

    name: str
    resolver: str
    tags: tuple[str, ...]

    @property
    def windows(self) -> bool:
        """Whether the archive is for Windows: a ZIP, texts with its line ends."""
        return self.name.startswith("windows")


def _linux(machine: str) -> Platform:
    newest_first = tuple(f"manylinux_2_{minor}_{machine}" for minor in range(GLIBC, 4, -1))
    older = tuple(f"{name}_{machine}" for name in ("manylinux2014", "manylinux2010", "manylinux1"))
    return Platform(f"linux-{machine}", f"{machine}-manylinux_2_{GLIBC}", newest_first + older)


PLATFORMS = (
    _linux("x86_64"),
    _linux("aarch64"),
    Platform("windows-x86_64", "x86_64-pc-windows-msvc", ("win_amd64",)),
)


@dataclass(frozen=True, order=True)
class Pin:
    """One distribution of a resolution, its name in canonical spelling."""

    name: str
    version: str


# --- what is asked of the resolver and of pip ----------


def resolve_command(platform: Platform, python: str, out: Path) -> list[str]:
    """Return the command that resolves everything for a platform and Python version; pip comes in by standard input."""
    return [
        *(sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--no-config", "--no-header", "--no-annotate"),
        *("--generate-hashes", "--only-binary", ":all:", "--python-platform", platform.resolver),
        *("--python-version", python, "--extra", EXTRA, "--constraint", str(REPOSITORY / "constraints.txt")),
        *("--output-file", str(out), str(REPOSITORY / "pyproject.toml"), "-"),
    ]


def download_command(platform: Platform, python: str, requirements: Path, folder: Path) -> list[str]:
    """Return the command that downloads the wheels of a resolution; source distributions are refused."""
    abi = f"cp{python.replace('.', '')}"
    return [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"),
        *("--require-hashes", "--only-binary", ":all:", "--implementation", "cp", "--python-version", python),
        *(part for one in (abi, "abi3", "none") for part in ("--abi", one)),
        *(part for tag in platform.tags for part in ("--platform", tag)),
        *("--dest", str(folder), "--requirement", str(requirements)),
    ]


def entries(requirements: str) -> dict[Pin, str]:
    """Return what a resolution has pinned, each with its lines: the version and its hashes."""
    found = re.findall(r"(?m)^(([A-Za-z0-9._-]+)==([^\s\\;]+).*\n(?:[ \t].*\n)*)", requirements)
    return {Pin(canonicalize_name(name), version): lines for lines, name, version in found}


# --- whether the wheels fit ----------


def supported(platform: Platform, python: str) -> set[Tag]:
    """Return the tags of wheels that a platform and Python version take."""
    version, tags = tuple(map(int, python.split("."))), list(platform.tags)
    abi = f"cp{python.replace('.', '')}"
    return {*cpython_tags(version, [abi], tags), *compatible_tags(version, abi, tags)}


def tags_of(files: Iterable[str]) -> dict[Pin, set[Tag]]:
    """Return the tags that there are wheels for, of every distribution."""
    wheels: dict[Pin, set[Tag]] = {}
    for file in files:
        name, version, _, tags = parse_wheel_filename(file)
        wheels.setdefault(Pin(name, str(version)), set()).update(tags)
    return wheels


def lacking(platform: Platform, python: str, needed: Iterable[Pin], files: Iterable[str]) -> list[Pin]:
    """Return what is needed for a platform and Python version and has no wheel that fits."""
    wheels, fitting = tags_of(files), supported(platform, python)
    return [pin for pin in sorted(needed) if not wheels.get(pin, set()) & fitting]


def faults(platform: Platform, resolved: Mapping[str, Iterable[Pin]], files: Collection[str]) -> list[str]:
    """Return what is wrong with the files of a platform: one that is no wheel or fits nowhere, a wheel that is missing."""
    strange = sorted(file for file in files if not file.endswith(".whl"))
    wheels = sorted(set(files) - set(strange))
    everywhere = {tag for python in resolved for tag in supported(platform, python)}
    unfit = [file for file in wheels if not parse_wheel_filename(file)[3] & everywhere]
    return [
        *(f"{file} is no wheel" for file in strange),
        *(f"{file} does not fit {platform.name}" for file in unfit),
        *(
            f"{pin.name} {pin.version} has no wheel for {platform.name}, Python {python}"
            for python, needed in resolved.items()
            for pin in lacking(platform, python, needed, wheels)
        ),
    ]


def unpinned(resolved: Iterable[Pin], constraints: str) -> list[str]:
    """Return what a resolution takes that constraints.txt does not pin: it would differ from day to day."""
    return sorted(pin.name for pin in set(resolved) - entries(constraints).keys())


# --- a Python that is carried along ----------


def python_for(names: Sequence[str]) -> Platform:
    """Return the platform of a Python archive by the names of files in it. Raises BundleError if it cannot be one."""
    minors = {python.partition(".")[2] for python in PYTHONS}
    windows = {minor for name in names for minor in re.findall(r"(?:^|/)python3(\d+)\.dll$", name)}
    posix = {minor for name in names for minor in re.findall(r"(?:^|/)bin/python3\.(\d+)$", name)}
    if not (windows | posix) or not (windows | posix) <= minors:
        raise BundleError(f"no Python {PYTHONS[0]}–{PYTHONS[-1]} in it: bin/python3.x or python3x.dll is looked for")
    if windows:
        return PLATFORMS[2]
    machines = {one for one in ("x86_64", "aarch64") if any(f"{one}-linux-gnu" in name for name in names)}
    if len(machines) != 1:
        raise BundleError(
            "it does not say of which machine it is: files named …x86_64-linux-gnu… or …aarch64-… are looked for"
        )
    (machine,) = machines
    return next(one for one in PLATFORMS if one.name == f"linux-{machine}")


def carried_python(archive: Path) -> Platform:
    """Return the platform of a Python archive. Raises BundleError if it is none, or no .tar.gz."""
    try:
        with tarfile.open(archive, "r:gz") as opened:
            return python_for(opened.getnames())
    except (OSError, tarfile.TarError) as error:
        raise BundleError(f"{archive} is not read as a .tar.gz: {error}") from None
    except BundleError as error:
        raise BundleError(f"{archive}: {error}") from None


# --- the content ----------


def checksums(folder: Path) -> str:
    """Return the SHA-256 of every file of a folder, as sha256sum writes them."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return "".join(f"{_sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in files)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_scripts(platform: Platform, folder: Path, version: str) -> None:
    """Write the install script, what it runs and the first page to read, as the platform reads them."""
    readme = (HERE / "README.txt").read_text(encoding="utf-8").format(version=version, platform=platform.name)
    shutil.copyfile(HERE / "install.py", folder / "install.py")
    if platform.windows:
        script = (HERE / "install.cmd").read_text(encoding="utf-8")
        (folder / "install.cmd").write_bytes(script.replace("\n", "\r\n").encode("gbk"))  # as its console reads it
        (folder / "README.txt").write_bytes(b"\xef\xbb\xbf" + readme.replace("\n", "\r\n").encode())
    else:
        script = (HERE / "install.sh").read_text(encoding="utf-8")
        (folder / "install.sh").write_text(script.replace("@machine@", platform.name.removeprefix("linux-")), "utf-8")
        (folder / "README.txt").write_text(readme, "utf-8")


def write_pages(folder: Path) -> None:
    """Write the pages of docs/ as HTML, with their pictures, for a machine that shows no Markdown."""
    import mistune

    render = mistune.create_markdown(plugins=["table"])
    shutil.copytree(REPOSITORY / "docs/images", folder / "images")
    for source in sorted((REPOSITORY / "docs").rglob("*.md")):
        target = (folder / source.relative_to(REPOSITORY / "docs")).with_suffix(".html")
        target.parent.mkdir(exist_ok=True)
        body = re.sub(r'href="([^":]+)\.md(#[^"]*)?"', r'href="\1.html\2"', str(render(source.read_text("utf-8"))))
        target.write_text(_PAGE.format(title=source.stem, body=_with_anchors(body)), encoding="utf-8")


_PAGE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{title}</title>
<style>body{{max-width:52em;margin:2em auto;padding:0 1em;line-height:1.7;font-family:sans-serif}}table{{border-collapse:collapse}}
td,th{{border:1px solid #bbb;padding:.2em .6em}}pre{{background:#f4f4f4;padding:.6em;overflow:auto}}img{{max-width:100%}}</style>
{body}"""


def _with_anchors(body: str) -> str:
    """Return HTML whose headings have the anchors that links in Markdown name: the words without signs."""

    def heading(found: re.Match[str]) -> str:
        words = re.sub(r"<[^>]+>", "", found[2]).lower().replace(" ", "-")
        anchor = re.sub(r"[^\w-]", "", words)
        return f'<h{found[1]} id="{anchor}">{found[2]}</h{found[1]}>'

    return re.sub(r"<h([1-6])>(.*?)</h\1>", heading, body)


# --- the archives ----------


def write_archive(folder: Path, archive: Path, *, windows: bool) -> None:
    """Write a folder as .tar.gz or .zip, under its own name; the same content gives the same bytes."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    named = [(path, path.relative_to(folder.parent).as_posix()) for path in files]
    draft = archive.with_name(f".{archive.name}.part")
    if windows:
        _write_zip(named, draft)
    else:
        _write_tar(named, draft)
    draft.replace(archive)


def _write_zip(named: Iterable[tuple[Path, str]], archive: Path) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for path, name in named:
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_STORED if path.suffix == ".whl" else zipfile.ZIP_DEFLATED
            opened.writestr(entry, path.read_bytes())


def _write_tar(named: Iterable[tuple[Path, str]], archive: Path) -> None:
    with (
        archive.open("wb") as raw,
        gzip.GzipFile("", "wb", compresslevel=1, fileobj=raw, mtime=0) as packed,  # wheels are packed already
        tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as opened,
    ):
        for path, name in named:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime = path.stat().st_size, STAMP
            entry.mode = 0o755 if path.suffix == ".sh" else 0o644
            opened.addfile(entry, BytesIO(path.read_bytes()))


# --- making them ----------


@dataclass(frozen=True)
class Bundler:
    """Where the archives go, which Python versions they are for, and the Python archives that are carried along."""

    out: Path
    pythons: Sequence[str]
    carried: dict[str, Path]

    def make(self, platform: Platform, program: Path) -> Path:
        """Return the archive of a platform, made with a wheel of gktools. Raises BundleError if something is missing."""
        version = str(parse_wheel_filename(program.name)[1])
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary, f"gktools-{version}-{platform.name}")
            (folder / "wheels").mkdir(parents=True)
            (folder / "requirements").mkdir()
            resolved = dict(self._fetch(platform, folder))
            files = {path.name for path in (folder / "wheels").iterdir()}
            if wrong := faults(platform, resolved, files):
                raise BundleError("\n".join(wrong))
            _add_program(folder, program)
            write_scripts(platform, folder, version)
            (folder / "docs").mkdir()
            write_pages(folder / "docs")
            shutil.copytree(REPOSITORY / "gktools/sample/registers", folder / "sample")
            if carried := self.carried.get(platform.name):
                (folder / "python").mkdir()
                shutil.copyfile(carried, folder / "python" / carried.name)
            (folder / SUMS).write_text(checksums(folder), encoding="utf-8", newline="\n")
            archive = self.out / f"{folder.name}.{'zip' if platform.windows else 'tar.gz'}"
            write_archive(folder, archive, windows=platform.windows)
        return archive

    def _fetch(self, platform: Platform, folder: Path) -> Iterator[tuple[str, set[Pin]]]:
        """Resolve for every Python version and download what is not there yet; yield what is pinned for each."""
        constraints = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8")
        wheels = folder / "wheels"
        for python in self.pythons:
            requirements = folder / "requirements" / f"{python}.txt"
            _run(resolve_command(platform, python, requirements), given="pip\n")
            pinned = entries(requirements.read_text(encoding="utf-8"))
            if loose := unpinned(pinned, constraints):
                raise BundleError(f"constraints.txt does not pin {', '.join(loose)} ({platform.name}, Python {python})")
            wanted = lacking(platform, python, pinned, [path.name for path in wheels.iterdir()])
            with tempfile.TemporaryDirectory() as temporary:
                part = Path(temporary, "requirements.txt")
                part.write_text("".join(pinned[pin] for pin in wanted), encoding="utf-8")
                _run(download_command(platform, python, part, wheels))
            yield python, set(pinned)


def _add_program(folder: Path, program: Path) -> None:
    """Add the wheel of gktools itself to the wheels and to what is installed with every Python version."""
    shutil.copyfile(program, folder / "wheels" / program.name)
    name, version, *_ = parse_wheel_filename(program.name)
    for requirements in (folder / "requirements").iterdir():
        with requirements.open("a", encoding="utf-8", newline="\n") as file:
            file.write(f"{name}=={version} --hash=sha256:{_sha256(program)}\n")


def build_program(folder: Path) -> Path:
    """Return the wheel of gktools, built into a folder."""
    _run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(REPOSITORY)])
    (wheel,) = folder.glob("gktools-*.whl")
    return wheel


def _run(command: Sequence[str], given: str = "") -> None:
    """Run a command. Raises BundleError with what it said if it fails."""
    ended = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise BundleError(f"{' '.join(command[2:5])} … failed:\n{ended.stderr.strip()}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the archives and the list of their checksums; return 1, with what is missing, if one cannot be made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=REPOSITORY / "dist")
    parser.add_argument("--python", action="append", default=[], type=Path, help="a Python to carry along, .tar.gz")
    parser.add_argument("--platform", action="append", choices=[one.name for one in PLATFORMS], help="only this one")
    parser.add_argument("--only", action="append", choices=PYTHONS, help="only for this Python version")
    wanted = parser.parse_args(arguments)
    try:
        carried = {carried_python(archive).name: archive for archive in wanted.python}
        wanted.out.mkdir(parents=True, exist_ok=True)
        bundler = Bundler(wanted.out, wanted.only or PYTHONS, carried)
        with tempfile.TemporaryDirectory() as temporary:
            program = build_program(Path(temporary))
            chosen = [one for one in PLATFORMS if not wanted.platform or one.name in wanted.platform]
            archives = [bundler.make(platform, program) for platform in chosen]
    except BundleError as error:
        print(error, file=sys.stderr)
        return 1
    lines = [f"{_sha256(archive)}  {archive.name}" for archive in archives]
    (wanted.out / SUMS).write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    for archive in archives:
        print(f"{archive}\t{archive.stat().st_size / 1e6:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
