"""Reading of a clerk's file: sheets of records, or every mistake in it."""
