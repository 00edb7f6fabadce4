"""Publication: the gate of checks before a report is published, and the site built from the log of publications."""
