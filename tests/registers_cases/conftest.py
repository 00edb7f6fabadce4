from __future__ import annotations

import pytest

from gktools.starter.scaffold import new_project
from registers_cases.desk import OFFICES, YEAR, Desk


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark cases so that each of a test is made of one kind of file in make test, the next of another, and all in make soak."""
    if not isinstance(item, pytest.Function):
        return
    kinds = next((list(one.args[1]) for one in item.iter_markers("parametrize") if one.args[0] == "kind"), [])
    case = tuple(id(value) for name, value in item.callspec.params.items() if name != "kind") if kinds else ()
    if case:
        cases = _CASES.setdefault((item.path.stem, item.originalname), {})
        if item.callspec.params["kind"] != kinds[cases.setdefault(case, len(cases)) % len(kinds)]:
            item.add_marker(pytest.mark.soak)


_CASES: dict[tuple[str, str], dict[tuple[int, ...], int]] = {}


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
