"""Counting: the tables computed from records, with the records of every cell.

A record is counted by the date of its event, not by a year in the register. Where the law has no rule, the rule is a
parameter with a default (CountingRules). Every measure returns one line for each counted record and for each near
miss, with the reason, as proof of its cells.
"""
