"""The master notebook as staff may have left it: the code of its cells, or in words what is wrong with the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import GktoolsError, os_reason
from ..workspace.files import read_regular
from ..workspace.json_file import parse_json

_MOST_BYTES = 32 << 20
"""A larger notebook holds outputs, which every report would repeat."""
_NBFORMAT = 4
_LANGUAGE, _PARAMETERS = "python", "parameters"
_STEERING = frozenset((_PARAMETERS, "skip-execution", "raises-exception"))
_CONFLICT = re.compile(rb"^\s*(<{7}|>{7})( |$)", re.MULTILINE)


def read_code(path: Path) -> list[str]:
    """Return the code of every code cell of a master notebook that papermill can run with parameters, as with_tags does.

    Raises GktoolsError with what is wrong with the file and what to do.
    """
    where = f"{path.parent.name}/{path.name}"
    try:
        content = _content(path)
        notebook = _notebook(content)
        cells = [_cell(number, cell) for number, cell in enumerate(notebook["cells"], 1)]
        _require_python(notebook["metadata"])
        _require_one_parameters_cell(cells)
    except _UnusableError as error:
        raise GktoolsError(
            f"总笔记本 {where} {error}。请改好它，或从备份里找回它；都不行的，用 gktools init 另建一个目录，"
            f"把那里的 {where} 拷过来。原来做好的报告都没有动"
        ) from None
    return list(with_tags((cell.source, cell.tags) for cell in cells if cell.is_code))


def with_tags(cells: Iterable[tuple[str, object]]) -> Iterator[str]:
    """Yield the code of code cells, given with their tags, and in it those tags that change what is executed.

    They are the cell after which the parameters are written, if it is not the first, a cell that is left out, and one whose
    errors stop nothing.
    """
    for number, (source, tags) in enumerate(cells):
        steering = _STEERING if number else _STEERING - {_PARAMETERS}
        listed = set(map(str, tags)) & steering if isinstance(tags, list | tuple) else {str(tags)}  # a text has parts
        found = sorted(listed)
        yield "\0\0".join((source, *found))


@dataclass(frozen=True)
class _Cell:
    is_code: bool
    source: str
    tags: object


class _UnusableError(Exception):
    """Why the notebook cannot be used, in Chinese."""


def _content(path: Path) -> bytes:
    try:
        content = read_regular(path, most=_MOST_BYTES)
    except FileNotFoundError:
        raise _UnusableError("不见了") from None
    except OSError as error:
        raise _UnusableError(f"读不出来（{os_reason(error)}）：请看它是不是一个文件、权限对不对") from None
    if len(content) > _MOST_BYTES:
        raise _UnusableError(f"超过 {_MOST_BYTES >> 20} MB，里面存了别的东西：可以在 JupyterLab 里清除全部输出再保存")
    return content


def _notebook(content: bytes) -> Any:
    if not content.strip():
        raise _UnusableError("是空的")
    try:
        notebook = parse_json(content.decode())  # papermill reads no other encoding
    except ValueError:
        if _CONFLICT.search(content):
            raise _UnusableError("里有 Git 合并没有解决的记号（<<<<<<< 和 >>>>>>>），要先解决冲突") from None
        raise _UnusableError("不是一个笔记本，或者只有一半（要是 UTF-8、不带 BOM 的 JSON）") from None
    if not isinstance(notebook, dict) or "nbformat" not in notebook:
        raise _UnusableError("不是一个笔记本")
    if notebook["nbformat"] != _NBFORMAT:
        raise _UnusableError(f"的格式版本是 {str(notebook['nbformat'])[:10]}，要 {_NBFORMAT}")
    if not isinstance(notebook.get("cells"), list) or not isinstance(notebook.get("metadata"), dict):
        raise _UnusableError("缺了一部分（cells、metadata）")
    return notebook


def _cell(number: int, cell: Any) -> _Cell:
    if isinstance(cell, dict) and isinstance(cell.get("cell_type"), str) and isinstance(cell.get("metadata"), dict):
        source, tags = cell.get("source"), cell["metadata"].get("tags")
        if isinstance(source, str) or (isinstance(source, list) and all(isinstance(line, str) for line in source)):
            return _Cell(cell["cell_type"] == "code", "".join(source), () if tags is None else tags)
    raise _UnusableError(f"的第 {number} 格不完整（cell_type、metadata、source）")


def _require_python(metadata: Any) -> None:
    for language in _languages(metadata):
        if language.lower() != _LANGUAGE:
            raise _UnusableError(
                f"选的内核是 {language[:30]} 的，要 Python 的：可以在 JupyterLab 里改选 Python 3 再保存"
            )


def _languages(metadata: Any) -> Iterator[str]:
    """Yield the languages that a notebook names; it may name none."""
    for part, key in (("kernelspec", "language"), ("language_info", "name")):
        found = metadata.get(part)
        if isinstance(found, dict) and isinstance(language := found.get(key), str):
            yield language


def _require_one_parameters_cell(cells: Sequence[_Cell]) -> None:
    """Papermill writes the office and the year after the first such cell: a later one would put them back."""
    tagged = [
        number
        for number, cell in enumerate(cells, 1)
        if cell.is_code and isinstance(cell.tags, list) and _PARAMETERS in cell.tags
    ]
    if len(tagged) != 1:
        which = f"第 {'、'.join(map(str, tagged))} 格都有标签" if tagged else "没有一格有标签"
        raise _UnusableError(f"{which} {_PARAMETERS}，只能是写机关代码和年度的那一格有")
