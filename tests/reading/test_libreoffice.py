"""Two reports that LibreOffice 7.4 saved once as Word files and as PDF, one of each form: everything in them is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gktools.forms.notices import load_format
from gktools.reading.files import GivenFile, read_file
from gktools.reading.published import TABLES, PrintedReport

FOLDER = Path(__file__).with_name("libreoffice")


@pytest.mark.parametrize("year", [2020, 2023])
@pytest.mark.parametrize("ending", ["docx", "pdf"])
def test_a_report_that_libreoffice_saved_is_read_whole(year, ending):
    file = FOLDER / f"report_{year}.{ending}"
    truth = json.loads((FOLDER / f"report_{year}.json").read_text("utf-8"))
    (report,) = read_file(GivenFile(file.name, file.read_bytes()))
    assert isinstance(report, PrintedReport), report

    for form in load_format(year).forms:
        cells = [report.by_cell[TABLES[form.key], cell] for cell in form.cells]
        assert " ".join(str(cell.value) for cell in cells) == truth[TABLES[form.key]]
        assert not any(cell.inferred for cell in cells)
    assert (report.unit, report.year, report.unsure) == ("清河县民政局", year, ())
    assert sorted(report.text) == sorted("一二三四五六")
