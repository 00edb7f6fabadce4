"""The official labels of all formats as they may be printed: found by their letters, whatever stands between them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal

from rapidfuzz.distance import Levenshtein

from ..errors import INVISIBLE
from ..forms.model import Form, Heading, ReportFormat, short_label
from ..forms.notices import formats
from ..yamlfile import read_data

Axis = Literal["row", "column"]


@dataclass(frozen=True)
class Label:
    """A label of a table: the key of its form, its axis, the dotted key; leaf if cells stand at it.

    band: the label above a block of rows. The same key may be a leaf in one format and none in another.
    """

    table: str
    axis: Axis
    key: str
    leaf: bool
    band: bool = False


@dataclass(frozen=True)
class LabelWording:
    """Other wordings of labels, as labels.yaml has them: by table, rows and columns by key; variants of characters."""

    variants: Mapping[str, Mapping[Literal["rows", "columns"], Mapping[str, tuple[str, ...]]]]
    characters: str


def letters(text: str) -> str:
    """Return the letters and digits of a text in one shape: without blanks, marks and invisible characters."""
    return _letters(text) if len(text) <= _LONGEST_CACHED else _letters.__wrapped__(text)


_LONGEST_CACHED = 200


@lru_cache(maxsize=20_000)
def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKC", INVISIBLE.sub("", text)).translate(_simplified())
    return "".join(character for character in plain if character.isalnum()).lower()


@lru_cache
def _wording() -> LabelWording:
    found: LabelWording = read_data(Path(__file__).with_name("labels.yaml"), LabelWording)
    return found


@lru_cache
def _simplified() -> dict[int, str]:
    return {ord(pair[0]): pair[1] for pair in _wording().characters.split()}


def without_note(text: str) -> str:
    """Return a text without the notes in brackets at its end."""
    while shorter := _NOTE.match(text):
        text = shorter[1]
    return text


_NOTE = re.compile(r"(?s)^(.*\S)\s*(?:[（(\[【][^（()）]*[)）\]】]?|[\u2460-\u2473*＊※]+)\s*$")
_ORDINAL = re.compile(
    r"^\s*(?:[（(]\s*[一二三四五六七八九十\d]+\s*[)）]|[一二三四五六七八九十]+\s*[、.．,，]|\d+\s*[.．、,，])"
)


def without_ordinal(text: str) -> str:
    """Return a text without the ordinal in front of it."""
    return _ORDINAL.sub("", text, count=1)


def _ordinal(text: str) -> str:
    found = _ORDINAL.match(text)
    return letters(found[0]) if found else ""


class Labels:
    """All labels of the formats by their letters."""

    def __init__(self, known: Iterable[ReportFormat]) -> None:
        self.formats = tuple(known)
        self.exact: dict[str, dict[Label, None]] = {}
        self.short: dict[str, dict[Label, None]] = {}
        self.skipped: dict[str, str] = {}
        self.banners: set[str] = set()
        self.sections: dict[str, str] = {}
        self._ordinals: dict[Label, str] = {}
        self._alone: set[str] = set()
        for format_ in self.formats:
            for section in format_.sections:
                self.sections.setdefault(letters(section.title), section.key)
            for form in format_.forms:
                self._add_form(form)
        for table, axes in _wording().variants.items():
            for axis, named in axes.items():
                for key, wordings in named.items():
                    for label in [one for one in self._of(table) if one.key == key and one.axis == axis[:-1]]:
                        for wording in wordings:
                            self.short.setdefault(letters(wording), {})[label] = None
                            self._alone.add(letters(wording))

    def _of(self, table: str) -> list[Label]:
        return [label for found in self.exact.values() for label in found if label.table == table]

    def _add_form(self, form: Form) -> None:
        for block in form.blocks:
            self.skipped |= {letters(text): form.key for text in (block.corner, block.banner) if text}
            self.banners |= {letters(block.banner)} - {""}
            prefix = f"{block.key}." if block.key else ""
            if block.label:
                self._add(Label(form.key, "row", block.key, leaf=False, band=True), (block.label,))
            for heading in block.rows:
                self._add_heading(form.key, "row", heading, prefix, ())
            for heading in block.columns:
                self._add_heading(form.key, "column", heading, "", ())

    def _add_heading(self, table: str, axis: Axis, heading: Heading, prefix: str, above: tuple[str, ...]) -> None:
        chain = (*above, heading.label)
        if heading.label:
            self._add(Label(table, axis, f"{prefix}{heading.key}", leaf=not heading.parts), chain)
        for part in heading.parts:
            self._add_heading(table, axis, part, f"{prefix}{heading.key}.", chain)

    def _add(self, label: Label, chain: tuple[str, ...]) -> None:
        self._ordinals[label] = _ordinal(chain[-1])
        for start in range(len(chain)):
            self.exact.setdefault(letters("".join(chain[start:])), {})[label] = None
            short = letters("".join(short_label(one) for one in chain[start:]))
            self.short.setdefault(short, {})[label] = None
        last = chain[-1]
        alone = {letters(one) for one in (short_label(last), without_ordinal(last), without_note(last))}
        for wanted in alone:
            self.short.setdefault(wanted, {})[label] = None
        self._alone |= alone | {letters(last)}

    def find(self, text: str) -> tuple[Label, ...]:
        """Return the labels that a text is, as a whole; with a note in brackets or another ordinal, or one letter wrong."""
        if len(text) > _LONGEST_LABEL:
            return ()
        return self._found(text)

    def _found(self, text: str) -> tuple[Label, ...]:
        plain = without_note(text)
        bare = (letters(without_ordinal(text)), letters(without_ordinal(plain)))
        for wanted in dict.fromkeys((letters(text), letters(plain), *bare)):
            if wanted and (found := {**self.exact.get(wanted, {}), **self.short.get(wanted, {})}):
                return self._numbered_alike(text, tuple(found))
        return self._near(letters(without_ordinal(plain)))

    def is_exact(self, text: str) -> bool:
        """Return whether a text is a label letter by letter, apart from its ordinal and notes; False for one found as near."""
        plain = without_note(text)
        wanted = (letters(text), letters(plain), letters(without_ordinal(text)), letters(without_ordinal(plain)))
        return any(one in self.exact or one in self.short for one in wanted)

    def is_sure(self, text: str, label: Label) -> bool:
        """Return whether a text is a label of the forms, or this one with its ordinal and only some letters left out."""
        if self.is_exact(text):
            return True
        said, ordinal = iter(letters(text)), _ordinal(text)
        official = next((one for one in self.exact if label in self.exact[one] and one.startswith(ordinal)), "")
        rest = iter(official)
        return bool(ordinal) and self._ordinals.get(label) == ordinal and all(letter in rest for letter in said)

    def _numbered_alike(self, text: str, found: tuple[Label, ...]) -> tuple[Label, ...]:
        """Return the labels that have the ordinal of a text; all where none has."""
        ordinal = _ordinal(text)
        alike = tuple(label for label in found if ordinal and self._ordinals.get(label) == ordinal)
        return alike or found

    def _near(self, wanted: str) -> tuple[Label, ...]:
        """Return the label whose letters differ least from a text, if there is just one."""
        if len(wanted) < _SHORTEST_NEAR or wanted.isdigit():
            return ()
        if wanted in self._near_found:
            return self._near_found[wanted]
        meant = _meaning(wanted)
        far = {
            text: distance
            for text in self.short
            if (distance := _distance(wanted, text)) is not None and _meaning(text) == meant
        }
        least = min(far.values(), default=0)
        found = dict.fromkeys(
            label for text, distance in far.items() if distance == least for label in self.short[text]
        )
        alone = len({(label.table, label.axis, label.key.rpartition(".")[2]) for label in found}) == 1
        self._near_found[wanted] = tuple(found) if alone else ()
        return self._near_found[wanted]

    @cached_property
    def _near_found(self) -> dict[str, tuple[Label, ...]]:
        return {}

    def banner(self, text: str) -> bool:
        """Return whether a text is the one above all columns of a table."""
        return letters(text) in self.banners

    def skips(self, text: str) -> str:
        """Return the table on whose form a text is printed that names no row and no column: its corner, its banner."""
        if len(text) > _LONGEST_LABEL:
            return ""
        return self.skipped.get(letters(text), "") or self.skipped.get(letters(without_note(text)), "")

    def column_by_beginning(self, table: str, text: str) -> tuple[Label, ...]:
        """Return the column of a table that alone begins with these letters: the first line of a label in two lines."""
        wanted = letters(text)
        if len(wanted) < _SHORTEST_BEGINNING:
            return ()
        found = {label for known, labels in self.short.items() if known.startswith(wanted) for label in labels}
        columns = tuple(label for label in found if label.table == table and label.axis == "column" and label.leaf)
        return columns if len({label.key for label in columns}) == 1 else ()

    def is_leaf_row(self, text: str) -> bool:
        """Return whether a text is the label of a row letter by letter."""
        return self.is_exact(text) and any(label.axis == "row" and label.leaf for label in self.find(text))

    def is_part_of_heading(self, text: str) -> bool:
        """Return whether a text is the beginning or the end of a heading above rows, as at the end of a page."""
        return letters(text) in self._parts_of_headings

    @cached_property
    def _parts_of_headings(self) -> frozenset[str]:
        headings = [
            wording
            for wording, found in self.exact.items()
            if any(label.axis == "row" and not label.leaf for label in found)
        ]
        return frozenset(
            part
            for one in headings
            for cut in range(_SHORTEST_BEGINNING, len(one) - 1)
            for part in (one[:cut], one[-cut:])
        )

    def section(self, text: str) -> str:
        """Return the key of the section whose title a text is, alone; empty if it is none."""
        return self.sections.get(letters(text), "") if len(text) <= _LONGEST_LABEL else ""

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The letters of everything that is printed on the forms in one place."""
        return tuple({*self._alone, *self.sections, *self.skipped} - {""})


