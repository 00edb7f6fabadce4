"""What entries of the log say: read from the JSON that every version wrote, and written back as the same bytes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gktools.errors import ReviewError
from gktools.findings import Finding, Severity
from gktools.review.entries import Correction, Dependent, EditedBody, OtherBody, PublishedBody, SignedBody, read_body
from gktools.review.log import LogEntry, canonical
from gktools.review.state import last_seen, review_state

FINDING = Finding("x.y", Severity.EXPLAIN, "不一致", office_code="ju", year=2024, found="1").to_json()
DEPENDENT = {"office": "qu", "name": "示例区", "year": 2024, "why": "逐级汇总", "public": True}
PUBLISHED = {
    "seal": "s" * 64,
    "report": "r" * 64,
    "files": {"report.html": "h" * 64},
    "sizes": {"report.html": 3},
    "name": "示例局",
    "kind": "county_department",
    "scope": "",
    "title": "示例局年度报告",
    "approved": [{"step": "主要领导审批", "person": "丙", "on_behalf_of": "", "at": "2025-01-20T09:00:00+00:00"}],
    "findings": [{"code": "publish.late", "message": "晚了"}],
    "accepted": {"fingerprints": ["a", "b"], "reason": "是普通词语"},
    "key": "k",
}
STORED = {
    "looked": {"report": "r"},
    "signed": {
        "step": "head",
        "on_behalf_of": "",
        "from_district": False,
        "seal": "s",
        "files": {"report.html": "h"},
        "report": "r",
        "findings": {"open": {"block": 0}, "verdicts": {"f": "explained"}},
        "difference": {"since": None, "counts": None},
    },
    "returned": {"step": "deputy", "reason": "总数不对", "report": "r"},
    "verdict": {"finding": FINDING, "decision": "explained", "reason": "合并计算"},
    "comment": {"place": "problems:2", "text": "改"},
    "answer": {"comment": 3, "text": "已改"},
    "closed": {"comment": 3},
    "attached": {"name": "盖章页.pdf", "kind": "application/pdf", "sha256": "a"},
    "edited": {"fields": ["联系方式 › 电话"]},
    "published": PUBLISHED | {"correction": None},
    "corrected": PUBLISHED | {"correction": {"reason": "数填错了", "changes": ["甲"], "dependents": [DEPENDENT]}},
    "key": {"key": "k"},
    "of-a-later-version": {"report": "r", "more": [1]},
}


def entry(kind: str, data: object, number: int = 1) -> LogEntry:
    return LogEntry(number, "2025-01-20T09:00:00+00:00", "ju", 2024, "甲", kind, canonical(data))


@pytest.mark.parametrize("kind", STORED)
def test_every_kind_is_written_back_as_the_bytes_it_was_read_from(kind):
    body = read_body(kind, STORED[kind])

    assert canonical(body.to_json()) == canonical(STORED[kind])
    assert body.entry_kind == (kind if not isinstance(body, OtherBody) else "")


@pytest.mark.parametrize("kind", STORED)
def test_the_hash_of_an_entry_covers_what_is_stored_whatever_is_understood_of_it(kind):
    one, other = entry(kind, STORED[kind]), entry(kind, STORED[kind] | {"later": 1})

    assert one.hashed != other.hashed
    assert LogEntry.from_json(json.loads(canonical(other.to_json()))).hashed == other.hashed


def test_an_entry_of_an_older_version_has_the_defaults_of_what_it_lacks():
    older = {name: value for name, value in STORED["signed"].items() if name not in ("findings", "difference")}
    signed = read_body("signed", older)

    assert isinstance(signed, SignedBody)
    assert (signed.open, signed.decisions, signed.since) == ({}, {}, None)
    assert read_body("published", {"seal": "s", "files": {}}) == PublishedBody("s")


def test_a_verdict_is_about_what_its_finding_says_whatever_fingerprint_stands_there():
    quoted = {"code": "x.y", "severity": "explain", "message": "不一致", "fingerprint": "of another"}
    now = review_state([entry("verdict", {"finding": quoted, "decision": "explained", "reason": "属实"})], None)

    assert list(now.decisions) == [Finding.from_json(quoted).fingerprint]


def test_who_last_saw_a_report_is_known_from_every_kind_that_names_one():
    kinds = [kind for kind in STORED if "report" in STORED[kind]]

    for kind in kinds:
        assert last_seen([entry(kind, STORED[kind])], "甲") == STORED[kind]["report"]
    for kind in STORED.keys() - set(kinds):
        assert last_seen([entry(kind, STORED[kind])], "甲") is None


def test_what_is_stored_for_an_entry_are_its_report_its_scan_and_its_public_files():
    blobs = {kind: read_body(kind, data).blobs for kind, data in STORED.items() if read_body(kind, data).blobs}

    assert blobs == {
        **dict.fromkeys(("looked", "signed", "returned", "of-a-later-version"), ("r",)),
        **dict.fromkeys(("published", "corrected"), ("r" * 64, "h" * 64)),
        "attached": ("a",),
    }


@pytest.mark.parametrize(
    ("kind", "data"), [("signed", {}), ("signed", []), ("verdict", {"finding": None}), ("closed", 1)]
)
def test_an_entry_that_cannot_be_read_is_refused_in_words(kind, data):
    with pytest.raises(ReviewError, match="读不出来"):
        _ = entry(kind, data).body


def test_a_correction_makes_a_publication_an_entry_of_another_kind():
    body = PublishedBody("s")

    assert (body.entry_kind, replace(body, correction=Correction("数错了")).entry_kind) == ("published", "corrected")
    assert (
        str(Dependent.from_json(DEPENDENT)) == "示例区 2024 年度报告（逐级汇总）：已经公开，要核对；数变了的，也要更正"
    )
    assert EditedBody(("甲",)).to_json() == {"fields": ("甲",)}
