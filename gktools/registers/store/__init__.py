"""The store of records and their versions, on SQLite or PostgreSQL."""
