"""How long a published report takes to be read and audited, by format: the median of several times, libraries loaded before.

The limits are those of read and audit together: HTML, DOCX and XLSX below 100 ms, a PDF below 1 s, of the processor.

python benchmarks/reading.py FILE…      the reports of a folder, for example those of `gktools export --to all`
"""

from __future__ import annotations

import io
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from gktools.checks.finished.audit import audit_reports
from gktools.reading.files import GivenFile, read_file, read_files
from gktools.reading.published import PrintedReport

TIMES = 5
"""How often a file is read and audited, after once."""


def main(paths: list[Path]) -> None:
    """Print the medians of every format in milliseconds, of the clock and of the processor."""
    took: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    files = [
        file for path in paths for file in ([path] if path.is_file() else sorted(path.rglob("*"))) if file.is_file()
    ]
    for file in files:
        found = list(read_files([file], io.BytesIO()))
        if not found or not all(isinstance(one, PrintedReport) and one.year for one in found):
            continue
        audit_reports([one for one in found if isinstance(one, PrintedReport)])
        data = GivenFile(file.as_posix(), file.read_bytes())
        runs = [_times(data) for _ in range(TIMES)]
        took[file.suffix].append(tuple(median(run[place] for run in runs) for place in range(4)))
    print(
        f"{'format':8}{'files':>6}{'read ms':>9}{'processor':>11}{'audit ms':>10}{'processor':>11}{'together':>10}{'limit':>7}"
    )
    for kind, runs in sorted(took.items()):
        read, read_worked, audited, audit_worked = (median(run[place] for run in runs) * 1000 for place in range(4))
        together = read_worked + audit_worked
        limit = LIMITS.get(kind, 0)
        said = f"{limit:>7}{' too long' if together > limit else ''}" if limit else ""
        print(
            f"{kind:8}{len(runs):>6}{read:>9.0f}{read_worked:>11.0f}{audited:>10.0f}{audit_worked:>11.0f}{together:>10.0f}{said}"
        )


LIMITS = {".html": 100, ".docx": 100, ".xlsx": 100, ".pdf": 1000}


def _times(data: GivenFile) -> tuple[float, float, float, float]:
    """Return how long a file takes to be read and then to be audited, each of the clock and of the processor."""
    begun, worked = perf_counter(), process_time()
    reports = [one for one in read_file(data) if isinstance(one, PrintedReport)]
    read, read_worked = perf_counter(), process_time()
    audit_reports(reports)
    return read - begun, read_worked - worked, perf_counter() - read, process_time() - read_worked


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
