"""Where in a text of an office the braces stand that cannot be filled in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain

from ..errors import Problem

_BRACES = re.compile(r"\{\{.*?(?:\}\}|\Z)|\{%.*?(?:%\}|\Z)", re.DOTALL)
_TEMPLATE = "<template>"
"""How Jinja calls the file of a text in a traceback."""


def naming(source: str, word: str) -> str:
    """Return the braces that a name stands in."""
    return next((braces for braces in _all(source) if word in braces), "")


def failing(source: str, error: Exception, fill: Callable[[str], object]) -> str:
    """Return the braces that fail: those that fail alone in the same way, else the first on the line that failed."""
    alone = (braces for braces in _all(source) if _fails(braces, error, fill))
    there = (braces for braces in _all(source) if _line(source, braces) == _failed_line(error))
    return next(chain(alone, there), "")


def problem(message: str, name: str, source: str, braces: str) -> Problem:
    """Return a problem of a text, by its dotted path, at the line and column of the braces, which are quoted."""
    if not braces:
        return Problem(message, name)
    start = source.find(braces)
    column = start - (source.rfind("\n", 0, start) + 1) + 1
    return Problem(message, name, line=_line(source, braces), column=column, value=braces)


def _all(source: str) -> Iterator[str]:
    yield from (match[0] for match in _BRACES.finditer(source))


def _fails(braces: str, error: Exception, fill: Callable[[str], object]) -> bool:
    try:
        fill(braces)
    except Exception as found:  # whatever an office wrote between the braces
        return repr(found) == repr(error)
    return False


def _line(source: str, braces: str) -> int:
    return source[: source.find(braces)].count("\n") + 1


def _failed_line(error: Exception) -> int | None:
    """The line of the text at which Jinja failed."""
    if (line := getattr(error, "lineno", None)) is not None:
        return int(line)
    frame, found = error.__traceback__, None
    while frame is not None:
        found = frame.tb_lineno if frame.tb_frame.f_code.co_filename == _TEMPLATE else found
        frame = frame.tb_next
    return found
