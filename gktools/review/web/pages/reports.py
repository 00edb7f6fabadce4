"""The base of the pages of one report, and the report itself: with proofs, as published, and as downloads."""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from hashlib import sha256
from typing import Any, cast

from tornado.web import HTTPError

from ....build.export import file_names
from ....errors import BusyError, GktoolsError, ReviewError
from ....render.documents.formats import FORMATS
from ....workspace import clock
from ....workspace.output import ForeignFileError, hash_bytes
from ...actions import ShownReport, current_state, has_published
from ...context import ReviewContext, load_review_context
from ...people import Step, capacities
from ...seal import PUBLISHED
from ...state import last_seen
from ..rebuild_queue import RebuildQueue
from ..server_context import OpenedReport
from ..views.browser_words import in_browser
from ..views.changes import compare_with
from ..views.comments import threads
from ..views.findings import cards, tallies
from ..views.report import CHANGE_RULES, SINCE_VIEWED, draw, file_label, stage_label
from ..views.signing import SignPanel, sign_panel
from .base import OfficePage, status_of

TABS = {
    "": "报告",
    "published": "公开的样子",
    "changes": "有什么变化",
    "findings": "问题",
    "comments": "批注",
    "sign": "签字",
    "edit": "修改",
    "registers": "台账",
}
"""The tabs of one report with their Chinese labels."""


