"""The board: every office a person may read, and how far its report has come."""

from __future__ import annotations

from ..people import may_read
from .base import Page


class BoardPage(Page):
    """The board of a year, the newest if none is asked for."""

    def get(self) -> None:
        """Show the board."""
        years = self.project.years()
        asked = self.get_query_argument("year", "")
        year = int(asked) if asked.isdecimal() and int(asked) in years else years[-1]
        offices = [office for office in self.project.offices(year) if may_read(self.project, self.person, office.code)]
        self.show("board.html.j2", year=year, years=years, offices=offices)
