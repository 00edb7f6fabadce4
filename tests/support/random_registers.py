"""Random valid registers for property tests."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from gktools.registers.intake.contradictions import contradictions
from gktools.registers.intake.values import Unclear, parse
from gktools.registers.words import looks_personal

LETTERS = st.sampled_from("甲乙丙丁民政〔2024〕第号=+-@&<>\"',;、（）AZaz09 ")


TEXT = (
    st.text(LETTERS, min_size=1, max_size=12)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: text.strip("='\" -/（）"))
)


NUMBERS = TEXT.map(lambda text: "".join(letter for letter in text if letter not in "-、,; /.．号等共") + "1号")
DAYS = st.integers(0, 4000).map(lambda days: date(2015, 1, 1) + timedelta(days))


def cells(field):
    """Return a strategy for the valid values of a column."""
    if field.type == "date":
        return DAYS
    if field.type in ("count", "number"):
        return st.integers(0, 10**6)
    if field.type == "yuan":
        return st.integers(0, 10**9).map(lambda fen: Decimal(fen) / 100)
    if field.refers_to or field.series:
        return NUMBERS
    return st.sampled_from(field.allowed) if field.allowed else TEXT


@st.composite
def filled(draw, schema):
    """Draw the valid rows of one register, each as field key → value."""
    rows = []
    for number in range(draw(st.integers(1, 4))):
        row = {
            field.key: draw(cells(field)) for field in schema.fields if field.required or draw(st.integers(0, 3)) == 0
        }
        first = next((key for key in schema.identity if schema[key].required), None)
        if first:
            row[first] = f"{row[first].removesuffix('1号')}{number}1号"
        row.pop("disposition", None)
        if schema.key == "requests":
            row |= {"received_on": draw(DAYS), "fee_paid_on": draw(DAYS)}
            if draw(st.booleans()):
                row |= {"disposition": "（一）予以公开"}
            else:
                row.pop("replied_on", None)
        if "act" in row:
            row["act"] = f"公开{row['act']}"  # any other act is asked about
        if schema.key == "declared":
            row |= {"metric": f"{number}项", "table": "表三"}
        try:
            record = {field.key: parse(field, row.get(field.key)) for field in schema.kept}
        except Unclear:
            continue  # what is asked about has tests of its own
        personal = any(looks_personal(text) for text in record.values() if isinstance(text, str))
        if not personal and not list(contradictions(schema.key, record)):
            rows.append(row)
    return rows
