"""The checks of a report: its tables, its text against its tables, and its text alone.

The rules (rules.yaml) and the phrases for which they search (patterns.yaml) are data. A check yields findings and
raises nothing.
"""
