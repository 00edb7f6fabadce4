"""The audit of the review log and of the signed files: whether anything was changed after it was signed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from ..errors import GktoolsError
from ..report.queries.difference import difference
from ..workspace import clock
from ..workspace.files import read_regular
from ..workspace.home import FOLDER
from ..workspace.output import ReportRef
from ..workspace.project import Project
from ..workspace.report_data import read_report_data
from ..workspace.seals import is_plain_hash
from .actions import read_report
from .entries import (
    AnswerBody,
    AttachedBody,
    BroughtInBody,
    ClosedBody,
    CommentBody,
    DecisionBody,
    EditedBody,
    EntryBody,
    ImportedBody,
    LossBody,
    PassedBody,
    ReturnedBody,
    SignedBody,
    UserBody,
)
from .log import Log, LogEntry
from .people import Capacity, Step, capacities, capacity
from .seal import read_seal
from .state import FindingDecision, ReviewState, Signature, review_state

_MOST_CHANGES = 5


def audit_log(project: Project, log: Log) -> list[str]:
    """Return the errors of the log as Chinese sentences.

    If it has none: the signatures whose reports have changed, or whose signers the office book does not name for their
    step, the decisions about findings that it names nobody for, what was done in the name of users who were locked or removed,
    the parameters that are not what was saved last on the pages, and the entries that are lost for good.
    """
    if broken := log.verify():
        return [f"审签记录：{sentence}" for sentence in broken]
    lost = [_loss(entry, entry.body) for entry in log.entries("") if isinstance(entry.body, LossBody)]
    out = [
        f"{entry.code} {entry.year} 年度，{said}" if entry.code else said
        for entry, said in locked_out_acts(log.entries())
    ]
    return [*lost, *out, *_doubtful_signatures(project, log)]


def misdated(entries: Sequence[LogEntry], now: str) -> list[LogEntry]:
    """Return the entries that a wrong clock has dated: later than now (clock.stored), or out of order with the most others.

    So of few entries by a clock that was ahead and many after it, the few are returned, and not whoever wrote next.
    """
    last_of: list[int] = []  # of the longest run in order of each length, the entry that ends it earliest
    before: list[int] = []
    ends: list[str] = []
    for i, entry in enumerate(entries):
        place = bisect_right(ends, entry.at) if entry.at <= now else -1
        before.append(last_of[place - 1] if place > 0 else -1)
        if place >= 0:
            ends[place : place + 1], last_of[place : place + 1] = [entry.at], [i]
    in_order = set()
    i = last_of[-1] if last_of else -1
    while i >= 0:
        in_order.add(i)
        i = before[i]
    return [entry for i, entry in enumerate(entries) if i not in in_order]


def clock_warnings(log: Log) -> list[str]:
    """Return what is told of entries that a wrong clock has dated, as Chinese sentences: it stops nobody, an entry cannot be changed."""
    return [f"审签记录：{_when_misdated(entry)}" for entry in misdated(log.entries(), clock.stored())]


def _when_misdated(entry: LogEntry) -> str:
    about = f"（{entry.code} {entry.year} 年度，{entry.person}）" if entry.code else f"（{entry.person}）"
    return (
        f"第 {entry.number} 条{about}的时间 {clock.shown(entry.at)} 和前后的记录、和现在对不上：写入时电脑的时间不对，请校准；"
        "不影响签署和发布，写着的时间不可靠"
    )


def last_loss(entries: Iterable[LogEntry]) -> int:
    """Return the number of the newest entry that accepts a loss; 0 if there is none."""
    return max((entry.number for entry in entries if isinstance(entry.body, LossBody)), default=0)


def signed_reports(entries: Iterable[LogEntry]) -> list[tuple[str, int]]:
    """Return the reports that have signatures of which no version is public yet, by office and year: all that a loss may change."""
    return [*last_signatures(entries)]


def last_signatures(entries: Iterable[LogEntry]) -> dict[tuple[str, int], Signature]:
    """Return the newest signature of each report that signed_reports returns, by office and year."""
    found = {}
    for report, about in _by_report(entries):
        state = review_state(about, None)
        public = state.versions[-1].number if state.versions else 0
        if waiting := [one for one in state.signatures if one.number > public]:
            found[report] = max(waiting, key=lambda one: one.number)
    return found


def strangers(project: Project, ref: ReportRef, signatures: Iterable[Signature]) -> list[Signature]:
    """Return the signatures whose signers the office book, as it is now, does not name for their step on that day.

    Also those that were given in another capacity: on behalf of somebody else than it says, or as appointed by the district.
    """
    return [one for one in signatures if not _is_named(project, ref.code, one)]


def _is_named(project: Project, code: str, signature: Signature) -> bool:
    by = capacity(project, code, signature.person, signature.step, clock.local(signature.at).date())
    return by is not None and by == Capacity(
        signature.step, signature.person, signature.on_behalf_of, signature.from_district
    )


def strange_decisions(
    project: Project, ref: ReportRef, decisions: Iterable[FindingDecision]
) -> Iterator[tuple[FindingDecision, str]]:
    """Yield the decisions about findings of those whom the office book, as it is now, does not name for them on that day.

    Each with who decided, and what: only the head overrules a finding, the others are of anybody who signs a step.
    """
    for one in decisions:
        known = capacities(project, ref.code, clock.local(one.at).date())
        steps = {by.step for by in known if by.person == one.person}
        if not (Step.HEAD in steps if one.decision == "overruled" else steps):
            yield one, f"{one.person}（{_DECIDED.get(one.decision, one.decision)}）"


_DECIDED = {"overruled": "照发", "explained": "说明", "dismissed": "不是问题"}


def strange_importers(project: Project, entries: Iterable[LogEntry]) -> Iterator[tuple[str, str, LogEntry]]:
    """Yield office, sentence and entry for registers that the office book gave to another then than it does now.

    They were changed in the pages by somebody whom it does not name now, or imported for an office under a name that it has
    no more: a file says by a name whose it is.
    """
    for entry in entries:
        if not isinstance(entry.body, ImportedBody):
            continue
        now = project.names_of(code for code in entry.body.names if code in project.book)
        for code, names in entry.body.names.items():
            if others := [name for name in names if name not in now.get(code, ())]:
                yield (
                    code,
                    f"{code} 的台账，{entry.person}在 {clock.shown(entry.at)} 导入过（审签记录第 {entry.number} 条），"
                    f"那时单位表里它也叫{'、'.join(others)}，现在没有这个名称：改过错字的不要紧；没有改过的，"
                    "也许导入了别的机关的登记表，查一查单位表是谁改过",
                    entry,
                )
        for code, then in entry.body.handlers.items():
            if capacity(project, code, entry.person, Step.HANDLER, clock.local(entry.at).date()) is None:
                when, named = clock.shown(entry.at), "、".join(then) or "没有写"
                yield (
                    code,
                    f"{code} 的台账，{entry.person}在 {when} 改过（审签记录第 {entry.number} 条），"
                    f"单位表里现在不是他经办，那时写的是{named}：人换了的不要紧；没有换过的，查一查单位表是谁改过",
                    entry,
                )


def locked_out_acts(entries: Iterable[LogEntry]) -> Iterator[tuple[LogEntry, str]]:
    """Yield what was done on the pages in the name of a user who was locked or removed when it was recorded, with a sentence.

    entries are those about users and those to look at, in order. None is recorded since the log asks for the user's newest
    entry itself, unless an older log stood there at that moment.
    """
    newest: dict[str, LogEntry] = {}
    for entry in entries:
        body = entry.body
        if isinstance(body, UserBody):
            newest[body.user] = entry
        out = newest.get(entry.person)
        if out is None or not isinstance(out.body, UserBody) or out.body.act not in _OUT or not _is_of_pages(body):
            continue
        yield (
            entry,
            f"{entry.person}的“{_ACTS.get(entry.kind, '办理')}”（{clock.shown(entry.at)}，审签记录第 {entry.number} 条），"
            f"那时这个用户已经{_OUT[out.body.act]}（第 {out.number} 条）：不会是本人登录以后办的，请查清是谁办的",
        )


def undone_edit(project: Project, ref: ReportRef, entries: Iterable[LogEntry], since: int = 0) -> LogEntry | None:
    """Return the newest entry about a change of the report's parameters if their file is not the one it made; else None.

    Whoever edits the file itself leaves no entry: what it means is for a person to say. Only entries after the number since
    are looked at.
    """
    edits = [entry for entry in entries if isinstance(entry.body, EditedBody) and entry.body.file]
    if not edits or edits[-1].number <= since:
        return None
    try:
        content = read_regular(project.home / FOLDER / str(ref.year) / f"{ref.code}.yaml", follow=False)
    except OSError:
        content = b""
    body = edits[-1].body
    return None if isinstance(body, EditedBody) and is_plain_hash(content, body.file) else edits[-1]


def what_undone(entry: LogEntry) -> str:
    """Return the sentence about an undone edit."""
    return (
        f"params/{entry.year}/{entry.code}.yaml 不是{entry.person}在网页上保存的那一份"
        f"（{clock.shown(entry.at)}，审签记录第 {entry.number} 条）"
    )


UNDONE = "直接改过文件的不要紧；没有改过的，是换回了较早的，请查清，在“修改”里再改一次"
"""What an undone edit may mean."""

_OUT: Mapping[str, str] = {"locked": "锁住", "removed": "去掉"}
_ACTS: Mapping[str, str] = {
    "signed": "签字",
    "edited": "修改",
    "verdict": "处理问题",
    "returned": "退回",
    "imported": "导入",
}
_PAGES = (SignedBody, ReturnedBody, DecisionBody, CommentBody, AnswerBody, PassedBody, ClosedBody, AttachedBody)


def _is_of_pages(body: EntryBody) -> bool:
    """Whether an entry is one that only a user writes who has logged in."""
    return isinstance(body, (*_PAGES, EditedBody, BroughtInBody)) or bool(
        isinstance(body, ImportedBody) and body.handlers
    )


def doubtful_acts(entries: Iterable[LogEntry], state: ReviewState, offices: Collection[str]) -> list[str]:
    """Return, as sentences, what locked_out_acts finds of what a report would be published by, since its last version.

    entries are those about the report and those about no office, in order; offices are those whose registers it counts.
    """
    last = state.versions[-1].number if state.versions else 0
    valid = {one.number for one in state.valid}
    return [
        sentence
        for entry, sentence in locked_out_acts(entries)
        if entry.number in valid
        or (entry.number > last and isinstance(entry.body, DecisionBody | EditedBody | BroughtInBody))
        or (entry.number > last and isinstance(entry.body, ImportedBody) and {*entry.body.handlers} & {*offices})
    ]


def why_void(log: Log, ref: ReportRef, signature: Signature) -> list[str]:
    """Return the cells and sentences changed since a signature, or the changed files if those cannot be compared.

    Empty if the signature is valid.
    """
    if not signature.void:
        return []
    try:
        found = difference(read_report_data(log.get_blob(signature.report)), read_report_data(read_report(ref)))
    except (GktoolsError, ValueError, KeyError):
        return [signature.void]
    changes = [str(change) for change in (*found.cells, *found.passages)]
    if len(changes) > _MOST_CHANGES:
        changes = [*changes[:_MOST_CHANGES], f"……共 {len(changes)} 处"]
    return changes or [signature.void]


def _loss(entry: LogEntry, body: LossBody) -> str:
    return f"第 {entry.number} 条（{clock.shown(entry.at)}，{entry.person}）写明以前的记录有缺：{body.found}。原因：{body.reason}"


def _doubtful_signatures(project: Project, log: Log) -> Iterator[str]:
    for (code, year), entries in _by_report(log.entries()):
        ref = project.report(code, year)
        state = review_state(entries, read_seal(ref))
        signatures = state.signatures
        if undone := undone_edit(project, ref, entries, state.versions[-1].number if state.versions else 0):
            yield f"{what_undone(undone)}：{UNDONE}"
        for one, who in strange_decisions(project, ref, state.decisions.values()):
            yield (
                f"{code} {year} 年度，一处问题是{who}处理的（{clock.shown(one.at)}：{one.finding.message}），单位表里现在没有写"
                "他能这样办：人换了的不要紧；没有换过的，查一查单位表是谁改过"
            )
        for signature in signatures:
            if signature.void:
                why = "；".join(why_void(log, ref, signature))
                yield f"{code} {year} 年度，{signature.person}的“{signature.step.label}”不再有效：{why}"
        for signature in strangers(project, ref, signatures):
            yield (
                f"{code} {year} 年度，“{signature.step.label}”是{signature.signed_by}签的，单位表里现在不是这样写："
                "人换了的不要紧；没有换过的，查一查单位表是谁改过"
            )


def _by_report(entries: Iterable[LogEntry]) -> Iterator[tuple[tuple[str, int], list[LogEntry]]]:
    """Yield each report with the entries about it, by year and office."""

    def report(entry: LogEntry) -> tuple[int, str]:
        return entry.year, entry.code

    for (year, code), about in groupby(sorted(entries, key=report), key=report):
        if code:
            yield (code, year), list(about)
