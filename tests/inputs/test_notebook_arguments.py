"""What a notebook asks for: a name it does not know, or a value of another kind, stops with what to write instead."""

from __future__ import annotations

import IPython
import pytest
from projects import make_project

from gktools.errors import ParamsError
from gktools.inputs.inputs import open_inputs

OFFICES = {"007": {"names": [{"name": "示例区民政局"}], "kind": "county_department"}}
MASTER = 'office: str = ""\nyear: int = 2024\noverrides: dict = {}'


class Shell:
    """A notebook's shell after some of its cells."""

    def __init__(self, *cells: str) -> None:
        self.user_ns: dict[str, object] = {"In": ["", *cells]}
        for cell in cells:
            exec(cell, self.user_ns)


@pytest.fixture
def home(tmp_path, monkeypatch):
    project = make_project(tmp_path / "work", OFFICES, {(2024, "007"): {}})
    monkeypatch.setenv("GKTOOLS_HOME", str(project.home))


@pytest.fixture
def told(home, monkeypatch):
    """The message at the setup cell of a notebook after some cells."""

    def run(*cells: str) -> str:
        shell = Shell(*cells)
        monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
        with pytest.raises(ParamsError) as raised:
            open_inputs(shell.user_ns["office"], shell.user_ns["year"], shell.user_ns["overrides"])
        return str(raised.value)

    return run


def test_a_notebook_opens_its_inputs(home, monkeypatch):
    cells = (MASTER, '# Parameters\noffice = "007"\nyear = 2024', "import math as m\nMore = 1")
    monkeypatch.setattr(IPython, "get_ipython", lambda: Shell(*cells))

    assert open_inputs("007", 2024, {}).office.code == "007"
    assert open_inputs("007", 2024).year == 2024


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ('office = "007"\nYear = 2023', "不认识的参数 Year（可以写的是 office、year、overrides）；是不是“year”？"),
        ('office = "007"\nyaer = 2023', "不认识的参数 yaer（可以写的是 office、year、overrides）；是不是“year”？"),
        ('office = "007"\nuvw = 1\nxyz = 2', "不认识的参数 uvw、xyz（可以写的是 office、year、overrides）"),
    ],
)
def test_a_parameter_of_papermill_that_the_notebook_does_not_know_stops(told, given, message):
    assert told(MASTER, f"# Parameters\n{given}") == message


def test_a_name_in_another_case_typed_into_the_first_cell_stops(told):
    assert told(f"{MASTER}\nYEAR = 2023").startswith("不认识的参数 YEAR")


@pytest.mark.parametrize("given", ["7", "None", "True", "['007']", "7.0"])
def test_an_office_that_is_not_text_stops(told, given):
    message = told(MASTER, f"# Parameters\noffice = {given}")

    assert message.startswith(f"office（机关代码）要写成文字，现在是 {given}：")
    assert "-r office" in message


def test_a_notebook_without_an_office_stops(told):
    assert told(MASTER).startswith("没有写机关代码")


@pytest.mark.parametrize("given", ["None", "'2024'", "True", "2024.0", "20024", "24", "-2024"])
def test_a_year_that_is_no_number_of_four_digits_stops(told, given):
    message = told(MASTER, f"# Parameters\noffice = '007'\nyear = {given}")

    assert message.startswith(f"year（报告年度）要写成四位的数，如 2024，不加引号，现在是 {given}；")


@pytest.mark.parametrize("given", ["'{}'", "[1]", "{1: 2}", "0"])
def test_changes_for_one_run_that_are_no_mapping_stop(told, given):
    assert told(MASTER, f"# Parameters\noffice = '007'\noverrides = {given}").startswith("overrides（临时改动）要写成")
