"""What is wrong with a report: its tables, its text against its tables, and its text by itself.

Every rule is data (rules.yaml), every phrase that it looks for too (patterns.yaml). A check yields findings and
never raises.
"""
