"""The vocabulary of the notebook."""
