"""How fast and in how much memory a large file of requests is read, validated and kept: CSV and XLSX, 100,000 rows.

python benchmarks/import_files.py [ROWS]    each way in a process of its own, so that peak memory is its own
"""

from __future__ import annotations

import csv
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

ROWS = 100_000
NAME = "示例区政务公开办"


def made_rows(count: int):
    """Requests as an office writes them: every column filled about as often as it is in life."""
    from gktools.registers.schema import registers

    register = registers()["requests"]
    chance = random.Random(20240305)
    kinds, results = register["applicant"].allowed, register["disposition"].allowed
    for i in range(count):
        received = date(2024, 1, 1) + timedelta(days=i % 330)
        replied = received + timedelta(days=chance.randrange(5, 30))
        row = {
            "number": f"示例申〔2024〕第{i}号", "arrived_on": received, "channel": "互联网", "confirmed_on": received,
            "received_on": received, "applicant": chance.choice(kinds), "applicant_name": f"示例人{i % 70_000}",
            "applicant_id": f"SFZ{i % 70_000:015d}", "applicant_contact": f"000-{i % 70_000:08d}",
            "applicant_alias": f"SQR-{i % 70_000}", "subject": f"关于第{i}号事项的资金安排和分配结果",
            "topic": "社会救助", "replied_on": replied, "reply_number": f"示例公开〔2024〕第{i}号", "delivery": "电子",
            "sent_on": replied, "disposition": chance.choice(results), "articles": "36(二)",
        }  # fmt: skip
        if not i % 5:
            row |= {"correction_notified_on": received, "corrected_on": received, "extended_on": received}
        row |= {"correction_due_on": received, "fee_due_on": received}  # without a limit, giving up is asked about
        if not i % 9:
            row |= {"fee_notified_on": received, "fee_charged": "20.00", "fee_paid_on": received, "fee_paid": "20.00"}
        yield [row.get(field.key, "") for field in register.fields]


def written(folder: Path, count: int) -> list[Path]:
    """The same requests as CSV and as XLSX."""
    import xlsxwriter

    from gktools.registers.schema import registers

    cover = [["登记表", "依申请公开登记表"], ["单位", NAME], ["年度", "2024"], ["本年无记录", ""]]
    head = [field.heading for field in registers()["requests"].fields]
    paths = [folder / "登记.csv", folder / "登记.xlsx"]
    with paths[0].open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([*cover, head, *made_rows(count)])
    options = {"constant_memory": False, "default_date_format": "yyyy-mm-dd"}
    with xlsxwriter.Workbook(paths[1], options) as book:
        page = book.add_worksheet("登记")
        for i, row in enumerate([*cover, head]):
            page.write_row(i, 0, row)
        for i, row in enumerate(made_rows(count), 5):
            for j, value in enumerate(row):
                if value != "":
                    page.write(i, j, value)
    return paths


def measure(path: Path, kept: bool) -> dict[str, float]:
    """Read one file in this process; seconds of validation, of keeping, and peak memory."""
    from gktools.registers.intake.reading import read_file

    begun, used = time.perf_counter(), time.process_time()
    said = read_file(path, lambda name: "office")
    sheets, problems = said.sheets, said.problems
    assert not problems, problems[:3]
    read, cpu = time.perf_counter() - begun, time.process_time() - used
    rows, keeping = len(sheets[0].lines), 0.0
    if kept:
        from gktools.registers.store.opening import open_store

        begun = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder, open_store(Path(folder)) as store:
            store.add(sheets)
            keeping = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rows": rows, "read": read, "cpu": cpu, "keeping": keeping, "peak": peak}


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    print(
        "| file | MB | rows | validated, s | rows/s | rows/s of CPU | kept, s | peak MB |\n|---|---|---|---|---|---|---|---|"
    )
    with tempfile.TemporaryDirectory() as folder:
        maker = [sys.executable, __file__, "--make", folder, str(count)]
        subprocess.run(maker, check=True)
        for path in sorted(Path(folder).iterdir()):
            for kept in (False, True):
                asked = [sys.executable, __file__, "--one", str(path), str(int(kept))]
                said = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
                found = json.loads(said)
                size = path.stat().st_size / 2**20
                keeping = f"{found['keeping']:.1f}" if kept else "–"
                print(
                    f"| {path.suffix[1:]}{' with the store' if kept else ''} | {size:.0f} | {found['rows']} | {found['read']:.1f} |"
                    f" {found['rows'] / found['read']:.0f} | {found['rows'] / found['cpu']:.0f} | {keeping} | {found['peak']:.0f} |"
                )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--make"]:
        written(Path(sys.argv[2]), int(sys.argv[3]))
    elif sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(Path(sys.argv[2]), sys.argv[3] == "1")))
    else:
        main()
