"""Times a report made seven ways, in turn, with start-up: what the engine saves, and what it still costs.

    python benchmarks/engine.py --reports 40 --rounds 3

Every way is a process of its own that runs the real master notebook over the sample district and writes report.html
and report.json (the shell loop writes the page alone). Prints a Markdown table; fails if the pages differ.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shlex
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

NOTEBOOK = Path("notebooks/annual_report.ipynb")
BIN = Path(sys.executable).parent
SAMPLE_SECONDS = 0.2


@dataclass(frozen=True)
class Job:
    """One report to make, in the working folder, into a folder."""

    office: str
    year: int
    out: Path


# --- the ways -----------------------------------------------------------------------------------------------


def shell(jobs: list[Job]) -> None:
    """(a) A shell loop of the two commands."""
    for job in jobs:
        made = job.out / "report.ipynb"
        run = [
            BIN / "papermill",
            "--no-progress-bar",
            NOTEBOOK,
            made,
            "-r",
            "office",
            job.office,
            "-p",
            "year",
            job.year,
        ]
        page = [BIN / "jupyter", "nbconvert", "--log-level=ERROR", "--to", "gk-report", "--output", "report", made]
        line = f"{shlex.join(map(str, run))} 2>/dev/null && {shlex.join(map(str, page))}"
        subprocess.run(["sh", "-c", line], check=True)


def stock(jobs: list[Job]) -> None:
    """(b) A Python loop of papermill as it is, with exporters that are kept."""
    _loop(jobs, "nbclient")


def ours(jobs: list[Job]) -> None:
    """The same loop with our engine."""
    from gktools.build.pool import skip_slow_imports

    skip_slow_imports()  # as every worker of a batch does
    from papermill.engines import papermill_engines

    from gktools.build.engine.engine import GktoolsEngine

    papermill_engines.register("gktools", GktoolsEngine)
    _loop(jobs, "gktools")


def engine_alone(jobs: list[Job]) -> None:
    """Our engine with a notebook whose cells do nothing: what is not the helper functions."""
    import nbformat
    import papermill
    from papermill.engines import papermill_engines

    from gktools.build.engine.engine import GktoolsEngine

    papermill_engines.register("gktools", GktoolsEngine)
    book = nbformat.read(NOTEBOOK, as_version=4)
    for cell in book.cells:
        if cell.cell_type == "code" and "parameters" not in cell.metadata.get("tags", []):
            cell.source = "office"
    for job in jobs:
        given = {"office": job.office, "year": job.year}
        papermill.execute_notebook(book, job.out / "report.ipynb", given, engine_name="gktools", progress_bar=False)


def floor(jobs: list[Job]) -> None:
    """The helper functions and the exporters called plainly."""
    import nbformat

    from gktools.inputs.inputs import load_inputs
    from gktools.report.report import draft_report
    from gktools.text.charts.pictures import draw_pictures
    from gktools.workspace.project import open_project

    write = _writer()
    for job in jobs:
        inputs = load_inputs(open_project(Path.cwd()), job.office, job.year)
        report = draft_report(inputs)
        pictures = draw_pictures(inputs, *report.tables.values())
        parts = [*report.prose.values(), *report.tables.values(), *([pictures] if pictures else []), report]
        outputs = [nbformat.v4.new_output("display_data", part._repr_mimebundle_()) for part in parts]
        cells = [nbformat.v4.new_code_cell("", outputs=[output]) for output in outputs]
        write(nbformat.v4.new_notebook(cells=cells), job)


def two_workers(way: str) -> Callable[[list[Job]], None]:
    """Return what shares the jobs between two processes that make them one of the ways."""

    def share(jobs: list[Job]) -> None:
        workers = [subprocess.Popen(_command(way, part)) for part in (jobs[::2], jobs[1::2]) if part]
        statuses = [worker.wait() for worker in workers]
        if any(statuses):
            raise SystemExit(f"{way}: a worker failed")

    return share


def _loop(jobs: list[Job], engine: str) -> None:
    import papermill

    write = _writer()
    for job in jobs:
        given = {"office": job.office, "year": job.year}
        made = papermill.execute_notebook(
            NOTEBOOK, job.out / "report.ipynb", given, engine_name=engine, progress_bar=False
        )
        write(made, job)


def _writer() -> Callable[[Any, Job], None]:
    """Return what writes the page and the data of a notebook, with exporters made once."""
    from gktools.render.page import JsonExporter, ReportExporter

    exporters = {"report.html": ReportExporter(), "report.json": JsonExporter()}

    def write(notebook: Any, job: Job) -> None:
        for name, exporter in exporters.items():
            text, _ = exporter.from_notebook_node(notebook)
            (job.out / name).write_text(text, encoding="utf-8", newline="\n")

    return write


WAYS = {
    "(a) shell loop, papermill + nbconvert": (shell, 25),
    "(b) Python loop, stock papermill": (stock, 8),
    "(c) stock papermill, 2 worker processes": (two_workers("(b) Python loop, stock papermill"), 8),
    "ours, 1 worker": (ours, 1),
    "ours, 2 workers": (two_workers("ours, 1 worker"), 1),
    "ours, cells that do nothing": (engine_alone, 1),
    "floor: the helpers called plainly": (floor, 1),
}
"""Each with how many times fewer reports it is given: what takes seconds a report need not be run as often."""


# --- measuring ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measured:
    """One run of one way, for one report: seconds by the clock and of CPU; and the most memory it took, in MB."""

    wall: float
    cpu: float
    memory: float


def measure(way: str, jobs: list[Job]) -> Measured:
    """Run a way in a process of its own."""
    for job in jobs:
        job.out.mkdir(parents=True)
    before, start = _cpu(), time.perf_counter()
    process = subprocess.Popen(_command(way, jobs), env=os.environ | {"GKTOOLS_HOME": str(Path.cwd())})
    with peak_memory(process.pid) as memory:
        status = process.wait()
    if status:
        raise SystemExit(f"{way}: exit status {status}")
    return Measured((time.perf_counter() - start) / len(jobs), (_cpu() - before) / len(jobs), max(memory, default=0))


def _command(way: str, jobs: list[Job]) -> list[str]:
    return [sys.executable, __file__, "--way", way, *(f"{job.office}:{job.year}:{job.out}" for job in jobs)]


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def peak_memory(pid: int) -> Iterator[list[float]]:
    """Give a list that fills with the proportional memory of a process and all below it, in MB."""
    samples: list[float] = []
    done = threading.Event()

    def sample() -> None:
        while not done.wait(SAMPLE_SECONDS):
            samples.append(sum(map(_memory, _tree(pid))))

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    yield samples
    done.set()
    thread.join()


def _tree(pid: int) -> Iterator[int]:
    yield pid
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return
    for child in children:
        yield from _tree(child)


def _memory(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


# --- the table ----------------------------------------------------------------------------------------------


def compare(reports: int, rounds: int, ways: list[str]) -> dict[str, list[Measured]]:
    """Run every way once a round, one after the other, in the working folder; return what each took."""
    results: dict[str, list[Measured]] = {way: [] for way in ways}
    for number in range(rounds):
        for way in ways:
            count = max(1, reports // WAYS[way][1])
            results[way].append(measure(way, _jobs(count, Path(f"made/{number}/{ways.index(way)}"))))
            print(f"round {number + 1}: {way}: {results[way][-1].wall:.3f} s a report", file=sys.stderr)
    return results


def _jobs(count: int, out: Path) -> list[Job]:
    known = sorted(path for path in Path("params").glob("[0-9]*/*.yaml") if path.stem != "defaults")
    random.Random(1).shuffle(known)  # the few reports of the slow ways are no special ones
    chosen = enumerate(islice(cycle(known), count))
    return [Job(path.stem, int(path.parent.name), (out / str(i)).absolute()) for i, path in chosen]


def differences(ways: list[str]) -> list[str]:
    """Return which files are not the same whichever way they were made. Jobs are given out in one order."""
    made: dict[str, set[bytes]] = {}
    for path in Path("made").rglob("report.*"):
        if path.suffix != ".ipynb":
            made.setdefault(f"{path.parent.name}/{path.name}", set()).add(path.read_bytes())
    return sorted(name for name, contents in made.items() if len(contents) > 1)


def table(results: dict[str, list[Measured]], reports: int) -> str:
    """Return the results as a Markdown table."""
    best = _median(results, "ours, 1 worker")
    ground = _median(results, "floor: the helpers called plainly")
    lines = [
        "| way | reports a run | ms a report, median (least–most) | CPU ms a report | peak PSS MB | ours is | above the floor ms |",
        "|---|---|---|---|---|---|---|",
    ]
    for way, runs in results.items():
        walls = [run.wall * 1e3 for run in runs]
        middle = statistics.median(walls)
        cpu = statistics.median(run.cpu for run in runs) * 1e3
        lines.append(
            f"| {way} | {max(1, reports // WAYS[way][1])} | {middle:.0f} ({min(walls):.0f}–{max(walls):.0f}) | {cpu:.0f} "
            f"| {max(run.memory for run in runs):.0f} | {middle / best:.1f}× | {middle - ground:+.0f} |"
        )
    return "\n".join(lines)


def _median(results: dict[str, list[Measured]], way: str) -> float:
    return statistics.median(run.wall * 1e3 for run in results[way]) if way in results else float("nan")


def new_district() -> None:
    """Make the sample district here."""
    from gktools.starter.scaffold import new_project

    with redirect_stdout(sys.stderr):
        new_project(Path("district"), empty=False)
    os.chdir("district")
    subprocess.run([BIN / "gktools", "records", "import", "--sample"], check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    """Compare all ways, or run one of them over the jobs given."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reports", type=int, default=40, help="reports a run of the fast ways")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", choices=list(WAYS), default=list(WAYS))
    parser.add_argument("--way", choices=list(WAYS), help=argparse.SUPPRESS)
    parser.add_argument("jobs", nargs="*", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.way:
        parts = (job.split(":", 2) for job in given.jobs)
        WAYS[given.way][0]([Job(office, int(year), Path(out)) for office, year, out in parts])
        return
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        new_district()
        print(table(compare(given.reports, given.rounds, given.only), given.reports))
        different = differences(given.only)
        os.chdir("/")
    print(f"\nPages and data are the same whichever way they were made: {'no' if different else 'yes'}")
    if different:
        raise SystemExit(f"differ: {different}")


if __name__ == "__main__":
    main()
