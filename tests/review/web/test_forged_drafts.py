"""Drafts in handed-in/ that somebody who writes into the folder, without the key, puts there, alters, puts back or links elsewhere."""

from __future__ import annotations

import json
import logging
import os
import shutil
from datetime import timedelta

import pytest
from handing_in import AT, CODE, GOOD, WRONG, YEAR, as_of, copy_of, hand_in, imported, requests, text_of

from gktools.review import draft_folder, submission_reading, submission_result, submissions
from gktools.review.log import open_log
from gktools.review.submission_reading import SubmissionJob, read_submission
from gktools.workspace import clock
from gktools.workspace.project import open_project
from gktools.workspace.seals import plain_hash

PERSON = "甲经办"
OTHER = requests("1号,2024-05-01,商业企业,", "2号,2024-06-01,商业企业,")
FORGED = {"id": "f" * 32, "person": "甲负责", "code": CODE, "year": YEAR, "at": "2020-01-01T00:00:00+00:00"}


@pytest.fixture
def top(home):
    return home / submissions.FOLDER


def folder_of(top, path):
    return top / path.rpartition("/")[2]


def the(top, name: str):
    (found,) = top.rglob(name)
    return found


def put_forged(top, **other: object):
    folder = top / "f".rjust(32, "f")
    folder.mkdir(mode=0o700, parents=True)
    (folder / "submission.json").write_text(json.dumps({**FORGED, **other}, ensure_ascii=False))
    long_ago = (clock.now() - timedelta(days=40)).timestamp()
    os.utime(folder, (long_ago, long_ago))
    return folder


# --- what is imported is what the page showed ----------


def test_a_file_that_is_exchanged_after_it_was_shown_is_not_imported_whatever_the_reading_says(clerk, home, top):
    path, page = hand_in(clerk, 依申请=GOOD)
    the(top, "依申请.csv").write_bytes(OTHER)
    reading = the(top, "reading.json")
    reading.write_bytes(reading.read_bytes().replace(as_of(page)["as_of"].encode(), plain_hash(OTHER).encode()))
    shown = clerk.get(path)

    answer = clerk.post(path, {"what": "import", **as_of(page)})

    assert ("请再读一遍" in text_of(shown), "没有错，可以导入" in text_of(shown)) == (True, False)
    assert (answer.status, "被改过、换过" in text_of(answer)) == (409, True)
    assert imported(home) == []


def test_a_file_that_is_exchanged_only_while_it_is_read_is_read_as_it_was_handed_in(clerk, home, top, monkeypatch):
    hand_in(clerk, 依申请=GOOD)
    (draft,) = submissions.submissions_of(home, PERSON)
    real = submission_reading.read_for_import

    def exchanged(*args):
        the(top, "依申请.csv").write_bytes(OTHER)
        try:
            return real(*args)
        finally:
            the(top, "依申请.csv").write_bytes(GOOD)

    monkeypatch.setattr(submission_reading, "read_for_import", exchanged)

    found = read_submission(SubmissionJob(home, draft, 5, copied=None))

    assert found.as_of == submission_result.kept_reading(home, draft).as_of
    monkeypatch.undo()
    assert read_submission(SubmissionJob(home, draft, 5)).as_of == found.as_of


@pytest.mark.parametrize(
    ("what", "other"), [(b'"withdraws":false', b'"withdraws":true'), (b'"answers":[]', b'"answers":[["a","b","c"]]')]
)
def test_what_is_written_into_a_draft_after_it_was_shown_makes_it_no_draft(clerk, home, top, what, other):
    path, page = hand_in(clerk, 依申请=GOOD)
    kept = the(top, "submission.json")
    assert what in kept.read_bytes()
    kept.write_bytes(kept.read_bytes().replace(what, other))

    answer = clerk.post(path, {"what": "import", **as_of(page)})

    assert (answer.status, clerk.get(path).status) == (303, 404)
    assert "被改过、换过" in clerk.get(path).text
    assert imported(home) == []


@pytest.mark.parametrize("name", ["submission.json", "mends.json"])
def test_an_earlier_choice_of_the_person_that_is_put_back_after_the_page_was_shown_is_not_imported(
    clerk, home, top, name
):
    path, page = hand_in(clerk, 依申请=requests("1号,2024-02-30,自然人,"))
    (field,) = [one for one in _fields(page) if one.count("-") == 1]
    clerk.post(path, {"what": "mend", field: "2024-02-28"})
    clerk.post(path, {"what": "withdraw", "withdraws": "1"})
    (draft,) = submissions.submissions_of(home, PERSON)
    earlier = the(top, name).read_bytes()
    clerk.post(path, {"what": "withdraw"})
    (mend,) = submissions.mends_of(home, draft, draft.files[0])
    submissions.keep_mends(home, draft, draft.files[0], [submissions.replace(mend, text="2024-02-27")])
    clerk.post(path, {"what": "again"})
    page = clerk.get(path)
    the(top, name).write_bytes(earlier)

    answer = clerk.post(path, {"what": "import", **as_of(page)})

    assert (answer.status, "请再看一遍" in text_of(answer)) == (409, True)
    assert imported(home) == []


