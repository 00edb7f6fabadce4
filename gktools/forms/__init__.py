"""The official forms: their values, the notices as data, the grid a form is drawn on, cells found by name."""
