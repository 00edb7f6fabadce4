"""What a killed process leaves running falls to the next one above it that adopts, which ends it."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Container
from pathlib import Path

_PR_SET_CHILD_SUBREAPER, _PR_GET_CHILD_SUBREAPER = 36, 37


def adopt() -> None:
    """Let what descendants of this process leave behind fall to it instead of to process 1."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def kill_adopted(own: Container[int]) -> None:
    """Kill all children of a process that adopts but its own, and those that become children by it."""
    adopts = ctypes.c_int(0)
    ctypes.CDLL(None).prctl(_PR_GET_CHILD_SUBREAPER, ctypes.byref(adopts), 0, 0, 0)
    while adopts.value and (pids := [pid for pid in children() if pid not in own]):
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        if not sum(os.waitpid(pid, os.WNOHANG)[0] for pid in pids):
            time.sleep(0.001)


def children() -> list[int]:
    """The children of this process, ended ones among them until they are waited for."""
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
