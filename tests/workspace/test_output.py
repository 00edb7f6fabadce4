"""A report under output/ and its manifest: read only if it is whole, and written as it was read."""

from __future__ import annotations

import json
import tracemalloc

import pytest
from hostile import mutated

from gktools.workspace.output import MANIFEST, ForeignFileError, Manifest, ReportRef, hash_bytes

WHOLE = Manifest(
    code="ju",
    name="示例区局",
    year=2024,
    inputs={"records": "a", "parameters": "b"},
    as_of=3,
    registers=[{"name": "requests", "rows": 1, "sha256": "c"}],
    findings={"block": 1, "explain": 0, "hint": 0},
    rules={"block": {"requests.identity": 1}},
    outputs={"report.json": hash_bytes(b"{}")},
)


@pytest.fixture
def ref(tmp_path):
    """A report whose files are as its manifest says."""
    ref = ReportRef(tmp_path, "ju", 2024)
    ref.folder.mkdir(parents=True)
    (ref.folder / "report.json").write_bytes(b"{}")
    (ref.folder / MANIFEST).write_text(WHOLE.to_json(), encoding="utf-8")
    return ref


def test_only_what_was_written_there_is_read_as_a_file_of_the_report(ref):
    ref.note_exported({"report.csv": hash_bytes(b"a,b")})
    ref.note_exported({"report.pdf": hash_bytes(b"%PDF")})
    for name, content in {"report.csv": b"a,b", "report.pdf": b"%PDF", "report.json": b"{}"}.items():
        (ref.folder / name).write_bytes(content)
        assert ref.read_written(name) == content
        (ref.folder / name).write_bytes(b"secret")
        with pytest.raises(ForeignFileError):
            ref.read_written(name)
        assert ref.read_written(name, [hash_bytes(b"secret")]) == b"secret"
    (ref.folder / "exports.json").write_text("[" * 100_000, encoding="utf-8")
    assert ref.exported() == {}


def test_a_manifest_read_back_is_the_one_that_was_written(ref):
    assert ref.manifest() == WHOLE
    assert list(json.loads(ref.read(MANIFEST))) == [
        *("schema", "algorithm", "office", "year", "inputs", "as_of", "registers", "findings", "rules", "outputs")
    ]


def test_an_altered_file_leaves_no_manifest_unless_files_are_not_verified(ref):
    (ref.folder / "report.json").write_bytes(b"{ }")

    assert ref.manifest() is None
    assert ref.manifest(verify=False) == WHOLE


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "null", "{}", '{"outputs": []}', '{"outputs": {}, "office": "ju"}', "\0", "[" * 100_000),
        *('{"outputs": {}, "algorithm": "md5"}', '{"outputs": {}, "algorithm": ["sha256"]}'),
        *('{"outputs": {"report.json": 1}}', '{"outputs": {"../report.json": ""}}', '{"outputs": {"/etc/hosts": ""}}'),
        *(
            '{"outputs": {}, "inputs": []}',
            '{"outputs": {}, "inputs": {"records": 1}}',
            '{"outputs": {}, "as_of": "1"}',
        ),
        *('{"outputs": {}, "findings": {"block": "1"}}', '{"outputs": {}, "findings": null}'),
        *('{"outputs": {}, "rules": []}', '{"outputs": {}, "rules": {"block": 1}}', '{"outputs": {}, "registers": {}}'),
        *('{"outputs": {}, "registers": [1]}', '{"outputs": {}, "year": true}', '{"outputs": {}, "decisions": [1]}'),
    ],
)
def test_what_is_no_manifest_is_none(ref, text):
    (ref.folder / MANIFEST).write_text(text, encoding="utf-8")

    assert ref.manifest(verify=False) is None


def test_what_an_older_program_left_out_of_a_manifest_is_empty():
    manifest = Manifest.from_json('{"outputs": {"report.json": "d"}}')

    assert manifest.outputs == {"report.json": "d"}
    assert (manifest.code, manifest.inputs, manifest.as_of, manifest.rules) == ("", {}, None, None)


def test_no_file_of_a_report_is_read_through_a_link(ref, tmp_path):
    (tmp_path / "elsewhere").write_bytes(b"{}")
    (ref.folder / "report.json").unlink()
    (ref.folder / "report.json").symlink_to(tmp_path / "elsewhere")

    assert ref.manifest() is None
    with pytest.raises(OSError, match="."):
        ref.read("report.json")


def test_a_manifest_with_any_value_of_a_wrong_type_is_read_or_is_none(ref):
    for wrong in mutated(json.loads(WHOLE.to_json())):
        (ref.folder / MANIFEST).write_text(json.dumps(wrong), encoding="utf-8")
        found = ref.manifest(verify=False)
        if found:
            assert Manifest.from_json(found.to_json()) == found
            assert ref.manifest() in (None, found)


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/b", "a\\b", "..", ".", "", "a\0b"])
def test_a_manifest_names_no_file_outside_of_its_folder(name):
    with pytest.raises(ValueError, match="not a name of a file"):
        Manifest.from_json(json.dumps({"outputs": {name: "d"}}))


def test_a_file_too_large_for_the_memory_is_hashed_in_pieces(ref):
    with (ref.folder / "report.json").open("wb") as file:
        file.truncate(1 << 28)

    tracemalloc.start()
    assert ref.manifest() is None
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_a_file_that_is_exchanged_after_its_manifest_was_looked_at_is_not_read(tmp_path):
    ref = ReportRef(tmp_path, "minzheng", 2024)
    ref.folder.mkdir(parents=True)
    (ref.folder / "report.json").write_bytes(b"one")
    text = json.dumps({"outputs": {"report.json": hash_bytes(b"one")}})
    (ref.folder / MANIFEST).write_text(text, encoding="utf-8")
    manifest = ref.manifest()
    assert manifest
    assert ref.read_listed("report.json", manifest) == b"one"
    (ref.folder / "report.json").write_bytes(b"two")

    with pytest.raises(ValueError, match=r"report\.json is not the file"):
        ref.read_listed("report.json", manifest)
