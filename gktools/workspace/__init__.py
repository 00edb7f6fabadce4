"""A working folder: its parameters, its offices, its calendar, and what stands under output/."""
