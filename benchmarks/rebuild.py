"""How long a clerk waits for a changed report: cold as each part is without a warm worker, and by a warm one.

The sample district; one sentence of one office changes before every rebuild, both ways in turn in one run. Prints the
medians in seconds and their ratio: the report and its documents as the review server makes them, and the whole command
`gktools build --office`, with its start-up.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median

from gktools.build.failures import REPORT_SECONDS
from gktools.build.warm_link import NOTE
from gktools.build.warm_listener import Listener
from gktools.build.warm_worker import WarmWorker
from gktools.review.web.rebuild_queue import Task, rebuild_files, rebuild_report
from gktools.starter.scaffold import new_project
from gktools.workspace.output import ReportRef

YEAR, CODE = 2024, "minzheng"
SENTENCE = "线上线下同步公开。"


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="gktools-bench-") as private:
        home = Path(private) / "district"
        new_project(home, empty=False)
        _command(home, "records", "import", "--sample")
        _command(home, "build", "--year", str(YEAR))
        print(f"{platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {rounds} rounds")
        print("| what | cold s | warm s | ratio |\n|---|---|---|---|")
        found: dict[str, tuple[list[float], list[float]]] = {}
        with closing(WarmWorker()) as worker, closing(Listener(home, worker, lambda: None)) as listener:
            worker.keep_warm()
            listener.start()
            for number in range(rounds):
                for way in (0, 1):
                    for what, seconds in _one_round(home, number * 2 + way, worker if way else None).items():
                        found.setdefault(what, ([], []))[way].append(seconds)
        for what, (cold, warm) in found.items():
            print(f"| {what} | {median(cold):.2f} | {median(warm):.2f} | {median(cold) / median(warm):.1f} |")
        print(f"load {os.getloadavg()[0]:.1f}")


def _one_round(home: Path, number: int, worker: WarmWorker | None) -> dict[str, float]:
    """Return the seconds of each part: by a worker that is warm, or without one."""
    task, note, hidden = Task(ReportRef(home, CODE, YEAR)), home / NOTE, home / "hidden"
    _change(home, f"{number}a")
    with closing(WarmWorker()) as new:
        used = worker or new
        with used.held():
            report = _timed(lambda: used.run(task, rebuild_report, REPORT_SECONDS))
            documents = _timed(
                lambda: used.run(task, rebuild_files, REPORT_SECONDS) if worker else rebuild_files(task, here=False)
            )
    _change(home, f"{number}b")
    if worker is None:
        note.rename(hidden)
    command = _timed(lambda: _command(home, "build", "--office", CODE, "--year", str(YEAR)))
    if worker is None:
        hidden.rename(note)
    return {"report": report, "documents": documents, "both": report + documents, "the command": command}


def _change(home: Path, text: str) -> None:
    path = home / f"params/{YEAR}/{CODE}.yaml"
    head, _, rest = path.read_text(encoding="utf-8").partition(SENTENCE)
    _, _, rest = rest.partition("\n")
    path.write_text(f"{head}{SENTENCE}第{text}稿。\n{rest}", encoding="utf-8")


def _command(home: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "gktools", *arguments], cwd=home, check=True, stdout=subprocess.DEVNULL)


def _timed(do: Callable[[], object]) -> float:
    start = time.monotonic()
    do()
    return time.monotonic() - start


if __name__ == "__main__":
    main()
