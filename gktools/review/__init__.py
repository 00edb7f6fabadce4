"""Review and sign-off: the log of what people did to a report, and the state of the report that follows from it."""
