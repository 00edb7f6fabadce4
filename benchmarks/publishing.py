"""What it costs to build every signed report again before it is published: the sample district, or made-up offices.

    python benchmarks/publishing.py --offices 300 --entries 20000

entries are as many more in the review log, as a district has after some years.
Prints the seconds of a batch build of the same reports, of publishing them, each built again, and of publishing them with
their documents made again too.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from batch import make_folder

from gktools.build.batch import BuildOptions, build
from gktools.build.export import ExportOptions, export_reports
from gktools.findings import Severity
from gktools.publication import publish as publishing
from gktools.publication.publish import PublishRequest
from gktools.review import actions
from gktools.review.decisions import with_decisions
from gktools.review.entries import ViewedBody
from gktools.review.log import Log, open_log
from gktools.review.people import capacities
from gktools.review.seal import PUBLISHED, read_seal
from gktools.starter.scaffold import new_project
from gktools.workspace.output import NOTEBOOK_FILE, ReportRef, hash_bytes
from gktools.workspace.project import Project, open_project
from gktools.workspace.report_data import read_report_data
from gktools.workspace.seals import file_hash

YEAR, DAY = 2024, date(2025, 1, 24)


def main() -> None:
    """Measure, and print one line a step."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--offices", type=int, default=0)
    parser.add_argument("--entries", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gktools-bench-") as private:
        home = Path(private) / "district"
        project = _made_up(home, given.offices) if given.offices else _sample(home)
        codes = [office.code for office in project.offices(YEAR) if not office.rolls_up]
        _timed("build", lambda: build(project, [YEAR], codes, options=BuildOptions(force=True)))
        export_reports(project, YEAR, codes, list(PUBLISHED), options=ExportOptions())
        with open_log(project) as log:
            signed = [code for code in codes if _sign(project, log, project.report(code, YEAR))]
            for number in range(given.entries):
                log.append(codes[number % len(codes)], YEAR - 2, "某人", ViewedBody(f"{number:064x}"))
        print(f"{len(signed)} reports signed")
        _publish(home, signed, "published, each built again")
        real = publishing.SignedReport.of
        publishing.SignedReport.of = lambda *given: real(*given[:3])
        _publish(home, signed, "published, the documents too, as if by another program")


def _sample(home: Path) -> Project:
    new_project(home, empty=False)
    command = [sys.executable, "-m", "gktools", "records", "import", "--sample"]
    subprocess.run(command, cwd=home, check=True, stdout=subprocess.DEVNULL)
    return open_project(home)


def _made_up(home: Path, offices: int) -> Project:
    make_folder(home, offices)
    book = home / "params/offices.yaml"
    people = "kind: county_department\n    people: {handler: 甲, deputy: 乙, head: 丙}"
    book.write_text(book.read_text(encoding="utf-8").replace("kind: county_department", people), encoding="utf-8")
    for path in (home / f"params/{YEAR}").glob("*.yaml"):
        more = f"contact: {{phone: 0755-82345678}}\nlayout: {{signed_on: {DAY}}}\n"
        path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
    return open_project(home)


def _sign(project: Project, log: Log, ref: ReportRef) -> bool:
    """Explain what asks for it and sign all steps; False for a report that something blocks."""
    people = capacities(project, ref.code, DAY)
    findings = read_report_data(ref.read("report.json")).findings
    if any(one.severity == Severity.BLOCK for one in findings) or len(people) < 3:
        return False
    for one in with_decisions(findings, actions.current_state(log, ref)):
        if one.open and one.finding.severity == Severity.EXPLAIN:
            given = actions.DecisionInput(one.finding.fingerprint, "explained", "情况属实，已经核对")
            actions.decide_finding(project, log, ref, people[0].person, given, DAY)
    seal = replace(read_seal(ref), source=file_hash(ref.read(NOTEBOOK_FILE)))  # the documents were made a moment ago
    shown = actions.ShownReport(seal.hash, hash_bytes(ref.read("report.json")))
    for by in people:
        actions.sign(project, log, ref, actions.Signer(by.person, by.step), shown, DAY, lambda *_: seal)
    return True


def _publish(home: Path, codes: list[str], what: str) -> None:
    copy = home.with_name(what)  # a log that has fewer entries than before in the same place is noticed
    shutil.copytree(home, copy)
    project = open_project(copy)
    with open_log(project) as log:
        request = PublishRequest("区公开办", DAY, copy / "site")
        results = _timed(what, lambda: publishing.publish(project, log, YEAR, codes, request)[0])
    print(f"  {sum(one.status == 'published' for one in results)} of {len(results)} published")


def _timed(what: str, do: Callable[[], object]) -> object:
    start = time.perf_counter()
    found = do()
    print(f"{what}: {time.perf_counter() - start:.1f} s", flush=True)
    return found


if __name__ == "__main__":
    main()
