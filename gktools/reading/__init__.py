"""Published files read back as figures, as they were printed."""
