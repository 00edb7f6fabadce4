"""The form of the words for rows of text around and among the records of a table (in words.yaml)."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ConfigDict


@dataclass(frozen=True)
class Notes:
    """What a note around a table says of its rows: a pattern that names some of them, and words as parts of its text.

    title is the pattern of a title, which is no note; begins that of the begin of a note in the first row. remarks are the
    keys of the columns with a note of each row, remark_headings the pattern of headings that are one though no column is
    kept for them, harmless that of a part of such a note that changes no figure, edition that of a bracket in the title of
    a document that is a later one of the same, ordinals what needs no word in the column of ordinals.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    rows: str
    parts: tuple[str, ...]
    title: str
    begins: str
    edition: str
    remarks: tuple[str, ...]
    remark_headings: str
    ordinals: str
    harmless: str


@dataclass(frozen=True)
class SectionWords:
    """What a row of text among records says (patterns): nothing; nothing of its rows; that they may be none.

    ends may follow a value; no_records is the pattern of a row that stands for none; told and kinds are what is said.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    nothing: str
    plain: str
    apart: str
    ends: str
    no_records: str
    told: str
    kinds: str
