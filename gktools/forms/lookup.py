"""Cells by the names that people give them: keys, or tails of official labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import get_close_matches

from ..errors import NotFoundError, suggestion
from .model import Cell, Form, Heading, folded, is_named, plain

CLOSE = 0.5
"""How alike a name must be to a label or key to be taken for a slip of it."""


def find_cell(form: Form, row: str, column: str) -> Cell:
    """Return the one cell that a row and a column name, by key or by a tail of labels. Raises NotFoundError."""
    found = form.find(row, column)
    if len(found) == 1:
        return found[0]
    if found:
        choices = "；".join(f"{'/'.join(form.address(c)[0])}｜{'/'.join(form.address(c)[1])}" for c in found[:6])
        raise NotFoundError(f"{form.name}里“{row}”“{column}”不止一格，请写得更全：{choices}")
    if not any(form.find(row, cell[1]) for cell in form.cells):
        raise _not_found(form, row, "行", form.rows, "这一行")
    raise _not_found(form, column, "列", form.columns, "这一列，或这一行没有这一列")


def _not_found(
    form: Form, name: str, axis: str, headings: Callable[[Cell], tuple[Heading, ...]], what: str
) -> NotFoundError:
    chains = list(dict.fromkeys(headings(cell) for cell in form.cells))
    if below := list(_below(name, chains)):
        return NotFoundError(
            f"{form.name}的“{name}”是几{axis}合在一起的标题，没有自己的数，请写其中一{axis}：{'；'.join(below)}"
        )
    return NotFoundError(f"{form.name}里没有“{name}”{what}{suggestion(_near(name, chains))}")


def _below(name: str, chains: list[tuple[Heading, ...]]) -> Iterator[str]:
    """The rows or columns below the heading of that name, as they may be named."""
    for chain in chains:
        for end in range(1, len(chain)):
            labels = tuple(heading.label for heading in chain[:end] if heading.label)
            if is_named(name, _key(chain[:end]), labels):
                yield "/".join(heading.label for heading in chain[end:])
                break


def _near(name: str, chains: list[tuple[Heading, ...]], count: int = 3) -> list[str]:
    """The labels and keys that a name is probably a slip of; the last part of a key stands for the whole."""
    words: dict[str, str] = {}
    for chain in chains:
        label, key = chain[-1].label, _key(chain)
        for word, shown in ((label, label), (plain(label), label), (key, key), (chain[-1].key, key)):
            words.setdefault(folded(word), shown)
    close = get_close_matches(folded(name), words, count, CLOSE)
    return list(dict.fromkeys(words[word] for word in close))


def _key(chain: tuple[Heading, ...]) -> str:
    return ".".join(heading.key for heading in chain)
