"""A report against the previous year, and names of other offices in it (D1–D4, B3, C1, C4, C6, C11, G4, G7).

The rules (rules.yaml), the phrases (phrases.yaml) and the relations between two years (forms/year_on_year.yaml) are
data. A check yields findings and raises nothing.
"""
