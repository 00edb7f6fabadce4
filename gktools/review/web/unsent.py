"""Forms whose session had ended when they were sent: they are kept until their person has logged in again.

Only a form from a page of that person is kept, the last one of each page, without passwords, files and tokens.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..accounts import Accounts

Form = Mapping[str, Sequence[str]]
"""The values of a form by the names of its fields."""
KEPT_SECONDS = 7 * 24 * 60 * 60
_MOST_PAGES = 20
_MOST_CHARACTERS = 1 << 20
_LEFT_OUT = frozenset(("_xsrf", "password", "new", "again"))


@dataclass(frozen=True)
class UnsentForms:
    """The unsent forms of a working folder."""

    accounts: Accounts
    clock: Callable[[], float] = time.time

    def keep(self, person: str, page: str, form: Form) -> bool:
        """Keep a form for a person, by the path of its page; return whether it was not too large."""
        text = json.dumps({name: list(values) for name, values in form.items() if name not in _LEFT_OUT})
        if len(text) > _MOST_CHARACTERS:
            return False
        now = self.clock()
        with self.accounts.open() as connection:
            connection.execute("DELETE FROM unsent WHERE at<?", (now - KEPT_SECONDS,))
            connection.execute("INSERT OR REPLACE INTO unsent VALUES (?, ?, ?, ?)", (person, page, text, now))
            connection.execute(_DELETE_OLDER, (person, person, _MOST_PAGES))
        return True

    def find(self, person: str, page: str) -> dict[str, list[str]] | None:
        """Return the form that a person has not sent from a page; None if there is none."""
        with self.accounts.reading() as connection:
            asked = "SELECT form FROM unsent WHERE name=? AND page=? AND at>=?"
            row = connection.execute(asked, (person, page, self.clock() - KEPT_SECONDS)).fetchone()
        return None if row is None else json.loads(row[0])

    def drop(self, person: str, page: str) -> None:
        """Forget a form, if there is one."""
        if self.find(person, page) is not None:
            with self.accounts.open() as connection:
                connection.execute("DELETE FROM unsent WHERE name=? AND page=?", (person, page))


_DELETE_OLDER = """
DELETE FROM unsent WHERE name=? AND page NOT IN (SELECT page FROM unsent WHERE name=? ORDER BY at DESC LIMIT ?)
"""
