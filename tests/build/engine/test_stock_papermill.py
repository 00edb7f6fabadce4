"""A batch's files are those of stock papermill and stock nbconvert, byte for byte: their own kernel, a fresh exporter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import papermill
import pytest
from machine import REPOSITORY
from nbconvert.exporters import get_exporter
from readback import folder

from gktools.build.engine.execution import remove_clock

SOME = ("2020/xigong-community", "2024/yunxi")
"""Local wording, pictures and last year's figures, a government's own body."""
FILES = {"gk-report": "report.html", "gk-review": "review.html", "gk-json": "report.json"}
ALL = sorted(
    f"{path.parent.name}/{path.stem}"
    for path in (REPOSITORY / "params").glob("[0-9]*/*.yaml")
    if path.stem != "defaults"
)


@pytest.mark.parametrize(
    "name", [*SOME, *(pytest.param(name, marks=pytest.mark.soak) for name in ALL if name not in SOME)]
)
def test_the_notebook_and_its_files_are_those_of_stock_papermill_and_exporters_not_kept(
    district, outcomes, tmp_path, monkeypatch, name
):
    year, _, code = name.partition("/")
    given = {"office": code, "year": int(year)}
    monkeypatch.setenv("GKTOOLS_HOME", str(district.home))
    book = district.home / "notebooks/annual_report.ipynb"
    target = tmp_path / "stock.ipynb"
    stock = papermill.execute_notebook(
        book, target, given, engine_name="nbclient", progress_bar=False, cwd=district.home
    )
    remove_clock(stock, given)
    nbformat.write(stock, target)

    made = folder(district, name)
    pages = {file: get_exporter(exporter)().from_filename(str(target))[0] for exporter, file in FILES.items()}
    assert {(o.year, o.code): o.status for o in outcomes}[int(year), code] == "built"
    assert target.read_text(encoding="utf-8") == (made / "report.ipynb").read_text(encoding="utf-8")
    assert [file for file, text in pages.items() if text != (made / file).read_text(encoding="utf-8")] == []


def test_the_page_is_that_of_stock_nbconvert(district, tmp_path):
    made = folder(district, "2024/minzheng")
    command = ["nbconvert", "--log-level=ERROR", "--to=gk-report", f"--output-dir={tmp_path}", "--output=made"]
    jupyter = Path(sys.executable).with_name("jupyter")
    subprocess.run([jupyter, *command, made / "report.ipynb"], check=True, capture_output=True)

    assert (tmp_path / "made.html").read_bytes() == (made / "report.html").read_bytes()
