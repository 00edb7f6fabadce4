"""A master notebook as staff may leave it: read if papermill can run it, else told in words and nothing is touched."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from machine import REPOSITORY
from projects import keep, make_project

from gktools.build.batch import BuildOptions, build
from gktools.build.freshness import NOTEBOOK, changed_since_built
from gktools.build.master_notebook import read_code
from gktools.errors import GktoolsError

GOOD = (REPOSITORY / NOTEBOOK).read_text(encoding="utf-8")
Change = Callable[[dict[str, Any]], object]

DAMAGES: dict[str, tuple[bytes, str]] = {
    "empty": (b" \n", "是空的"),
    "no JSON": (b"hello", "不是一个笔记本"),
    "half": (GOOD[:2000].encode(), "只有一半"),
    "merged badly": (f"<<<<<<< HEAD\n{GOOD}\n=======\n".encode(), "冲突"),
    "a list": (b"[]", "不是一个笔记本"),
    "no keys": (b"{}", "不是一个笔记本"),
    "null": (b"null", "不是一个笔记本"),
    "nested without end": (b"[" * 100_000, "不是一个笔记本"),
    "no cells": (b'{"nbformat": 4, "metadata": {}, "cells": {}}', "缺了一部分"),
    "another encoding": (GOOD.encode("gb18030"), "UTF-8"),
    "UTF-16": (GOOD.encode("utf-16"), "UTF-8"),
    "a mark of Windows": (GOOD.encode("utf-8-sig"), "BOM"),
    "too large": (GOOD.encode() + b" " * (33 << 20), "清除全部输出"),
}
CHANGES: dict[str, tuple[Change, str]] = {
    "no source": (lambda book: book["cells"][2].pop("source"), "第 3 格"),
    "a number as source": (lambda book: book["cells"][2].update(source=[1]), "第 3 格"),
    "a cell that is none": (lambda book: book["cells"].insert(0, "x"), "第 1 格"),
    "an old format": (lambda book: book.update(nbformat=3), "版本是 3"),
    "a format to come": (lambda book: book.update(nbformat=5), "版本是 5"),
    "a kernel of R": (lambda book: book["metadata"].update(kernelspec={"name": "ir", "language": "R"}), "是 R 的"),
    "another language": (lambda book: book["metadata"].update(language_info={"name": "julia"}), "是 julia 的"),
    "no tag": (lambda book: book["cells"][1].update(metadata={}), "没有一格有标签"),
    "two tags": (lambda book: book["cells"][3]["metadata"].update(tags=["parameters"]), "第 2、4 格"),
}
HARMLESS: dict[str, Change] = {
    "no kernel named": lambda book: book.update(metadata={}),
    "an environment of its own": lambda book: book["metadata"]["kernelspec"].update(name="my-environment"),
    "lines of source": lambda book: book["cells"][3].update(source=["a = 1\n", "a"]),
}


def write(home: Path, content: bytes) -> Path:
    path = home / NOTEBOOK
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


def changed(change: Change) -> bytes:
    book = json.loads(GOOD)
    change(book)
    return json.dumps(book).encode()


@pytest.mark.parametrize(
    ("content", "said"),
    [*DAMAGES.values(), *((changed(change), said) for change, said in CHANGES.values())],
    ids=[*DAMAGES, *CHANGES],
)
def test_what_is_wrong_with_a_master_notebook_is_told_with_its_name_and_what_to_do(tmp_path, content, said):
    with pytest.raises(GktoolsError) as told:
        read_code(write(tmp_path, content))

    assert said in str(told.value)
    assert "notebooks/annual_report.ipynb" in str(told.value)
    assert "gktools init" in str(told.value)


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_a_python_notebook_is_read_whatever_kernel_it_names(tmp_path, change):
    assert read_code(write(tmp_path, changed(change)))


@pytest.mark.parametrize("tag", [["skip-execution"], ["raises-exception"], "a skip-execution in a text"])
def test_a_cell_that_is_tagged_to_be_executed_otherwise_makes_another_notebook(tmp_path, tag):
    book = json.loads(GOOD)
    before = read_code(write(tmp_path, GOOD.encode()))
    code = next(cell for cell in book["cells"][2:] if cell["cell_type"] == "code")
    code["metadata"]["tags"] = tag

    assert (
        read_code(write(tmp_path, json.dumps(book).encode()))
        != before
        == ["".join(cell["source"]) for cell in json.loads(GOOD)["cells"] if cell["cell_type"] == "code"]
    )


def test_a_missing_notebook_a_folder_and_a_pipe_are_told_without_waiting(tmp_path):
    path = tmp_path / NOTEBOOK
    with pytest.raises(GktoolsError, match="不见了"):
        read_code(path)
    path.mkdir(parents=True)
    with pytest.raises(GktoolsError, match="读不出来"):
        read_code(path)
    if sys.platform != "win32":
        path.rmdir()
        os.mkfifo(path)
        with pytest.raises(GktoolsError, match="读不出来"):
            read_code(path)


def test_a_damaged_notebook_stops_a_build_once_and_leaves_output_as_it_was(tmp_path):
    offices = {"a": {"names": [{"name": "示例局"}], "kind": "county_department"}}
    project = make_project(tmp_path / "work", offices, {(2024, "a"): {}})
    keep(project, "a", 2024, {})
    write(project.home, b"")

    with pytest.raises(GktoolsError, match="是空的"):
        build(project, [2024], options=BuildOptions(workers=1))

    assert not (project.home / "output").exists()
    folder = project.home / "output/2024/a"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text('{"inputs": {"notebook": "1"}, "outputs": {}}', encoding="utf-8")
    with pytest.raises(GktoolsError, match="是空的"):
        changed_since_built(project, project.report("a", 2024))
