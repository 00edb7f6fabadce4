"""Finished tables in files, checked as they are: one report, and the same office's year after year."""
