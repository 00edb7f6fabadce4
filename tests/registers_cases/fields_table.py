"""docs/fields.md: what an innocent cell does in every field of every register, as the code has it.

python -m registers_cases.fields_table    (in tests/) writes the page anew
"""

from __future__ import annotations

from pathlib import Path

from gktools.registers.intake.values import Unclear, parse
from gktools.registers.schema import Field, registers

PAGE = Path(__file__).parents[2] / "docs/fields.md"
_SAMPLES = {
    "date": ("2024-03-05", "2024-03-06"),
    "count": ("20", "30"),
    "yuan": ("20", "30"),
    "number": ("20", "30"),
    "yes_no": ("是", "否"),
}
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_COLUMNS = "| 栏目 | 空白 | 占位 | 0 | 否 | 别的单位 | 长得一样 | 两个值 |\n|---|---|---|---|---|---|---|---|"
_HEAD = """# What an innocent cell does

Made from the code by `tests/registers_cases/fields_table.py`; a test holds it to that. For every field of every register: an empty cell; a
placeholder (无, / and — alike); 0; 否; an amount or a number with another unit (2万元 under 元); the same value with full-width signs and
invisible characters; two values in one cell, on two lines.

空 empty · 退回 refused with its place · 问 asked (docs/questions.md) · 照写 kept as text · 一样 the same value · – does not arise

"""


def table() -> str:
    """The page as the code has it."""
    parts = [_HEAD.rstrip("\n")]
    for register in registers().values():
        parts.append(f"## {register.label}\n\n{_COLUMNS}")
        parts[-1] += "".join("\n| " + " | ".join(row(field)) + " |" for field in register.fields)
    return "\n\n".join(parts) + "\n"


def row(field: Field) -> tuple[str, ...]:
    """What a field makes of each."""
    placeholders = {told(field, word) for word in ("无", "/", "—")}
    one, two = _SAMPLES.get(field.type) or ((field.allowed * 2)[:2] if field.allowed else ("甲1号", "甲2号"))
    disguised = "\u200b" + one.translate(_WIDE) + "\u200e"
    alike = "一样" if parse(field, disguised) == parse(field, one) else told(field, disguised)
    unit = told(field, "2万元") if field.type in ("yuan", "count", "number") else "–"
    first = "、".join(sorted(placeholders))
    return (
        field.heading,
        told(field, ""),
        first,
        told(field, "0"),
        told(field, "否"),
        unit,
        alike,
        told(field, f"{one}\n{two}"),
    )


def told(field: Field, cell: str) -> str:
    """What becomes of a cell, in a word."""
    try:
        value = parse(field, cell)
    except Unclear as unclear:
        return f"问 `{unclear.code}`"
    except ValueError:
        return "退回"
    if value is None:
        if field.required:
            return "退回"
        return "空" if field.default is None else f"当作 {field.default}"
    if isinstance(value, bool):
        return "是" if value else "否"
    return "照写" if field.type == "text" else f"{value}"


if __name__ == "__main__":
    PAGE.write_text(table(), encoding="utf-8")
