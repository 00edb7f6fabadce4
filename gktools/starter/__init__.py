"""What a new working folder starts with, and a new year in one."""
