"""What one report is made from."""
