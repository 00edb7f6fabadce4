"""The text of a report: sentences with figures bound to cells, and charts of the figures."""
