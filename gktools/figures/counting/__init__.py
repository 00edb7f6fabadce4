"""From records to tables: what counts when, and which record stands behind which cell.

By the date of the event, never by a typed year. Where the law is silent the rule is a parameter with a default
(CountingRules). Every measure returns its records line by line, those that count and those that nearly do with
the reason, so that a cell can be proved.
"""
