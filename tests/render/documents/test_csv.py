"""The figures as CSV and as a data package, read back, and the package held to the rules of Frictionless."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256

import pandas as pd
import pytest
from readback import OFFICES, folder, notebook, report
from typer.testing import CliRunner

from gktools.build.export import write_package
from gktools.cli.main import app
from gktools.errors import NotFoundError
from gktools.render.documents.csv import CsvExporter, columns, figure_rows, resources, write_csv
from gktools.render.documents.data_package import package_files
from gktools.render.documents.document import read_document

EXPECTED = [
    "office",
    "office_name",
    "year",
    "notice",
    "table",
    "row",
    "column",
    "row_key",
    "column_key",
    "value",
    "unit",
    "source",
]


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


@pytest.fixture(scope="module", params=OFFICES)
def name(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def written(district, name) -> str:
    return CsvExporter().from_notebook_node(notebook(district, name))[0]


# --- one report ---------------------------------------------------------------------------------------------


def test_every_cell_of_the_file_is_the_cell_of_report_json(written, district, name):
    held = report(district, name)
    wanted = [(key, cell) for key, cells in held["tables"].items() for cell in cells]
    found = read(written)

    assert len(found) == len(wanted)
    for line, (key, cell) in zip(found, wanted, strict=True):
        value = None if line["value"] == "" else Decimal(line["value"])
        assert (line["table"], line["row_key"], line["column_key"]) == (key, cell["row_key"], cell["column_key"])
        assert (line["row"], line["column"]) == (" / ".join(cell["row"]), " / ".join(cell["column"]))
        assert (value, line["source"]) == (cell["value"], cell["source"])
        assert (line["office"], line["office_name"]) == (held["office"]["code"], held["office"]["name"])
        assert (line["year"], line["notice"]) == (str(held["year"]), held["notice"])


def test_its_columns_are_those_of_the_published_schema(written):
    assert columns("figures") == EXPECTED == next(csv.reader(io.StringIO(written.removeprefix("\ufeff"))))


def test_money_is_in_wan_yuan_and_says_so(district):
    rows = read(CsvExporter().from_notebook_node(notebook(district, "2020/jiaotong"))[0])
    money = [row for row in rows if row["unit"] == "万元"]

    assert {row["column_key"] for row in money} == {"amount"}
    assert {row["unit"] for row in rows} >= {"件", "项", "万元"}


def test_excel_and_pandas_open_it_as_utf_8_with_numbers_as_numbers(written):
    data = written.encode()
    frame = pd.read_csv(io.BytesIO(data), encoding="utf-8-sig")

    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\r\n") == len(frame) + 1
    assert frame["value"].dtype.kind in "if"


def test_an_unknown_figure_has_no_value_and_zero_is_zero(district):
    nb = notebook(district, "2024/yunxi")
    document = read_document(nb)
    first, *rest = document.report.tables["requests"]
    requests = (replace(first, value=None, source="unknown"), *rest)
    report = replace(document.report, tables={**document.report.tables, "requests": requests})
    document = replace(document, report=report)
    rows = [row for row in read(write_csv("figures", figure_rows(document))) if row["table"] == "requests"]

    assert (rows[0]["value"], rows[0]["source"]) == ("", "unknown")
    assert "0" in {row["value"] for row in rows}


def test_a_text_that_would_run_as_a_formula_is_marked_as_text_and_a_negative_figure_is_left_alone(district):
    document = read_document(notebook(district, "2024/yunxi"))
    document = replace(document, report=replace(document.report, office_name='=HYPERLINK("a")'))
    (row, *_) = figure_rows(document)
    texts = ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "1=1", "正常"]
    lines = read(write_csv("figures", [row | {"row": text} for text in texts]))
    negative = next(figure_rows(_with_negative(document)))

    assert lines[0]["office_name"] == '\'=HYPERLINK("a")'
    assert [line["row"] for line in lines] == ["'=1", "'+1", "'-1", "'@a", "'\t=1", "'\r=1", "1=1", "正常"]
    assert read(write_csv("figures", [negative]))[0]["value"] == "-8"


def _with_negative(document):
    section = document.tables[0]
    key = next(iter(section.figures))
    section.figures[key] = -8
    return document


# --- a year's package ---------------------------------------------------------------------------------------

KINDS = {
    "string": str,
    "integer": lambda text: int(re.fullmatch(r"-?\d+", text)[0]),
    "number": lambda text: Decimal(re.fullmatch(r"-?\d+(\.\d+)?", text)[0]),
    "boolean": {"true": True, "false": False}.__getitem__,
}
"""How Table Schema 1 reads a value of each type that we use."""


@pytest.fixture(scope="module", params=[2020, 2024])
def package(request, district, tmp_path_factory):
    place = tmp_path_factory.mktemp("package")
    write_package(district, request.param, place)
    return place


@pytest.fixture(scope="module")
def descriptor(package):
    return json.loads((package / "datapackage.json").read_text(encoding="utf-8"))


def rows_of(package, resource) -> list[dict[str, object]]:
    """A resource's rows, every value read by the type of its field; an empty one is None."""
    lines = read((package / resource["path"]).read_bytes().decode())
    kinds = {field["name"]: KINDS[field["type"]] for field in resource["schema"]["fields"]}
    return [{name: kinds[name](text) if text else None for name, text in line.items()} for line in lines]


