"""Building of reports: one or many, here or on other machines, again only if something has changed."""
