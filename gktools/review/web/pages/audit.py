"""The page on which anybody who is logged in has published reports of others audited; nothing of them is kept."""

from __future__ import annotations

import base64

from markupsafe import Markup

from ....errors import steering_character
from ...submissions import MOST_FILES, base_name
from ...uploaded_reports import NamedContents, UploadAudit, UploadedReports
from ..threads import Threads
from ..views.browser_words import in_browser
from .base import Page

_AUDITS = Threads("audits", 2, 40, each=3)
"""Two threads, at most one a person, apart from those that read registers: nobody waits for all the files of another."""
YEARS = range(2000, 2100)
_LONGEST_UNIT = 60


class AuditPage(Page):
    """A form for uploading reports, and what was found in them, on the page itself."""

    threads = _AUDITS
    settles_unsent = False

    def get(self) -> None:
        """Show the form, and get ready for reading what may be uploaded."""
        if self.server_context.signing:
            self.server_context.reading.warm_up()
        self._show(UploadAudit())

    def post(self) -> None:
        """Show what was found in the uploaded files."""
        problem, year = self._wrong(), self.get_body_argument("year", "").strip()
        if problem:
            self.set_status(400)
            return self._show(UploadAudit(failure=problem))
        upload = UploadedReports(self._files("files"), self._files("before"), self._unit, int(year) if year else None)
        return self._show(self.server_context.reading.audit(upload))

    @property
    def _unit(self) -> str:
        return self.get_body_argument("unit", "").strip()

    def _files(self, name: str) -> NamedContents:
        found = self.request.files.get(name, [])
        return tuple((base_name(str(one["filename"])), one["body"]) for one in found if one["filename"])

    def _wrong(self) -> str:
        """Return what is wrong with the form; empty if nothing is."""
        year = self.get_body_argument("year", "").strip()
        if not self._files("files"):
            return "没有选文件：请选要核对的报告"
        if len(self._files("files")) > MOST_FILES or len(self._files("before")) > 1:
            return f"一次最多 {MOST_FILES} 个文件，上年的报告一个；更多的请打成一个 zip"
        if year and not (year.isascii() and year.isdecimal() and int(year) in YEARS):
            return "年度请写四位数，例如 2024；不知道就空着"
        if len(self._unit) > _LONGEST_UNIT or steering_character(self._unit):
            return f"单位名称请写一行，不超过 {_LONGEST_UNIT} 个字"
        return ""

    def _show(self, audit: UploadAudit) -> None:
        self.show(
            "audit.html.j2",
            failure=in_browser(audit.failure),
            unread=[in_browser(text) for text in audit.unread],
            inner=Markup(audit.inner),  # noqa: S704 - drawn by render/audit, every text in it escaped
            page=base64.b64encode(audit.page.encode()).decode(),
        )