def test_the_descriptor_is_a_data_package_of_tabular_resources(package, descriptor):
    assert descriptor["profile"] == "tabular-data-package"
    assert re.fullmatch(r"[a-z0-9._-]+", descriptor["name"])
    assert not {"licenses", "created"} & descriptor.keys()
    names = [resource["name"] for resource in descriptor["resources"]]
    assert len(set(names)) == len(names) > 0
    assert {path.name for path in package.iterdir() if path.name[0] != "."} == {
        "datapackage.json", *(resource["path"] for resource in descriptor["resources"]),
    }  # fmt: skip
    for resource in descriptor["resources"]:
        assert resource["profile"] == "tabular-data-resource"
        assert re.fullmatch(r"[a-z0-9._-]+", resource["name"])
        assert not re.search(r"^/|\.\.|:", resource["path"])


def test_every_file_has_the_size_the_hash_and_the_columns_the_descriptor_says(package, descriptor):
    for resource in descriptor["resources"]:
        content = (package / resource["path"]).read_bytes()
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{sha256(content).hexdigest()}"
        head = content.decode("utf-8-sig").splitlines()[0].split(resource["dialect"]["delimiter"])
        assert head == [field["name"] for field in resource["schema"]["fields"]]


def test_every_column_says_in_chinese_what_it_holds():
    for resource in resources().values():
        for field in (resource, *resource["schema"]["fields"]):
            assert re.search(r"[一-鿿]", field["title"])
            assert re.search(r"[一-鿿]", field["description"])


def test_every_row_keeps_to_the_constraints_of_its_fields(package, descriptor):
    for resource in descriptor["resources"]:
        rows = rows_of(package, resource)
        for field in resource["schema"]["fields"]:
            values = [row[field["name"]] for row in rows]
            rules = field.get("constraints", {})
            there = [value for value in values if value is not None]
            assert not rules.get("required") or len(there) == len(values)
            assert not rules.get("unique") or len(set(there)) == len(there)
            assert not rules.get("enum") or set(there) <= set(rules["enum"])
            assert not rules.get("pattern") or all(re.fullmatch(rules["pattern"], value) for value in there)
            assert all(value >= rules.get("minimum", value) for value in there)


def test_primary_keys_are_unique_and_foreign_keys_lead_somewhere(package, descriptor):
    resources = {resource["name"]: resource for resource in descriptor["resources"]}
    for resource in resources.values():
        rows = rows_of(package, resource)
        keys = [tuple(row[name] for name in resource["schema"]["primaryKey"]) for row in rows]
        assert len(set(keys)) == len(keys) > 0
        assert None not in {part for key in keys for part in key}
        for foreign in resource["schema"].get("foreignKeys", ()):
            there = rows_of(package, resources[foreign["reference"]["resource"]])
            targets = {row[foreign["reference"]["fields"]] for row in there}
            assert {row[foreign["fields"]] for row in rows} <= targets


def test_the_package_holds_every_cell_and_paragraph_of_every_report_of_the_year(package, descriptor, district):
    year = int(descriptor["name"].rpartition("-")[2])
    figures, offices, paragraphs = (rows_of(package, resource) for resource in descriptor["resources"])
    reports = [report(district, f"{year}/{office.code}") for office in district.offices(year)]

    assert [row["office"] for row in offices] == [held["office"]["code"] for held in reports]
    assert {(r["office"], r["table"], r["row_key"], r["column_key"]): r["value"] for r in figures} == {
        (held["office"]["code"], key, cell["row_key"], cell["column_key"]): cell["value"]
        for held in reports
        for key, cells in held["tables"].items()
        for cell in cells
    }
    assert [row["text"] for row in paragraphs] == [
        paragraph
        for held in reports
        for part in (held["opening"], *held["sections"], held["signature"])
        for paragraph in part["paragraphs"]
    ]


def test_the_same_reports_give_the_same_package(district):
    documents = [read_document(notebook(district, f"2024/{code}")) for code in ("yunxi", "minzheng")]

    assert package_files(2024, documents) == package_files(2024, documents)


def test_offices_without_a_whole_report_are_named(own_district, tmp_path):
    (folder(own_district, "2024/yunxi") / "report.json").write_bytes(b"{}")
    with pytest.raises(NotFoundError, match="示例市云溪区人民政府。先运行 gktools build --year 2024"):
        write_package(own_district, 2024, tmp_path / "out")

    assert not (tmp_path / "out").exists()
    assert len(write_package(own_district, 2024, tmp_path / "out", ["minzheng"])) == 4


def test_the_command_writes_the_package_and_the_schema_beside_exported_json(own_district, tmp_path, monkeypatch):
    monkeypatch.chdir(own_district.home)
    monkeypatch.setenv("GKTOOLS_HOME", str(own_district.home))
    runner = CliRunner()
    made = runner.invoke(app, ["export", "--year", "2024", "--to", "package"])
    beside = runner.invoke(app, ["export", "minzheng", "--year", "2024", "--to", "json", "--out", str(tmp_path / "a")])

    assert (made.exit_code, beside.exit_code) == (0, 0)
    assert "数据包：output/package/2024/datapackage.json" in made.output
    assert sorted(path.name for path in (own_district.home / "output/package/2024").iterdir()) == [
        "datapackage.json", "figures.csv", "offices.csv", "paragraphs.csv",
    ]  # fmt: skip
    assert (tmp_path / "a/report.schema.json").read_bytes() == (
        own_district.home / "output/report.schema.json"
    ).read_bytes()
