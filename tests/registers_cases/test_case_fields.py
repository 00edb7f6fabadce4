"""docs/fields.md says what the code does, for every field of every register."""

from __future__ import annotations

import pytest

from gktools.registers.schema import registers
from registers_cases.fields_table import PAGE, row, table


def test_the_page_says_of_every_field_what_the_code_does():
    assert PAGE.read_text(encoding="utf-8") == table(), (
        "write it anew: python -m registers_cases.fields_table, in tests/"
    )


FIELDS = [(register.key, field) for register in registers().values() for field in register.fields]


@pytest.mark.parametrize(("register", "field"), FIELDS, ids=lambda value: getattr(value, "key", value))
def test_no_innocent_cell_becomes_another_value(register, field):
    _, blank, placeholder, nought, no, unit, alike, doubled = row(field)

    assert alike in ("一样", "照写"), "full width or unseen characters change nothing"
    assert placeholder != "照写" or field.any_word, "a placeholder is never kept as a text that may count"
    assert not (field.refers_to and (nought, no) != ("空", "空"))
    assert field.type == "text" or doubled.startswith(("退回", "问")), "two values are never one"
    assert field.type != "yuan" or unit == "问 `unit.cell`"
    assert not (field.required and blank != "退回")
