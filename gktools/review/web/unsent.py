"""Forms whose session had ended when they were sent: they are kept until their person has logged in again.

Only a form from a page of that person is kept, the last one of each page, without passwords, files and tokens, and
without what was typed into a personal field or has the number of a person: only the names of such fields. Its row
carries a keyed hash: what somebody else writes into the file never stands in a form as if the person had typed it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ...registers.person_numbers import personal_number
from ...registers.schema import registers
from ..accounts import Accounts
from .views.mending import PRIVATE

Form = Mapping[str, Sequence[str]]
"""The values of a form by the names of its fields."""
KEPT_SECONDS = 7 * 24 * 60 * 60
_MOST_PAGES = 20
_MOST_CHARACTERS = 1 << 20
_PURPOSE = "gktools.review.unsent"
_LEFT_OUT = frozenset(("_xsrf", "password", "new", "again"))
NOT_KEPT = "!not-kept"
"""The name under which a kept form has the names of the fields of a case whose content was not kept."""


def is_private(name: str, values: Sequence[str]) -> bool:
    """Return whether nothing of a field is kept: it is for something personal, or what was typed has a personal number."""
    if name.startswith(PRIVATE) or name in _personal():
        return True
    return any(personal_number(value, cards=True) for value in values)


@lru_cache
def _personal() -> frozenset[str]:
    return frozenset(field.key for register in registers().values() for field in register.fields if field.personal)


@dataclass(frozen=True)
class UnsentForms:
    """The unsent forms of a working folder."""

    accounts: Accounts
    clock: Callable[[], float] = time.time

    def keep(self, person: str, page: str, form: Form) -> bool:
        """Keep a form for a person, by the path of its page; return whether it was not too large."""
        typed = {name: list(values) for name, values in form.items() if name not in _LEFT_OUT}
        private = [name for name, values in typed.items() if is_private(name, values)]
        dropped = [name for name in private if not name.startswith(PRIVATE) and any(typed[name])]
        kept = {name: values for name, values in typed.items() if name not in private}
        text = json.dumps(kept | ({NOT_KEPT: dropped} if dropped else {}))
        if len(text) > _MOST_CHARACTERS:
            return False
        now, key = self.clock(), self.accounts.made_key()
        mark = key.seal(_PURPOSE, _covered(person, page, text, now))
        with self.accounts.open() as connection:
            connection.execute("DELETE FROM unsent WHERE at<?", (now - KEPT_SECONDS,))
            connection.execute("INSERT OR REPLACE INTO unsent VALUES (?, ?, ?, ?, ?)", (person, page, text, now, mark))
            connection.execute(_DELETE_OLDER, (person, person, _MOST_PAGES))
        return True

    def find(self, person: str, page: str) -> dict[str, list[str]] | None:
        """Return the form that a person has not sent from a page; None if there is none."""
        key = self.accounts.key()
        with self.accounts.reading() as connection:
            asked = "SELECT form, at, mark FROM unsent WHERE name=? AND page=? AND at>=?"
            row = connection.execute(asked, (person, page, self.clock() - KEPT_SECONDS)).fetchone()
        if row is None or key is None or not key.has_sealed(_PURPOSE, _covered(person, page, *row[:2]), str(row[2])):
            return None
        form: dict[str, list[str]] = json.loads(row[0])
        return form

    def drop(self, person: str, page: str) -> None:
        """Forget a form, if there is one."""
        if self.find(person, page) is not None:
            with self.accounts.open() as connection:
                connection.execute("DELETE FROM unsent WHERE name=? AND page=?", (person, page))


def _covered(*row: object) -> bytes:
    return json.dumps(row, default=repr).encode()  # what gktools does not write has no mark either


_DELETE_OLDER = """
DELETE FROM unsent WHERE name=? AND page NOT IN (SELECT page FROM unsent WHERE name=? ORDER BY at DESC LIMIT ?)
"""
