"""What one report is made from: the office, its parameters, its format as printed there, and its records."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path

from ..deadlines.calendar import Calendar, with_additions, working_days
from ..errors import NoFormatForYear, NotFoundError, ParamsError, Problem
from ..forms.model import Form, ReportFormat, relabel
from ..forms.notices import load_format
from ..registers.store.loading import Records
from ..registers.store.store import open_store
from ..workspace.offices import Office
from ..workspace.output import MANIFEST, hash_bytes
from ..workspace.params_models import Layout, ReportParams
from ..workspace.project import FOLDER, Project, open_project
from .members import Government, gather, own_hashes, params_hash
from .published_figures import PLACE, Published, made_report, read_published


@dataclass(frozen=True, eq=False)
class PreviousOffice:
    """An office whose year before counts as this one's: itself, or one that has become part of it.

    own are its records in that year, government as in Inputs; published is what its report of that year printed, where
    the store does not prove it, the nearest source first; text its own words by section.
    """

    code: str
    name: str
    own: Records
    published: tuple[Published, ...] = ()
    text: Mapping[str, str] = field(default_factory=dict)
    government: Government | None = None

    @cached_property
    def filed(self) -> Records:
        """Its own records as the files of that year have them, whatever later ones say of it."""
        return self.own.as_filed()

    @cached_property
    def records(self) -> Records | Government:
        """What its tables of that year are counted from, as the files of that year have it."""
        return self.government.as_filed() if self.government else self.filed


@dataclass(frozen=True, eq=False)
class Inputs:
    """One office's year: official is the format as the notice prints it, form the same with local wording.

    own are the office's records, or what was declared in the name of a whole government; government holds the offices
    that its report is the sum of, and is None for any other report. locate returns a problem of a text with its file
    and line. before are the offices whose year before is compared with; mentions the names of other offices in the
    office's own words.
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

    @property
    def records(self) -> Records | Government:
        """What the tables are counted from: the office's own records, or the offices of a whole government."""
        return self.government or self.own

    def members(self) -> tuple[Inputs, ...]:
        """The inputs of the offices that a whole government's report is the sum of; none for an office's own."""
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
        """A hash of everything they hold, by what it is; of each member of a government under its code."""
        own = own_hashes(self.office, self.params, self.calendar, self.own)
        parts = self.government.digests() if self.government else {}
        members = {f"{MEMBER}{code}": digest for code, digest in parts.items()}
        return own | members | {"last_year": self._last_year_digest()}

    def _last_year_digest(self) -> str:
        """A hash of all that is known of the year before beside the office's own records."""
        parts = [repr(self.mentions)]
        for one in self.before:
            other = one.own.digest() if one.code != self.office.code else ""
            parts += [one.code, one.name, other, repr(sorted(one.text.items())), *(p.digest() for p in one.published)]
        return hash_bytes("\0".join(parts).encode())


MEMBER = "member:"
"""What stands before an office's code where a government's report names it as one of its inputs."""


def find_home(start: Path | None = None) -> Path:
    """Return the working folder: GKTOOLS_HOME, or the nearest folder upwards with params/. Raises NotFoundError."""
    if named := os.environ.get("GKTOOLS_HOME"):
        return Path(named).resolve()
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / FOLDER / "offices.yaml").is_file():
            return folder
    raise NotFoundError(f"这里和上级目录里都没有 {FOLDER}/offices.yaml：请先进入工作目录，或用 gktools init 新建一个")


def open_inputs(code: str, year: int, overrides: Mapping[str, object] | None = None) -> Inputs:
    """Return all that the report of an office (by its code) and year is made from.

    overrides change parameters for this run only. Raises NotFoundError, ParamsError, RecordsError.
    """
    home, as_of = find_home(), os.environ.get(AS_OF)
    return load_inputs(open_project(home), code, year, overrides, as_of=int(as_of) if as_of else None)


AS_OF = "GKTOOLS_AS_OF"
"""Names the import right after which the records are looked at; not set, they are as they are."""


