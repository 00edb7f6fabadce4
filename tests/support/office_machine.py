"""A machine for a test, with the files of this one and root's rights: what is written on it is gone when the test ends.

It has file systems, processes and a network of its own (namespaces of Linux), and no systemd: its systemctl runs the commands
of a unit as its user, without capabilities, where only its ReadWritePaths can be written.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from machine import REPOSITORY, need

WRITTEN = ("/etc", "/opt", "/srv", "/var", "/usr/local")
"""The folders of the machine that a script may write into."""
NETWORK = """
import fcntl, socket, struct
socket.sethostname("office")
flags_up = struct.pack("16sH14x", b"lo", 0x49)
fcntl.ioctl(socket.socket(), 0x8914, flags_up)
"""
"""Lets the machine reach itself (`ip link set lo up`), under a name of its own: what another left in /tmp is told by names."""
SYSTEMCTL = Path(__file__).with_name("systemctl_of_tests.py")


def run_as_root(script: str, folder: Path, seconds: int = 900) -> subprocess.CompletedProcess[str]:
    """Run a script of bash, which stops at the first error, on a machine of its own; folder is an empty one for it.

    The program is installed there as /opt/gktools/bin/gktools, its repository as /opt/gktools/source. Where this user can
    have no such machine the test is skipped, or fails as need says.
    """
    become = [] if os.geteuid() == 0 else ["sudo", "-n"]
    new = [*become, "unshare", "--mount", "--pid", "--fork", "--mount-proc", "--net", "--uts", "--ipc", "--kill-child"]
    able = shutil.which("unshare") and subprocess.run([*new, "mount", "-t", "tmpfs", "t", "/mnt"], capture_output=True)
    need("the right to make namespaces", able and able.returncode == 0)
    path = folder / "script"
    path.write_text("\n".join([*_machine(folder), script]), encoding="utf-8")
    return subprocess.run(
        [*new, "bash", str(path)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        start_new_session=True,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
    )


def _machine(folder: Path) -> Iterator[str]:
    yield from ("set -euo pipefail", "mount --make-rprivate /", "umask 022")
    yield f"mkdir {folder}/over && mount -t tmpfs -o mode=755 tmpfs {folder}/over"
    for number, place in enumerate([*_closed(folder), *WRITTEN]):
        over = f"{folder}/over/{number}"
        yield f"mkdir -m 755 {over} {over}/up {over}/work"
        yield f"mount -t overlay -o lowerdir={place},upperdir={over}/up,workdir={over}/work overlay {place}"
    yield "mount -t tmpfs -o mode=755 tmpfs /run"
    yield f"python3 <<'END'\n{NETWORK}END"
    yield "mkdir -p /opt/gktools/bin /usr/local/sbin"
    yield f"ln -s '{REPOSITORY}' /opt/gktools/source"
    yield f"printf '#!/bin/sh\\nPYTHONPATH={REPOSITORY} exec {sys.executable} -m gktools \"$@\"\\n' > /opt/gktools/bin/gktools"
    yield f"printf '#!/bin/sh\\nexec {sys.executable} {SYSTEMCTL} \"$@\"\\n' > /usr/local/sbin/systemctl"
    yield "chmod 755 /opt/gktools/bin/gktools /usr/local/sbin/systemctl"
    yield "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    yield "trap 'systemctl stop-all' EXIT"


def _closed(folder: Path) -> list[str]:
    """Folders on the way to the program which only their owner may enter: an overlay opens them to the service."""
    ways = [Path(sys.executable).resolve(), Path(sys.prefix), Path(sys.executable), REPOSITORY]
    above = {parent for way in ways for parent in way.absolute().parents} - set(folder.parents)
    return sorted(str(one) for one in above if one != Path("/") and not one.stat().st_mode & 0o001)
