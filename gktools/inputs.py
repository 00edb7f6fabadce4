"""What one report is made from: the office, its parameters, its format as printed there, and its records."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from .deadlines import Calendar, with_additions, working_days
from .errors import NotFoundError, Problem
from .formats import load_format
from .forms import Form, ReportFormat, relabel
from .members import Rolled, gather, own_hashes
from .offices import Office
from .params import FOLDER, Layout, Project, ReportParams, open_project
from .records.store import Records, open_store


@dataclass(frozen=True, eq=False)
class Inputs:
    """One office's year: official is the format as the notice prints it, form the same with local wording.

    locate tells of a problem of a text in which file and line it stands.
    """

    office: Office
    year: int
    official: ReportFormat
    form: ReportFormat
    params: ReportParams
    records: Records
    calendar: Calendar = field(default_factory=working_days)
    locate: Callable[[Problem], Problem] = replace

    def members(self) -> tuple[Inputs, ...]:
        """The inputs of the offices that a whole government's report is the sum of; none for an office's own."""
        if not isinstance(self.records, Rolled):
            return ()
        return tuple(
            replace(
                self,
                office=member.office,
                form=as_printed(self.official, member.params.layout),
                params=member.params,
                records=member.records,
            )
            for member in self.records.members
            if not member.missing
        )

    def hashes(self) -> dict[str, str]:
        """A hash of everything of their own, by what it is; of each member of a government under its code."""
        own = own_hashes(self.office, self.params, self.calendar, self.records)
        parts = self.records.digests() if isinstance(self.records, Rolled) else {}
        return own | {f"{MEMBER}{code}": digest for code, digest in parts.items()}


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


def open_inputs(office: str, year: int, overrides: Mapping[str, Any] | None = None) -> Inputs:
    """Return all that the report of an office (by its code) and year is made from.

    overrides change parameters for this run only. Raises NotFoundError, ParamsError, RecordsError.
    """
    home, as_of = find_home(), os.environ.get(AS_OF)
    return load_inputs(open_project(home), office, year, overrides, as_of=int(as_of) if as_of else None)


AS_OF = "GKTOOLS_AS_OF"
"""Names the import right after which the records are looked at; not set, they are as they are."""


def load_inputs(
    project: Project,
    office: str,
    year: int,
    overrides: Mapping[str, Any] | None = None,
    *,
    as_of: int | None = None,
) -> Inputs:
    """Return the inputs of one report of an open project; as_of: with the records as they were after an import."""
    official = load_format(year)
    known = project.office(office, year)
    params, calendar = project.params(office, year, overrides), with_additions(project.calendar())
    with open_store(project.home) as store:

        def pull(code: str) -> Records:
            return store.pull(code, year, as_of)

        records = gather(project, known, official, calendar, pull) if known.rolls_up else pull(office)
    locate = partial(project.locate, office, year, overrides)
    return Inputs(known, year, official, as_printed(official, params.layout), params, records, calendar, locate)


def as_printed(official: ReportFormat, layout: Layout) -> ReportFormat:
    """Return the format with an office's local wording and brackets; keys and shape stay."""

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
