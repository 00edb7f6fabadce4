"""Small batches for tests: their working folders, reports that fail, and processes to kill."""

from __future__ import annotations

import random
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import nbformat
import psutil
from projects import keep_empty, make_project

from gktools.workspace.project import Project

TEXT = {"text": {"problems": "一是问题。二是问题。改进：一是措施。二是措施。" * 4}}


CODES = ("anjian", "caizheng", "jiaoyu", "minzheng", "renshe", "weijian")


POISON = {
    "raises": "raise ValueError('坏')",
    "exits": "import os; os._exit(3)",
    "crashes": "import ctypes; ctypes.string_at(0)",
    "hangs": "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(600)",
    "eats": "waste = [bytearray(1 << 28) for _ in range(64)]",
    "fills": "raise OSError(28, 'No space left on device')",
    "strays": "import os, time; os.fork() or (os.setsid(), time.sleep(600)); 1 / 0",
}


SAID = {
    "raises": "ValueError",
    "exits": "进程中途没了",
    "crashes": "进程中途没了",
    "hangs": "停不下来",
    "eats": "内存超过了",
    "fills": "磁盘是否已满",
    "strays": "ZeroDivisionError",
}


def make(home: Path, codes: tuple[str, ...]) -> Project:
    """Return a working folder with these offices and empty registers."""
    offices = {code: {"names": [{"name": f"示例区{code}局"}], "kind": "county_department"} for code in codes}
    project = make_project(home, offices, {(2024, code): TEXT for code in codes})
    keep_empty(project, codes, 2024)
    return project


def poison(project: Project) -> None:
    """Change the third section of the notebook so that it fails for offices with certain prefixes of the code."""
    path = project.home / "notebooks/annual_report.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cell = next(cell for cell in notebook.cells if cell.id == "requests")
    cell.source = f"exec({POISON!r}.get(office.partition('-')[0], ''))\n{cell.source}"
    nbformat.write(notebook, path)


def marked(project: Project) -> dict[str, str]:
    """Return variables that name the working folder to every process of a batch; a kernel is told only the second."""
    return {"GKTOOLS_HOME": str(project.home), "LC_BATCH_OF": str(project.home)}


def left_behind(project: Project) -> list[str]:
    return [path.name for path in (project.home / "output").glob(".making*")]


def processes_of(project: Project) -> list[psutil.Process]:
    """Return the processes started for a working folder, by their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if marked(project).items() & process.environ().items():
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def gone(project: Project, seconds: float = 20) -> bool:
    until = time.monotonic() + seconds
    while (alive := processes_of(project)) and time.monotonic() < until:
        time.sleep(0.2)
    return not alive


LEVELS = ("batch", "worker", "server", "kernel")
"""The levels of processes; each level is started by the one before."""


def family(batch: psutil.Process, whom: str) -> list[psutil.Process]:
    """Return the processes of a batch at one level: the batch, its workers, their fork servers, or their kernels."""
    found = [batch]
    for _ in range(LEVELS.index(whom)):
        found = [
            child for one in found for child in one.children() if "resource_tracker" not in " ".join(child.cmdline())
        ]
    return found


def kill_one(batch: subprocess.Popen[str], whom: str) -> bool:
    """Kill a process of a level as soon as one exists; return whether one existed before the end of the batch."""
    while batch.poll() is None:
        with suppress(psutil.NoSuchProcess):
            if victims := family(psutil.Process(batch.pid), whom):
                random.choice(victims).kill()
                return True
        time.sleep(0.005)
    return False
