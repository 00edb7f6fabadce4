"""An import killed at any moment leaves the store as before it or as after it: real commands, kill -9."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time

import pytest
import xlsxwriter
from literal_registers import OFFICE

from gktools.registers.store.opening import open_store
from gktools.starter.scaffold import new_project

REQUESTS, CHARGES, FILES = 120, 80, 4
IMPORT = """
import sys
from itertools import cycle
from gktools.cli.main import app
import gktools.registers.intake.reading, gktools.registers.store.store
print("ready", flush=True)
for file in cycle(sys.argv[1:]):
    try:
        app(["records", "import", file, "--replace"])
    except SystemExit as ended:
        assert not ended.code
"""


def write_file(path, number):
    """A workbook of two registers, both of which say the number of the file in every row."""
    requests = [["申请编号", "收到申请之日", "申请人类别", "主题分类", "申请人名称"]]
    requests += [[f"{n}号", "2024-03-01", "自然人", str(number), f"某人{number}"] for n in range(REQUESTS)]
    charges = [["项目名称", "收缴日期", "金额（元）"]]
    charges += [["占道费", "2024-05-01", number] for _ in range(CHARGES)]
    with xlsxwriter.Workbook(path) as book:
        for name, rows in (("依申请公开登记表", requests), ("行政事业性收费登记表", charges)):
            page = book.add_worksheet(name)
            for i, row in enumerate([["登记表", name], ["单位", OFFICE], ["年度", "2024"], *rows]):
                page.write_row(i, 0, row)


def killed_after(seconds, home, files, url, *, under_way):
    """Import the files over and over in a process of its own, and kill it: after so many lines of output, or at any moment."""
    environment = os.environ | {"GKTOOLS_HOME": str(home), "GKTOOLS_RECORDS": url}
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", IMPORT, *map(str, files)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"ready\n", process.stderr.read()
    for _ in range(under_way):
        process.stdout.readline()
    time.sleep(seconds)
    process.kill()
    said = process.communicate()[1].decode()
    assert process.returncode == -9, said


def look(home, url):
    """The number of imports and of the file in force; fails if any part is of another import."""
    with open_store(home, url) as store:
        records, imports = store.load_records(OFFICE, 2024), store.imports()
    last = len(imports)
    assert [one.number for one in imports] == list(range(last, 0, -1))
    if not last:
        assert not records.coverage
        return 0, None
    topics, amounts = records["requests"]["topic"], records["charges"]["amount"]
    said = {*topics, *(str(amount // 100) for amount in amounts)}
    assert (len(topics), len(amounts), len(said)) == (REQUESTS, CHARGES, 1), said
    assert {known.number for known in records.coverage} == {last}
    assert records["requests"]["person"].nunique() == 1
    return last, said.pop()


def kill_and_look(rounds, url, tmp_path, seed):
    home = tmp_path / "work"
    new_project(home, empty=False)
    files = [tmp_path / str(number) / "台账.xlsx" for number in range(1, FILES + 1)]
    for number, file in enumerate(files, start=1):
        file.parent.mkdir()
        write_file(file, number)
    moments = random.Random(seed)
    before = look(home, url)
    for number in range(rounds):
        killed_after(moments.uniform(0, 0.6), home, files, url, under_way=number % 2 * 4)
        after = look(home, url)
        assert after[0] >= before[0]
        before = after
    assert before[0] > rounds // 4, "the imports were killed before they began"
    assert not [path.name for path in home.iterdir() if "backup" in path.name]


def test_an_import_killed_at_any_moment_leaves_the_store_as_before_or_after(url, tmp_path):
    kill_and_look(3, url, tmp_path, seed=5)


@pytest.mark.parametrize("url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)], indirect=True)
def test_of_files_that_are_added_a_killed_import_leaves_whole_ones_only(url, tmp_path):
    home = tmp_path / "work"
    new_project(home, empty=False)
    files = [tmp_path / f"{number}月.xlsx" for number in range(1, 13)]
    for number, file in enumerate(files, start=1):
        write_file(file, number)
    moments = random.Random(12)
    for number in range(2):
        killed_after(
            moments.uniform(0, 0.6), home, files, url, under_way=number % 2 * 4
        )  # a line for each register of two files
        with open_store(home, url) as store:
            records = store.load_records(OFFICE, 2024)
        handed_in = [known for known in records.coverage if known.register == "charges"]
        amounts = records["charges"]["amount"].value_counts()
        assert sorted(amounts) == [CHARGES] * len(handed_in)
        assert len(records["requests"]) == (REQUESTS if handed_in else 0)
    assert len(handed_in) > 1, "the imports were killed before they began"


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_fifty_imports_killed_at_any_moment_leave_the_store_as_before_or_after(url, tmp_path):
    kill_and_look(50, url, tmp_path, seed=50)
