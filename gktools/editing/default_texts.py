"""What is printed where a box of the form is left blank: shown in the box until something is written there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ..inputs.inputs import Inputs
from ..text.sections import write_opening, write_others
from ..text.sentences import narrative
from ..text.writing import Writer
from ..workspace.params_models import AspectText, Texts
from .fields import FieldPath


def default_texts(inputs: Inputs) -> Mapping[FieldPath, str]:
    """Return the text that a blank box stands for, by field; fields that print nothing then are left out."""
    bare = {"text": Texts(), "differences": ()}
    plain = replace(inputs, params=inputs.params.model_copy(update=bare))
    return {path: text for path, text in _texts(plain) if text}


def _texts(inputs: Inputs) -> Iterator[tuple[FieldPath, str]]:
    yield ("text", "opening"), write_opening(inputs).text
    writer = Writer(inputs)
    for aspect in narrative().overview:
        path = ("text", "overview", aspect.key)
        yield (*path, "heading"), aspect.heading
        yield (*path, "text"), "\n".join(one.text for one in writer.aspect(aspect, AspectText()))
    yield ("text", "others"), write_others(inputs).text
    yield ("layout", "signed_on"), inputs.signed_on.isoformat() if inputs.signed_on else ""
