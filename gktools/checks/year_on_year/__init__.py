"""A report against the year before, and its words against other offices' (D1–D4, B3, C1, C4, C6, C11, G7).

Every rule is data (rules.yaml), every phrase too (phrases.yaml), every relation between two years (relations.yaml). A
check yields findings and never raises.
"""
