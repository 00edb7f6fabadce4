"""Every file of the corpus and every hostile one, handed in through the page: a clear sentence each, and no error of ours.

A dozen here; all of them under `make soak`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import lxml.html
import pytest
from corpus.files import FILES
from corpus.hostile import LOADED, REFUSED
from handing_in import text_of
from projects import make_project
from reviewing import Answer, Visitor, add_users, running, visiting
from ruamel.yaml import YAML

from gktools.review.submission_reading import read_submission
from gktools.review.web.reading_processes import ReadingProcesses
from gktools.workspace import clock

EXPECTED = YAML(typ="safe").load((Path(__file__).parents[2] / "support/corpus/expected.yaml").read_text("utf-8"))
YEAR, CODE = 2024, "minzheng"
AT = f"/{YEAR}/{CODE}/registers"
PEOPLE = {"handler": "甲经办", "deputy": "甲分管", "head": "甲负责"}
OFFICES = {
    CODE: {"names": [{"name": "示例市民政局"}], "kind": "county_department", "people": PEOPLE},
}
SAID = {
    "loaded": "没有错，可以导入|和库里的一样，不用导入|问题要先回答",
    "refused": "有要改的地方|没有读成",
    "asked": "问题要先回答|有要改的地方",
}
OF_THE_PAGE = {"没有写单位", "没有写年度"}
"""Files that need not say their office and year here."""


@pytest.fixture(scope="module")
def clerk(tmp_path_factory) -> Iterator[Visitor]:
    """The handler at a server that reads files in its own process, on the day of the corpus."""
    home = tmp_path_factory.mktemp("corpus") / "work"
    make_project(home, OFFICES, {(YEAR, CODE): {"text": {"problems": "问题。"}}})
    add_users(home, "甲经办")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ReadingProcesses, "read", lambda _, job: read_submission(job))
        patch.setattr(clock, "today", lambda: date(2025, 1, 31))
        with running(home) as server:
            yield visiting(server, "甲经办")


def some(names, step: int) -> list:
    """All names, of which one in so many is not only for the soak."""
    return [pytest.param(name, marks=[pytest.mark.soak] * (i % step != 1)) for i, name in enumerate(names)]


def handed_in(clerk: Visitor, name: str, content: bytes) -> Answer:
    answer = clerk.upload(AT, {name: content})
    if answer.status == 303:
        path = answer.headers["location"]
        answer = clerk.get(path)
        clerk.post(path, {"what": "destroy"})
    return answer


def is_calm(answer: Answer) -> None:
    """Fail unless a page says something, and nothing of the program."""
    text = text_of(answer)
    assert answer.status in (200, 409)
    assert not re.search("程序出错|Traceback|Error|Exception", text), text
    assert not lxml.html.fromstring(answer.body).xpath("//script[not(@src)]")


@pytest.mark.parametrize("name", some(FILES, 14))
def test_a_file_of_the_corpus_is_taken_or_answered_in_words(clerk, name):
    suffix, make = FILES[name]
    answer = handed_in(clerk, f"{name}.{suffix}", make())

    is_calm(answer)
    kind = "loaded" if name in OF_THE_PAGE else next(iter(EXPECTED[name]))
    assert re.search(SAID[kind], text_of(answer)), text_of(answer)


@pytest.mark.parametrize("name", some([*REFUSED, *LOADED], 12))
def test_a_hostile_file_is_taken_or_answered_in_words(clerk, name):
    make = REFUSED[name][0] if name in REFUSED else LOADED[name]
    answer = handed_in(clerk, name, make())

    is_calm(answer)
    said = f"({REFUSED[name][1]})|是空的|有要改的地方" if name in REFUSED else SAID["loaded"]
    assert re.search(said, text_of(answer)), text_of(answer)
    assert ("可以导入" in text_of(answer)) == (name in LOADED)
