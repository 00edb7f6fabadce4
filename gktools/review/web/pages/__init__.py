"""The pages of the review server, each a handler."""
