"""The imports are a chain: whoever has the database but not the key changes nothing unnoticed."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
import sqlalchemy as sa
from literal_registers import NOW, OFFICE, sheet
from tampering import as_another_process

from gktools.errors import RecordsError
from gktools.registers.schema import registers
from gktools.registers.store.column_order import COLUMN_ORDER
from gktools.registers.store.database import COVERAGE, IMPORTS, META, PLACES, SEALS, TABLES
from gktools.registers.store.import_head import HEAD_FILE, write_head
from gktools.registers.store.log_head import LogHead, note_in_file
from gktools.registers.store.numbering import registers_read
from gktools.registers.store.opening import open_store
from gktools.registers.store.privacy import Key, Privacy
from gktools.registers.store.said import said_of_row
from gktools.registers.store.sealing import SealedImport, require_whole, seal_all, seal_import
from gktools.workspace import seals
from gktools.workspace.records_params import RecordsParams

REQUESTS = TABLES["requests"]


def requests(*numbers, office=OFFICE, **given):
    rows = [{"number": n, "received_on": "2024-03-01", "applicant": "自然人"} | given for n in numbers]
    return sheet("requests", 2024, rows, office)


def another(number):
    """Another file of jiaoyu."""
    return replace(requests(number, office="jiaoyu"), file=f"{number}.xlsx")


@pytest.fixture
def filled(store):
    """Three offices, a correction, an undo, two files, names: every kind of row and mark."""
    named = replace(requests("1", "2"), personal={"applicant_name": ("王某", "李某")})
    store.add([named, requests("1", office="caizheng")], NOW, person="甲")
    store.add([requests("2", "3", topic="财政")], NOW, reason="更正", replace=True)
    store.undo(2, NOW)
    both = replace(requests("7", "1", office="caizheng"), file="又一份.xlsx")
    store.add([replace(requests("2", "4"), file="另一份.xlsx"), requests("8", office="jiaoyu"), both], NOW)
    return store


def changed(store, statement):
    with store.engine.begin() as connection:
        done = connection.execute(statement)
        assert done.rowcount, "something must have been changed"


def test_what_was_imported_corrected_and_taken_back_is_whole(filled):
    assert filled.audit() == []
    assert [filled.audit(code) for code in (OFFICE, "caizheng", "jiaoyu", "nobody")] == [[]] * 4


def test_it_is_whole_after_it_is_opened_again_and_goes_on(filled, url, tmp_path):
    with open_store(tmp_path, url) as again:
        again.add([another("5")], NOW)
        assert again.audit() == []


def test_imports_of_before_another_algorithm_was_chosen_are_whole_and_gone_on_with(filled, monkeypatch):
    """sha3_256 stands in for SM3."""
    monkeypatch.setattr(seals, "_ALGORITHMS", ("sha256", "sha3_256"))
    monkeypatch.setattr(seals, "PRESENT", "sha3_256")
    assert filled.audit() == []
    filled.add([another("5")], NOW)
    filled.undo(5, NOW)
    with filled.engine.connect() as connection:
        hashes = connection.execute(sa.select(IMPORTS.c.hash).order_by(IMPORTS.c.id)).scalars().all()

    assert filled.audit() == []
    assert [one.partition(":")[0] for one in hashes] == ["hmac-sha256"] * 4 + ["hmac-sha3_256"] * 2


def test_no_import_follows_one_that_another_key_has_sealed_or_that_was_changed(filled, tmp_path):
    """Each of the two looks for itself: what the other one finds is not known to it."""
    with filled.engine.begin() as connection:
        own = Privacy(tmp_path).key(connection)
        with pytest.raises(RecordsError, match="最近一次导入的印记和密钥文件对不上"):
            seal_import(connection, 5, Key(b"\x02" * 32), [])
        require_whole(connection, own, [])
        connection.execute(IMPORTS.update().where(IMPORTS.c.id == 1).values(person="乙"))
        with pytest.raises(RecordsError, match="不是第 1 次导入时的样子"):
            require_whole(connection, own, [])


@pytest.mark.skipif(os.name == "nt", reason="modes of files are of other systems")
def test_the_notes_of_how_far_the_store_and_the_log_go_are_for_their_owner_only(tmp_path):
    tmp_path.chmod(0o755)
    before = os.umask(0)
    try:
        write_head(tmp_path, Key(b"\x02" * 32), SealedImport(1, "hmac-sha256:00"))
        note_in_file(tmp_path, LogHead.of(1, "sha256:00", b"\x02" * 32))
    finally:
        os.umask(before)

    assert {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {
        "records.head": 0o600,
        "review.head": 0o600,
    }


SECOND = REQUESTS.c.record_key == "2"
HARM = {
    "a value": (REQUESTS.update().where(SECOND).values(topic="土地"),
        "第 1 次导入，minzheng 2024 年 依申请公开登记表：被改动过。不是当时写入的样子：2"),
    "a personal hash": (REQUESTS.update().where(SECOND).values(applicant_name_hash="0" * 32), "不是当时写入的样子：2"),
    "a value that was empty": (REQUESTS.update().where(SECOND).values(fee_paid=5), "不是当时写入的样子：2"),
    "a key": (REQUESTS.update().where(SECOND).values(record_key="9"), "minzheng 2024 年 依申请公开登记表：被改动过"),
    "a row": (REQUESTS.update().where(SECOND).values(file_row=99), "说不清是哪一条"),
    "an office": (REQUESTS.update().where(REQUESTS.c.office_code == "jiaoyu").values(office_code=OFFICE), "第 4 次导入，jiaoyu 2024"),
    "its import": (REQUESTS.update().where(REQUESTS.c.record_key == "4").values(from_import=1), "第 1 次导入，minzheng 2024"),
    "its end": (REQUESTS.update().where(SECOND & REQUESTS.c.until_import.is_(None)).values(until_import=2), "第 2 次导入，minzheng 2024"),
    "an end undone": (REQUESTS.update().where(REQUESTS.c.until_import == 2).values(until_import=None), "第 2 次导入，minzheng 2024"),
    "an end of another": (REQUESTS.update().where(REQUESTS.c.office_code == "caizheng").values(until_import=3),
        "第 3 次导入，caizheng 2024 年 依申请公开登记表：这次导入没有动过它，却有它写入或者结束的（1、7）"),
    "a record removed": (REQUESTS.delete().where(REQUESTS.c.record_key == "4"), "当时写入 2 条，现在有 1 条"),
    "a file's rows": (COVERAGE.update().where(COVERAGE.c.office == "caizheng").values(rows=9), "第 1 次导入，caizheng 2024"),
    "a file": (COVERAGE.delete().where(COVERAGE.c.office == "jiaoyu"), "第 4 次导入，jiaoyu 2024"),
    "a place": (PLACES.update().values(file_row=99), "caizheng 2024 年 依申请公开登记表：被改动过"),
    "a place removed": (PLACES.delete(), "caizheng 2024 年 依申请公开登记表：被改动过"),
    "a place of no file": (PLACES.insert().values(coverage_id=77, version_id=1, file_row=6), "没有这个文件"),
    "who imported": (IMPORTS.update().where(IMPORTS.c.id == 1).values(person="乙"), "第 1 次导入（2025-01-15 16:00）和印记对不上"),
    "when": (IMPORTS.update().where(IMPORTS.c.id == 2).values(moment="2024-01-01T00:00:00+00:00"),
        "第 2 次导入（2024-01-01 08:00）和印记对不上"),
    "why": (IMPORTS.update().where(IMPORTS.c.id == 2).values(reason="没有"), "第 2 次导入"),
    "an import removed": (IMPORTS.delete().where(IMPORTS.c.id == 3), "第 3 次导入不见了"),
    "an undo that is none": (IMPORTS.update().where(IMPORTS.c.id == 3).values(undoes=None), "第 3 次导入"),
    "a seal": (SEALS.update().where(SEALS.c.office == "jiaoyu").values(hash="hmac-sha256:00"), "第 4 次导入"),
    "a seal removed": (SEALS.delete().where(SEALS.c.office == "jiaoyu"), "第 4 次导入"),
    "the number of a seal": (SEALS.update().where(SEALS.c.office == "jiaoyu").values(rows=7), "第 4 次导入"),
    "the marks of a seal": (SEALS.update().where(SEALS.c.office == "jiaoyu").values(marks=b""), "第 4 次导入"),
    "the chain": (IMPORTS.update().where(IMPORTS.c.id == 4).values(hash=""), "第 4 次导入"),
    "when it was sealed": (IMPORTS.update().where(IMPORTS.c.id == 4).values(sealed_at="2025-01-15"), "第 4 次导入"),
}  # fmt: skip


@pytest.mark.parametrize("harm", HARM)
def test_any_change_without_the_key_is_found_and_its_place_named(filled, harm):
    statement, said = HARM[harm]
    changed(filled, statement)

    assert said in "\n".join(filled.audit())
    assert not [sentence for sentence in filled.audit() if "王某" in sentence or "李某" in sentence]


@pytest.mark.parametrize("harm", ["a value", "a record removed", "a place", "a file's rows"])
def test_the_audit_of_an_office_finds_what_concerns_it_alone(filled, harm):
    changed(filled, HARM[harm][0])
    theirs = "caizheng" if harm in ("a file's rows", "a place") else OFFICE

    assert filled.audit(theirs) == filled.audit()
    assert filled.audit("jiaoyu") == []


def test_the_chain_of_imports_is_verified_for_every_office(filled):
    changed(filled, HARM["who imported"][0])

    assert filled.audit("jiaoyu") == filled.audit()


def test_a_record_that_says_otherwise_with_the_hash_of_what_it_says_now_is_named(filled):
    with filled.engine.begin() as connection:
        row = connection.execute(REQUESTS.select().where(REQUESTS.c.record_key == "8")).mappings().one()
        said = said_of_row(registers()["requests"], dict(row) | {"topic": "土地"})
        connection.execute(REQUESTS.update().where(REQUESTS.c.id == row["id"]).values(topic="土地", said=said))

    assert filled.audit() == ["第 4 次导入，jiaoyu 2024 年 依申请公开登记表：被改动过。不是当时写入的样子：8"]


def test_a_record_put_in_is_named(filled):
    with filled.engine.begin() as connection:
        row = dict(connection.execute(REQUESTS.select().where(REQUESTS.c.record_key == "8")).mappings().one())
        row |= {"id": 999, "source_id": 999, "number": "伪", "record_key": "伪", "said": "ff" * 12}
        connection.execute(REQUESTS.insert().values(row))

    (said,) = filled.audit()
    assert said.endswith("不是当时写入的样子：伪；当时写入 1 条，现在有 2 条")


def test_a_whole_import_put_in_is_found(filled):
    with filled.engine.begin() as connection:
        row = dict(connection.execute(IMPORTS.select().where(IMPORTS.c.id == 4)).mappings().one())
        connection.execute(IMPORTS.insert().values(row | {"id": 5}))

    assert filled.audit()[0].startswith("第 5 次导入（2025-01-15 16:00）和印记对不上")


def test_two_imports_in_another_order_are_found(filled):
    with filled.engine.begin() as connection:
        for number, other in ((3, 90), (4, 3), (90, 4)):
            connection.execute(IMPORTS.update().where(IMPORTS.c.id == number).values(id=other))

    assert any("第 3 次导入" in sentence for sentence in filled.audit())


def import_removed(store, number=4):
    """Take an import out as if it had never been, with all it wrote."""
    with store.engine.begin() as connection:
        for table in (*TABLES.values(), COVERAGE):
            connection.execute(table.delete().where(table.c.from_import == number))
            connection.execute(table.update().where(table.c.until_import == number).values(until_import=None))
        connection.execute(SEALS.delete().where(SEALS.c.import_id == number))
        connection.execute(IMPORTS.delete().where(IMPORTS.c.id == number))
        connection.execute(PLACES.delete().where(PLACES.c.coverage_id.not_in(sa.select(COVERAGE.c.source))))


def test_an_import_in_the_middle_taken_out_without_a_trace_breaks_the_chain(filled):
    for number in ("5", "6"):
        filled.add([another(number)], NOW)
    import_removed(filled, 5)

    (said,) = filled.audit()
    assert said.startswith("第 6 次导入（2025-01-15 16:00）和印记对不上")
    assert "它前面的导入被删掉、添上、调换过" in said


def test_the_last_import_cut_off_without_a_trace_is_missed(filled, tmp_path):
    import_removed(filled)

    assert filled.audit() == ["最后的导入不见了：原来到第 4 次，现在没有这一次"]
    with pytest.raises(RecordsError, match="没有导入，台账库没有变：最后的导入不见了"):
        filled.add([another("9")], NOW)
    (tmp_path / HEAD_FILE).unlink()
    assert filled.audit() == [f"找不到 {HEAD_FILE}：说不清最后的导入有没有被删掉"]


def test_nothing_is_imported_into_an_empty_store_where_there_were_imports(filled, tmp_path):
    head = (tmp_path / HEAD_FILE).read_bytes()
    with open_store(tmp_path, f"sqlite:///{tmp_path / 'another.db'}") as empty:
        assert "却一次导入也没有：原来的被删掉、换掉了" in empty.audit()[0]
        with pytest.raises(RecordsError, match="没有导入，台账库没有变：records.head 写着这里已经导入过"):
            empty.add([another("9")], NOW)
    assert (tmp_path / HEAD_FILE).read_bytes() == head
    assert filled.audit() == []


@pytest.mark.parametrize("written", ["", "3 hmac-sha256:00", "3 {hash} hmac-sha256:00", "x y z"])
def test_a_head_that_was_written_without_the_key_is_found(filled, tmp_path, written):
    with filled.engine.connect() as connection:
        hashed = connection.execute(sa.select(IMPORTS.c.hash).where(IMPORTS.c.id == 3)).scalar_one()
    import_removed(filled)
    (tmp_path / HEAD_FILE).write_text(written.format(hash=hashed))

    assert filled.audit() == [f"{HEAD_FILE} 被改动过：印记对不上"]


def test_an_import_stops_on_a_chain_that_does_not_hold(filled):
    changed(filled, IMPORTS.update().where(IMPORTS.c.id == 4).values(person="乙"))
    with pytest.raises(RecordsError, match="没有导入，台账库没有变：最近一次导入的印记和密钥文件对不上"):
        filled.add([another("9")], NOW)


NEXT = 5
OF_JIAOYU = REQUESTS.c.office_code == "jiaoyu"
PLANTED = {
    "a record that the next import would end": (REQUESTS.update().where(OF_JIAOYU).values(until_import=NEXT),
        REQUESTS.update().where(OF_JIAOYU).values(until_import=None)),
    "a record that it would have brought": (REQUESTS.update().where(OF_JIAOYU).values(from_import=NEXT),
        REQUESTS.update().where(OF_JIAOYU).values(from_import=4)),
    "a file that it would have brought": (COVERAGE.update().where(COVERAGE.c.office == "jiaoyu").values(from_import=NEXT),
        COVERAGE.update().where(COVERAGE.c.office == "jiaoyu").values(from_import=4)),
    "a file that it would end": (COVERAGE.update().where(COVERAGE.c.office == "jiaoyu").values(until_import=NEXT),
        COVERAGE.update().where(COVERAGE.c.office == "jiaoyu").values(until_import=None)),
    "its seal": (SEALS.insert().values(import_id=NEXT, register="charges", office=OFFICE, year=2024, rows=0, marks=b"", hash=""),
        SEALS.delete().where(SEALS.c.import_id == NEXT)),
    "a place in its file": (PLACES.insert().values(coverage_id=99, version_id=1, file_row=6),
        PLACES.delete().where(PLACES.c.coverage_id == 99)),
}  # fmt: skip


def test_nothing_that_was_planted_for_the_next_import_is_sealed_by_it(filled):
    """Whoever imports, corrects or takes back next is told, and nothing is written: whichever office it is of."""
    last = filled.last_import_hash()
    for planted, removed in PLANTED.values():
        changed(filled, planted)
        for goes_on in (lambda: filled.add([another("9")], NOW), lambda: filled.undo(1, NOW)):
            with pytest.raises(RecordsError, match="还没有做过的导入的内容"):
                goes_on()
        changed(filled, removed)

    assert (filled.audit(), filled.last_import_hash()) == ([], last)


CARRIED_OVER = {
    "the key of the record that is corrected": REQUESTS.update().where(SECOND).values(record_key="另"),
    "what it says, so that nothing seems to change": REQUESTS.update().where(SECOND).values(said="00" * 12),
    "another record, put in": REQUESTS.update().where(OF_JIAOYU).values(office_code=OFFICE),
    "the file in force": COVERAGE.update().where(COVERAGE.c.office == OFFICE).values(file="z.xlsx"),
    "an import, with all it wrote": SEALS.delete().where(SEALS.c.import_id == 4),
}


@pytest.mark.parametrize("harm", CARRIED_OVER)
def test_nothing_is_compared_with_registers_that_are_not_as_they_were_imported(filled, harm):
    changed(filled, CARRIED_OVER[harm])

    with pytest.raises(RecordsError, match="没有往下做|没有导入"):
        filled.add([requests("2", topic="土地")], NOW)
    with pytest.raises(RecordsError, match="没有往下做|没有导入"):
        filled.contents("requests", OFFICE, 2024)


def test_imports_that_undo_each_other_are_told_and_followed_no_further(filled):
    changed(filled, IMPORTS.update().where(IMPORTS.c.id == 2).values(undoes=3))

    with pytest.raises(RecordsError, match="导入的登记不是第 2 次导入时的样子"):
        filled.undo(3, NOW)


def test_an_import_is_of_the_registers_that_it_wrote_whatever_else_has_its_number(filled, monkeypatch):
    """On a server somebody may write while the import does: it seals neither another office nor more than it wrote."""
    monkeypatch.setattr("gktools.registers.store.store.require_whole", lambda *_: None)
    changed(filled, PLANTED["a file that it would end"][0])
    changed(filled, REQUESTS.update().where(REQUESTS.c.office_code == "caizheng").values(until_import=NEXT))
    filled.add([replace(requests("9"), file="a.xlsx")], NOW)
    caizheng, jiaoyu = filled.audit()
    assert caizheng.startswith("第 5 次导入，caizheng 2024")
    assert jiaoyu.startswith("第 5 次导入，jiaoyu 2024")

    changed(filled, REQUESTS.update().where(SECOND & REQUESTS.c.until_import.is_(None)).values(until_import=NEXT + 1))
    with pytest.raises(RecordsError, match="刚写进去的不是第 6 次导入时的样子"):
        filled.add([replace(requests("10"), file="b.xlsx")], NOW)


def test_what_is_of_no_import_is_sealed_by_no_upgrade(filled, tmp_path):
    changed(filled, PLANTED["a record that it would have brought"][0])
    with (
        filled.engine.begin() as connection,
        pytest.raises(RecordsError, match="里面有第 5 次导入的内容，却没有这一次导入"),
    ):
        seal_all(connection, Privacy(tmp_path).key(connection), "2025-01-15T08:00:00+00:00")


def test_a_sheet_is_compared_with_the_register_that_its_references_are_looked_up_in():
    anew = RecordsParams.model_validate(
        {"numbering": {OFFICE: {"requests": {"way": "yearly", "person": "甲", "reason": "从头编"}}}}
    )
    lawsuits = sheet("lawsuits", 2024, [])

    assert registers_read(lawsuits, RecordsParams()) == {"lawsuits"}
    assert registers_read(lawsuits, anew) == {"lawsuits", "requests"}


TRIGGERS = {
    "sqlite": ["create trigger quiet after insert on register_requests begin delete from register_charges; end"],
    "postgresql": [
        "create function quiet() returns trigger language plpgsql as 'begin new.topic := ''x''; return new; end'",
        "create trigger quiet before insert on register_requests for each row execute function quiet()",
    ],
}


def test_a_trigger_is_found_and_nothing_imported_under_it(url, tmp_path):
    with open_store(tmp_path, url) as store:
        store.add([requests("1")], NOW)
        with store.engine.begin() as connection:
            for statement in TRIGGERS[url.partition(":")[0].partition("+")[0]]:
                connection.execute(sa.text(statement))
        with pytest.raises(RecordsError, match="没有导入，台账库没有变：台账库里有不是 gktools 建的东西.*quiet"):
            store.add([another("2")], NOW)

        (said,) = store.audit()
        assert "quiet" in said


def test_signatures_can_name_the_import_they_saw(filled):
    theirs, all_of_it = filled.last_import_hash("caizheng"), filled.last_import_hash()
    assert theirs.startswith("hmac-sha256:")
    filled.add([another("6")], NOW)
    assert (filled.number_of_import(theirs), filled.number_of_import(all_of_it)) == (4, 4)
    assert (filled.last_import_hash("nobody"), filled.number_of_import(""), filled.number_of_import("x")) == (
        "",
        None,
        None,
    )
    assert filled.last_import_hash("caizheng") == theirs != filled.last_import_hash("jiaoyu")


ODD = '\\ " / \b\f\n\r\t \x01\x1f\x7f \u2028 𠮷 é null,]'


def test_what_is_sealed_is_the_same_in_both_databases(store, url, tmp_path):
    """A text with every sign that JSON writes in a way of its own; days, numbers, yes and no."""
    given = requests("1", "2")
    document = sheet("documents", 2024, [{"title": "办法", "kind": "规章", "published_on": "2024-01-01", "lead": "否"}])
    charge = sheet("charges", 2024, [{"name": "占道费", "collected_on": "2024-05-01", "amount": "10.50"}])
    store.add([replace(given, columns=dict(given.columns) | {"topic": ("", ODD)}), document, charge], NOW)
    new = tmp_path / "new"
    new.mkdir()
    (new / "records.key").write_bytes((tmp_path / "records.key").read_bytes())
    store.backup(new / "records.db")
    with open_store(new) as file:
        assert file.audit() == [f"找不到 {HEAD_FILE}：说不清最后的导入有没有被删掉"]
        assert file.last_import_hash() == store.last_import_hash()


def test_a_register_that_gets_a_column_stays_whole(store, url, tmp_path, monkeypatch):
    """What was sealed before it had the column, and what has it."""
    *before, newest = COLUMN_ORDER["charges"]
    monkeypatch.setitem(COLUMN_ORDER, "charges", tuple(before))
    charge = {"name": "a", "collected_on": "2024-05-01"}
    store.add([sheet("charges", 2024, [charge])], NOW)
    with store.engine.begin() as connection:
        connection.execute(sa.text(f"alter table register_charges drop column {newest}"))
        connection.execute(META.update().values(fields="before"))
    monkeypatch.undo()
    with open_store(tmp_path, url) as grown:
        grown.add([replace(sheet("charges", 2024, [charge | {"amount": "1"}], "caizheng"), file="b.xlsx")], NOW)
        assert grown.audit() == []
        with grown.engine.begin() as connection:
            assert connection.execute(TABLES["charges"].update().values({newest: 7})).rowcount
        assert len(grown.audit()) == 2


def test_keys_that_are_spelled_anew_are_sealed_again_and_known_by_their_former_hash(filled, url, tmp_path):
    before = filled.last_import_hash()
    with filled.engine.begin() as connection:
        connection.execute(META.update().values(fields="of before"))
        connection.execute(REQUESTS.update().where(REQUESTS.c.record_key == "8").values(record_key="（8"))
        seal_all(connection, Privacy(tmp_path).key(connection))
        assert connection.execute(sa.select(IMPORTS.c.hash).where(IMPORTS.c.id == 4)).scalar_one() != before
    with open_store(tmp_path, url) as store:
        assert store.audit() == []
        assert store.number_of_import(before) == 4
        assert store.last_import_hash() != before


def test_a_store_that_was_not_whole_is_not_sealed_again(filled, url, tmp_path):
    with filled.engine.begin() as connection:
        connection.execute(META.update().values(fields="of before"))
        connection.execute(REQUESTS.update().where(REQUESTS.c.record_key == "8").values(record_key="（8", topic="土地"))
    with open_store(tmp_path, url) as store:
        assert "不是当时写入的样子：8" in "\n".join(store.audit())


def test_without_its_key_the_store_cannot_be_audited_and_says_so(filled, tmp_path):
    (tmp_path / "records.key").unlink()

    assert filled.audit()[0].startswith("找不到密钥文件 records.key")


def test_another_key_is_told(filled, tmp_path):
    (tmp_path / "records.key").write_text("00" * 32)
    assert filled.audit()[0].startswith("密钥文件 records.key 不是这个台账库的那一把")

    changed(filled, META.update().values(key_check=sa.null()))
    as_another_process()
    with pytest.raises(RecordsError, match="却没有密钥的印记"):
        filled.add([another("9")], NOW)
    assert filled.audit() == ["台账库里有导入，却没有密钥的印记"]


def test_a_store_without_an_import_is_whole(store):
    assert store.audit() == []
    assert store.last_import_hash() == ""
