"""The explanation of one figure: its rule, its records and near misses, as data or as Chinese text."""

from __future__ import annotations

from typing import Any

from ...errors import NotFoundError, nearest
from ...figures.counting.count import count_table
from ...figures.counting.proof import explain
from ...figures.table import Share, Unknown, figure_to_json, format_figure, wan_from_fen
from ...forms.lookup import find_cell
from ...inputs.inputs import load_inputs
from ...registers.schema import fold, registers
from ...registers.store.coverage import for_staff
from ...registers.store.loading import Records
from ...workspace.project import Project


def explain_cell(
    project: Project, code: str, year: int, table: str, row: str, column: str, *, as_of: int | None = None
) -> dict[str, Any]:
    """Return the explanation of a cell as data: its figure, its rule, its records and the near misses.

    as_of selects the records as of an import (the manifest of a report has its number). Raises NotFoundError for an
    office, table, row or column that does not exist.
    """
    inputs = load_inputs(project, code, year, as_of=as_of)
    key = _table_key(inputs.form.forms, table)
    filled = count_table(key, inputs.records, inputs.form, inputs.params)
    cell = find_cell(filled.form, row, column)
    answer = explain(filled, inputs.own, cell)
    value, declared = filled[cell], filled.declared.get(cell)
    rows, columns = filled.form.address(cell)
    return {
        "office": {"code": code, "name": inputs.office.name},
        "year": year,
        "table": key,
        "row": list(rows),
        "column": list(columns),
        "row_key": cell[0],
        "column_key": cell[1],
        "value": figure_to_json(value),
        "shown": format_figure(value),
        "unit": filled.form.unit(cell),
        "source": filled.source(cell),
        "unknown": value.reason if isinstance(value, Unknown) else None,
        "declared": None if declared is None else {"value": figure_to_json(declared.value), "reason": declared.reason},
        "definition": answer.definition,
        "articles": list(answer.articles),
        "scope": inputs.office.scope_label,
        "offices": [_share(share) for share in filled.contributions(cell)],
        "registers": [_register(name, inputs.own) for name in (answer.registers if inputs.government is None else ())],
        "records": [_witness(witness, filled.form.unit(cell)) for witness in answer.counted],
        "near_misses": [_witness(witness, filled.form.unit(cell)) for witness in answer.near],
    }


def format_answer(answer: dict[str, Any]) -> str:
    """Return an explanation as Chinese text."""
    place = f"{'/'.join(answer['row']) or '（唯一一行）'}｜{'/'.join(answer['column'])}"
    name = answer["office"]["name"] + (f"（{answer['scope']}）" if answer["scope"] else "")
    lines = [f"{name} {answer['year']} 年 {place}：{answer['shown']} {answer['unit']}"]
    lines.append(f"规则：{answer['definition']}")
    if answer["articles"]:
        lines.append(f"依据：《政府信息公开条例》第 {'、'.join(answer['articles'])} 条")
    lines += [f"台账：{register['name']}（{_coverage_text(register)}）" for register in answer["registers"]]
    if answer["unknown"]:
        lines.append(f"没有数：{answer['unknown']}")
    if answer["declared"]:
        lines.append(f"填报数 {answer['declared']['value']}：{answer['declared']['reason']}")
    if answer["offices"]:
        lines += _offices(answer)
    elif answer["source"] in ("counted", "summed"):
        lines.append(f"计入 {len(answer['records'])} 条记录{'：' if answer['records'] else '。'}")
        lines += [f"  {_line(witness)}" for witness in answer["records"]]
    if answer["near_misses"]:
        lines.append(f"差一点的 {len(answer['near_misses'])} 条（没有计入）：")
        lines += [f"  {_line(witness)}——{witness['reason']}" for witness in answer["near_misses"]]
    return "\n".join(lines)


def _offices(answer: dict[str, Any]) -> list[str]:
    """Return the lines of the offices behind a figure of a government, and the command for the records of one."""
    given = [share for share in answer["offices"] if share["value"] != 0]
    lines = [f"等于 {len(answer['offices'])} 个机关之和" + ("：" if given else "，各机关都是 0")]
    lines += [f"  {share['name']}（{share['code']}）：{share['shown']}" for share in given if share["code"]]
    lines += [f"  {share['name']}：{share['shown']}" for share in given if not share["code"]]
    code = next((share["code"] for share in given if share["code"]), "机关代码")
    cell = f'{answer["table"]} "{answer["row_key"]}" "{answer["column_key"]}"'
    return [*lines, f"看一个机关的记录：gktools explain {code} {cell} --year {answer['year']}"]


def _share(share: Share) -> dict[str, Any]:
    """Return one office's part of a figure as data; without a code it is a deduction."""
    return {
        "code": share.code,
        "name": share.name,
        "value": figure_to_json(share.figure),
        "shown": format_figure(share.figure),
        "records": share.records,
    }


def _table_key(forms: Any, name: str) -> str:
    for form in forms:
        if fold(name) in (fold(form.key), fold(form.name)):
            return str(form.key)
    known = [form.name for form in forms]
    raise NotFoundError(f"没有“{name}”这张表{nearest(name, known)}（可用：{'、'.join(known)}）")


def _register(key: str, records: Records) -> dict[str, Any]:
    """Return the proof that a register is complete: the files imported for the year, their rows, the imports' numbers."""
    files = [
        {"file": known.file, "sheet": known.sheet, "rows": known.rows, "import": known.number}
        for known in for_staff(records.coverage)
        if (known.register, known.year) == (key, records.year)
    ]
    handed_in = key in records.covered()
    return {"name": registers()[key].label, "handed_in": handed_in, "files": files}


def _coverage_text(register: dict[str, Any]) -> str:
    files = "；".join(map(_file_text, register["files"])) or "没有导入"
    return files if register["handed_in"] or not register["files"] else f"{files}；没有说登记完，当作没有交"


def _file_text(known: dict[str, Any]) -> str:
    rows = f"{known['rows']} 条" if known["rows"] else "本年无记录"
    sheet = f" 工作表“{known['sheet']}”" if known["sheet"] else ""
    return f"{known['file']}{sheet}，{rows}，导入编号 {known['import']}"


def _witness(witness: Any, unit: str) -> dict[str, Any]:
    """Return a record as data; its amount in the unit of the cell."""
    return {
        "register": registers()[witness.register].label,
        "place": witness.place,
        "facts": dict(witness.facts),
        "amount": figure_to_json(wan_from_fen(witness.amount)) if unit == "万元" else witness.amount,
        "reason": witness.reason,
    }


def _line(witness: dict[str, Any]) -> str:
    facts = "，".join(f"{heading} {fact}" for heading, fact in witness["facts"].items())
    return f"{facts}（{witness['place']}）"
