"""docs/security.md: every test that it names exists."""

from __future__ import annotations

import re

from machine import REPOSITORY

PAGE = (REPOSITORY / "docs/security.md").read_text(encoding="utf-8")


def test_every_attack_that_the_page_names_is_performed_by_a_test():
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    defined = {
        name
        for path in (REPOSITORY / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }

    assert len(named) > 20
    assert named - defined == set()


def test_every_row_about_a_person_names_a_test_and_stands_once():
    rows = PAGE.partition("## 各种人")[2].partition("##")[0].splitlines()
    people = [row.split("|")[1:-1] for row in rows if row.startswith("|")][2:]
    doings = [cells[0].strip("〃 ") + cells[1].strip()[:25] for cells in people]

    assert [cells for cells in people if len(cells) != 5 or "`test_" not in cells[4]] == []
    assert [one for one in doings if doings.count(one) > 1] == []


def test_the_page_claims_no_certified_cryptography():
    assert not re.search("国密|电子签名|等保", PAGE)
