"""What is asked of reports and records: why a cell is so, what has changed, what is due."""
