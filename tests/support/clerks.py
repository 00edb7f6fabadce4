"""A review server for the clerks of two offices, whose registers are empty, and what is read from its pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import lxml.html
import pytest
from literal_registers import requests_csv
from projects import make_project
from reviewing import Answer, Visitor, add_users, running

from gktools.registers.file_import import read_for_import, store_files
from gktools.registers.intake.cover import ImportOptions
from gktools.registers.intake.own_words import OwnWords
from gktools.registers.questions import Answers
from gktools.registers.store.opening import open_store
from gktools.registers.store.replacement import FileInstruction
from gktools.review.web.rebuild_queue import RebuildQueue
from gktools.review.web.server import ReviewServer
from gktools.workspace.project import open_project

YEAR, CODE, OTHER = 2024, "minzheng", "caizheng"
OFFICES = {
    CODE: {
        "names": [{"name": "示例区民政局"}],
        "kind": "county_department",
        "people": {
            "handler": "甲经办",
            "deputy": "甲分管",
            "head": "甲负责",
            "stand_ins": [{"step": "handler", "person": "乙经办", "since": "2020-01-01", "until": "2099-12-31"}],
        },
    },
    OTHER: {
        "names": [{"name": "示例区财政局"}],
        "kind": "county_department",
        "people": {"handler": "丙经办", "deputy": "甲分管", "head": "甲负责"},
    },
}


def make_offices(home: Path) -> None:
    """Make a working folder of the two offices for two years."""
    make_project(home, OFFICES, {(year, code): {} for year in (YEAR, YEAR + 1) for code in OFFICES})


@contextmanager
def clerks_server(home: Path) -> Iterator[ReviewServer]:
    """Run a server of a new working folder of the two offices, whose reports are asked for and not made."""
    make_offices(home)
    add_users(home, "甲经办", "乙经办", "丙经办", "甲分管")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RebuildQueue, "start", lambda *_: None)
        with running(home) as started:
            yield started


def nothing_in_force(home: Path) -> Path:
    """Take back every import in a working folder; return the folder."""
    with open_store(home) as store:
        for one in store.imports():
            if one.kind == "import" and one.undone_by is None:
                store.undo(one.number)
    return home


def hand_in(
    home: Path, *rows: Mapping[str, str], name: str = "申请.csv", year: int = YEAR, replace: bool = False
) -> int:
    """Import a register of requests with these rows as the command does; return the number of the import, 0 for none."""
    path = home.parent / name
    path.write_text(requests_csv(rows, year), encoding="utf-8")
    given = Answers({}, "甲经办", "交台账")
    read = read_for_import(path, open_project(home).find, ImportOptions(), OwnWords(), given)
    assert read.result.outcome == "same", read.result
    with open_store(home) as store:
        (result,) = store_files(store, [read], given, FileInstruction(replace))
    return next((one.number for one in result.stored if one.number), 0)


def text_of(answer: Answer) -> str:
    """What the page says."""
    return " ".join(lxml.html.fromstring(answer.body).xpath("//main")[0].text_content().split())


def value_of(answer: Answer, name: str) -> str:
    """What stands in a field of the form of a case."""
    page = lxml.html.fromstring(answer.body)
    (found,) = page.xpath(f"//form[@class='editing']//*[@name='{name}']")
    return found.value or ""


def saved(clerk: Visitor, at: str, **fields: str) -> str:
    """Send a case's form with what is in force but for some fields; return where the answer leads."""
    page = clerk.get(at)
    sent = {}
    for field in lxml.html.fromstring(page.body).xpath("//form[@class='editing']//*[@name]"):
        if field.get("type") not in ("checkbox", "radio"):
            sent[field.get("name")] = field.value or ""
    answer = clerk.post(at, sent | fields)
    assert answer.status == 303, text_of(answer)
    return answer.headers["location"]
