"""The request handlers of the review server's pages."""