def _distance(said: str, official: str) -> int | None:
    """Return how many letters of a label are wrong: one of five at most, or two of five if they are only left out."""
    longest = max(len(said), len(official))
    if abs(len(said) - len(official)) * 5 > longest * 2:
        return None
    distance = Levenshtein.distance(said, official, score_cutoff=longest * 2 // 5)
    left_out = len(official) - len(said) == distance
    return distance if distance * 5 <= (longest * 2 if left_out else len(official)) else None


def _meaning(text: str) -> str:
    """Return the letters of a label that no other may be taken for: years, numbers, negations, directions."""
    return "".join(character for character in text if character in _MEANING)


_MEANING = frozenset("上下本去今前后次同一二三四五六七八九十0123456789不未无非已增减新旧废制结转收止")


_LONGEST_LABEL = 400
_SHORTEST_NEAR = 5
_SHORTEST_BEGINNING = 2


@lru_cache
def labels() -> Labels:
    """Return the labels of all formats."""
    return Labels(formats())


def children(form: Form, key: str) -> Iterator[str]:
    """Yield the keys of the columns directly below a column heading; of the top level for an empty key."""
    level: tuple[Heading, ...] = form.blocks[0].columns
    for part in key.split(".") if key else ():
        level = next((heading.parts for heading in level if heading.key == part), ())
    yield from (f"{key}.{heading.key}".lstrip(".") for heading in level)
