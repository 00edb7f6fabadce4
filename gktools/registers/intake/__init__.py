"""A clerk's file read as sheets of records, or every mistake in it."""
