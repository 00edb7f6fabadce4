"""Signing a step, returning the report to the handler, and the scan of the stamped paper."""

from __future__ import annotations

from collections.abc import Mapping

from tornado.web import HTTPError

from ....errors import BusyError, GktoolsError, ReviewError
from ....workspace import clock
from ...actions import Signer, attach, return_report, sign
from ...audit import UNDONE, doubtful_acts, undone_edit, what_undone, why_void
from ...people import Step
from ..views.browser_words import in_browser
from ..views.changes import compare_with
from ..views.findings import tallies
from ..views.report import SINCE_VIEWED, file_label
from ..views.signing import date_line
from .base import status_of
from .reports import AboutReport


class SignPage(AboutReport):
    """The seal to be signed, the three steps, and the forms for the actions open to this person."""

    tab = "sign"
    template = "sign.html.j2"

    def values(self) -> Mapping[str, object]:
        """Return the sign panel, seal, tallies of findings, and changes since the person's last view."""
        context = self.context
        with self.open_log() as log:
            seen = context.last_seen_report(log)
            void = [one for one in context.state.signatures if one.void]
            voided = {one.step: why_void(log, self.ref, one) for one in void}
            entries = sorted((*log.entries("", 0), *context.entries), key=lambda one: one.number)
            doubts = [f"{one}。" for one in doubtful_acts(entries, context.state, [self.code])]
        last_version = context.state.versions[-1].number if context.state.versions else 0
        if undone := undone_edit(self.project, self.ref, context.entries, last_version):
            doubts.append(f"{what_undone(undone)}：{UNDONE}。")
        return {
            "panel": self.sign_panel(voided),
            "seal": context.state.seal,
            "last": max((entry.number for entry in context.entries), default=0),
            "file_label": file_label,
            "tallies": tallies(context.findings),
            "changes": compare_with("look", SINCE_VIEWED, seen, context.report, "您还没有看过这份报告"),
            "comments": context.open_comments,
            "dated": self._dated(),
            "doubts": doubts,
            "may_rebuild": bool(self.steps),
        }

    def _dated(self) -> str:
        """The date under the signature; nothing where the parameters cannot be read."""
        try:
            layout = self.project.params(self.code, self.year).layout
        except GktoolsError:
            return ""
        return date_line(layout, self.office.due(self.year), clock.today())

    def post(self, *_: str) -> None:
        """Sign, return or attach; on errors show the page with the message and the submitted values."""
        doing = {"sign": self._sign, "return": self._return, "attach": self._attach}
        what = self.get_body_argument("what", "")
        if what not in doing:
            raise HTTPError(400)
        try:
            doing[what]()
        except (ReviewError, BusyError) as error:
            self.show_page(problem=in_browser(str(error)), status=status_of(error))
        else:
            self.go(self.year, self.code, "sign")

    def _sign(self) -> None:
        step = self.get_body_argument("step", "")
        if step not in set(Step):
            raise HTTPError(400)
        if not self.get_body_argument("read", ""):
            raise ReviewError("请先看过报告和变化，在“我已看过”前面打勾，再签")
        signer, make_files = Signer(self.person, Step(step)), self.rebuilds.make_files_again
        with self.open_log() as log:
            sign(self.project, log, self.ref, signer, self.shown, clock.today(), make_files)

    def _return(self) -> None:
        reason = self.get_body_argument("reason", "")
        with self.open_log() as log:
            return_report(self.project, log, self.ref, self.person, reason, clock.today(), self.shown.opened)

    def _attach(self) -> None:
        files = self.request.files.get("scan", [])
        if not files or not files[0]["body"]:
            raise ReviewError("请先选一个文件：盖章纸件的扫描件，PDF、JPG 或 PNG")
        name, data = str(files[0]["filename"]), files[0]["body"]
        with self.open_log() as log:
            attach(self.project, log, self.ref, self.person, name, data, clock.today())


class ScanPage(AboutReport):
    """A scan of the stamped paper, as a download."""

    def get(self, *args: str) -> None:
        """Send the scan. Raises HTTPError if this report has no scan with that number."""
        number = int(args[2])
        scan = next((one for one in self.context.state.attachments if one.number == number), None)
        if scan is None:
            raise HTTPError(404)
        with self.open_log() as log:
            self.send_file(log.get_blob(scan.sha256), scan.kind, scan.name)
