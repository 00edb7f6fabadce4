"""The fork server: a process that imports everything once and forks one kernel after another.

It never runs a cell, opens no records and starts no thread, so every child starts from the same state. Processes that
a report leaves running, daemons too, are adopted by this process and killed before the next report.
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
from typing import Any, NoReturn

from . import child
from .reaping import adopt, children


def main() -> NoReturn:
    """Serve the worker at the other end of the socket given as first argument, until it is gone."""
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    os.chdir("/")
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")  # a warning that cannot be acted on
    app = child.build_app()
    _preload(sys.argv[2:])
    _fill_caches()
    adopt()
    gc.collect()
    gc.freeze()  # the children neither scan nor copy it
    with suppress(OSError):  # the worker is gone, which the next read finds
        control.send(b"ready")
    while True:
        word, descriptors = _next_word(control)
        if not word:
            os._exit(0)
        if word == b"fork":  # any other word came too late
            _run_kernel(control, app, socket.socket(fileno=descriptors[0]))


def _next_word(control: socket.socket) -> tuple[bytes, list[int]]:
    """Return the next command of the worker and its descriptors; empty if the worker is gone, even with unread data."""
    try:
        word, descriptors, _, _ = socket.recv_fds(control, 16, 1)
    except ConnectionError:
        return b"", []
    return word, descriptors


def _preload(modules: list[str]) -> None:
    for name in modules:
        try:
            importlib.import_module(name)
        except Exception:  # a notebook that needs it reports the error
            logging.getLogger(__name__).exception("%s could not be imported", name)


def _fill_caches() -> None:
    """Call the cached functions of the package that take no argument, warm_up among them: no data of any office."""
    modules = [module for name, module in sys.modules.items() if name.startswith("gktools.")]
    for value in [value for module in modules for value in vars(module).values()]:
        if hasattr(value, "cache_info") and not inspect.signature(value).parameters:
            with suppress(Exception):  # a report that needs it raises the error
                value()


def _run_kernel(control: socket.socket, app: Any, end: socket.socket) -> None:
    """Run one kernel; send the worker its exit status when no process of it is left."""
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
    """Wait until the kernel ends, the worker asks for its end, or the worker is gone."""
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
    """Kill all children and those adopted meanwhile; return the kernel's exit status."""
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
        elif pid == 0:  # one was adopted after children(): list them again instead of waiting
            time.sleep(0.001)
