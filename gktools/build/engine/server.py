"""The fork server: a process of its own that imports everything once and forks one kernel after the other.

It never runs a cell, opens no records and starts no thread, so what it hands to a child is always the same. Whatever
a report leaves running, daemons too, falls to this process (it is their subreaper) and is killed before the next one.
"""

from __future__ import annotations

import gc
import importlib
import inspect
import logging
import os
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from . import child
from .reaping import adopt, children


def main() -> NoReturn:
    """Serve the worker at the other end of the socket given as first argument, until it is gone."""
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    os.chdir("/")
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")  # a warning nobody can act on
    app = child.build_app()
    _preload(sys.argv[2:])
    _warm()
    _read_book()
    adopt()
    gc.collect()
    gc.freeze()  # the children need not look at it again, nor copy it
    with suppress(OSError):  # the worker is gone, as the next line will find
        control.send(b"ready")
    while True:
        word, descriptors = _next_word(control)
        if not word:
            os._exit(0)
        if word == b"fork":  # any other word came too late
            _serve(control, app, socket.socket(fileno=descriptors[0]))


def _next_word(control: socket.socket) -> tuple[bytes, list[int]]:
    """What the worker asks for, and what it hands over; nothing when it is gone, also where it left something unread."""
    try:
        word, descriptors, _, _ = socket.recv_fds(control, 16, 1)
    except ConnectionError:
        return b"", []
    return word, descriptors


def _preload(modules: list[str]) -> None:
    for name in modules:
        try:
            importlib.import_module(name)
        except Exception:  # the notebook that needs it will say so
            logging.getLogger(__name__).exception("%s could not be imported", name)


def _warm() -> None:
    """Fill the caches of the package that take no argument, and rehearse a report of nobody. Nothing of any office."""
    modules = [module for name, module in sys.modules.items() if name.startswith("gktools.")]
    for value in [value for module in modules for value in vars(module).values()]:
        if hasattr(value, "cache_info") and not inspect.signature(value).parameters:
            with suppress(Exception):  # the report that needs it will say so
                value()


def _read_book() -> None:
    """Read the office book of the working folder: every report opens it. One that has changed since is read again."""
    if home := os.environ.get("GKTOOLS_HOME"):
        with suppress(Exception):  # the report that needs it will say so
            sys.modules["gktools.workspace.project"].open_project(Path(home))


def _serve(control: socket.socket, app: Any, end: socket.socket) -> None:
    """Run one kernel; tell the worker its exit status when nothing of it is left."""
    pid = os.fork()
    if pid == 0:
        control.close()
        child.run(app, end)
    end.close()
    _wait(control, pid)
    status = _kill_everything(pid)
    with suppress(OSError):
        control.send(str(status).encode())


def _wait(control: socket.socket, pid: int) -> None:
    """Wait until the kernel ends, or the worker wants it ended, or the worker is gone."""
    ending = os.pidfd_open(pid)
    try:
        while True:
            ready, _, _ = select.select([ending, control.fileno()], [], [])
            if ending in ready or _next_word(control)[0] != b"interrupt":
                return
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGINT)
    finally:
        os.close(ending)


def _kill_everything(kernel: int) -> int:
    """Kill all children and those that become ours by it; return the kernel's exit status."""
    status = 0
    while True:
        for pid in children():
            os.kill(pid, signal.SIGKILL)
        try:
            pid, ended = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return status
        if pid == kernel:
            status = os.waitstatus_to_exitcode(ended)
        elif pid == 0:  # one became ours after we looked: look again, rather than wait for it
            time.sleep(0.001)
