"""The review server and its pages."""
