"""Checks of finished tables in files: of one report, and of consecutive years of the same office."""
