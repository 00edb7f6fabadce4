"""What headings and words of an office are kept to mean: to look through, and to take back one by one."""

from __future__ import annotations

from ....editing.answers import take_back_line
from ....errors import GktoolsError
from ....registers.intake.own_words import COLUMNS, written_lines
from ....workspace.home import FOLDER
from ..views.browser_words import in_browser
from ..views.own_words import shown_sections
from .base import status_of
from .registers import ANSWERING, RegisterPage


class OwnWordsPage(RegisterPage):
    """The lines of params/columns.yaml that are the office's own, and those of all offices, which only the technician changes."""

    def get(self, *_: str) -> None:
        """Show them."""
        self._show()

    def post(self, *_: str) -> None:
        """Take one back: what is handed in from now on is read without it."""
        section, name = self.get_body_argument("section", ""), self.get_body_argument("name", "", strip=False)
        try:
            self.require_own(section)
            with ANSWERING:
                take_back_line(self.project, section, name)
        except GktoolsError as error:
            self.set_status(status_of(error))
            return self._show(in_browser(str(error)))
        return self.go(self.year, self.code, "registers", "words")

    def _show(self, problem: str = "") -> None:
        written = written_lines(self.project.home / FOLDER / COLUMNS)
        own, common = shown_sections(written, self.code)
        self.show_framed("words.html.j2", stage="", problem=problem, own=own, common=common)
