"""Local wording of labels that would read as another row or column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from .characters import fold
from .model import Form, relabel

_ORDINALS = re.compile(r"^(?:\(?[一二三四五六七八九十百\d]+[).、,:])+")
_EXPLAINED = re.compile(r"(?<=.)\(.*\)$")


def misleading_labels(form: Form, wording: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the path of every label of a form that is worded like another one, and the other label as printed.

    Compared are the labels without ordinals, width, blanks and invisible characters: one is misleading if it is another
    official label, has it in it or is a part of it, and the official wording of its own has not; or if two under one
    heading are the same.
    """
    official = labels_of(form)
    for path, label in wording.items():
        if path in official and (other := _other(label, official[path], official.values())):
            yield path, other
    printed: dict[tuple[str, str], str] = {}
    for path, label in {**official, **{path: wording[path] for path in wording if path in official}}.items():
        place = path.rpartition(".")[0], _plain(label)
        if place[1] and (before := printed.setdefault(place, path)) != path and {before, path} & wording.keys():
            yield (path if path in wording else before), label


@lru_cache(maxsize=16)
def labels_of(form: Form) -> Mapping[str, str]:
    """Return every label of a form by its path (relabel)."""
    found: dict[str, str] = {}
    relabel(form, lambda path, label: found.setdefault(path, label))
    return found


def _other(label: str, own: str, official: Iterable[str]) -> str:
    """Return the first official label that a label may be taken for; empty if there is none."""
    said, meant = _plain(label), _plain(own)
    short = _EXPLAINED.sub("", said)
    for other in dict.fromkeys(official):
        known = _EXPLAINED.sub("", _plain(other))
        if not known or _plain(other) == meant:
            continue
        if (known in said and known not in meant) or (
            len(short) >= _SHORTEST and short in known and short not in meant
        ):
            return other
    return ""


_SHORTEST = 2
"""The fewest characters that are a part of a label and not just a sign of it."""


def _plain(label: str) -> str:
    return _ORDINALS.sub("", fold(label))
