"""An office with 100,000 requests: its registers opened, pulled, counted, checked and proven, in a fresh process.

python benchmarks/large_office.py [ROWS]    prints seconds (imports of Python apart, and with them) and peak memory
"""

from __future__ import annotations

import csv
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from import_files import NAME, ROWS, written

from gktools.registers.schema import registers

CODE, YEAR = "my-office", 2024


def made_office(home: Path, count: int) -> None:
    """Make a working folder whose only office has so many requests."""
    from gktools.registers.intake.reading import read_file
    from gktools.registers.store.opening import open_store
    from gktools.starter.scaffold import new_project

    new_project(home, empty=True, year=YEAR)
    (files := home / "files").mkdir()
    said = read_file(_all_disclosed(written(files, count)[0]), lambda name: CODE)
    assert not said.problems, said.problems[:3]
    with open_store(home) as store:
        store.add(said.sheets)


def _all_disclosed(path: Path) -> Path:
    """Write into a file that every request was granted: of results by chance four in five would be findings."""
    register = registers()["requests"]
    of = {field.key: place for place, field in enumerate(register.fields)}
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    for row in rows[5:]:
        row[of["disposition"]], row[of["articles"]] = register["disposition"].allowed[0], ""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def one(home: Path) -> None:
    """Print what one pass over the office costs in this process."""
    begun, used = time.perf_counter(), time.process_time()
    from gktools.inputs.inputs import load_inputs
    from gktools.report.report import draft_report
    from gktools.workspace.project import open_project

    loaded = time.process_time()
    report = draft_report(load_inputs(open_project(home), CODE, YEAR))
    report.to_json()
    report.review()
    now = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    wall = time.perf_counter() - begun
    print(
        f"{wall:.2f} s by the clock, {now - used:.2f} of CPU ({loaded - used:.2f} of them imports), peak {peak:.0f} MB"
    )


def main() -> None:
    """Make the office, and measure three fresh processes."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory(prefix="gktools-bench-") as private:
        home = Path(private) / "office"
        print(f"{NAME}: {count} requests")
        made_office(home, count)
        for _ in range(3):
            subprocess.run([sys.executable, __file__, "--one", str(home)], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(Path(sys.argv[2]))
    else:
        main()
