"""Corrections: a new version of a published report, signed again, with a note of changes, reason and approval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from ..build.pool import Pool
from ..errors import GktoolsError
from ..registers.store.opening import open_store
from ..render.pictures import pictures_of_page
from ..report.queries.difference import ChangedPassage, changed_runs, difference, renamed, sentences
from ..review.entries import Correction, Dependent
from ..review.log import Log
from ..review.seal import PUBLIC
from ..workspace.project import Project
from ..workspace.report_data import read_report_data
from .candidate import Sources, is_member, named_member, read_candidate
from .gate import Candidate, check_passages, check_rebuilt, refused, run_gate
from .passages import PublishedPassage
from .publish import (
    REASON_CHARACTERS,
    PublishRequest,
    PublishResult,
    build_again,
    load_keys,
    record_publication,
    write_site,
)
from .published_reports import PublishedReport, published_reports

_PAGE = "report.html"
_HIDDEN = "有一处改动涉及不应公开的内容，不再写出"


def correct(
    project: Project, log: Log, code: str, year: int, request: PublishRequest
) -> tuple[PublishResult, list[Dependent], bool]:
    """Publish a new version of a corrected report that three people have signed again.

    Return the result, the reports that depend on the corrected one, and whether the site changed. Raises GktoolsError.
    """
    if len(request.correction.strip()) not in REASON_CHARACTERS:
        raise GktoolsError("更正要用 --reason 写明原因，4 到 500 个字；会公布在更正说明里")
    keys = load_keys(project, log, request, year, [code])
    with open_store(project.home) as store:
        sources = Sources.of(project, store, log)
        ref = project.report(code, year)
        candidate = read_candidate(sources, ref, request.today, accepted=request.accepted, correcting=True)
    found = run_gate(candidate)
    rest = dependents(project, log, code, year)
    if not refused(found):
        found += check_passages(candidate, [PublishedPassage("更正的原因", request.correction)])
    if not refused(found):
        with Pool() as pool:
            found += check_rebuilt(candidate, build_again([candidate], pool).get(candidate.ref))
    if refused(found):
        version = len(candidate.state.versions)
        return PublishResult(code, candidate.office.listed_name, "refused", tuple(found), version), rest, False
    note = Correction(request.correction.strip(), tuple(describe_changes(log, candidate)), tuple(rest))
    entry = record_publication(log, candidate, keys.key, request, found, note)
    version = len(candidate.state.versions) + 1
    changed = write_site(log, keys, request.folder)
    return (
        PublishResult(code, candidate.office.listed_name, "published", tuple(found), version, entry.at),
        rest,
        changed,
    )


def describe_changes(log: Log, candidate: Candidate) -> list[str]:
    """Return the differences of a new version from the one before, as sentences without anything that must stay private."""
    published = candidate.state.versions[-1].body
    old, new = read_report_data(log.get_blob(published.report)), read_report_data(candidate.files["report.json"])
    pages = log.get_blob(published.files[PUBLIC[_PAGE]]), candidate.files[_PAGE]
    found = difference(old, new)
    changed = (_changed_sentences(passage) for passage in found.passages)
    sentences = chain(map(str, found.cells), *changed, renamed(old, new), _redrawn(*map(pictures_of_page, pages)))
    return list(dict.fromkeys(_withhold_private(candidate, sentence) for sentence in sentences)) or [
        "数和文字没有变，改的是文件的样子"
    ]


def _changed_sentences(passage: ChangedPassage) -> Iterator[str]:
    """The changes of a passage, quoted as complete sentences so that they can be understood."""
    old, new = (
        sentences("".join(piece.text for piece in passage.pieces if piece.kind != other)) for other in ("new", "old")
    )
    for before, after in changed_runs(old, new):
        yield f"“{passage.title}”里原来是“{before}”，现在是“{after}”"


def _redrawn(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    """The pictures that are no longer there, were added, or show something else."""
    for title in dict.fromkeys((*old, *new)):
        if old.get(title) != new.get(title):
            change = "不再有了" if title not in new else "是加的" if title not in old else "的内容改了"
            yield f"图“{title}”{change}"
    if [*old] != [*new] and sorted(old) == sorted(new):
        yield "图的次序换了"


def _withhold_private(candidate: Candidate, sentence: str) -> str:
    return _HIDDEN if refused(check_passages(candidate, [PublishedPassage("更正说明", sentence)])) else sentence


# --- dependent reports ----------------------------------------------------------------------------------------


def dependents(project: Project, log: Log, code: str, year: int) -> list[Dependent]:
    """Return the existing reports that depend on an office's report: the government's sum, and those of the next year.

    Those that are public count by what they say themselves too, whatever the office book says for the moment.
    """
    listed = published_reports(log.verified())
    public = {(one.code, one.year): one.name for one in listed}
    found: dict[tuple[str, int], Dependent] = {}
    for other, when, why in (
        *_published_dependents(project, log, listed, code, year),
        *_dependent_reports(project, code, year),
    ):
        known = (other, when) in public
        if known or project.report(other, when).manifest(verify=False):
            name = project.office(other, when).listed_name if other in project.book else public[other, when]
            found.setdefault((other, when), Dependent(other, name, when, why, known))
    return list(found.values())


_SUMMED, _CARRIED, _SUM_BEFORE = "逐级汇总", "上年结转和上年的数", "汇总的上年的数"


def _published_dependents(
    project: Project, log: Log, listed: Sequence[PublishedReport], code: str, year: int
) -> Iterator[tuple[str, int, str]]:
    """The public reports that are sums with an office's, and those of the office and of the sums a year later."""
    sums = {one.code for one in listed if one.year == year and _sums_up(project, log, one, code)}
    yield from ((rolled_up, year, _SUMMED) for rolled_up in sorted(sums))
    for one in listed:
        if one.year == year + 1 and one.code in {code, *sums}:
            yield one.code, one.year, _CARRIED if one.code == code else _SUM_BEFORE


def _sums_up(project: Project, log: Log, one: PublishedReport, code: str) -> bool:
    """Whether a public report is a sum with an office, by its code or name; by the office book if it cannot be read."""
    body = one.newest.body
    if body.scope != "government":
        return False
    try:
        return named_member(project, read_report_data(log.get_blob(body.report)), code) is not None
    except (GktoolsError, ValueError):
        return is_member(project, one.code, code, one.year)


def _dependent_reports(project: Project, code: str, year: int) -> Iterator[tuple[str, int, str]]:
    sums = list(_sums_with(project, code, year))
    yield from ((rolled_up, year, _SUMMED) for rolled_up in sums)
    for office in project.offices(year + 1):
        before = project.predecessors(office.code, year + 1)
        if code in before:
            yield office.code, year + 1, _CARRIED
        elif set(before) & set(sums):
            yield office.code, year + 1, _SUM_BEFORE


def _sums_with(project: Project, code: str, year: int) -> Iterator[str]:
    """The codes of the rolled-up reports that an office is a member of."""
    for office in project.offices(year):
        if office.rolls_up and code in {member.code for member in project.members(office.code, year)}:
            yield office.code


def open_tasks(log: Log) -> list[str]:
    """Return the open tasks of corrections as sentences: dependent reports published before the correction."""
    listed = published_reports(log.verified())
    newest = {(one.code, one.year): one.newest.number for one in listed}
    tasks: dict[str, None] = {}
    for one in listed:
        for version in one.versions:
            for given in version.body.correction.dependents if version.body.correction else ():
                if newest.get((given.code, given.year), 0) < version.number:
                    tasks[f"{given}（因为 {one.name} {one.year} 年度更正）"] = None
    return list(tasks)