class AboutReport(OfficePage):
    """A page about one report, with its heading and tabs.

    A subclass defines tab, template and values, and handle_form if the page has a form.
    """

    tab = ""
    template = ""
    shows_report = False
    """Whether the page shows the whole report: who has had it before them may sign."""

    def get(self, *_: str) -> None:
        """Show the page, or why the report cannot be shown, with a button to build it."""
        try:
            self.context  # noqa: B018 - read once: what is shown is what is noted
        except ReviewError as error:
            stage = "现在看不了" if self.ref.manifest(verify=False) else "还没有做好"
            self.show_framed(
                "absent.html.j2", why=in_browser(str(error)), stage=stage, may_rebuild=Step.HANDLER in self.steps
            )
        else:
            self.show_page()

    def post(self, *_: str) -> None:
        """Process the form and redirect; on errors show the page with the message and the submitted values."""
        try:
            goal = self.handle_form()
        except (ReviewError, BusyError) as error:
            self.show_page(problem=in_browser(str(error)), status=status_of(error))
        else:
            self.go(self.year, self.code, goal)

    def handle_form(self) -> str:
        """Process a form of this page; return the page to redirect to. Raises ReviewError."""
        raise HTTPError(405)

    def values(self) -> Mapping[str, object]:
        """Return the template values of this page, in addition to those of all pages of a report."""
        return {}

    # --- rendering ----------

    @cached_property
    def context(self) -> ReviewContext:
        """The report with its review state. Raises ReviewError if the report is not complete."""
        with self.open_log() as log:
            return load_review_context(self.project, log, self.ref, self.person, clock.today())

    @cached_property
    def stale(self) -> tuple[str, ...]:
        """What has changed since the report was built and makes it differ now."""
        return self.server_context.boards.stale_inputs(self.project, self.ref)

    @property
    def shown(self) -> ShownReport:
        """The seal in the submitted form, the report that this person opened last, and when their password was reset.

        That stands beside whatever they sign until one of those signatures is public: any other may be withdrawn.
        """
        context, user = self.server_context, self.server_context.users.get(self.person)
        seal, opened = self.get_body_argument("seal", ""), context.opened.last(self.person, self.ref)
        last = self.get_body_argument("last", "")
        known = int(last) if last.isascii() and last.isdecimal() and len(last) < 10 else 0
        reset = user.given if user and self.keeps_passwords else ""
        with self.open_log() as log:
            reset = "" if reset and has_published(log, self.person, reset) else reset
        return ShownReport(seal, opened.report, reset, known, opened.page, opened.notebook)

    def sign_panel(self, voided: Mapping[Step, Sequence[str]] | None = None) -> SignPanel:
        """Return the sign panel of this person; voided lists the changes behind invalid signatures."""
        context = self.context
        opened = self.server_context.opened.last(self.person, self.ref)
        whole = opened.report if opened.notebook in ("", context.notebook) else ""
        seen = bool({whole, last_seen(context.entries, self.person)}.intersection(context.hashes))
        return sign_panel(context, seen, self.stale, voided or {})

    def signed(self) -> int:
        """Return the number of valid signatures, which a change would void."""
        with self.open_log() as log:
            return len(current_state(log, self.ref).valid)

    @cached_property
    def steps(self) -> set[Step]:
        """The steps that this person may sign today."""
        known = capacities(self.project, self.code, clock.today())
        return {c.step for c in known if c.person == self.person}

    def show_page(self, problem: str = "", status: int = 200) -> None:
        """Show the page with the report as get has read it; with a problem, as it is now."""
        if problem:
            self.__dict__.pop("context", None)
        self.set_status(status)
        context = self.context
        if self.shows_report:
            shown = OpenedReport(context.digest, notebook=context.notebook)
            self.server_context.opened.note(self.person, self.ref, shown)
        badges = {"findings": sum(one.open for one in context.findings), "comments": context.open_comments}
        frame = {"problem": problem, "stage": stage_label(context), "badges": badges, "stale": self.stale}
        self.show_framed(self.template, **frame, **self.values())

    def show_framed(self, template: str, **values: Any) -> None:
        """Show a page with the heading and tabs of the report."""
        tabs = {name: label for name, label in TABS.items() if name not in self._hidden_tabs}
        frame = {"office": self.office, "year": self.year, "code": self.code, "tabs": tabs, "tab": self.tab}
        unsent = self.unsent
        typed = {name: self.get_body_argument(name) for name in self.request.body_arguments}
        typed |= {name: given[-1] for name, given in (unsent or {}).items()}
        self.show(
            template,
            **{
                "problem": "",
                "typed": typed,
                "badges": {},
                "stale": (),
                "may_rebuild": bool(self.steps),
                "unsent": unsent,
            }
            | frame
            | values,
        )

    @property
    def _hidden_tabs(self) -> set[str]:
        """The tabs that are not the person's, or not this report's."""
        if Step.HANDLER not in self.steps:
            return {"edit", "registers"}
        return {"registers"} if self.project.book[self.code].rolls_up else set()

    def refuse(self, why: str) -> None:
        """Show an error page with status 403."""
        self.set_status(403)
        self.show("error.html.j2", message=why, status=403)

    # --- files and form values ----------

    def read_file(self, name: str, signed: Collection[str] = ()) -> bytes:
        """Return the bytes of a file of the report as gktools wrote it, or as its hash was signed.

        Raises HTTPError if it is missing, ReviewError if something else stands there.
        """
        try:
            return self.ref.read_written(name, signed)
        except ForeignFileError:
            raise ReviewError(
                f"{name} 不是 gktools 写在那里的，没有发给您：请重做这份报告；还这样的，请转给管理 gktools 的人，查清是谁换的"
            ) from None
        except OSError:
            raise HTTPError(404) from None

    def number(self, name: str) -> int:
        """Return an integer of the submitted form. Raises HTTPError if it is malformed."""
        text = self.get_body_argument(name, "")
        if not re.fullmatch(r"[0-9]{1,12}", text):
            raise HTTPError(400)
        return int(text)

    def send_framed(self, html: str) -> None:
        """Send a complete HTML page for a frame of ours, allowed only its own styles and no requests."""
        styles = " ".join(_style_source(css) for css in re.findall(r"<style>(.*?)</style>", html, re.DOTALL))
        policy = f"default-src 'none'; style-src {styles or _NONE}; img-src data:; frame-ancestors 'self'"
        self.set_header("Content-Security-Policy", f"{policy}; base-uri 'none'; form-action 'none'; sandbox")
        self.set_header("X-Frame-Options", "SAMEORIGIN")
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(html)

    @property
    def rebuilds(self) -> RebuildQueue:
        """The rebuild queue of this server."""
        return cast("RebuildQueue", self.settings.setdefault("gktools_rebuilds", RebuildQueue()))


