"""A report as one value, and queries about reports."""
