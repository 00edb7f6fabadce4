"""A working folder: its parameters, its offices, its calendar, and the reports in output/."""
