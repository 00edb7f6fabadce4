"""Reports made: one, many, here or on other machines, again only where something changed."""
