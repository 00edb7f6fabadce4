"""The three tables of figures: the table as a value, counting, and the year before."""
