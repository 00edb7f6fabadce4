"""Registers handed in through the browser: offices, files and steps that several tests share."""

from __future__ import annotations

from pathlib import Path

import lxml.html
from reviewing import Answer, Visitor

from gktools.registers.store.opening import open_store

YEAR, CODE = 2024, "minzheng"
OFFICES = {
    CODE: {
        "names": [{"name": "示例区民政局"}],
        "kind": "county_department",
        "people": {"handler": "甲经办", "deputy": "甲分管", "head": "甲负责"},
    },
    "caizheng": {
        "names": [{"name": "示例区财政局"}],
        "kind": "county_department",
        "people": {"handler": "乙经办", "deputy": "甲经办", "head": "乙负责"},
    },
    "qu": {
        "names": [{"name": "示例区人民政府办公室"}],
        "kind": "county_government",
        "people": {"handler": "甲经办"},
    },
    "qu-all": {
        "names": [{"name": "示例区人民政府"}],
        "kind": "county_government",
        "rolls_up": "qu",
        "people": {"handler": "甲经办"},
    },
    "minzu": {
        "names": [{"name": "示例区民族局"}],
        "kind": "county_department",
        "people": {"handler": "甲经办", "deputy": "甲分管", "head": "甲负责"},
    },
}
AT = f"/{YEAR}/{CODE}/registers"
NAME, IDENTITY = "欧阳某某", "110101199003070011"


def requests(*rows: str, office: str = CODE, day: str = "收到申请之日") -> bytes:
    """A register of requests as CSV, each row with number, day, kind and name."""
    cover = f"登记表,依申请公开登记表\n单位,{office}\n年度,{YEAR}\n"
    return (cover + f"申请编号,{day},申请人类别,申请人名称\n" + "".join(f"{row}\n" for row in rows)).encode()


GOOD = requests(f"1号,2024-03-01,自然人,{NAME}", "2号,2024-04-01,自然人,")
WRONG = requests(f"1号,2024-02-30,自然人,{NAME}", f"2号,2024-04-01,{NAME},{IDENTITY}", "3号,2024-13-01,自然人,")
ASKED = requests("1号,2024-03-01,自然人,", day="受理日期")


def hand_in(clerk: Visitor, at: str = AT, **files: bytes) -> tuple[str, Answer]:
    """Upload files as CSV; return the path of the submission's page, and the page."""
    answer = clerk.upload(at, {f"{name}.csv": content for name, content in files.items()})
    assert answer.status == 303, text_of(answer)
    return answer.headers["location"], clerk.get(answer.headers["location"])


def text_of(answer: Answer) -> str:
    return " ".join(lxml.html.fromstring(answer.body).xpath("//main")[0].text_content().split())


def imported(home: Path, code: str = CODE) -> list[tuple[str, int, str]]:
    """The registers in force of an office: register, rows, person."""
    with open_store(home) as store:
        return [(one.register, one.rows, one.person) for one in store.coverage(code)]


def field_of(page: Answer, key: str) -> tuple[str, str]:
    """The name of the radio button with a value, and the value."""
    (name,) = lxml.html.fromstring(page.body).xpath(f"//input[@type='radio'][@value='{key}']/@name")
    return name, key


def as_of(page: Answer) -> dict[str, str]:
    return {"as_of": lxml.html.fromstring(page.body).xpath("//input[@name='as_of']/@value")[0]}


def copy_of(visitor: Visitor, path: str, number: int = 0) -> Answer:
    """The marked or mended copy of a file of a submission."""
    written = visitor.post(path, {"what": "copy", "file": str(number)})
    return visitor.get(written.headers["location"]) if written.status == 303 else written
