"""What was taken of last year's report as a form: each piece with where it stood and what is there now, ticked or not.

The form carries all that was taken (TakenReport, as JSON), as nothing of the file is kept: what is sent is read from it again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from pydantic import TypeAdapter

from ....checks.finished.last_report import CONTACT, LastReport, comparison_text, figure_rows
from ....editing.fields import fields
from ....editing.last_report import LABELS
from ....editing.office_file import SOURCES, OfficeFile
from ....errors import GktoolsError
from ....forms.local_wording import labels_of
from ....forms.notices import load_format
from ....inputs.published_figures import PublishedFigures
from ....workspace.params_models import ReportParams
from .published_figures import place_of, texts_of

USE = "use:"
"""Before the name of a piece: its tick."""
FIGURES, TEXT, OURS = "figures", "text", "ours"
"""The pieces that are taken whole, and the tick that says that the report is this office's."""


@dataclass(frozen=True)
class TakenLabel:
    """A heading of a table as it was printed, with the official one; table and path as in the parameters."""

    table: str
    path: str
    official: str
    printed: str

    @property
    def name(self) -> str:
        """The name of its field."""
        return f"label:{self.table}:{self.path}"


@dataclass(frozen=True)
class TakenReport:
    """What was taken of a file: contact as name, value and place; figures by the names of their fields; rows says how many
    figures of which table, and from where; text has the sections, comparison the text in which they are kept."""

    unit: str
    year: int
    source: str
    comparison: str
    kinds: tuple[str, ...] = ()
    contact: tuple[tuple[str, str, str], ...] = ()
    labels: tuple[TakenLabel, ...] = ()
    figures: dict[str, str] = field(default_factory=dict)
    rows: tuple[tuple[str, str, str], ...] = ()
    text: dict[str, str] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()
    wrong: int = 0


@dataclass(frozen=True)
class Standing:
    """What there is now: contact by name and labels by the name of their field, each with where it is written, and figures."""

    contact: Mapping[str, tuple[str, str]]
    labels: Mapping[str, tuple[str, str]]
    published: PublishedFigures | None
    comparison: str


@dataclass(frozen=True)
class TakenPiece:
    """A line of text that may be taken: its field, title, value and place, what stands there now and where that is written."""

    name: str
    title: str
    value: str
    place: str
    now: str
    written: str
    ticked: bool

    @property
    def same(self) -> bool:
        """Whether it is there already."""
        return self.value == self.now


def taken_of(last: LastReport) -> TakenReport:
    """Return what was taken of a report as it is carried by the form."""
    official = load_format(last.year)
    labels = (
        TakenLabel(table, path, labels_of(official[table])[path], printed)
        for table, held in last.labels.items()
        for path, printed in held.items()
    )
    return TakenReport(
        last.unit,
        last.year,
        last.source,
        comparison_text(last),
        tuple(kind.label for kind in last.kinds),
        tuple((name, value, last.places[name]) for name, value in last.contact.items()),
        tuple(labels),
        texts_of(official, last.published),
        tuple(figure_rows(last)),
        dict(last.text),
        last.doubts,
        last.wrong,
    )


def written(taken: TakenReport) -> str:
    """Return what was taken as text for a field of the form."""
    return _adapter().dump_json(taken).decode()


def read_taken(text: str) -> TakenReport | None:
    """Return what a form carries; None if it is not what written returned."""
    try:
        taken = _adapter().validate_json(text)
        official = load_format(taken.year)
        known = {f"{one.table}:{one.path}" for one in taken.labels} <= {
            f"{form.key}:{path}" for form in official.forms for path in labels_of(form)
        }
    except (GktoolsError, ValueError, KeyError):
        return None
    return taken if known and {name for name, _, _ in taken.contact} <= CONTACT.keys() else None


@lru_cache
def _adapter() -> TypeAdapter[TakenReport]:
    return TypeAdapter(TakenReport)


def standing_of(file: OfficeFile, published: PublishedFigures | None, comparison: str) -> Standing:
    """Return what there is now of an office's parameters, figures of the year before and its texts."""
    known = {one.path: one for one in fields(ReportParams)}
    contact = {}
    for name in CONTACT:
        one = known["contact", name]
        contact[name] = (one.format(file.value(one)), SOURCES[file.source(one)])
    own, inherited = file.own(LABELS) or {}, file.inherits(known[LABELS])
    labels = {
        f"label:{table}:{path}": (str(label), SOURCES["office" if path in own.get(table, {}) else "district"])
        for table, held in {**inherited, **{key: {**inherited.get(key, {}), **one} for key, one in own.items()}}.items()
        for path, label in held.items()
    }
    return Standing(contact, labels, published, comparison)


def first_ticks(taken: TakenReport, standing: Standing) -> dict[str, str]:
    """Return the form as it is first shown: ticked is what is nowhere yet; a wording of a table is ticked by the person."""
    filled = {f"contact.{name}": value for name, value, _ in taken.contact}
    filled |= {f"{USE}contact.{name}": "1" for name, _, _ in taken.contact if not standing.contact[name][0]}
    kept = standing.published
    filled |= texts_of(load_format(taken.year), kept) | taken.figures | {"source": taken.source}
    if (others := other_figures(taken, standing)).more and not others.changed:
        filled[USE + FIGURES] = "1"
    if taken.text and not standing.comparison and not (kept and kept.text):
        filled[USE + TEXT] = "1"
    return filled


def contact_pieces(taken: TakenReport, standing: Standing, filled: Mapping[str, str]) -> list[TakenPiece]:
    """Return the contact that may be taken."""
    return [
        TakenPiece(
            f"contact.{name}",
            CONTACT[name],
            filled.get(f"contact.{name}", value),
            place,
            *standing.contact[name],
            f"{USE}contact.{name}" in filled,
        )
        for name, value, place in taken.contact
    ]


def label_pieces(taken: TakenReport, standing: Standing, filled: Mapping[str, str]) -> list[TakenPiece]:
    """Return the wordings of tables that may be taken."""
    names = {form.key: form.name for form in load_format(taken.year).forms}
    return [
        TakenPiece(
            one.name,
            one.official,
            one.printed,
            names[one.table],
            *standing.labels.get(one.name, ("", "")),
            USE + one.name in filled,
        )
        for one in taken.labels
    ]


def as_read(comparison: str) -> str:
    """Return a text for comparison as it is shown, without the marks of its headings."""
    return re.sub(r"^#+ ", "", comparison, flags=re.MULTILINE)


@dataclass(frozen=True)
class OtherFigures:
    """How the figures that were taken differ from those that are there: changed as place, now and taken; the number of more."""

    changed: tuple[tuple[str, str, str], ...]
    more: int


def other_figures(taken: TakenReport, standing: Standing) -> OtherFigures:
    """Return the figures that are other ones now, and how many there are not."""
    official = load_format(taken.year)
    now = texts_of(official, standing.published)
    changed = (
        (place_of(official, name), now[name], text)
        for name, text in taken.figures.items()
        if now.get(name, text) != text
    )
    return OtherFigures(tuple(changed), len(taken.figures.keys() - now.keys()))
