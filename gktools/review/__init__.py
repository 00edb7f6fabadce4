"""Review and sign-off: what people did to a report, one after the other, and where it stands because of that."""