class Framing(AboutReport):
    """A page with a frame that shows another page of this server."""

    @property
    def content_security_policy(self) -> str:
        """The Content-Security-Policy of the page, which also allows frames of this server."""
        return f"{super().content_security_policy}; frame-src 'self'"


class ReportPage(AboutReport):
    """The report with the proof of every figure, its findings, and the changes since the person's last view."""

    template = "report.html.j2"
    shows_report = True

    def values(self) -> Mapping[str, object]:
        """Return the report page, findings, changes, comments and sign panel."""
        context = self.context
        with self.open_log() as log:
            seen = context.last_seen_report(log)
        changes = compare_with("look", SINCE_VIEWED, seen, context.report, "您还没有看过这份报告")
        others = self.link(self.year, "code", "").replace("/code/", "/{code}/")
        return {
            "change_rules": CHANGE_RULES,
            "page": draw(
                context,
                others,
                remark=lambda place: self.link(self.year, self.code, "comments", place=place),
                records=lambda cell: self.link(self.year, self.code, "records", cell=cell),
            ),
            "files": {PUBLISHED[key]: file_label(PUBLISHED[key]) for key in _READABLE_FORMATS}
            if context.state.seal
            else {},
            "tallies": tallies(context.findings),
            "cards": cards(context.findings, context.steps),
            "changes": changes,
            "panel": self.sign_panel(),
            "comments": context.open_comments,
            "threads": [one for one in threads(context.report, context.state.comments) if not one.closed_by][
                :_COMMENTS_BESIDE
            ],
        }


class PublishedPage(Framing):
    """The page to be published, in a frame, and all files to be published as downloads."""

    tab = "published"
    template = "published.html.j2"

    def values(self) -> Mapping[str, object]:
        """Return the files of the seal with their sizes."""
        seal = self.context.state.seal
        sizes = {name: (self.ref.folder / name).stat().st_size for name in PUBLISHED.values()} if seal else {}
        return {
            "seal": seal,
            "files": [(name, file_label(name), _size(size)) for name, size in sizes.items()],
            "may_rebuild": bool(self.steps),
        }


class PublishedFrame(AboutReport):
    """The page to be published, unchanged, as the content of the frame."""

    def get(self, *_: str) -> None:
        """Send the page, and note which one was shown. Raises HTTPError if the report is not complete."""
        if self.ref.manifest() is None:
            raise HTTPError(404)
        page = self.read_file(PUBLISHED["html"])
        with suppress(ReviewError):  # what else of the report cannot be read is told by the pages around it
            opened = OpenedReport(self.context.digest, hash_bytes(page))
            self.server_context.opened.note(self.person, self.ref, opened)
        self.send_framed(page.decode())


class FilePage(AboutReport):
    """A file to be published, as a download named after the report's title."""

    def get(self, *args: str) -> None:
        """Send the file. Raises HTTPError if the seal does not contain it."""
        key = next((key for key, name in PUBLISHED.items() if name == args[2]), None)
        seal = self._seal()
        if key is None or seal is None:
            raise HTTPError(404)
        signed = {one.files.get(args[2], "") for one in self.context.state.valid}
        content = self.read_file(args[2], signed)
        title = file_names(self.project, self.year)[self.code]
        self.send_file(content, FORMATS[key].media_type, f"{title}{FORMATS[key].ending}")

    def _seal(self) -> object:
        try:
            return self.context.state.seal
        except GktoolsError:
            return None


_NONE = "'none'"
_READABLE_FORMATS = ("docx", "pdf")
_COMMENTS_BESIDE = 4
"""The number of open comments listed beside the report."""


def _style_source(css: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(css.encode()).digest()).decode()}'"


def _size(count: int) -> str:
    return f"{count / 1024:.0f} KB" if count < 1 << 20 else f"{count / (1 << 20):.1f} MB"
