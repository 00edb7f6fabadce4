"""Installs gktools from the archive beside it, without a network: install.py DIR, or install.py DIR --back.

DIR/bin/gktools runs the version named in the first line of DIR/current; the second line names the one before, which
stays. A version is a folder DIR/versions/<name> of its own, and is named in DIR/current only when it is complete.
"""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import zipfile
from io import TextIOWrapper
from pathlib import Path

BUNDLE = Path(__file__).resolve().parent
SUMS = "SHA256SUMS"
WINDOWS = os.name == "nt"
GLIBC = (2, 28)
COMPLETE = "complete"
"""The file that a finished version has."""
SPACE = 1.7
"""What an installed version takes, as a multiple of what its wheels hold: Python compiles every module."""


class InstallError(Exception):
    """Nothing was installed, or switched; says why and what to do."""


# --- what is installed ----------


def current(folder: Path) -> list[str]:
    """Return the name of the version that is used, and of the one before; nothing if none is installed."""
    try:
        return (folder / "current").read_text(encoding="ascii").split()
    except FileNotFoundError:
        return []


def switch(folder: Path, name: str, before: str) -> None:
    """Use a version from now on, in one step; remember the one before."""
    draft = folder / ".current.part"
    draft.write_text(f"{name}\n{before}\n", encoding="ascii")
    draft.replace(folder / "current")


def name_of_bundle() -> str:
    """Return the name of the version that this archive holds: two archives of one version number are two versions."""
    (wheel,) = (BUNDLE / "wheels").glob("gktools-*.whl")
    content = hashlib.sha256((BUNDLE / SUMS).read_bytes()).hexdigest()
    return f"{wheel.name.split('-')[1]}-{content[:8]}"


# --- whether it can be installed ----------


