from __future__ import annotations

import pytest

from gktools.starter.scaffold import new_project
from registers_cases.desk import OFFICES, YEAR, Desk


@pytest.fixture
def desk(tmp_path, monkeypatch, capsys):
    """A working folder of the office of the cases."""
    home = tmp_path / "工作"
    new_project(home, empty=True, year=YEAR)
    (home / "params/offices.yaml").write_text(OFFICES, encoding="utf-8")
    (home / f"params/{YEAR}/my-office.yaml").rename(home / f"params/{YEAR}/mmj.yaml")
    monkeypatch.chdir(home)
    monkeypatch.delenv("GKTOOLS_HOME", raising=False)
    monkeypatch.delenv("GKTOOLS_RECORDS", raising=False)
    monkeypatch.setenv("LOGNAME", "经办甲")
    return Desk(home, monkeypatch, capsys)
