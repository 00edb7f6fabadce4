"""Queries about reports and records: why a cell has its figure, what has changed, what is due."""
