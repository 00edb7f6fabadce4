"""An office of its own, and the files of a clerk through the command to the counted figure."""

from __future__ import annotations

import json
import shutil
import sys
from datetime import date
from pathlib import Path

import pytest
from corpus.files import as_csv, as_xlsx
from corpus.xls import xls

from gktools.cli.main import main
from gktools.figures.counting.count import count_table
from gktools.inputs.inputs import load_inputs
from gktools.registers.store.opening import open_store
from gktools.workspace.project import open_project

OFFICE = "mmj"
NAME = "示例区某某局"
YEAR = 2024
KINDS = ("csv", "xlsx", "xls")
OFFICES = f"""offices:
  {OFFICE}:
    names: [{{name: {NAME}}}]
    kind: county_department
    people: {{handler: null, deputy: null, head: null}}
"""


def cover(label: str, *more: list[object]) -> list[list[object]]:
    """The cover lines of a register of the office."""
    return [["登记表", label], ["单位", NAME], ["年度", str(YEAR)], *more]


REQUESTS = cover("依申请公开登记表")
CHARGES = cover("行政事业性收费登记表")
HEAD = ["申请编号", "申请方式", "收到申请之日", "申请人类别", "答复日", "送达方式", "电子发送日", "答复类型"]


def request(number: str, *more: object, received: object = "2024-03-05") -> list[object]:
    """A request received and granted in 2024, under HEAD and further columns."""
    return [number, "互联网", received, "自然人", "2024-03-20", "电子", "2024-03-20", "予以公开", *more]


class Desk:
    """A working folder of one office, and what is done there."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self._monkeypatch, self._capsys = home, monkeypatch, capsys
        self._files = 0

    def file(self, rows: list[list[object]], kind: str = "csv", name: str = "") -> Path:
        """Rows as a file of a kind; days are cells of a day in a workbook."""
        self._files += 1
        path = self.home / f"{name or f'台账{self._files}'}.{kind}"
        if kind == "csv":
            path.write_bytes(as_csv(rows))
        else:
            path.write_bytes(as_xlsx(rows) if kind == "xlsx" else xls(("登记", rows)))
        return path

    def book(self, *pages: tuple[str, list[list[object]]], kind: str = "xlsx") -> Path:
        """Named sheets as one workbook."""
        self._files += 1
        path = self.home / f"台账{self._files}.{kind}"
        path.write_bytes(as_xlsx(*((name, rows, None) for name, rows in pages)) if kind == "xlsx" else xls(*pages))
        return path

    def command(self, *words: object) -> tuple[int, str, str]:
        """Run a command; return its exit status and what it printed."""
        self._capsys.readouterr()
        self._monkeypatch.setattr(sys, "argv", ["gktools", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
            raise SystemExit(0)
        said = self._capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return int(ended.value.code or 0), said.out, said.err

    def take(self, *words: object) -> dict:
        """Import files with options; return the document, the exit status in it as "exit"."""
        code, out, _ = self.command("records", "import", *words, "--json")
        return {**json.loads(out), "exit": code}

    def loaded(self, *words: object) -> dict:
        """Import files that have to be taken; return the document."""
        found = self.take(*words)
        assert (found["exit"], found["problems"], found["questions"]) == (0, [], []), found
        return found

    def asked(self, *words: object) -> list[dict]:
        """Import files that have to be asked about; return the questions. Nothing is kept."""
        found = self.take(*words)
        assert found["exit"] == 1
        assert found["questions"], found["problems"]
        assert all(result["result"] not in ("changed", "same") for result in found["results"])
        return found["questions"]

    def refused(self, *words: object) -> list[str]:
        """Import files that have to be refused; return the messages."""
        found = self.take(*words)
        assert (found["exit"], found["questions"]) == (1, [])
        assert found["problems"]
        return [problem["message"] for problem in found["problems"]]

    def warnings(self, *words: object) -> list[str]:
        """Import files that have to be taken; return what they are told with."""
        return [text for result in self.loaded(*words)["results"] for text in result["warnings"]]

    def columns(self, text: str) -> None:
        """Write params/columns.yaml."""
        (self.home / "params/columns.yaml").write_text(text, encoding="utf-8")

    def figure(self, table: str, row: str, column: str, year: int = YEAR, office: str = OFFICE) -> object:
        """A counted figure, from the store."""
        inputs = load_inputs(open_project(self.home), office, year)
        return count_table(table, inputs.records, inputs.form, inputs.params)[row, column]

    def figures(self, *rows: str, year: int = YEAR) -> list[object]:
        """The totals of some rows of the requests' table."""
        return [self.figure("requests", row, "total", year) for row in rows]

    def wan(self) -> object:
        """The fees of the year, in 万元; the requests, which may have brought fees too, hold no record."""
        self.loaded(self.file([*REQUESTS, ["本年无记录", "√"], HEAD]))
        return self.figure("disclosures", "article_20_8.fees", "amount")

    def records(self, register: str, office: str = OFFICE) -> list[dict]:
        """The records of a register that a report sees, without what is empty in them."""
        with open_store(self.home) as store:
            frame = store.load_records(office, YEAR).frames[register]
        rows = frame.to_dict("records")
        return [{key: value for key, value in row.items() if value is not None and value == value} for row in rows]

    def case(self, shared: Path, name: str) -> Path:
        """A case of the shared folder, copied."""
        return Path(shutil.copy(shared / "cases" / name, self.home))


def day(text: str) -> date:
    """A day, for a cell."""
    return date.fromisoformat(text)
