"""An executed notebook as text: the characters that nbformat writes."""

from __future__ import annotations

from copy import deepcopy

import nbformat
from hypothesis import given
from hypothesis import strategies as st

from gktools.build.engine.saving import notebook_text

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["a\nb\n", "\r\n", '"\\', "\x7f\x1f", "\u2028x", ""]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
DATA = st.dictionaries(
    st.sampled_from(["text/html", "text/plain", "image/svg+xml", "application/x-own"]), TEXTS, max_size=4
)


@st.composite
def notebooks(draw):
    """Notebooks with outputs of every kind, of any texts."""
    outputs = [
        nbformat.from_dict(
            {"output_type": "display_data", "metadata": {}, "data": draw(DATA) | {"application/json": draw(VALUES)}}
        ),
        nbformat.from_dict({"output_type": "stream", "name": "stdout", "text": draw(TEXTS)}),
        nbformat.from_dict({"output_type": "error", "ename": "E", "evalue": draw(TEXTS), "traceback": [draw(TEXTS)]}),
    ]
    code = nbformat.v4.new_code_cell(draw(TEXTS), metadata={"trusted": True, "own": draw(VALUES)}, id="a")
    code.outputs = draw(st.lists(st.sampled_from(outputs), max_size=3))
    words = nbformat.v4.new_markdown_cell(draw(TEXTS), id="b", attachments={"x.svg": {"image/svg+xml": draw(TEXTS)}})
    return nbformat.v4.new_notebook(cells=[code, words], metadata={"orig_nbformat": 3, "own": draw(VALUES)})


@given(notebooks())
def test_a_notebook_is_the_text_that_nbformat_writes_and_stays_as_it_was(book):
    before = deepcopy(book)
    assert notebook_text(book) == nbformat.v4.nbjson.writes(book) + "\n"
    assert book == before
