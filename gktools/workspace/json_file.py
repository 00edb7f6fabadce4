"""JSON that others may have written, read in bounded time and memory."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from .files import read_regular

MAX_BYTES, MAX_VALUES, MAX_DIGITS = 64_000_000, 1_000_000, 30
"""How large a file may be, how many values it may have, and how many digits a number: more than any file of ours has."""


def read_json(path: Path) -> Any:
    """Return the values of a JSON file, as parse_json does. Raises OSError for a pipe or a folder, without waiting."""
    return parse_json(read_bounded(path))


def read_bounded(path: Path) -> bytes:
    """Return the content of a JSON file. Raises ValueError if it is too large, OSError if it is no regular file."""
    content = read_regular(path, most=MAX_BYTES)
    _require_bounded(content)
    return content


def parse_json(content: bytes | str, *, unique: bool = False) -> Any:
    """Return the values of a JSON text, numbers with a point as Decimal.

    Raises ValueError for what is no JSON, too large, too deep, or has numbers that are none (NaN) or have no end; with
    unique, also where one object has a key twice.
    """
    _require_bounded(content)
    pairs = _unique if unique else None
    try:
        return json.loads(
            content, parse_float=_number, parse_int=_number, parse_constant=_refused, object_pairs_hook=pairs
        )
    except (RecursionError, ArithmeticError) as error:
        raise ValueError("too deep, or a number that is none") from error


def _require_bounded(content: bytes | str) -> None:
    """Raise ValueError if a JSON text is too large, or has too many values."""
    if len(content) > MAX_BYTES:
        raise ValueError("too large")
    values = (
        content.count(b"[") + content.count(b"{") + content.count(b",")
        if isinstance(content, bytes)
        else (content.count("[") + content.count("{") + content.count(","))
    )
    if values > MAX_VALUES:
        raise ValueError("too many values")


def _number(digits: str) -> int | Decimal:
    value = Decimal(digits)
    if abs(value.adjusted()) > MAX_DIGITS:
        raise ValueError("too many digits")
    return int(digits) if digits.lstrip("-").isdecimal() else value


def _refused(constant: str) -> NoReturn:
    raise ValueError(constant)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key twice in one object")
    return found
