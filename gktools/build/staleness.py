"""Stale reports: those that would come out differently now, because what they are made from has changed since.

A newer gktools or library makes no report stale: its figures are those that people looked at. What counts is the
outcome: a change of records or of last year's figures after which the report is the same in every byte is none.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..deadlines.calendar import with_additions
from ..errors import GktoolsError, ParamsError
from ..inputs.inputs import MEMBER_PREFIX, load_inputs, param_files, records_of
from ..inputs.members import load_member, params_hash
from ..registers.store.log_audit import published_key
from ..registers.store.opening import open_store
from ..registers.store.store import Store
from ..render.pictures import pictures_of_page
from ..report.queries.difference import difference, renamed
from ..report.report import Report, draft_report
from ..text.charts.pictures import draw_pictures
from ..workspace.files import file_stamp
from ..workspace.json_file import parse_json
from ..workspace.offices import Office
from ..workspace.output import MANIFEST, REPORT_FILE, ReportRef
from ..workspace.params_models import ReportParams
from ..workspace.project import Project
from ..workspace.report_data import ReportData, read_report_data
from .freshness import NOTEBOOK, PROGRAM, BuildCache, changed_inputs, input_names

_SECONDS_AT_ONCE = 0.3
"""How long one look at all reports goes on comparing reports with their inputs: some 0.1 seconds each."""


def stale_inputs(project: Project, ref: ReportRef, *, audited: bool = False) -> tuple[str, ...]:
    """Return what changed since a report was built and makes it differ now, as staff call it; empty if it stands.

    A report that is not built, or whose files were altered, is not stale. With audited (load_inputs), as for what
    decides, one whose records are not as they were imported is, and one that proves other records than there are now,
    whatever its manifest says.
    """
    manifest = ref.manifest()
    if manifest is None:
        return ()
    try:
        differing = changed_inputs(project, ref, manifest.inputs, audited=audited)
        changed = [name for name in differing if name not in PROGRAM]
        if audited and not changed and not _proves_records_of_now(project, ref):
            changed = ["records"]
        elif not changed or (all(map(_is_data, changed)) and _comes_out_the_same(project, ref, audited=audited)):
            return ()
    except GktoolsError as error:
        return (_unusable(error),)
    return tuple(input_names(project, changed))


def changed_since_public(project: Project, ref: ReportRef) -> tuple[str, ...]:
    """Return what makes what a public report prints another now, as staff call it; empty if it stands.

    Printed are figures, texts, the title, labels and pictures. What changes none of them, such as a day added to the
    calendar for another year, is none.
    """
    changed = stale_inputs(project, ref)
    if not changed:
        return ()
    try:
        drafted = draft_report(load_inputs(project, ref.code, ref.year))
        changes = _says_otherwise(read_report_data(ref.read(REPORT_FILE)), drafted)
        redrawn = not _has_the_pictures(ref, drafted)
    except (GktoolsError, OSError, ValueError):
        return changed
    return changed if changes or redrawn else ()


def counted_otherwise(project: Project, government: ReportData, code: str, counted: str | None) -> bool:
    """Return whether an office, its parameters, records or report are not those that a public government's report counted."""
    year = government.year
    office, calendar = project.office(code, year), with_additions(project.calendar())
    with open_store(project.home) as store:
        return load_member(project, office, calendar, records_of(project, store, code, year)).digest != counted


def would_differ(project: Project, public: ReportData) -> bool:
    """Return whether a public report would print other figures or texts if it were made now, or could not be made."""
    try:
        return _says_otherwise(public, draft_report(load_inputs(project, public.code, public.year)))
    except (GktoolsError, OSError, ValueError):
        return True


def _says_otherwise(public: ReportData, drafted: Report) -> bool:
    now = ReportData.from_json(drafted.to_json())
    found = difference(public, now)
    return bool(found.cells or found.passages or any(renamed(public, now)))


def parameters_of(project: Project, office: Office, params: ReportParams) -> str:
    """Return the hash of an office, its parameters and the calendar, as the manifest of a report made with them has it."""
    return params_hash(office, params, with_additions(project.calendar()))


def _unusable(error: GktoolsError) -> str:
    return f"参数、台账或总笔记本（现在有错，做不出来：{str(error).splitlines()[0]}）"


def _proves_records_of_now(project: Project, ref: ReportRef) -> bool:
    now = draft_report(load_inputs(project, ref.code, ref.year, audited=True)).to_json()["proof"]
    try:
        proved = parse_json(ref.read(REPORT_FILE))
    except (OSError, ValueError):  # no report, which is told elsewhere
        return True
    return isinstance(proved, dict) and proved.get("proof") == now


