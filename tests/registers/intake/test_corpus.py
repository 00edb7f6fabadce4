"""Every file of the corpus gives exactly the records, or exactly the messages, that stand in expected.yaml."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from corpus.files import FILES, written
from ruamel.yaml import YAML

from gktools.errors import NotFoundError
from gktools.registers.intake.reading import read_file
from gktools.workspace import clock

EXPECTED = YAML(typ="safe").load((Path(__file__).parents[2] / "support/corpus/expected.yaml").read_text("utf-8"))


def find_office(name: str) -> str:
    if name not in ("minzheng", "示例市民政局"):
        raise NotFoundError(f"单位表里没有“{name}”（见 params/offices.yaml）")
    return "minzheng"


def outcome(path: Path) -> dict:
    """What came of a file, in plain values: its sheets or its messages."""
    said = read_file(path, find_office, today=date(2025, 1, 31))
    sheets, problems = said.sheets, said.problems
    if said.questions:
        return {"asked": [str(question).removeprefix(path.name).strip(" ：") for question in said.questions]}
    if problems:
        said = [str(problem).removeprefix(path.name).strip(" ：") for problem in problems]
        return {"refused": [text.replace(f"到 {clock.today().year}；", "到今年；") for text in said]}
    return {
        "loaded": [
            {
                "sheet": f"{sheet.sheet or '-'} {sheet.register} {sheet.code} {sheet.year}",
                "records": [f"{line}: {shown(record)}" for line, record in sheet.records],
                **({"looked at": sorted(sheet.personal)} if sheet.personal else {}),
                **({"warnings": [str(w).removeprefix(path.name).strip() for w in sheet.warnings]} if sheet.warnings else {}),
            }
            for sheet in sheets
        ]
    }  # fmt: skip


def shown(record: dict) -> str:
    return ", ".join(f"{key} {value}" for key, value in record.items() if value is not None)


def test_the_corpus_is_whole():
    assert list(EXPECTED) == list(FILES)
    assert len(FILES) >= 60


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_the_corpus_is_imported_with_exactly_its_records_or_messages(tmp_path, name):
    assert outcome(written(name, tmp_path)) == EXPECTED[name]