def load_inputs(
    project: Project,
    code: str,
    year: int,
    overrides: Mapping[str, object] | None = None,
    *,
    as_of: int | None = None,
) -> Inputs:
    """Return the inputs of one report of an open project; as_of: with the records as they were after an import."""
    official = load_format(year)
    known = project.office(code, year)
    params, calendar = project.params(code, year, overrides), with_additions(project.calendar())
    with open_store(project.home) as store:

        def pull(code: str) -> Records:
            return store.load_records(code, year, as_of)

        government = gather(project, known, official, calendar, pull) if known.rolls_up else None
        own = government.own if government else pull(code)

        def year_before(other: str) -> PreviousOffice:
            if other != code:
                return _before(project, other, store.load_records(other, year - 1, as_of))
            then = government and government.at(year - 1)
            return _before(project, code, then.own if then else own.at(year - 1), then)

        before = tuple(map(year_before, project.predecessors(code, year)))
    mentions = project.mentions(code, "\n".join(params.text.own().values()))
    form, locate = as_printed(official, params.layout), partial(project.locate, code, year, overrides)
    return Inputs(known, year, official, form, params, own, calendar, locate, before, mentions, government)


def parameters_hash(project: Project, code: str, year: int) -> str:
    """Return the hash of an office, its parameters and its calendar. Raises NotFoundError, ParamsError."""
    office, params = project.office(code, year), project.params(code, year)
    return params_hash(office, params, with_additions(project.calendar()))


def with_params(inputs: Inputs, project: Project, params: ReportParams) -> Inputs:
    """Return the inputs with other parameters of the office: what a report would be made from if they held."""
    mentions = project.mentions(inputs.office.code, "\n".join(params.text.own().values()))
    return replace(inputs, params=params, form=as_printed(inputs.official, params.layout), mentions=mentions)


def _before(project: Project, code: str, own: Records, government: Government | None = None) -> PreviousOffice:
    """What is known of an office in the year of the records."""
    year, covered = own.year, (government or own).covered()
    sources = (made_report(project.report(code, year), covered), _brought_in(project, code, year))
    known = [source for source in sources if source]
    words = _own_words(project, code, year)
    text = next((source.text for source in known if source.text), {}) if words is None else words
    published = tuple(source for source in known if source.figures)
    return PreviousOffice(code, project.name(code, year), own, published, text, government)


def last_year_marks(project: Project, code: str, year: int, params: ReportParams) -> list[str]:
    """Return what tells, without reading it, whether anything known of the year before has changed, beside records."""
    marks = [repr(project.mentions(code, "\n".join(params.text.own().values())))]
    for other in project.predecessors(code, year):
        files = (
            project.report(other, year - 1).folder / MANIFEST,
            project.home / FOLDER / PLACE / str(year - 1) / f"{other}.yaml",
            project.home / FOLDER / str(year - 1) / f"{other}.yaml",
            project.home / FOLDER / str(year - 1) / "defaults.yaml",
        )
        marks += [other, *(hash_bytes(path.read_bytes()) if path.is_file() else "" for path in files)]
    return marks


def _brought_in(project: Project, code: str, year: int) -> Published | None:
    """The figures that staff brought in. Raises ParamsError with everything wrong in their file."""
    path = project.home / FOLDER / PLACE / str(year) / f"{code}.yaml"
    try:
        return read_published(path, path.relative_to(project.home).as_posix(), year) if path.is_file() else None
    except NoFormatForYear:
        return None


def _own_words(project: Project, code: str, year: int) -> Mapping[str, str] | None:
    """What the office wrote itself a year ago; None if nothing says what, nothing if that cannot be read any more."""
    if not (project.home / FOLDER / str(year) / f"{code}.yaml").is_file():
        return None
    try:
        return project.params(code, year).text.own()
    except ParamsError:
        return {}


def as_printed(official: ReportFormat, layout: Layout) -> ReportFormat:
    """Return the format with an office's local wording and brackets; keys and shape stay."""
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