def _is_data(name: str) -> bool:
    """Whether an input is data of which report.json has everything that counts."""
    return name in ("records", "last_year") or name.startswith(MEMBER_PREFIX)


def _comes_out_the_same(project: Project, ref: ReportRef, *, audited: bool) -> bool:
    drafted = draft_report(load_inputs(project, ref.code, ref.year, audited=audited))
    now = f"{json.dumps(drafted.to_json(), ensure_ascii=False)}\n".encode()
    return now == ref.read(REPORT_FILE) and _has_the_pictures(ref, drafted)


def _has_the_pictures(ref: ReportRef, now: Report) -> bool:
    """Whether the page has the pictures that would be drawn now; report.json has none, and they show last year's figures."""
    drawn = draw_pictures(now.inputs, *now.tables.values())
    pictures = [(one.title, one.description) for one in drawn.pictures] if drawn else []
    return pictures == list(pictures_of_page(ref.read(_PAGE)).items())


@dataclass
class StaleReports:
    """Which reports are stale, kept while the files they are made from and the imports are the same."""

    _known: dict[ReportRef, tuple[object, tuple[str, ...]]] = field(default_factory=dict)

    def read(
        self, project: Project, year: int, offices: Iterable[Office], imports: Mapping[str, str]
    ) -> dict[str, tuple[str, ...] | None]:
        """Return, by office code, what makes each report stale (stale_inputs), None where it is not known yet.

        imports are the fingerprints of the offices' imports (Store.import_fingerprints). A call does not last: it
        compares for a short time, at least one report, and the next goes on.
        """
        found: dict[str, tuple[str, ...] | None] = {}
        cache: BuildCache | None = None
        until = time.monotonic() + _SECONDS_AT_ONCE
        compared = 0  # known ones are not counted
        for office in offices:
            ref = project.report(office.code, year)
            if not (ref.folder / MANIFEST).exists():
                found[office.code] = ()
                continue
            key = _stamps(project, office, year, imports)
            known = self._known.get(ref)
            if known is None or known[0] != key:
                if compared and time.monotonic() > until:
                    found[office.code] = None
                    continue
                try:
                    cache = cache or BuildCache(project, year, imports)
                    stands = _stands_as_built(project, office, year, cache)
                except GktoolsError as error:  # the notebook or the calendar, which all reports share
                    found[office.code] = (_unusable(error),)
                    continue
                compared += 1
                known = self._known[ref] = key, () if stands else stale_inputs(project, ref)
            found[office.code] = known[1]
        return found


def _stands_as_built(project: Project, office: Office, year: int, cache: BuildCache) -> bool:
    try:
        return cache.is_current(office.code, cache.built_from(office, project.params(office.code, year)))
    except ParamsError:
        return False


def _stamps(project: Project, office: Office, year: int, imports: Mapping[str, str]) -> tuple[object, ...]:
    """The imports of a report, and size and times of each file it is made from and that it consists of."""
    codes = _codes(project, office, year)
    known = (one for code in codes for one in (code, published_key(code, year - 1)))
    return tuple(imports.get(one, "") for one in known), _file_stamps(project, office, year, codes)


def input_marks(project: Project, store: Store, office: Office, year: int) -> tuple[object, ...]:
    """Return what is the same as long as nothing is changed that a report is made from.

    That is the newest import of all, and size and times of each file; after a restore the log has another entry.
    """
    return store.last_import_hash(), _file_stamps(project, office, year, _codes(project, office, year))


def _codes(project: Project, office: Office, year: int) -> list[str]:
    """The codes of the offices from whose records a report is made."""
    codes = dict.fromkeys([office.code, *project.predecessors(office.code, year)])
    if office.rolls_up:
        members = [*project.members(office.code, year), *project.closed_members(office.code, year)]
        members += project.members(office.code, year - 1)  # some may have ended with that year
        codes |= dict.fromkeys(other for one in members for other in (one.code, *project.predecessors(one.code, year)))
    return list(codes)


def _file_stamps(project: Project, office: Office, year: int, codes: Sequence[str]) -> tuple[object, ...]:
    """Size and times of each file that a report is made from and that it consists of."""
    files = [project.home / NOTEBOOK, *(path for code in codes for path in param_files(project, code, year))]
    reports = (project.report(code, when).folder for code in codes for when in (year - 1, year))
    files += [folder / name for folder in reports for name in (MANIFEST, REPORT_FILE)]
    files += [project.report(office.code, year).folder / name for name in _BUILT]
    return tuple(map(file_stamp, dict.fromkeys(files)))


_PAGE = "report.html"
_BUILT = (_PAGE, "report.ipynb", "review.html")
"""What a report consists of beside report.json: one that was altered is not stale, until it is put back."""
