"""The inputs of one report: the office, its parameters, its format with local wording, and its records."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path

from ..deadlines.calendar import Calendar, with_additions, working_days
from ..errors import GktoolsError, NoFormatForYear, ParamsError, Problem, RecordsError
from ..forms.model import Form, ReportFormat, relabel
from ..forms.notices import load_format
from ..registers.store.coverage import Coverage
from ..registers.store.loading import Records
from ..registers.store.opening import open_store
from ..registers.store.store import Store
from ..workspace.calendar_file import CALENDAR
from ..workspace.home import FOLDER, find_home
from ..workspace.offices import Office
from ..workspace.output import MANIFEST, REPORT_FILE, ReportRef
from ..workspace.params_models import Layout, ReportParams
from ..workspace.project import Project, open_project
from ..workspace.seals import sha256_hex
from .members import Government, load_government, own_hashes
from .notebook_arguments import check_arguments, check_names
from .published_figures import PublishedFigures, figures_from_report, public_figures, published_path, read_published


@dataclass(frozen=True, eq=False)
class PreviousOffice:
    """An office whose previous year belongs to this office: itself, or an office merged into it.

    own are its records of that year, government as in Inputs; published the figures that its report of that year
    printed and the store does not prove, in order of preference; text the office's own text by section. public are all
    figures of the report that gktools published of that year, which the store may contradict.
    """

    code: str
    name: str
    own: Records
    published: tuple[PublishedFigures, ...] = ()
    text: Mapping[str, str] = field(default_factory=dict)
    government: Government | None = None
    public: PublishedFigures | None = None

    @cached_property
    def filed(self) -> Records:
        """Its own records as in the files of that year, without changes by later files."""
        return self.own.as_filed()

    @cached_property
    def records(self) -> Records | Government:
        """The source of its tables of that year, as in the files of that year: its records, or its government."""
        return self.government.as_filed() if self.government else self.filed


@dataclass(frozen=True, eq=False)
class Inputs:
    """The inputs of one report: an office and a year.

    official is the format as in the notice, form the same with local wording. own are the office's records, or the
    declarations in the name of a government; government holds the offices of which the report is the sum, and is None
    for other reports. locate adds file and line to a problem of a text. before are the offices of the previous year
    for comparison; mentions the names of other offices in the office's own text; left_behind the registers of codes that
    the office book does not have and that may be this office's. Pickled without the formats, which are
    those of the package: what is kept for them there (grids, addresses) is found again.
    """

    office: Office
    year: int
    official: ReportFormat
    form: ReportFormat
    params: ReportParams
    own: Records
    calendar: Calendar = field(default_factory=working_days)
    locate: Callable[[Problem], Problem] = replace
    before: tuple[PreviousOffice, ...] = ()
    mentions: tuple[str, ...] = ()
    government: Government | None = None
    left_behind: tuple[Coverage, ...] = ()

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in vars(self).items() if name not in ("official", "form")}

    def __setstate__(self, state: Mapping[str, object]) -> None:
        vars(self).update(state)
        official = load_format(self.year)
        vars(self).update(official=official, form=as_printed(official, self.params.layout))

    @property
    def signed_on(self) -> date | None:
        """The date under the signature; None without one."""
        return self.params.layout.dated(self.office.due(self.year))

    @property
    def records(self) -> Records | Government:
        """The source of the tables: the office's own records, or the offices of a government."""
        return self.government or self.own

    def members(self) -> tuple[Inputs, ...]:
        """Return the inputs of a government's offices that have reported; none for the report of one office."""
        if self.government is None:
            return ()
        return tuple(
            replace(
                self,
                office=member.office,
                form=as_printed(self.official, member.params.layout),
                params=member.params,
                own=member.records,
                government=None,
            )
            for member in self.government.members
            if not member.missing
        )

    def hashes(self) -> dict[str, str]:
        """Return the hashes of all inputs by name, with one hash for each member of a government."""
        own = own_hashes(self.office, self.params, self.calendar, self.own)
        parts = self.government.digests() if self.government else {}
        members = {f"{MEMBER_PREFIX}{code}": digest for code, digest in parts.items()}
        return own | members | {"last_year": self._last_year_digest()}

    def _last_year_digest(self) -> str:
        """Return a hash of the previous year's data, without the office's own records."""
        parts = [repr(self.mentions)]
        for previous in self.before:
            other = previous.own.digest() if previous.code != self.office.code else ""
            parts += [
                previous.code,
                previous.name,
                other,
                *([previous.own.ended_on.isoformat()] if previous.own.ended_on else []),
                repr(sorted(previous.text.items())),
                *(p.digest() for p in previous.published),
                *([previous.public.digest()] if previous.public else []),
            ]
        parts += [repr((one.code, one.register, one.year, one.sha256)) for one in self.left_behind]
        return sha256_hex("\0".join(parts).encode())


MEMBER_PREFIX = "member:"
"""The prefix of an office's code in the hashes of a government's report."""


