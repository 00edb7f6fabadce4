"""What the pages of one report have in common, and the report itself: with its proofs, as it is published, to download."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from typing import Any, cast
from urllib.parse import quote

from tornado.web import HTTPError

from ....build.export import file_names
from ....errors import GktoolsError, ReviewError
from ....render.documents.formats import FORMATS
from ...context import ReviewContext, load_review_context
from ...log import open_log
from ...people import Step, capacities
from ...seal import PUBLISHED
from ..rebuild_queue import RebuildQueue
from ..views.changes import compare_with
from ..views.comments import threads
from ..views.findings import cards, tallies
from ..views.report import SINCE_LOOK, draw, file_label, stage_of
from ..views.signing import sign_panel
from .base import OfficePage

TABS = {
    "": "报告",
    "published": "公开的样子",
    "changes": "有什么变化",
    "findings": "问题",
    "comments": "批注",
    "sign": "签字",
    "edit": "修改",
}
"""The pages of one report, as staff call them."""


class AboutReport(OfficePage):
    """A page about one report: its head, its tabs, and what people send to it.

    A subclass says tab and template, gives values, and, where a form comes back, does act.
    """

    tab = ""
    template = ""

    def get(self, *_: str) -> None:
        """Show the page; where no report stands, say so and offer to make one."""
        try:
            self.sight  # noqa: B018 - raises
        except ReviewError as error:
            stage = "现在看不了" if self.ref.manifest(verify=False) else "还没有做好"
            self.show_framed("absent.html.j2", why=str(error), stage=stage, may_make=Step.HANDLER in self.steps)
        else:
            self.show_page()

    def post(self, *_: str) -> None:
        """Do what the form asks and go on; what may not be done is said on the page, with what was typed."""
        try:
            goal = self.act()
        except ReviewError as error:
            self.show_page(problem=str(error), status=409)
        else:
            self.go(self.year, self.code, goal)

    def act(self) -> str:
        """Do what a form of this page asks; return the page to go to. Raises ReviewError."""
        raise HTTPError(405)

    def values(self) -> Mapping[str, object]:
        """What the template of the page is filled with beside what all pages of a report have."""
        return {}

    # --- what is shown ----------

    @cached_property
    def sight(self) -> ReviewContext:
        """The report as this person finds it. Raises ReviewError if none stands."""
        with open_log(self.project) as log:
            return load_review_context(self.project, log, self.ref, self.person, self.desk.today())

    @cached_property
    def steps(self) -> set[Step]:
        """The steps that this person may sign today."""
        known = capacities(self.project, self.code, self.desk.today())
        return {c.step for c in known if c.person == self.person}

    def show_page(self, problem: str = "", status: int = 200) -> None:
        """Show the page as things stand now."""
        self.__dict__.pop("sight", None)
        self.set_status(status)
        sight = self.sight
        badges = {"findings": sum(one.open for one in sight.findings), "comments": sight.unclosed}
        self.show_framed(self.template, problem=problem, stage=stage_of(sight), badges=badges, **self.values())

    def show_framed(self, template: str, **values: Any) -> None:
        """Show a page with the head and the tabs of the report."""
        tabs = {name: label for name, label in TABS.items() if name != "edit" or Step.HANDLER in self.steps}
        frame = {"office": self.office, "year": self.year, "code": self.code, "tabs": tabs, "tab": self.tab}
        typed = {name: self.get_body_argument(name) for name in self.request.body_arguments}
        self.show(template, **{"problem": "", "typed": typed, "badges": {}} | frame | values)

    def refuse(self, why: str) -> None:
        """Say that this person may not do this here."""
        self.set_status(403)
        self.show("error.html.j2", message=why, status=403)

    # --- what is sent ----------

    def made(self, name: str) -> bytes:
        """Return a made file of the report. Raises HTTPError where there is none."""
        try:
            return self.ref.read(name)
        except OSError:
            raise HTTPError(404) from None

    def number(self, name: str) -> int:
        """Return a whole number of a form. Raises HTTPError."""
        text = self.get_body_argument(name, "")
        if not re.fullmatch(r"[0-9]{1,12}", text):
            raise HTTPError(400)
        return int(text)

    def send_file(self, content: bytes, kind: str, name: str) -> None:
        """Send a file to be saved under a name; a browser opens it in no page of ours."""
        self.set_header("Content-Type", kind)
        self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(name, safe='')}")
        self.set_header("Content-Security-Policy", "default-src 'none'; sandbox")
        self.finish(content)

    def send_framed(self, html: str) -> None:
        """Send a whole page to stand in a frame of ours: its own style, and nothing else it could do or fetch."""
        styles = " ".join(_hashed(css) for css in re.findall(r"<style>(.*?)</style>", html, re.DOTALL))
        policy = f"default-src 'none'; style-src {styles or _NONE}; img-src data:; frame-ancestors 'self'"
        self.set_header("Content-Security-Policy", f"{policy}; base-uri 'none'; form-action 'none'; sandbox")
        self.set_header("X-Frame-Options", "SAMEORIGIN")
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(html)

    @property
    def workshop(self) -> RebuildQueue:
        """Where this server makes reports anew."""
        return cast("RebuildQueue", self.settings.setdefault("gktools_workshop", RebuildQueue()))


class Framing(AboutReport):
    """A page with a frame in it that shows another page of this server."""

    @property
    def content_security_policy(self) -> str:
        """What the browser may do with the page; a frame of this server may stand in it."""
        return f"{super().content_security_policy}; frame-src 'self'"


class ReportPage(AboutReport):
    """The report with the proof of every figure, beside its findings and what has changed since the last look."""

    template = "report.html.j2"

    def values(self) -> Mapping[str, object]:
        """The paper, the findings, the changes and whose turn it is."""
        sight = self.sight
        with open_log(self.project) as log:
            seen = sight.seen_then(log)
        changes = compare_with("look", SINCE_LOOK, seen, sight.report, "您还没有看过这份报告")
        others = self.link(self.year, "code", "").replace("/code/", "/{code}/")
        return {
            "page": draw(
                sight,
                others,
                remark=lambda place: self.link(self.year, self.code, "comments", place=place),
                records=lambda cell: self.link(self.year, self.code, "records", cell=cell),
            ),
            "files": {PUBLISHED[key]: file_label(PUBLISHED[key]) for key in _TO_READ} if sight.standing.seal else {},
            "tallies": tallies(sight.findings),
            "cards": cards(sight.findings, sight.steps),
            "changes": changes,
            "panel": sign_panel(sight.standing, sight.known, self.person, sight.blocks, {}),
            "comments": sight.unclosed,
            "threads": [one for one in threads(sight.report, sight.standing.comments) if not one.closed_by][:_LISTED],
        }


class PublishedPage(Framing):
    """The page exactly as it will be published, in a frame, and every file that will be, to download."""

    tab = "published"
    template = "published.html.j2"

    def values(self) -> Mapping[str, object]:
        """The files of the seal, each with its size."""
        seal = self.sight.standing.seal
        sizes = {name: (self.ref.folder / name).stat().st_size for name in PUBLISHED.values()} if seal else {}
        return {
            "seal": seal,
            "files": [(name, file_label(name), _size(size)) for name, size in sizes.items()],
            "may_make": bool(self.steps),
        }


class PublishedFrame(AboutReport):
    """The published page itself, byte for byte."""

    def get(self, *_: str) -> None:
        """Send the page. Raises HTTPError where none stands whole."""
        if self.ref.manifest() is None:
            raise HTTPError(404)
        self.send_framed(self.made("report.html").decode())


class FilePage(AboutReport):
    """A file of the report that will be published, to download under the report's title."""

    def get(self, *args: str) -> None:
        """Send the file. Raises HTTPError for any that is not in the seal."""
        key = next((key for key, name in PUBLISHED.items() if name == args[2]), None)
        seal = self._seal()
        if key is None or seal is None:
            raise HTTPError(404)
        content = self.made(args[2])
        title = file_names(self.project, self.year)[self.code]
        self.send_file(content, FORMATS[key].media_type, f"{title}{FORMATS[key].ending}")

    def _seal(self) -> object:
        try:
            return self.sight.standing.seal
        except GktoolsError:
            return None


_NONE = "'none'"
_TO_READ = ("docx", "pdf")
_LISTED = 4
"""How many open comments stand beside the report."""


def _hashed(css: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(css.encode()).digest()).decode()}'"


def _size(count: int) -> str:
    return f"{count / 1024:.0f} KB" if count < 1 << 20 else f"{count / (1 << 20):.1f} MB"
