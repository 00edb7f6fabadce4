"""Corrections: a new version of a public report, signed anew, with a note of what was changed, why and who approved."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from ..errors import GktoolsError
from ..registers.store.store import open_store
from ..report.queries.difference import ChangedPassage, changed_runs, difference, sentences
from ..review.entries import Correction, Dependent
from ..review.log import Log
from ..workspace.project import Project
from ..workspace.report_data import read_report_data
from .candidate import read_candidate
from .gate import Candidate, check_passages, refused, run_gate
from .issues import issues
from .passages import PublishedPassage
from .publish import PublishRequest, PublishResult, ready, record, write_site

REASON_CHARACTERS = range(4, 501)
_HIDDEN = "有一处改动涉及不应公开的内容，不再写出"


def correct(
    project: Project, log: Log, code: str, year: int, act: PublishRequest
) -> tuple[PublishResult, list[Dependent], bool]:
    """Publish the next version of a report that three people signed anew; return what became of it.

    With it the reports that rest on it, and whether the site changed. Raises GktoolsError.
    """
    if len(act.reason.strip()) not in REASON_CHARACTERS:
        raise GktoolsError("更正要用 --reason 写明原因，4 到 500 个字；会公布在更正说明里")
    keys = ready(project, log, act, year)
    with open_store(project.home) as store:
        candidate = read_candidate(
            project, log, store, project.report(code, year), act.today, accepted=act.accepted, correcting=True
        )
    found = run_gate(candidate)
    rest = dependents(project, log, code, year)
    if not refused(found):
        found += check_passages(candidate, [PublishedPassage("更正的原因", act.reason)])
    if refused(found):
        version = len(candidate.standing.versions)
        return PublishResult(code, candidate.office.listed_name, "refused", tuple(found), version), rest, False
    note = Correction(act.reason.strip(), tuple(changes(log, candidate)), tuple(rest))
    entry = record(log, candidate, keys.key, act, found, note)
    version = len(candidate.standing.versions) + 1
    changed = write_site(log, keys, act.folder)
    return (
        PublishResult(code, candidate.office.listed_name, "published", tuple(found), version, entry.at),
        rest,
        changed,
    )


def changes(log: Log, candidate: Candidate) -> list[str]:
    """Return what a new version has otherwise than the one before, as sentences; none of them says what must not be public."""
    old = candidate.standing.versions[-1].body
    found = difference(read_report_data(log.get_blob(old.report)), read_report_data(candidate.files["report.json"]))
    sentences = chain(map(str, found.cells), *(_sentences(passage) for passage in found.passages))
    return list(dict.fromkeys(_harmless(candidate, sentence) for sentence in sentences)) or [
        "数和文字没有变，改的是文件的样子"
    ]


def _sentences(passage: ChangedPassage) -> Iterator[str]:
    """What a passage said and says, whole sentences, so that a reader sees what is meant."""
    old, new = (
        sentences("".join(piece.text for piece in passage.pieces if piece.kind != other)) for other in ("new", "old")
    )
    for before, after in changed_runs(old, new):
        yield f"“{passage.title}”里原来是“{before}”，现在是“{after}”"


def _harmless(candidate: Candidate, sentence: str) -> str:
    return _HIDDEN if refused(check_passages(candidate, [PublishedPassage("更正说明", sentence)])) else sentence


# --- what rests on a report -----------------------------------------------------------------------------------


def dependents(project: Project, log: Log, code: str, year: int) -> list[Dependent]:
    """Return the reports that rest on an office's report and exist: the government's sum, and those of the year after."""
    public = {(one.code, one.year) for one in issues(log.entries())}
    found = []
    for other, when, why in dict.fromkeys(_resting(project, code, year)):
        known = (other, when) in public
        if known or project.report(other, when).manifest(verify=False):
            found.append(Dependent(other, project.office(other, when).listed_name, when, why, known))
    return found


def _resting(project: Project, code: str, year: int) -> Iterator[tuple[str, int, str]]:
    sums = list(_sums(project, code, year))
    yield from ((whole, year, "逐级汇总") for whole in sums)
    for office in project.offices(year + 1):
        before = project.predecessors(office.code, year + 1)
        if code in before:
            yield office.code, year + 1, "上年结转和上年的数"
        elif set(before) & set(sums):
            yield office.code, year + 1, "汇总的上年的数"


def _sums(project: Project, code: str, year: int) -> Iterator[str]:
    """The whole governments of which an office is a part."""
    for office in project.offices(year):
        if office.rolls_up and code in {member.code for member in project.members(office.code, year)}:
            yield office.code


def open_tasks(log: Log) -> list[str]:
    """Return what corrections still ask for, as sentences: reports that rest on a corrected one and are older than it."""
    listed = issues(log.entries())
    newest = {(one.code, one.year): one.newest.number for one in listed}
    tasks: dict[str, None] = {}
    for one in listed:
        for version in one.versions:
            for given in version.body.correction.dependents if version.body.correction else ():
                if newest.get((given.code, given.year), 0) < version.number:
                    tasks[f"{given}（因为 {one.name} {one.year} 年度更正）"] = None
    return list(tasks)