def _fields(page):
    import lxml.html

    return [
        name for name in lxml.html.fromstring(page.body).xpath("//ul[@class='mistakes']//@name") if name[:2] == "m-"
    ]


def test_personal_texts_are_not_kept_by_an_import_whose_page_did_not_say_so(clerk, home):
    path, page = hand_in(clerk, 依申请=GOOD)
    (home / "params/records.yaml").write_text("keep_personal: true\n")

    answer = clerk.post(path, {"what": "import", **as_of(page)})

    assert (answer.status, imported(home)) == (409, [])


def test_personal_texts_that_are_stored_as_written_are_told_before_and_as_long_as_they_are_there(clerk, home):
    (home / "params/records.yaml").write_text("keep_personal: true\n")
    path, page = hand_in(clerk, 依申请=GOOD)
    told = text_of(page)
    clerk.post(path, {"what": "import", **as_of(page)})
    (home / "params/records.yaml").unlink()

    assert "原文 1 处会存进台账库" in told
    assert "存着个人信息的原文 1 处" in text_of(clerk.get(AT))
    assert "存着个人信息的原文 1 处" in text_of(clerk.get(f"/{YEAR}/{CODE}/cases"))


def test_a_reading_of_another_draft_is_none_of_this_one(clerk, home, top):
    other, _ = hand_in(clerk, 依申请=OTHER)
    path, _ = hand_in(clerk, 依申请=GOOD)
    shutil.copy(folder_of(top, other) / "reading.json", folder_of(top, path) / "reading.json")

    assert "请再读一遍" in text_of(clerk.get(path))


# --- what nobody handed in ----------


def test_a_draft_that_nobody_handed_in_gives_no_entry_in_anybodys_name(clerk, home, top, caplog):
    folder = put_forged(top, answers=[], withdraws=False, files=[])

    with open_log(open_project(home)) as log, caplog.at_level(logging.WARNING):
        before = log.count()
        assert submissions.destroy_old(home, log) == []
        assert log.count() == before

    assert not folder.exists()
    assert "有 1 个文件夹" in caplog.text
    assert FORGED["person"] not in caplog.text


@pytest.mark.parametrize("other", [{"year": 10**30}, {"at": ""}, {"year": "x"}, {"answers": 7}, {"id": None}])
def test_whatever_stands_in_a_foreign_draft_uploads_go_on(clerk, home, top, other):
    put_forged(top, **other)

    assert clerk.upload(AT, {"依申请.csv": GOOD}).status == 303


# --- links ----------


@pytest.mark.parametrize("level", ["marked", "file", "place", "draft", "top"])
def test_no_folder_of_a_draft_is_followed_through_a_link(clerk, home, top, tmp_path, level):
    path, _ = hand_in(clerk, 依申请=WRONG)
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "mine.xlsx").write_text("mine")
    place = the(top, "依申请.csv").parents[1]
    linked = {
        "marked": place / "marked",
        "file": place / "file",
        "place": place,
        "draft": place.parent,
        "top": top,
    }[level]
    shutil.rmtree(linked, ignore_errors=True)
    linked.symlink_to(victim)

    for what in ({"what": "again"}, {"what": "copy", "file": "0"}, {"what": "unmend", "file": "0"}):
        assert clerk.post(path, what).status < 500
    assert clerk.get(path).status < 500
    assert clerk.upload(AT, {"依申请.csv": GOOD}).status in (303, 409)
    clerk.post(path, {"what": "destroy"})

    if linked.is_symlink():
        linked.unlink()
    assert [(one.name, one.read_text()) for one in victim.iterdir()] == [("mine.xlsx", "mine")]


def test_a_copy_that_somebody_put_beside_a_file_is_not_sent(clerk, home, top):
    path, _ = hand_in(clerk, 依申请=WRONG)
    copy = copy_of(clerk, path)
    assert copy
    the(top, "*.xlsx").write_bytes(b"PK other")

    assert clerk.get(f"{path}/marked/0").status == 404


def test_a_draft_is_of_its_place_only(home, top):
    top.mkdir()
    one, other = draft_folder.DraftFolder(home, "a" * 32), draft_folder.DraftFolder(home, "b" * 32)
    one.make()
    other.make()
    one.keep(b"content", "x")
    shutil.copy(top / one.id / "x", top / one.id / "y")
    shutil.copy(top / one.id / "x", top / other.id / "x")

    assert one.read("x") == b"content"
    for folder, name in ((one, "y"), (other, "x")):
        with pytest.raises(draft_folder.ForgedError):
            folder.read(name)