def open_inputs(code: str, year: int, overrides: Mapping[str, object] | None = None) -> Inputs:
    """Return the inputs of the report of an office (by its code) and year.

    They are those that were handed to this process (HANDED), else those of the working folder. overrides change
    parameters for this run only. Raises NotFoundError, ParamsError, RecordsError; ParamsError too for a value of another
    kind, and for a name in the notebook that is none of its parameters; GktoolsError where others were handed over.
    """
    check_names()
    check_arguments(code, year, overrides)
    if handed := os.environ.get(HANDED):
        return _as_handed(pickle.loads(Path(handed).read_bytes()), code, year, overrides)  # noqa: S301
    return load_inputs(open_project(find_home()), code, year, overrides)


HANDED = "GKTOOLS_INPUTS"
"""The environment variable with the path of pickled inputs: the one report that this process may make."""


def hand_over(inputs: Inputs, path: Path) -> None:
    """Write the inputs of a report for the process that makes it."""
    path.write_bytes(pickle.dumps(inputs, pickle.HIGHEST_PROTOCOL))


def _as_handed(inputs: Inputs, code: str, year: int, overrides: Mapping[str, object] | None) -> Inputs:
    """Return the inputs that were handed over. Raises GktoolsError if others are asked for."""
    if (code, year) != (inputs.office.code, inputs.year):
        raise GktoolsError(
            f"总笔记本要开 {code} {year} 年的台账，要做的是{inputs.office.name}（{inputs.office.code}）{inputs.year} 年的，"
            "没有做成：请看 notebooks/annual_report.ipynb 开头几格里是不是写死了 office、year，是不是多了一个 parameters 格；改回原样再做"
        )
    if overrides:
        raise GktoolsError(
            "总笔记本里写了 overrides（临时改动），没有做成：要改的请写进 params，把 notebooks/annual_report.ipynb 里的改回 {} 再做"
        )
    return inputs


def load_inputs(
    project: Project,
    code: str,
    year: int,
    overrides: Mapping[str, object] | None = None,
    *,
    as_of: int | None = None,
    audited: bool = False,
) -> Inputs:
    """Return the inputs of one report of an open project; as_of: with the records as after that import.

    Raises RecordsError with audited if any of the records are not as they were imported.
    """
    official = load_format(year)
    known = project.office(code, year)
    params, calendar = project.params(code, year, overrides), with_additions(project.calendar())
    with open_store(project.home) as store:

        def load(code: str) -> Records:
            return records_of(project, store, code, year, as_of, audited=audited)

        begun = store.begun(year, as_of) if known.rolls_up else {}
        government = load_government(project, known, official, calendar, load, begun) if known.rolls_up else None
        own = government.own if government else load(code)

        def year_before(other: str) -> PreviousOffice:
            if other != code:
                merged = records_of(project, store, other, year, as_of, audited=audited)
                known = replace(merged.at(year - 1), withdrawn=merged.withdrawn)  # its cases of this year are told
                return _previous_office(project, store, other, known)
            then = government and government.at(year - 1)
            return _previous_office(project, store, code, then.own if then else own.at(year - 1), then)

        before = tuple(map(year_before, project.predecessors(code, year)))
        left = () if government else _left_behind(project, store, code, year, as_of)
    mentions = project.mentions(code, "\n".join(params.text.own().values()))
    form, locate = as_printed(official, params.layout), project.locator(code, year, overrides)
    return Inputs(known, year, official, form, params, own, calendar, locate, before, mentions, government, left)


def records_of(
    project: Project, store: Store, code: str, year: int, as_of: int | None = None, *, audited: bool = False
) -> Records:
    """Return the records of an office, with what only the book of offices knows: whether it has ended."""
    return replace(store.load_records(code, year, as_of, audited=audited), ended_on=project.book[code].ended_on)


def _left_behind(
    project: Project, store: Store, code: str, year: int, as_of: int | None = None
) -> tuple[Coverage, ...]:
    """Return the registers of a year and the one before, under codes that the office book does not have, that may be an office's.

    They may be if a report of that code has the office's name, or if nothing of the office was imported before the last
    of them: its code was changed. Not if all of that code was imported again as it was, and nothing had been withdrawn.
    """
    lost = sorted(store.offices() - project.book.keys())
    first = min((one.number for one in store.imports(code)), default=0) if lost else 0
    own = {(one.register, one.year, one.sha256) for one in store.coverage(code)} if lost else set()
    found: list[Coverage] = []
    for other in lost:
        held = [one for one in store.coverage(other) if as_of is None or one.number <= as_of]
        again = {(one.register, one.year, one.sha256) for one in held} <= own
        if again and not store.load_records(other, year, as_of).withdrawn:
            continue
        if max((one.number for one in held), default=0) < first or _had_its_name(project, other, code):
            found += [one for one in held if one.year in (year - 1, year)]
    return tuple(found)


def _had_its_name(project: Project, lost: str, code: str) -> bool:
    """Return whether a report that was made under a code which is no more in the office book has a name of an office."""
    made = (project.report(lost, year).manifest(verify=False) for year in project.years())
    return bool({one.name for one in made if one} & {known.name for known in project.book[code].names})


