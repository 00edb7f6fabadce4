"""The form for the parameters of an office: its fields, and changes saved in the YAML with its comments kept."""

from .fields import Choice, FieldPath, FormField, Group, fields, leaf
from .saving import OfficeFile, read_office, save

__all__ = ["Choice", "FieldPath", "FormField", "Group", "OfficeFile", "fields", "leaf", "read_office", "save"]
