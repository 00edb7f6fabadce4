"""The page about audited reports."""
