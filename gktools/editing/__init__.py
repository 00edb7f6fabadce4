"""The form for the parameters of an office: its fields, and changes saved in the YAML with its comments kept."""
