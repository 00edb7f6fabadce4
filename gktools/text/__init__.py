"""The text of a report: sentences with every figure bound to a cell, and pictures of the figures."""