def with_params(inputs: Inputs, project: Project, params: ReportParams) -> Inputs:
    """Return the inputs with other parameters of the office, for a draft."""
    mentions = project.mentions(inputs.office.code, "\n".join(params.text.own().values()))
    return replace(inputs, params=params, form=as_printed(inputs.official, params.layout), mentions=mentions)


def _previous_office(
    project: Project, store: Store, code: str, own: Records, government: Government | None = None
) -> PreviousOffice:
    """Return the data of an office in the year of the records. Raises GktoolsError for a report that was not published so."""
    year, covered = own.year, (government or own).covered()
    printed, words = figures_from_report(project.report(code, year), covered), _own_text(project, code, year)
    if printed and (printed.figures or (words is None and printed.text)):
        _require_as_published(project.report(code, year), printed, store.published_hash(code, year))
    known = [source for source in (printed, _read_brought_in(project, code, year)) if source]
    text = next((source.text for source in known if source.text), {}) if words is None else words
    published = tuple(source for source in known if source.figures)
    public = None if government else _public_figures(store, code, year)
    return PreviousOffice(code, project.name(code, year), own, published, text, government, public)


def _public_figures(store: Store, code: str, year: int) -> PublishedFigures | None:
    """Return the figures of the published report; None if none was published or the log is not whole (signing tells that)."""
    with suppress(RecordsError):
        content = store.published_report(code, year)
        return public_figures(content) if content else None
    return None


def _require_as_published(ref: ReportRef, used: PublishedFigures, published: str) -> None:
    if published and published not in used.report_hashes:
        raise GktoolsError(
            f"上年的报告 {ref.relative_folder}/{REPORT_FILE} 和公布过的那一份不一样，台账库里又没有那一年的，没有用它："
            "请查明是谁改的，从备份里放回公布过的那一份；那一年要更正的，先更正、公布"
        )


def last_year_fingerprints(project: Project, code: str, year: int, params: ReportParams) -> list[str]:
    """Return hashes that change with any input of the previous year except records, without parsing the files."""
    marks = [repr(project.mentions(code, "\n".join(params.text.own().values())))]
    for other in project.predecessors(code, year):
        files = (
            *(project.report(other, year - 1).folder / name for name in (MANIFEST, REPORT_FILE)),
            published_path(project.home, year - 1, other),
            project.home / FOLDER / str(year - 1) / f"{other}.yaml",
            project.home / FOLDER / str(year - 1) / "defaults.yaml",
        )
        marks += [
            other,
            str(project.book[other].ended_on),
            *(sha256_hex(path.read_bytes()) if path.is_file() else "" for path in files),
        ]
    return marks


def param_files(project: Project, code: str, year: int) -> list[Path]:
    """Return the files in params/ that an office's report may be made from, whether or not they exist."""
    return list(_param_files(project.home, code, year))


@lru_cache(maxsize=10_000)
def _param_files(home: Path, code: str, year: int) -> tuple[Path, ...]:
    folder = home / FOLDER
    years = [folder / str(when) / f"{name}.yaml" for when in (year - 1, year) for name in ("defaults", code)]
    return (
        folder / "offices.yaml",
        folder / CALENDAR,
        folder / "defaults.yaml",
        *years,
        published_path(home, year - 1, code),
    )


def _read_brought_in(project: Project, code: str, year: int) -> PublishedFigures | None:
    """Return the figures that staff brought in; None without a file. Raises ParamsError with all problems."""
    path = published_path(project.home, year, code)
    try:
        return read_published(path, path.relative_to(project.home).as_posix(), year) if path.is_file() else None
    except NoFormatForYear:
        return None


def _own_text(project: Project, code: str, year: int) -> Mapping[str, str] | None:
    """Return the office's own text of a year; None without a parameter file, empty if the file has errors."""
    if not (project.home / FOLDER / str(year) / f"{code}.yaml").is_file():
        return None
    try:
        return project.params(code, year).text.own()
    except ParamsError:
        return {}


def as_printed(official: ReportFormat, layout: Layout) -> ReportFormat:
    """Return the format with an office's local wording and brackets; keys and shape do not change."""
    if not layout.labels and layout.brackets == "full" and layout.banner_covers_total:
        return official

    def change(table: str) -> Callable[[str, str], str]:
        wording = layout.labels.get(table, {})
        return lambda path, label: _bracket(wording.get(path, label), layout)

    forms = (relabel(form, change(form.key)) for form in official.forms)
    return replace(official, forms=tuple(_with_banner(form, layout) for form in forms))


def _with_banner(form: Form, layout: Layout) -> Form:
    blocks = tuple(replace(block, banner_covers_total=layout.banner_covers_total) for block in form.blocks)
    return replace(form, blocks=blocks)


def _bracket(label: str, layout: Layout) -> str:
    return label.translate(_HALF) if layout.brackets == "half" else label


_HALF = str.maketrans("（）", "()")