def check_bundle() -> None:
    """Raise InstallError if a file of the archive is missing or is not what was put into it."""
    try:
        lines = (BUNDLE / SUMS).read_text(encoding="utf-8").splitlines()
    except OSError:
        raise InstallError(f"安装包不完整，没有 {SUMS}：请重新解开，或重新拷贝") from None
    for line in lines:
        expected, _, name = line.partition("  ")
        try:
            with (BUNDLE / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            raise InstallError(f"安装包不完整，缺 {name}：请重新解开，或重新拷贝") from None
        except OSError as error:
            raise InstallError(f"安装包里的 {name} 读不出来（{error.strerror}）：请重新拷贝") from None
        if found != expected:
            raise InstallError(f"安装包里的 {name} 和做的时候不一样：拷贝时坏了，或者被改过，请重新拷贝，核对校验和")


def check_machine() -> None:
    """Raise InstallError if this Python or system cannot run what the archive holds."""
    if not (BUNDLE / "requirements" / f"{python_version()}.txt").exists():
        versions = "、".join(sorted(path.stem for path in (BUNDLE / "requirements").iterdir()))
        raise InstallError(f"这个 Python 是 {python_version()}，安装包是给 {versions} 的：请用其中的一个")
    if sys.maxsize < 2**32:
        raise InstallError("这个 Python 是 32 位的：请装 64 位的")
    for module in ("ctypes", "sqlite3", "ssl", "venv", "zlib"):
        try:
            __import__(module)
        except ImportError:
            raise InstallError(f"这个 Python（{sys.executable}）缺 {module}：请装完整的 Python") from None
    if not WINDOWS and (found := glibc(*platform.libc_ver())) < GLIBC:
        said = f"glibc {found[0]}.{found[1]}" if found > (0,) else "别的 C 库"
        raise InstallError(f"这个系统的是{said}，要 glibc 2.28 以上（麒麟 V10、统信 20 就是）：请换一台机器")


def glibc(name: str, version: str) -> tuple[int, ...]:
    """Return the version of glibc; zero if the system has another C library."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2]) if name == "glibc" else (0,)


def python_version() -> str:
    """Return the version of this Python, as the archive's requirements are named."""
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def prepare(folder: Path) -> None:
    """Make the folder. Raises InstallError if it has something else in it, or cannot be written."""
    if folder.exists() and not folder.is_dir():
        raise InstallError(f"{folder} 是一个文件，请换一个目录")
    try:
        strange = (
            {path.name for path in folder.iterdir()} - {"bin", "current", "versions"} if folder.exists() else set()
        )
        if not current(folder) and strange:
            raise InstallError(f"{folder} 里已经有别的文件（{min(strange)}），请换一个空目录")
        (folder / "versions").mkdir(parents=True, exist_ok=True)
        (folder / "versions/.writable").touch()
        (folder / "versions/.writable").unlink()
    except OSError as error:
        raise InstallError(f"{folder} {_reason(error)}") from None


def check_space(folder: Path, wheels: list[Path]) -> None:
    """Raise InstallError if the disk has no room for what the wheels hold."""
    held = 0
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as opened:
            held += sum(entry.file_size for entry in opened.infolist())
    needed, free = int(held * SPACE / 1e6), int(shutil.disk_usage(folder).free / 1e6)
    if free < needed:
        raise InstallError(f"{folder} 所在的磁盘放不下：要 {needed} MB，只剩 {free} MB。请腾出地方，或换一个目录")


def _reason(error: OSError) -> str:
    """Return why a folder could not be written, and what to do."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return "没有权限写：请换一个自己的目录，或者用管理员（root）来装"
    if error.errno == errno.EROFS:
        return "在只读的磁盘上：请换一个目录"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "所在的磁盘满了：请腾出地方，或换一个目录"
    return f"写不了（{error.strerror}）：请换一个目录"


# --- installing ----------


def wheels_of(requirements: Path) -> list[Path]:
    """Return the wheels of what is required, and of other Pythons' wheels of it too."""
    names = {re.split("==", line)[0].lower().replace("-", "_") for line in _pinned(requirements)}
    return [
        path for path in (BUNDLE / "wheels").iterdir() if path.name.split("-")[0].lower().replace(".", "_") in names
    ]


def _pinned(requirements: Path) -> list[str]:
    return re.findall(r"(?m)^[\w.-]+==", requirements.read_text(encoding="utf-8"))


def install(version: Path) -> None:
    """Make a version: its own Python if one was carried along, an environment, every wheel, compiled."""
    version.mkdir()
    python = unpack_python(version) or Path(sys.executable)
    environment = version / "env"
    _run([str(python), "-m", "venv", "--without-pip", str(environment)])
    inside = str(environment / ("Scripts/python.exe" if WINDOWS else "bin/python"))
    (pip,) = (BUNDLE / "wheels").glob("pip-*.whl")
    _run(
        [
            *(inside, "-B", str(pip / "pip"), "--isolated", "install", "--quiet", "--disable-pip-version-check"),
            *("--no-index", "--find-links", str(BUNDLE / "wheels"), "--no-deps", "--require-hashes", "--no-cache-dir"),
            *("--no-compile", "--no-warn-script-location", "--root-user-action", "ignore"),
            *("--requirement", str(BUNDLE / "requirements" / f"{python_version()}.txt")),
        ]
    )
    compiled = [inside, "-m", "compileall", "-q", "-j", "0", str(environment)]
    subprocess.run(compiled, capture_output=True, check=False)  # what of others does not compile is no fault of ours
    _run([inside, "-P", "-m", "gktools", "--help"])
    (version / COMPLETE).touch()


def unpack_python(version: Path) -> Path | None:
    """Return the Python that was carried along, unpacked into a version; None if there is none."""
    for archive in sorted((BUNDLE / "python").glob("*.tar.gz")):
        shutil.unpack_archive(archive, version / "python")
        pattern = "python.exe" if WINDOWS else f"bin/python{python_version()}"
        found = [*(version / "python").glob(pattern), *(version / "python").glob(f"*/{pattern}")]
        if not found:
            raise InstallError(f"带来的 {archive.name} 里没有 Python {python_version()}")
        return found[0]
    return None


def _run(command: list[str]) -> None:
    """Run a command. Raises InstallError with the last line of what it said if it fails."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    ended = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", errors="replace", env=env, check=False
    )
    if ended.returncode:
        said = (ended.stderr.strip() or ended.stdout.strip() or f"退出码 {ended.returncode}").splitlines()
        full = any("No space left" in line or "Errno 28" in line for line in said)
        raise InstallError("磁盘满了：请腾出地方，或换一个目录" if full else f"没有装成：{said[-1]}")


LAUNCHERS = {
    "gktools": """#!/bin/sh
here=$(dirname -- "$(readlink -f -- "$0")")
unset PYTHONPATH PYTHONHOME
read -r version <"$here/../current" || exit 1
exec "$here/../versions/$version/env/bin/python" -P -m gktools "$@"
""",
    "gktools.cmd": """@echo off\r
setlocal\r
set "PYTHONPATH="\r
set "PYTHONHOME="\r
set /p version=<"%~dp0..\\current"\r
"%~dp0..\\versions\\%version%\\env\\Scripts\\python.exe" -P -m gktools %*\r
""",
}


def write_launcher(folder: Path) -> Path:
    """Return the command DIR/bin/gktools, which runs whatever version is named in DIR/current; written if it differs."""
    path = folder / "bin" / ("gktools.cmd" if WINDOWS else "gktools")
    content = LAUNCHERS[path.name].encode("ascii")
    if path.exists() and path.read_bytes() == content:
        return path  # it may be running
    path.parent.mkdir(exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    draft.write_bytes(content)
    draft.chmod(0o755)
    draft.replace(path)
    return path


def install_into(folder: Path) -> None:
    """Install the archive into a folder beside what is there, and switch to it; on any error nothing is changed."""
    print("核对安装包……", flush=True)
    check_bundle()
    check_machine()
    prepare(folder)
    name = name_of_bundle()
    version = folder / "versions" / name
    if not (version / COMPLETE).exists():
        if version.exists():
            shutil.rmtree(version)  # an installation that was interrupted
        print("安装，要一两分钟……", flush=True)
        try:
            check_space(folder, wheels_of(BUNDLE / "requirements" / f"{python_version()}.txt"))
            install(version)
        finally:
            if not (version / COMPLETE).exists():
                shutil.rmtree(version, ignore_errors=True)
    used = current(folder)
    before = used[0] if used and used[0] != name else (used[1:] or [""])[0]
    command = write_launcher(folder)
    switch(folder, name, before)
    print(f"装好了 {name}：{command}")
    if before:
        print(f"原来的 {before} 还留着，工作目录没有动。要退回：同一条命令后面加 --back")
    if others := sorted(path.name for path in (folder / "versions").iterdir() if path.name not in (name, before)):
        print(f"更早的可以删掉，腾出地方：{folder / 'versions'} 里的 {'、'.join(others)}")
    print(f"缺什么，看：{command} doctor；用示例区试一下：{command} sample 示例")


def go_back(folder: Path) -> None:
    """Switch to the version before. Raises InstallError if there is none."""
    used = current(folder)
    if len(used) < 2 or not (folder / "versions" / used[1] / COMPLETE).exists():
        raise InstallError(f"{folder} 里没有可以退回的版本")
    try:
        switch(folder, used[1], used[0])
    except OSError as error:
        raise InstallError(f"{folder} {_reason(error)}") from None
    print(f"已退回 {used[1]}；{used[0]} 还留着，要再换回来，再运行一次")


def main(arguments: list[str]) -> int:
    """Install, or go back; return 1 with the reason if it could not be done."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    os.umask(0o022)
    back = "--back" in arguments
    named = [one for one in arguments if one != "--back"]
    try:
        if len(named) != 1 or named[0].startswith("-"):
            raise InstallError("用法：一个目录（装到哪里）；退回前一个版本，后面加 --back")
        folder = Path(named[0]).expanduser().absolute()
        go_back(folder) if back else install_into(folder)
    except InstallError as error:
        print(f"{error}。{'' if back else '没有装，原来的没有动'}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"没有装，原来的没有动：{error.filename or ''} {_reason(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("停下了，没有装，原来的没有动", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
