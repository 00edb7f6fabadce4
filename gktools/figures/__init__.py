"""The three tables of figures: the table as a value, counting from records, and the figures of the previous year."""
