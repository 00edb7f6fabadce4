"""The routes of the review server: every page is a subclass of Page or OfficePage, except what everybody is sent."""

from __future__ import annotations

from typing import Any

from .audit import AuditPage
from .board import AllTemplatesPage, BoardPage, RemindersPage
from .cases import CasePage, CasesPage, NewCasePage
from .changes import ChangesPage
from .comments import CommentsPage
from .editing import EditPage, PreviewPage, RebuildPage
from .findings import FindingsPage
from .health import HealthPage
from .history import HistoryPage, RecordHistoryPage
from .last_report import LastReportPage
from .last_year import LastYearPage, LastYearTemplate
from .login import AlivePage, PasswordPage
from .own_words import OwnWordsPage
from .records import RecordsPage
from .registers import ExportPage, MarkedPage, RegistersPage, SubmissionPage, TemplatesPage
from .reports import FilePage, PublishedFrame, PublishedPage, ReportPage
from .signing import ScanPage, SignPage
from .static_files import StaticFiles

OFFICE = r"/(\d{4})/([a-z0-9][a-z0-9-]*)"
"""The path prefix of the pages of one report: year and office code."""

ROUTES: list[tuple[str, type[Any]]] = [
    (r"/", BoardPage),
    (r"/reminders\.(txt|xlsx)", RemindersPage),
    (r"/templates/(\d{4})\.zip", AllTemplatesPage),
    (r"/audit", AuditPage),
    (r"/password", PasswordPage),
    (r"/static/([a-z]+\.(?:css|js))", StaticFiles),
    (r"/alive", AlivePage),
    (r"/healthz", HealthPage),
    (rf"{OFFICE}/", ReportPage),
    (rf"{OFFICE}/published", PublishedPage),
    (rf"{OFFICE}/published/page", PublishedFrame),
    (rf"{OFFICE}/files/([^/]+)", FilePage),
    (rf"{OFFICE}/records", RecordsPage),
    (rf"{OFFICE}/changes", ChangesPage),
    (rf"{OFFICE}/findings", FindingsPage),
    (rf"{OFFICE}/comments", CommentsPage),
    (rf"{OFFICE}/sign", SignPage),
    (rf"{OFFICE}/scans/(\d{{1,12}})", ScanPage),
    (rf"{OFFICE}/edit", EditPage),
    (rf"{OFFICE}/preview", PreviewPage),
    (rf"{OFFICE}/making", RebuildPage),
    (rf"{OFFICE}/last-year", LastYearPage),
    (rf"{OFFICE}/last-year/template", LastYearTemplate),
    (rf"{OFFICE}/last-report", LastReportPage),
    (rf"{OFFICE}/cases", CasesPage),
    (rf"{OFFICE}/cases/([a-z]+)/new", NewCasePage),
    (rf"{OFFICE}/cases/([a-z]+)/(\d{{1,12}})", CasePage),
    (rf"{OFFICE}/history", HistoryPage),
    (rf"{OFFICE}/history/record", RecordHistoryPage),
    (rf"{OFFICE}/registers", RegistersPage),
    (rf"{OFFICE}/registers/templates", TemplatesPage),
    (rf"{OFFICE}/registers/words", OwnWordsPage),
    (rf"{OFFICE}/registers/export", ExportPage),
    (rf"{OFFICE}/registers/([0-9a-f]{{32}})", SubmissionPage),
    (rf"{OFFICE}/registers/([0-9a-f]{{32}})/marked/(\d{{1,3}})", MarkedPage),
]
"""The pages by the pattern of their path; any other path is a 404."""
