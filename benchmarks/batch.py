"""Times a whole batch: many made-up offices, made with 1 and 2 workers, then with nothing and with one changed.

    python benchmarks/batch.py --offices 3000

Prints a Markdown table: seconds, ms a report, and the memory (PSS) of all processes after 100 reports and after the
last but ten. Fails if a report is missing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from gktools.registers.schema import registers
from gktools.registers.sheet import Sheet
from gktools.registers.store.opening import open_store

REPOSITORY = Path(__file__).parents[1]
YEAR = 2024
EARLY = 100
TOGETHER = 5000
"""So many sheets are one import: every import looks at all before it, which would take longer than the batch."""
NOW = datetime(2025, 1, 15, 8, 0, tzinfo=UTC)
TEXT = "text:\n  problems: |\n    一是问题。二是问题。改进：一是措施。二是措施。{}\n"


@dataclass(frozen=True)
class Run:
    """What one batch took: seconds in all, and the memory in MB after EARLY reports and shortly before the end."""

    seconds: float
    early: float
    late: float


# --- the folder ---------------------------------------------------------------------------------------------


def make_folder(home: Path, offices: int) -> None:
    """Make a working folder with that many offices and their records of a year."""
    (home / "params" / str(YEAR)).mkdir(parents=True)
    shutil.copytree(REPOSITORY / "notebooks", home / "notebooks")
    book = ["offices:"]
    sheets: list[Sheet] = []
    with open_store(home) as store:
        for number in range(offices):
            code = f"o{number:05d}"
            book += [f"  {code}:", f"    names: [{{name: 示例省第{number}局}}]", "    kind: county_department"]
            (home / "params" / str(YEAR) / f"{code}.yaml").write_text(TEXT.format(""), encoding="utf-8")
            sheets += [Sheet.of(key, code, YEAR, "made-up.xlsx", key, _rows(key, number)) for key in registers()]
            if len(sheets) >= TOGETHER or number == offices - 1:
                store.add(sheets, NOW)
                sheets.clear()
    (home / "params/offices.yaml").write_text("\n".join(book) + "\n", encoding="utf-8")


def _rows(register: str, office: int) -> list[tuple[int, Mapping[str, Any]]]:
    """A few records of the registers that most offices have; none of the others."""
    days = [date(YEAR, 1, 15) + timedelta(days=(office * 7 + n * 23) % 320) for n in range(12)]
    made: dict[str, Callable[[int, date], Mapping[str, Any]]] = {
        "requests": lambda n, day: {
            "number": f"示例〔{YEAR}〕{n}号",
            "received_on": day,
            "applicant": "natural_person" if n % 3 else "organisation.business",
            "replied_on": day + timedelta(days=14),
            "delivery": "in_person",
            "signed_on": day + timedelta(days=14),
            "disposition": ("granted", "unavailable.not_held", "refused.third_party")[n % 3],
        },
        "decisions": lambda n, day: {"number": f"许{n}", "kind": "licences", "decided_on": day},
        "matters": lambda n, day: {"kind": "示例备案", "handled_on": day, "count": n},
    }
    return [(n, made[register](n, day)) for n, day in enumerate(days, start=6)] if register in made else []


# --- the batch ----------------------------------------------------------------------------------------------


def run(home: Path, made: int, *options: str) -> Run:
    """Run gktools build, looking at its memory and how far it is from outside."""
    command = [sys.executable, "-m", "gktools", "build", *options]
    started = time.monotonic()
    with (home / "log").open("w") as log:
        batch = subprocess.Popen(command, env=os.environ | {"GKTOOLS_HOME": str(home)}, stdout=log, stderr=log)
        early, late = 0.0, 0.0
        while batch.poll() is None:
            time.sleep(0.5)
            told = (home / "log").read_text(encoding="utf-8").count("\n")
            if EARLY <= told < made - 10:
                late = _memory(batch.pid) or late
                early = early or late
    if batch.returncode:
        raise SystemExit((home / "log").read_text(encoding="utf-8")[-2000:])
    return Run(time.monotonic() - started, early, late)


def _memory(pid: int) -> float:
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        return sum(process.memory_full_info().pss for process in family) / 1e6
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0.0


def whole(home: Path) -> int:
    """How many reports stand there."""
    return len(list((home / "output" / str(YEAR)).glob("*/manifest.json")))


def main() -> None:
    """Run every way once and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--offices", type=int, default=300)
    offices = parser.parse_args().offices
    print("| batch | reports | seconds | ms a report | PSS MB early – late |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        make_folder(home, offices)
        some = [f"o{number:05d}" for number in range(0, offices, 10)]
        for name, made, options in (
            ("2 workers", offices, ("--workers", "2")),
            ("nothing changed", 0, ()),
            ("one parameter file changed", 1, ()),
            ("1 worker, every tenth again", len(some), ("--workers", "1", "--force", *_asked(some))),
        ):
            if made == 1:
                (home / "params" / str(YEAR) / "o00000.yaml").write_text(TEXT.format("三是。"), encoding="utf-8")
            took = run(home, made, *options)
            each = f"{took.seconds * 1000 / made:.0f}" if made > 1 else ""
            memory = f"{took.early:.0f} – {took.late:.0f}" if took.early else ""
            print(f"| {name} | {made} | {took.seconds:.1f} | {each} | {memory} |", flush=True)
            if whole(home) != offices:
                raise SystemExit(f"{offices - whole(home)} reports are missing")


def _asked(codes: list[str]) -> list[str]:
    return [part for code in codes for part in ("--office", code)]


if __name__ == "__main__":
    main()
