"""The files of a new working folder, and of a new year in one."""
