"""The form for the parameters of an office: its fields, and changes saved to the YAML with its comments preserved."""
