"""The registers of an office: their fields, a sheet of records, from a clerk's file into the store."""
