"""Adoption of processes that a killed process leaves running, so that they can be killed too."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Container
from pathlib import Path

_PR_SET_CHILD_SUBREAPER, _PR_GET_CHILD_SUBREAPER = 36, 37


def adopt() -> None:
    """Make this process, instead of process 1, the parent of descendants whose parent has ended."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def kill_adopted(own: Container[int]) -> None:
    """Kill all children of this process except its own, and those adopted meanwhile; without effect unless it adopts."""
    adopts = ctypes.c_int(0)
    ctypes.CDLL(None).prctl(_PR_GET_CHILD_SUBREAPER, ctypes.byref(adopts), 0, 0, 0)
    while adopts.value and (pids := [pid for pid in children() if pid not in own]):
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        if not sum(os.waitpid(pid, os.WNOHANG)[0] for pid in pids):
            time.sleep(0.001)


def children() -> list[int]:
    """Return the process ids of this process's children, with ended ones until they are waited for."""
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
