"""Stands for systemctl where there is no systemd: starts and stops units as office_machine.py says."""

from __future__ import annotations

import os
import pwd
import shlex
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

UNITS, RUNNING = Path("/etc/systemd/system"), Path("/run/units")
ENDS = 30.0


def options(name: str) -> dict[str, list[str]]:
    """Return the options of a unit's section Service."""
    found: dict[str, list[str]] = {}
    section = ""
    for line in (UNITS / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def process(unit: dict[str, list[str]], command: str, log: Path) -> subprocess.Popen[bytes]:
    """Start one command of a unit as systemd would: user, folder, environment, mask, rights, what it may write."""
    user = pwd.getpwnam(unit["User"][0])
    environment = {"PATH": os.environ["PATH"], "HOME": user.pw_dir, "USER": user.pw_name, "LC_ALL": "C.UTF-8"}
    for file in unit.get("EnvironmentFile", []):
        with suppress(FileNotFoundError):
            lines = Path(file.removeprefix("-")).read_text(encoding="utf-8").splitlines()
            environment |= dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    for name in unit.get("StateDirectory", []):
        state = Path("/var/lib", name)
        state.mkdir(exist_ok=True)
        os.chown(state, user.pw_uid, user.pw_gid)
    writable = " ".join(unit["ReadWritePaths"]).split() + [f"/var/lib/{name}" for name in unit["StateDirectory"]]
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    kept = ("/proc", "/dev", "/sys", "/tmp", "/run")
    closing = [place for place in mounts if not place.startswith(kept)]
    script = [
        *(f"mount --bind {place} {place}" for place in writable),
        *(f"mount -o remount,bind,ro {shlex.quote(place)}" for place in closing),
        f"cd {unit['WorkingDirectory'][0]}",
        f"umask {unit['UMask'][0]}",
        f"exec setpriv --reuid {user.pw_uid} --regid {user.pw_gid} --clear-groups --no-new-privs --bounding-set=-all"
        f" --inh-caps=-all {command}",
    ]
    with log.open("ab") as out:
        return subprocess.Popen(
            ["unshare", "--mount", "sh", "-ec", "\n".join(script)],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment, start_new_session=True,
        )  # fmt: skip


def start(name: str) -> None:
    """Start a service, or run it to its end if it is of type oneshot; a timer only has to be there."""
    RUNNING.mkdir(exist_ok=True)
    if name == "nginx":
        subprocess.run(["nginx"], check=True)
        return
    if name.endswith(".timer"):
        assert (UNITS / name).is_file(), name
        return
    unit, log = options(name), RUNNING / f"{name}.log"
    for command in unit["ExecStart"]:
        started = process(unit, command, log)
        if unit["Type"] != ["oneshot"]:
            (RUNNING / f"{name}.pid").write_text(str(started.pid))
            return
        if code := started.wait():
            sys.exit(f"{name}: {command} ended with {code}\n{log.read_text()}")


def stop(name: str) -> None:
    """Stop a service, and wait until its main process has ended."""
    path = RUNNING / f"{name}.pid"
    if not path.is_file():
        return
    pid = int(path.read_text())
    path.unlink()
    end = time.monotonic() + ENDS
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        while time.monotonic() < end:
            os.kill(pid, 0)
            time.sleep(0.05)
        sys.exit(f"{name} did not stop")


def main(words: list[str]) -> None:
    """Do what the words of a command say."""
    verb, *names = [word for word in words if not word.startswith("--")]
    names = [name if "." in name or name == "nginx" else f"{name}.service" for name in names]
    if verb == "stop-all":
        names = [path.stem for path in RUNNING.glob("*.pid")]
    if verb in ("stop", "restart", "stop-all"):
        for name in names:
            stop(name)
    if verb in ("start", "restart") or (verb == "enable" and "--now" in words):
        for name in names:
            start(name)
    if verb == "reload":
        for name in names:
            start(name)


main(sys.argv[1:])
