"""Look-up of cells by keys, or by tails of official labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import get_close_matches

from ..errors import NotFoundError, suggestion
from .model import Cell, Form, Heading, is_named, normalize_label, short_label

MIN_SIMILARITY = 0.5
"""The least similarity, from 0 to 1, at which a label or key is suggested for a misspelt name."""


def find_cell(form: Form, row: str, column: str) -> Cell:
    """Return the one cell with this row and column, each a key or a tail of labels. Raises NotFoundError."""
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
    """Yield the rows or columns below the heading of that name, as find_cell accepts them."""
    for chain in chains:
        for end in range(1, len(chain)):
            labels = tuple(heading.label for heading in chain[:end] if heading.label)
            if is_named(name, _key(chain[:end]), labels):
                yield "/".join(heading.label for heading in chain[end:])
                break


def _near(name: str, chains: list[tuple[Heading, ...]], count: int = 3) -> list[str]:
    """Return the labels and keys most similar to a misspelt name; a key is also compared by its last part."""
    words: dict[str, str] = {}
    for chain in chains:
        label, key = chain[-1].label, _key(chain)
        for word, shown in ((label, label), (short_label(label), label), (key, key), (chain[-1].key, key)):
            words.setdefault(normalize_label(word), shown)
    close = get_close_matches(normalize_label(name), words, count, MIN_SIMILARITY)
    return list(dict.fromkeys(words[word] for word in close))


def _key(chain: tuple[Heading, ...]) -> str:
    return ".".join(heading.key for heading in chain)
