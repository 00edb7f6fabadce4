"""The gate's rules on literal values: by when a report is due, small figures, and every rule well formed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.reports import report_data

from gktools.findings import Severity
from gktools.forms.notices import load_format
from gktools.publication import gate
from gktools.publication.gate import (
    Candidate,
    check_files,
    check_passages,
    check_signed,
    check_small,
    check_year,
    rules,
    run_gate,
)
from gktools.publication.log_marks import LogMark
from gktools.publication.passages import PublishedPassage
from gktools.review.log import LogEntry
from gktools.review.seal import Seal
from gktools.review.state import review_state
from gktools.workspace.offices import Office, office_kinds
from gktools.workspace.output import Manifest, ReportRef
from gktools.workspace.report_data import ReportData
from gktools.workspace.seals import file_hash

FORM = load_format(2024)["requests"]
MIDDLE = ("dispositions.refused.state_secret", "natural_person")


def candidate(kind: str = "county_department", **given: object) -> Candidate:
    """A report that nobody has signed, with nothing in it."""
    office = Office("minzheng", "示例区民政局", office_kinds()[kind])
    ref = ReportRef(Path("x"), "minzheng", 2024)
    bare = Candidate(ref, office, 2024, date(2025, 1, 20), review_state([], None), (), {}, None, lambda texts: set())
    return replace(bare, **given)


def codes(found) -> list[str]:
    return [finding.code for finding in found]


def test_every_rule_says_what_and_what_to_do():
    for code, rule in rules().items():
        assert code.startswith("publish.")
        assert rule.message.endswith(("。", "”", "{expected}"))
        assert rule.remedy


@pytest.mark.parametrize(
    ("kind", "rolls_up", "day", "late"),
    [
        ("county_department", "", date(2025, 1, 31), False),
        ("county_department", "", date(2025, 2, 1), True),
        ("county_government", "", date(2025, 2, 1), True),
        ("county_government", "qu", date(2025, 2, 20), False),
        ("county_government", "qu", date(2025, 2, 21), True),
        ("city_government", "shi", date(2025, 3, 10), False),
        ("city_government", "shi", date(2025, 3, 11), True),
        ("province_government", "sheng", date(2025, 3, 31), False),
        ("province_government", "sheng", date(2025, 4, 1), True),
    ],
)
def test_each_kind_of_report_is_due_on_its_day(kind, rolls_up, day, late):
    one = candidate(kind, today=day)
    found = list(check_year(replace(one, office=replace(one.office, rolls_up=rolls_up))))

    assert codes(found) == (["publish.late"] if late else [])
    assert all(finding.severity == Severity.EXPLAIN for finding in found)


def test_under_the_earlier_notice_a_government_has_until_the_end_of_march():
    one = candidate("county_government", year=2020, today=date(2021, 3, 31))

    assert codes(check_year(replace(one, office=replace(one.office, rolls_up="qu")))) == []


def test_nothing_is_read_of_a_report_that_is_refused_anyway():
    def recognise(texts):
        raise AssertionError("asked the registers")

    found = run_gate(candidate(recognise=recognise))

    assert codes(found) == ["publish.unsigned"]


def report(text: str, **cells: int) -> ReportData:
    """A report with one text and a few figures of the third table, all others nought."""
    named = {tuple(key.split("__")): value for key, value in cells.items()}
    values = [
        {"row_key": row, "column_key": column, "value": named.get((row.split(".")[-1], column.split(".")[-1]), 0)}
        for row, column in FORM.cells
    ]
    return report_data({"tables": {"requests": values}, "sections": [{"paragraphs": [text]}]})


CASE = "例如某申请人申请公开一份规划，答复不予公开。"


def test_the_only_request_of_a_kind_of_applicant_is_told_if_the_text_speaks_of_a_case():
    found = list(check_small(candidate(report=report(CASE, state_secret__business=1))))

    assert codes(found) == ["publish.small-figure"]
    assert "表三" in found[0].message
    assert found[0].severity == Severity.EXPLAIN


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("全年按期答复。", {"state_secret__business": 1}),
        (CASE, {"state_secret__business": 2}),
        (CASE, {"state_secret__business": 1, "granted__business": 5}),
        (CASE, {}),
    ],
)
def test_other_small_figures_are_no_warning(text, cells):
    assert list(check_small(candidate(report=report(text, **cells)))) == []


def test_a_long_list_of_places_is_cut():
    said = [PublishedPassage(f"第 {n} 段", f"手机1380013{n:04}") for n in range(50)]

    assert len(list(check_passages(candidate(), said))) == 20


def test_accepting_the_places_that_are_listed_lets_none_through_that_is_not():
    said = [PublishedPassage(f"第 {n} 段", f"手机1380013{n:04}") for n in range(50)]
    accepted: set[str] = set()
    for left in (50, 30, 10, 0):
        found = list(check_passages(candidate(accepted=accepted), said))
        waiting = [finding.fingerprint for finding in found if finding.fingerprint not in accepted]

        assert len(waiting) == min(left, 20)
        assert len(found) == len(accepted) + len(waiting)
        accepted |= set(waiting)


def test_places_that_block_nothing_hide_no_name():
    said = [PublishedPassage(f"第 {n} 段", f"第{n}路和平路上查阅") for n in range(30)]
    said.append(PublishedPassage("第 30 段", "欧阳示范来访"))
    found = check_passages(candidate(recognise=lambda texts: {"和平", "欧阳示范"} & set(texts)), said)

    assert codes(found).count("publish.person") == 1


def test_what_was_accepted_holds_for_the_files_that_were_signed_only():
    said = [PublishedPassage("网页", "手机13800138000")]
    found = [
        next(check_passages(candidate(state=review_state([], Seal({}, seal))), said)).fingerprint
        for seal in ("a" * 64, "b" * 64, "a" * 64)
    ]

    assert found[0] == found[2] != found[1]


def test_a_value_is_told_in_the_first_file_that_holds_it_at_each_of_its_places():
    said = [
        PublishedPassage("网页第 1 段", "手机13800138000", "report.html"),
        PublishedPassage("网页第 2 段", "手机 138 0013 8000，手机13800138000", "report.html"),
        PublishedPassage("PDF 第 1 页", "手机13800138000", "report.pdf"),
        PublishedPassage("PDF 第 2 页", "手机13900139000", "report.pdf"),
    ]

    assert [one.section for one in check_passages(candidate(), said)] == ["网页第 1 段", "网页第 2 段", "PDF 第 2 页"]


def test_a_number_may_be_accepted_by_its_fingerprint_a_secret_never(monkeypatch):
    from gktools.publication import gate

    for name in ("check_year", "check_signed", "check_versions", "check_files"):
        monkeypatch.setattr(gate, name, lambda _: [])
    monkeypatch.setattr(gate, "check_small", lambda _: [])
    for text, severity in (("手机13800138000", Severity.EXPLAIN), ("token=abcdef123456", Severity.BLOCK)):
        one = candidate(files={"report.csv": text.encode(), "report.json": b"{"})
        marks = [finding.fingerprint for finding in run_gate(one)]

        assert [finding.severity for finding in run_gate(one)] == [Severity.BLOCK]
        assert [finding.severity for finding in run_gate(replace(one, accepted=marks))] == [severity]


def test_a_secret_of_this_machine_is_found_in_a_passage():
    found = list(
        check_passages(candidate(secrets=["deadbeefdeadbeef"]), [PublishedPassage("网页", "见 deadbeefdeadbeef")])
    )

    assert codes(found) == ["publish.personal"]
    assert "口令" in found[0].message
    assert "deadbeef" not in found[0].message


@pytest.mark.parametrize(
    ("day", "told"), [(date(2025, 1, 20), []), (date(2025, 1, 22), []), (date(2025, 1, 15), ["publish.backdated"])]
)
def test_a_day_under_the_report_before_the_first_signature_is_told(day, told):
    """In China: the first signed at half past midnight."""
    first = SimpleNamespace(at="2025-01-19T16:30:00+00:00")
    one = candidate(today=date(2025, 1, 22), signed_on=day)
    one = replace(
        one, state=SimpleNamespace(valid=(first, SimpleNamespace(at="2025-01-22T01:00:00+00:00")), versions=())
    )

    assert codes(check_year(one)) == told


def test_a_notebook_that_nobody_approved_keeps_a_report_back_at_publication_too():
    """Signing asks the same; who withdrew an approval, or wrote a signature with an older gktools, is met here."""
    made_by = Manifest("minzheng", "甲", 2024, {"notebook": "n"}, 0, (), {}, None)

    assert "publish.notebook" in codes(check_signed(candidate(manifest=made_by, notebooks={"other"})))
    assert "publish.notebook" not in codes(check_signed(candidate(manifest=made_by, notebooks={"n"})))


def test_a_file_that_is_exchanged_after_the_signatures_were_looked_at_is_not_published(monkeypatch):
    monkeypatch.setattr(gate, "disagreements", lambda *_: [])
    signed = SimpleNamespace(files={"report.html": file_hash(b"a"), "report.csv": file_hash(b"b")})
    state, files = SimpleNamespace(valid=[signed]), {"report.html": b"a", "report.csv": b"c"}
    own = replace(report(CASE), code="minzheng", year=2024)
    (found,) = check_files(candidate(report=own, files=files, state=state))

    assert found.code == "publish.not-sealed"
    assert found.severity == Severity.BLOCK
    assert "report.csv" in found.message


def test_a_log_rewritten_with_another_key_is_told_by_the_key_in_the_mark_of_the_site():
    """Who writes the whole log anew, its first entry too, and has the entry of the site at its place."""
    first = LogEntry(1, "", "minzheng", 2024, "甲", "commented", previous="sha256:theirs")
    last = LogEntry(2, "", "minzheng", 2024, "甲", "published", hash="sha256:b")
    mark = LogMark(2, "sha256:b", "sha256:ours")

    assert mark.errors([first, last]) == ["审签记录的密钥不是公布时的那一把"]
    assert mark.errors([replace(first, previous="sha256:ours"), last]) == []
