"""Every format of our own reports, read back, has the figures of report.json."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from readback import OFFICES, folder, notebook

from gktools.build.export import load_exporters
from gktools.reading.files import read_files
from gktools.reading.published import PrintedReport
from gktools.render.documents.formats import FORMATS

TO = ("docx", "pdf", "xlsx", "page", "csv")


def read(path: Path) -> PrintedReport:
    (found,) = read_files([path], io.BytesIO())
    assert isinstance(found, PrintedReport), found
    return found


def figures(report: PrintedReport) -> dict[object, object]:
    """The figures by cell; what is printed as a dash is not known."""
    return {key: None if cell.value == "—" else cell.value for key, cell in report.by_cell.items()}


def differences(district: Any, name: str, tmp_path: Path) -> list[str]:
    """The formats of one report that are not read back as report.json has it."""
    from nbconvert.exporters import get_exporter

    load_exporters()
    built = folder(district, name)
    expected = read(built / "report.json")
    files = [built / "report.html"]
    for form in (FORMATS[to] for to in TO):
        content, _ = get_exporter(form.exporter)().from_notebook_node(notebook(district, name))
        files.append(tmp_path / f"report-{len(files)}.{form.ending.rpartition('.')[2]}")
        files[-1].write_bytes(content if isinstance(content, bytes) else content.encode())
    return [f"{name} {file.name}: {what}" for file in files for what in _different(read(file), expected, file)]


def _different(found: PrintedReport, expected: PrintedReport, file: Path) -> list[str]:
    wrong = ["figures"] * (figures(found) != figures(expected) or len(found.cells) != len(expected.cells))
    wrong += ["office"] * ((found.unit, found.year) != (expected.unit, expected.year))
    wrong += ["unsure"] * bool(found.unsure)
    return wrong + ["text"] * (file.suffix in (".docx", ".html") and not _text_is_there(expected, found))


def _text_is_there(expected: PrintedReport, found: PrintedReport) -> bool:
    return all("".join(text.split()) in "".join(found.text[key].split()) for key, text in expected.text.items())


@pytest.mark.parametrize("name", OFFICES)
def test_every_format_of_a_report_is_read_back_whole(district, tmp_path, name):
    assert differences(district, name, tmp_path) == []


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_every_format_of_every_report_is_read_back_whole(district, tmp_path):
    names = sorted(
        path.parent.relative_to(district.home / "output").as_posix()
        for path in district.home.glob("output/*/*/report.json")
    )

    assert len(names) == 38
    assert [wrong for name in names for wrong in differences(district, name, tmp_path)] == []
