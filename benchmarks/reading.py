"""How long a published report takes to be read, by format: the median of several readings, libraries loaded before.

python benchmarks/reading.py FILE…      the reports of a folder, for example those of `gktools export --to all`
"""

from __future__ import annotations

import io
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from gktools.reading.files import GivenFile, read_file, read_files
from gktools.reading.published import PrintedReport

TIMES = 5
"""How often a file is read, after once."""


def main(paths: list[Path]) -> None:
    """Print the median of every format in milliseconds, of the clock and of the processor, and the slowest file."""
    took: dict[str, list[tuple[float, float, str]]] = defaultdict(list)
    files = [
        file for path in paths for file in ([path] if path.is_file() else sorted(path.rglob("*"))) if file.is_file()
    ]
    for file in files:
        found = list(read_files([file], io.BytesIO()))
        if not all(isinstance(one, PrintedReport) for one in found) or not found:
            continue
        data = GivenFile(file.as_posix(), file.read_bytes())
        runs = []
        for _ in range(TIMES):
            begun, worked = perf_counter(), process_time()
            list(read_file(data))
            runs.append((perf_counter() - begun, process_time() - worked))
        took[file.suffix].append((median(run[0] for run in runs), median(run[1] for run in runs), file.name))
    print(f"{'format':8}{'files':>6}{'median ms':>11}{'processor ms':>14}{'slowest ms':>12}")
    for kind, runs in sorted(took.items()):
        clock, worked = median(run[0] for run in runs), median(run[1] for run in runs)
        print(f"{kind:8}{len(runs):>6}{clock * 1000:>11.0f}{worked * 1000:>14.0f}{max(runs)[0] * 1000:>12.0f}")


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
