"""Figures read from published files, as printed."""
