"""The form for the parameters of an office: its fields, and changes saved in the YAML with its comments kept."""

from .fields import Choice, FieldPath, FormField, Group, fields, leaf
from .saving import SOURCES, OfficeFile, draft, read_office, save

__all__ = [
    "SOURCES",
    "Choice",
    "FieldPath",
    "FormField",
    "Group",
    "OfficeFile",
    "draft",
    "fields",
    "leaf",
    "read_office",
    "save",
]
