"""How long a clerk waits for a register handed in through the browser: read, looked through and shown, with and without mistakes.

python benchmarks/handed_in.py [ROWS]    the steps of the page, each as the server and its reading process do them
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from import_files import NAME, written

ROWS = 20_000
YEAR, CODE, PERSON = 2024, "shifan", "甲经办"
FIRST, RECEIVED = 6, 4
"""The first row of the records, from 1, and the column of 收到申请之日, from 0."""


def working_folder(home: Path):
    """A working folder of one office, without registers."""
    from gktools.workspace.project import open_project

    (home / "params/2024").mkdir(parents=True)
    people = f"    people: {{handler: {PERSON}}}\n"
    (home / "params/offices.yaml").write_text(
        f"offices:\n  {CODE}:\n    names: [{{name: {NAME}}}]\n    kind: county_department\n{people}", encoding="utf-8"
    )
    return open_project(home)


def main() -> None:
    from gktools.registers.intake.mends import Mend
    from gktools.review.submission_reading import SubmissionJob, _Files, read_submission
    from gktools.review.submissions import keep_mends, make_submission
    from gktools.review.web.views.matching import shown_sheets
    from gktools.review.web.views.mending import mistake_kinds

    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as folder:
        project = working_folder(Path(folder) / "work")
        for path in written(Path(folder), rows):
            submission = make_submission(project.home, PERSON, CODE, YEAR, [(path.name, path.read_bytes())])
            job = SubmissionJob(project.home, submission, 5)
            sheet = "" if path.suffix == ".csv" else "登记"
            for what, text in (("as it is", None), ("with mistakes", "不知道"), ("mended", "2024-03-01")):
                if text:
                    cells = [Mend(sheet, line, RECEIVED, text) for line in range(FIRST, FIRST + 1000)]
                    keep_mends(project.home, submission, submission.files[0], cells)
                begun, used = time.perf_counter(), time.process_time()
                with tempfile.TemporaryDirectory() as private:
                    _Files.read(job, Path(private))
                matched, used = time.perf_counter() - begun, time.process_time() - used
                found = read_submission(job)
                shown = [(shown_sheets(file), mistake_kinds(file)) for file in found.files]
                whole = time.perf_counter() - begun - matched
                assert shown
                wrong = sum(len(mistake.rows) for file in found.files for mistake in file.mistakes)
                said = f"{wrong:,} cells wrong" if wrong else "with what it would change"
                times = f"matched in {matched:.1f} s (CPU {used:.1f}); read, {said}, and shown in {whole:.1f} s"
                print(f"{path.suffix} {rows:,} rows {what}: {times}")


if __name__ == "__main__":
    main()
