"""A hash of records: the same on every database, whatever is loaded beside them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from hashlib import sha256
from io import StringIO
from typing import TYPE_CHECKING

from .schema import Register

if TYPE_CHECKING:
    from .pulling import Standing


def digest_of(rows: Sequence[Standing], register: Register, *, years: bool = False) -> str:
    """A hash of records as CSV: a day as 2024-03-05, nothing for what is not known; with years, also where each stands."""
    person = years and register.key == "requests"
    more = ["coverage_year", "file_row", *(["person"] if person else [])] if years else []
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([field.key for field in register.pulled] + more)
    answers = [i for i, field in enumerate(register.pulled) if field.type == "yes_no"]
    for row in rows:
        values = list(row.values)
        for i in answers:
            values[i] = None if values[i] is None else bool(values[i])
        values += ([row.year, row.row, row.person] if person else [row.year, row.row]) if years else []
        writer.writerow(values)
    return sha256(text.getvalue().encode("utf-8", "replace")).hexdigest()
