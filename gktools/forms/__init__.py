"""The official forms: the values, the notices as data, the grid that a form is drawn on, and the look-up of cells."""
