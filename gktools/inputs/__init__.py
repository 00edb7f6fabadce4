"""The inputs of one report: records, parameters, format, calendar and the previous year."""
