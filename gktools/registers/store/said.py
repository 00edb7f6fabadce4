"""What a record says, as a short hash: equal for equal values of all fields, personal ones as their keyed hashes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import blake2b
from typing import Any

from ...errors import RecordsError
from ..schema import Field, Register
from .database import hash_column


def spelt(field: Field, values: Sequence[Any]) -> list[str]:
    """Return a column as texts key=value; empty for no value. Raises RecordsError for a day that is none."""
    words = {value: _checked(field, value) for value in set(values)}
    return [words[value] for value in values]


def spelt_hashes(name: str, values: Sequence[Any]) -> list[str]:
    """Return a column of keyed hashes as texts name=hash; empty for no value."""
    return [f"{name}={value}" if value else "" for value in values]


def short_hash(parts: Sequence[str]) -> str:
    """Return the hash of the spelt values of one record."""
    return blake2b("\x1e".join(sorted(filter(None, parts))).encode("utf-8", "replace"), digest_size=12).hexdigest()


def said_of_row(register: Register, row: Mapping[str, object]) -> str:
    """Return the hash of a stored version, of whichever database."""
    parts = [_word(field, row[field.key]) for field in register.kept]
    names = [hash_column(field) for field in register.fields if field.personal]
    return short_hash([*parts, *(f"{name}={row[name]}" if row[name] else "" for name in names)])


def _checked(field: Field, value: Any) -> str:
    if value not in (None, "") and field.type == "date" and not isinstance(value, date):
        raise RecordsError(f"“{field.heading}”里有不是日期的值，没有导入")
    return _word(field, value)


def _word(field: Field, value: Any) -> str:
    if value is None or value == "":
        return ""
    yes_no = field.type == "yes_no" and isinstance(value, int)
    return f"{field.key}={int(value) if yes_no else value}"
