"""Three steps by three people over the same bytes: what may be signed, what voids it, and verdicts that stay."""

from __future__ import annotations

import json
import random
import shutil
import threading
from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa
from projects import keep, make_project, stand, write_yaml

from gktools.build.export import DOCUMENTS, ExportResult
from gktools.build.freshness import NOTEBOOK, fingerprint
from gktools.errors import NotFoundError, ReviewError
from gktools.findings import Finding, Severity
from gktools.inputs.inputs import load_inputs
from gktools.report.queries.difference import compare_texts, difference
from gktools.review import actions as acts
from gktools.review import seal as seals
from gktools.review.audit import audit_log, why_void
from gktools.review.decisions import open_counts, open_findings, with_decisions
from gktools.review.log import Log, open_log
from gktools.review.notebooks import approve_notebook, known_notebooks, require_known_notebook, show_notebook
from gktools.review.people import Step
from gktools.review.seal import PUBLISHED, read_seal
from gktools.workspace.output import hash_bytes
from gktools.workspace.project import open_project
from gktools.workspace.report_data import ReportData

YEAR, CODE, DAY = 2024, "minzheng", date(2025, 1, 20)
PEOPLE = {"handler": "甲", "deputy": "乙", "head": "丙"}
OFFICES = {
    "qu": {"names": [{"name": "示例区人民政府"}], "kind": "county_government", "people": {"handler": "区甲"}},
    CODE: {"names": [{"name": "示例区民政局"}], "kind": "county_department", "parent": "qu", "people": PEOPLE},
    "caizheng": {
        "names": [{"name": "示例区财政局"}],
        "kind": "county_department",
        "parent": "qu",
        "people": {"handler": "财甲", "deputy": "财乙", "head": "财丙"},
    },
}
TEXT = (
    "（一）存在问题。一是目录更新偏慢，有的栏目没有按月更新。（二）改进措施。一是每月核对一次，逐项登记，责任到人。" * 2
)


def files(project, **changed):
    """Let a file of every published format stand beside the report."""
    folder = project.home / f"output/{YEAR}/{CODE}"
    for name in PUBLISHED.values():
        if name != "report.json":
            (folder / name).write_text(changed.get(name.split(".")[1], name), encoding="utf-8")


def put(project, report):
    """Let another report stand in the place of the one there."""
    folder = project.home / f"output/{YEAR}/{CODE}"
    text = json.dumps(report, ensure_ascii=False)
    (folder / "report.json").write_text(text, encoding="utf-8", newline="\n")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["outputs"] = {"report.json": hash_bytes(text.encode())}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A working folder with one report that stands, made once."""
    home = tmp_path_factory.mktemp("review") / "home"
    project = make_project(home, OFFICES, {(YEAR, CODE): {"text": {"problems": TEXT}}})
    keep(project, CODE, YEAR, {})
    keep(project, CODE, YEAR - 1, {})
    stand(project, CODE, YEAR)
    report = json.loads((home / f"output/{YEAR}/{CODE}/report.json").read_text(encoding="utf-8"))
    put(project, report | {"findings": []})
    files(project)
    path = home / f"output/{YEAR}/{CODE}/manifest.json"
    inputs = fingerprint(load_inputs(project, CODE, YEAR), home / NOTEBOOK)
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {"inputs": inputs}), encoding="utf-8")
    return home


@pytest.fixture
def project(made, tmp_path, monkeypatch):
    """A copy of it; its documents, which are no real ones, are not made again."""
    monkeypatch.setattr(acts, "make_all_files", lambda _, ref, **__: read_seal(ref))
    shutil.copytree(made, tmp_path / "home")
    return open_project(tmp_path / "home")


@pytest.fixture
def log(project):
    """The log of the copy."""
    with open_log(project) as opened:
        yield opened


def with_stand_in(project, person):
    """The working folder with somebody who may sign for the deputy in 2025."""
    stand_in = {"step": "deputy", "person": person, "since": "2025-01-01", "until": "2025-12-31"}
    office = OFFICES[CODE] | {"people": PEOPLE | {"stand_ins": [stand_in]}}
    write_yaml(project.home / "params/offices.yaml", {"offices": OFFICES | {CODE: office}})
    return open_project(project.home)


def report_of(project):
    return json.loads((project.home / f"output/{YEAR}/{CODE}/report.json").read_text(encoding="utf-8"))


def data_of(project):
    return ReportData.from_json(report_of(project))


def sign(project, log, person, step, seen=None, opened=None):
    """Sign as somebody who opened the report as it is now and was shown the seal of its files now."""
    ref = project.report(CODE, YEAR)
    opened = hash_bytes(ref.read("report.json")) if opened is None else opened
    shown = acts.ShownReport(seen or read_seal(ref).hash, opened)
    return acts.sign(project, log, ref, acts.Signer(person, Step(step)), shown, DAY)


def sign_all(project, log):
    for step, person in PEOPLE.items():
        sign(project, log, person, step)


def judge(project, log, person, fingerprint, decision, reason):
    given = acts.DecisionInput(fingerprint, decision, reason)
    return acts.decide_finding(project, log, project.report(CODE, YEAR), person, given, DAY)


def stands(project, log):
    return acts.current_state(log, project.report(CODE, YEAR))


def finding(severity="explain", found="3", **more):
    place = {"office": CODE, "year": YEAR, "table": "requests", "row_key": "received", "column_key": "total"}
    base = {"code": "requests.other", "severity": severity, "found": found, "expected": "0", "message": "其他处理偏多"}
    whole = base | place | {"rule": ""} | more
    return whole | {"fingerprint": Finding.from_json(whole).fingerprint}


# --- order, persons, what was shown ---------------------------------------------------------------------------


def test_who_opened_the_page_before_the_report_was_returned_signs_only_after_seeing_why(project, log):
    sign(project, log, "甲", "handler")
    ref = project.report(CODE, YEAR)
    opened = acts.ShownReport(read_seal(ref).hash, hash_bytes(ref.read("report.json")), last=log.entries()[-1].number)
    acts.return_report(project, log, ref, "乙", "数不对，退回重核", DAY)

    with pytest.raises(ReviewError, match="您打开签字页以后，乙退回了这份报告"):
        acts.sign(project, log, ref, acts.Signer("甲", Step.HANDLER), opened, DAY)
    seen = replace(opened, last=log.entries()[-1].number)
    assert acts.sign(project, log, ref, acts.Signer("甲", Step.HANDLER), seen, DAY).kind == "signed"


def test_three_people_sign_in_order_and_the_report_is_approved(project, log):
    assert stands(project, log).stage == "handler"
    sign_all(project, log)

    now = stands(project, log)
    assert now.approved
    assert now.stage == "approved"
    assert [(one.step, one.person) for one in now.valid] == list(PEOPLE.items())
    assert audit_log(project, log) == []


@pytest.mark.parametrize("step", ["deputy", "head"])
def test_nobody_signs_before_the_steps_before(project, log, step):
    with pytest.raises(ReviewError, match="现在轮到“经办人确认”"):
        sign(project, log, PEOPLE[step], step)


def test_a_step_signed_again_by_the_same_person_stays_signed_once(project, log):
    first = sign(project, log, "甲", "handler")

    assert sign(project, log, "甲", "handler") == first
    assert [entry.kind for entry in log.entries()] == ["signed"]


@pytest.mark.parametrize("person", ["乙", "财甲", "区甲", "路人", ""])
def test_only_the_person_who_is_named_signs_a_step(project, log, person):
    with pytest.raises(ReviewError, match="不能签"):
        sign(project, log, person, "handler")


def test_nobody_signs_two_steps_of_one_report_not_even_for_somebody_else(project, log):
    project = with_stand_in(project, "甲")
    sign(project, log, "甲", "handler")

    with pytest.raises(ReviewError, match="三个不同的人"):
        sign(project, log, "甲", "deputy")


def test_nobody_gets_two_steps_by_signing_one_of_them_when_an_earlier_state_comes_back(project, log):
    stand_ins = [
        {"step": "handler", "person": person, "since": "2025-01-01", "until": "2025-12-31"} for person in ("丁", "乙")
    ]
    office = OFFICES[CODE] | {"people": PEOPLE | {"stand_ins": stand_ins}}
    write_yaml(project.home / "params/offices.yaml", {"offices": OFFICES | {CODE: office}})
    project = open_project(project.home)
    sign(project, log, "甲", "handler")
    sign(project, log, "乙", "deputy")
    files(project, pdf="another")
    sign(project, log, "丁", "handler")
    files(project)  # 乙's signature as deputy stands again, that of the handler does not

    with pytest.raises(ReviewError, match="三个不同的人"):
        sign(project, log, "乙", "handler")
    sign(project, log, "甲", "handler")
    sign(project, log, "丙", "head")
    assert [one.person for one in stands(project, log).valid] == ["甲", "乙", "丙"]


def test_a_signature_for_somebody_is_shown_as_such(project, log):
    project = with_stand_in(project, "丁")
    sign(project, log, "甲", "handler")
    sign(project, log, "丁", "deputy")

    assert stands(project, log).valid[1].on_behalf_of == "乙"


def test_what_changed_after_it_was_shown_is_not_signed(project, log):
    seen = read_seal(project.report(CODE, YEAR)).hash
    files(project, pdf="another")

    with pytest.raises(ReviewError, match="您看过之后报告变了"):
        sign(project, log, "甲", "handler", seen)
    assert log.entries() == []


def test_a_report_whose_records_changed_is_not_signed(project, log):
    keep(project, CODE, YEAR, {}, leave_out=["reviews"])
    path = project.home / f"params/{YEAR}/{CODE}.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("偏慢", "很慢"), encoding="utf-8")

    with pytest.raises(ReviewError, match="参数.*变了"):
        sign(project, log, "甲", "handler")


def test_a_report_made_again_while_it_is_read_is_not_signed(project, log, monkeypatch):
    ref, report, real = project.report(CODE, YEAR), report_of(project), acts.read_report
    before = hash_bytes(ref.read("report.json"))
    put(project, report | {"findings": [finding("hint")]})
    after = read_seal(ref).hash
    put(project, report)

    def read_and_made_again(ref):
        content = real(ref)
        put(project, report | {"findings": [finding("hint")]})
        return content

    monkeypatch.setattr(acts, "read_report", read_and_made_again)
    with pytest.raises(ReviewError, match="报告变了"):
        acts.sign(project, log, ref, acts.Signer("甲", Step.HANDLER), acts.ShownReport(after, before), DAY)


def test_a_report_without_all_its_files_is_not_signed(project, log):
    seen = read_seal(project.report(CODE, YEAR)).hash
    (project.home / f"output/{YEAR}/{CODE}/report.pdf").unlink()

    with pytest.raises(ReviewError, match="没有做全"):
        sign(project, log, "甲", "handler", seen)
    assert stands(project, log).stage == "absent"


def test_signed_files_that_are_missing_are_to_be_made_again_and_void_nothing(project, log):
    sign_all(project, log)
    path = project.home / f"output/{YEAR}/{CODE}/report.pdf"
    content = path.read_bytes()
    path.unlink()

    now = stands(project, log)
    assert (now.stage, now.approved, [one.void for one in now.signatures]) == ("files", False, ["", "", ""])
    assert audit_log(project, log) == []
    path.write_bytes(content)
    assert stands(project, log).approved
    path.write_bytes(b"another")
    assert all("report.pdf" in one.void for one in stands(project, log).signatures)


def test_a_report_that_is_gone_voids_what_was_signed(project, log):
    sign_all(project, log)
    (project.home / f"output/{YEAR}/{CODE}/report.json").unlink()

    assert all("没有了" in one.void for one in stands(project, log).signatures)


@pytest.mark.parametrize("opened", ["", "0" * 64], ids=["never", "another state"])
def test_nobody_signs_a_state_of_a_report_they_have_not_opened(project, log, opened):
    with pytest.raises(ReviewError, match="还没有打开过"):
        sign(project, log, "甲", "handler", opened=opened)

    acts.mark_viewed(project, log, project.report(CODE, YEAR), "甲")
    sign(project, log, "甲", "handler", opened=opened)
    acts.return_report(project, log, project.report(CODE, YEAR), "乙", "改一个数", DAY)
    report = report_of(project)
    report["tables"]["requests"][0]["value"] = 7
    put(project, report)
    with pytest.raises(ReviewError, match="还没有打开过"):
        sign(project, log, "甲", "handler", opened=opened)


def test_two_who_sign_the_same_step_at_once_give_one_signature(project, log):
    signed = []

    def once():
        with open_log(project) as mine:
            signed.append(sign(project, mine, "甲", "handler").number)

    both = [threading.Thread(target=once) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()

    assert [entry.kind for entry in log.entries()] == ["signed"]
    assert signed == [1, 1]


def test_a_file_that_is_exchanged_after_it_was_exported_is_not_signed(project, log, monkeypatch):
    ref = project.report(CODE, YEAR)
    document = ref.folder / "report.docx"
    exported = ExportResult(CODE, "", "docx", document, sha256=hash_bytes(b"as exported"))
    document.write_bytes(b"exchanged")
    monkeypatch.setattr(seals, "export_reports", lambda *_, **__: [exported])
    with pytest.raises(ReviewError, match=r"report\.docx 刚做好就被换过"):
        seals.make_published_files(project, ref, again=True)

    def exchanged_later(_, ref):
        document.write_bytes(b"as exported")
        made = read_seal(ref)
        document.write_bytes(b"exchanged")
        return made

    seal, opened = read_seal(ref).hash, hash_bytes(ref.read("report.json"))
    with pytest.raises(ReviewError, match="没有签"):
        signer = acts.Signer("甲", Step.HANDLER)
        acts.sign(project, log, ref, signer, acts.ShownReport(seal, opened), DAY, exchanged_later)
    assert log.entries(CODE, YEAR) == []


@pytest.mark.parametrize(
    ("sources", "known"),
    [({}, "ab"), ({"pdf": "cd"}, ""), ({"pdf": ""}, "")],
    ids=["all of one", "one of another that was there for a moment", "one that was not made"],
)
def test_from_which_notebook_documents_were_made_is_known_only_if_all_were(project, monkeypatch, sources, known):
    ref = project.report(CODE, YEAR)
    made = [ExportResult(CODE, "", name, source=sources.get(name, "ab")) for name in DOCUMENTS]
    built = [ExportResult(CODE, "", name) for name in ("html", "json")]
    monkeypatch.setattr(seals, "export_reports", lambda *_, **__: [*made, *built])

    assert seals.make_all_files(project, ref).source == known


def test_a_report_made_by_a_changed_notebook_is_signed_only_once_the_technician_approved_it(project, log):
    notebook = project.home / NOTEBOOK
    notebook.write_text(notebook.read_text(encoding="utf-8").replace("opening = ", "opening  = "), encoding="utf-8")
    path = project.home / f"output/{YEAR}/{CODE}/manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    inputs = fingerprint(load_inputs(project, CODE, YEAR), notebook)
    path.write_text(json.dumps(manifest | {"inputs": inputs}), encoding="utf-8")

    with pytest.raises(ReviewError, match="改过的总笔记本.*approve-notebook"):
        sign(project, log, "甲", "handler")
    code, changed = show_notebook(project)
    assert [line for line in changed if line[0] in "+-"][2:] == [
        "-opening = write_opening(inputs)",
        "+opening  = write_opening(inputs)",
    ]
    with pytest.raises(ReviewError, match="--reason"):
        approve_notebook(project, log, "管理员", "", code)
    entry = approve_notebook(project, log, "管理员", "多空了一格，别的没有变", code)
    assert (entry.person, entry.body.notebook) == ("管理员", inputs["notebook"])
    assert approve_notebook(project, log, "管理员", "多空了一格，别的没有变", code) is None
    sign(project, log, "甲", "handler")


def test_a_notebook_that_is_exchanged_for_the_moment_of_its_approval_is_not_approved(project, log):
    notebook = project.home / NOTEBOOK
    shipped = notebook.read_text(encoding="utf-8")
    notebook.write_text(shipped.replace("opening = ", "opening  = "), encoding="utf-8")
    code, _ = show_notebook(project)
    notebook.write_text(shipped.replace("opening = ", "records = None; opening = "), encoding="utf-8")

    with pytest.raises(ReviewError, match="不是您看过的那一本"):
        approve_notebook(project, log, "管理员", "多空了一格，别的没有变", code)
    assert log.count() == 0


def test_a_manifest_with_another_office_than_the_report_is_signed_by_nobody(project, log):
    path = project.home / f"output/{YEAR}/{CODE}/manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(manifest | {"office": {"code": CODE, "name": "赵某某"}}), encoding="utf-8")

    with pytest.raises(ReviewError, match="报告变了，没有签"):
        sign(project, log, "甲", "handler")


def test_a_form_that_knows_an_entry_that_was_never_written_signs_nothing(project, log):
    ref = project.report(CODE, YEAR)
    seen = acts.ShownReport(read_seal(ref).hash, hash_bytes(ref.read("report.json")), last=99)

    with pytest.raises(ReviewError, match="报告变了，没有签"):
        acts.sign(project, log, ref, acts.Signer("甲", Step.HANDLER), seen, DAY)


def test_what_stands_beside_a_signature_is_of_the_entries_found_whole(project, log, monkeypatch):
    acts.mark_viewed(project, log, project.report(CODE, YEAR), "甲")
    monkeypatch.setattr(Log, "entries", lambda *_, **__: [])  # hidden for the moment

    assert sign(project, log, "甲", "handler").body.since == hash_bytes(project.report(CODE, YEAR).read("report.json"))


def test_an_approval_that_stands_in_the_database_only_while_it_is_read_approves_no_notebook(project, log):
    sign(project, log, "甲", "handler")
    forged = "INSERT INTO review_entries VALUES (0, '2025', '', 0, '技术员', 'notebook', :body, '0', '0', 'x')"
    with log._store.engine.begin() as connection:
        connection.execute(sa.text(forged), {"body": '{"notebook":"ab","reason":"xxxx"}'})

    assert "ab" not in known_notebooks(log.entries("jiaoyu"))
    for read in (lambda: require_known_notebook(log, "ab"), lambda: log.verified(CODE, YEAR)):
        with pytest.raises(ReviewError, match="第 1 条不见了，它的位置上是第 0 条"):
            read()


# --- what voids a signature -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in PUBLISHED.values() if name != "report.json"])
def test_a_flipped_byte_of_any_file_voids_every_signature_and_names_the_file(project, log, name):
    sign_all(project, log)
    path = project.home / f"output/{YEAR}/{CODE}/{name}"
    data = bytearray(path.read_bytes())
    data[0] ^= 1
    path.write_bytes(data)

    now = stands(project, log)
    assert not now.approved
    assert now.stage == "handler"
    assert all(name in one.void for one in now.signatures)
    assert len(audit_log(project, log)) == 3


def test_a_void_signature_says_which_cell_and_which_sentence_did_it(project, log):
    sign_all(project, log)
    report = report_of(project)
    report["tables"]["requests"][0]["value"] = 7
    report["sections"][0]["paragraphs"][0] += "另外增加一句。"
    put(project, report)

    why = why_void(log, project.report(CODE, YEAR), stands(project, log).signatures[0])
    cell = report["tables"]["requests"][0]
    assert why[0].endswith("现在是 7")
    assert cell["row"][-1] in why[0]
    assert "另外增加一句" in why[1]


def test_the_same_bytes_made_again_keep_every_signature(project, log):
    sign_all(project, log)
    report = report_of(project)
    for _ in range(3):
        put(project, report)
        files(project)

    assert stands(project, log).approved


# --- sent back ------------------------------------------------------------------------------------------------


def test_a_report_sent_back_begins_again_with_the_handler(project, log):
    sign(project, log, "甲", "handler")
    acts.return_report(project, log, project.report(CODE, YEAR), "乙", "第五部分太笼统", DAY)

    now = stands(project, log)
    assert now.turn == Step.HANDLER
    assert (now.returned.person, now.returned.reason) == ("乙", "第五部分太笼统")
    sign_all(project, log)
    assert stands(project, log).approved
    assert stands(project, log).returned is None


@pytest.mark.parametrize("opened", [True, False])
def test_a_report_sent_back_was_seen_only_by_who_had_opened_it(project, log, opened):
    ref = project.report(CODE, YEAR)
    now = hash_bytes(ref.read("report.json"))
    sign(project, log, "甲", "handler")
    acts.return_report(project, log, ref, "乙", "请再看看", DAY, now if opened else hash_bytes(b"an earlier one"))
    sign(project, log, "甲", "handler")

    assert (acts.changes_since_viewed(log, ref, "乙", data_of(project)) is not None) == opened
    if not opened:
        with pytest.raises(ReviewError, match="还没有打开过"):
            sign(project, log, "乙", "deputy", opened="")


def test_a_signature_that_somebody_wrote_into_the_database_is_not_signed_upon(project, log):
    sign(project, log, "甲", "handler")
    with log._store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE review_entries SET mark = 'hmac-sha256:00'"))

    with pytest.raises(ReviewError, match="第 1 条.*不是由 gktools 写入的"):
        sign(project, log, "乙", "deputy")


def test_sending_back_wants_a_reason_a_signature_and_a_person_of_the_office(project, log):
    with pytest.raises(ReviewError, match="还没有人签过"):
        acts.return_report(project, log, project.report(CODE, YEAR), "乙", "不清楚", DAY)
    sign(project, log, "甲", "handler")
    with pytest.raises(ReviewError, match="写清楚"):
        acts.return_report(project, log, project.report(CODE, YEAR), "乙", " ", DAY)
    with pytest.raises(ReviewError, match="只能看"):
        acts.return_report(project, log, project.report(CODE, YEAR), "财乙", "不清楚", DAY)


# --- findings -------------------------------------------------------------------------------------------------


def test_a_verdict_stays_over_a_hundred_runs_and_returns_when_the_value_changes(project, log):
    report = report_of(project) | {"findings": [finding()]}
    put(project, report)
    mark = report["findings"][0]["fingerprint"]
    judge(project, log, "甲", mark, "explained", "当年集中办理一批")
    for _ in range(100):
        put(project, report)
        (one,) = with_decisions(data_of(project).findings, stands(project, log))
        assert one.decided.reason == "当年集中办理一批"
        assert not one.open

    put(project, report | {"findings": [finding(found="4")]})
    (one,) = with_decisions(data_of(project).findings, stands(project, log))
    assert one.open
    assert one.earlier.reason == "当年集中办理一批"


@pytest.mark.parametrize("shown", [{"message": "少一个逗号"}, {"severity": "block"}, {"place": "乙.xlsx 第 9 行"}])
def test_a_decision_about_a_finding_that_said_something_else_for_the_moment_does_not_count(project, log, shown):
    """report.json is another one while the person reads the finding and decides, whatever fingerprint stands in it."""
    report = report_of(project)
    put(project, report | {"findings": [finding() | shown]})
    by, decision = ("丙", "overruled") if "severity" in shown else ("甲", "explained")
    judge(project, log, by, finding()["fingerprint"], decision, "补上了")
    put(project, report | {"findings": [finding()]})

    (one,) = with_decisions(data_of(project).findings, stands(project, log))
    assert (one.open, one.earlier.reason) == (True, "补上了")
    with pytest.raises(ReviewError, match="没有说明，不能签"):
        sign(project, log, "甲", "handler")


def test_a_record_whose_row_has_moved_keeps_its_decision(project, log):
    of_a_record = {"register": "requests", "record": "1号", "place": "甲.xlsx 第 7 行"}
    put(project, report_of(project) | {"findings": [finding(**of_a_record)]})
    judge(project, log, "甲", finding(**of_a_record)["fingerprint"], "explained", "当年集中办理一批")
    put(project, report_of(project) | {"findings": [finding(**of_a_record | {"place": "甲.xlsx 第 8 行"})]})

    (one,) = with_decisions(data_of(project).findings, stands(project, log))
    assert not one.open


@pytest.mark.parametrize("decision", ["explained", "dismissed"])
def test_what_blocks_cannot_be_dismissed(project, log, decision):
    put(project, report_of(project) | {"findings": [finding("block")]})

    with pytest.raises(ReviewError, match="不能用说明放过"):
        judge(project, log, "丙", finding("block")["fingerprint"], decision, "没关系")


def test_what_blocks_forbids_every_signature_until_the_head_overrules_it(project, log):
    report = report_of(project) | {"findings": [finding("block")]}
    put(project, report)
    mark = finding("block")["fingerprint"]

    with pytest.raises(ReviewError, match="没有解决，不能签"):
        sign(project, log, "甲", "handler")
    with pytest.raises(ReviewError, match="只有主要领导"):
        judge(project, log, "乙", mark, "overruled", "情况属实")
    judge(project, log, "丙", mark, "overruled", "情况属实")
    sign(project, log, "甲", "handler")

    now = stands(project, log)
    assert open_findings(with_decisions(data_of(project).findings, now), Severity.BLOCK) == []
    assert log.entries()[-1].body.decisions == {mark: "overruled"}

    judge(project, log, "丙", mark, "reopened", "再查一查")
    assert open_counts(with_decisions(data_of(project).findings, stands(project, log)))["block"] == 1


@pytest.mark.parametrize(
    ("signed", "step"), [([], "handler"), (["handler"], "deputy"), (["handler", "deputy"], "head")]
)
def test_what_asks_to_be_explained_forbids_every_signature_until_it_is(project, log, signed, step):
    put(project, report_of(project) | {"findings": [finding()]})
    mark = finding()["fingerprint"]
    if signed:
        judge(project, log, "甲", mark, "explained", "当年集中办理一批")
        for each in signed:
            sign(project, log, PEOPLE[each], each)
        judge(project, log, "乙", mark, "reopened", "再查一查")

    with pytest.raises(ReviewError, match="1 处“需说明”没有说明，不能签.*其他处理偏多"):
        sign(project, log, PEOPLE[step], step)
    judge(project, log, "甲", mark, "explained", "查过了，集中办理一批")
    sign(project, log, PEOPLE[step], step)

    signature = next(one for one in stands(project, log).valid if one.step == step)
    assert [(one.person, one.reason) for one in signature.decisions] == [("甲", "查过了，集中办理一批")]


def test_a_hint_keeps_nobody_from_signing(project, log):
    put(project, report_of(project) | {"findings": [finding("hint")]})
    sign_all(project, log)

    assert stands(project, log).approved


def test_only_what_blocks_is_overruled(project, log):
    put(project, report_of(project) | {"findings": [finding("explain")]})

    with pytest.raises(ReviewError, match="只用于“不得发布”"):
        judge(project, log, "丙", finding("explain")["fingerprint"], "overruled", "情况属实")


def test_a_verdict_about_a_finding_that_is_not_there_is_refused(project, log):
    with pytest.raises(ReviewError, match="已经没有了"):
        judge(project, log, "甲", "f" * 16, "explained", "说明一下")


# --- comments, scans, looks -----------------------------------------------------------------------------------


def test_a_comment_is_answered_and_closed_once(project, log):
    number = acts.comment(
        project, log, project.report(CODE, YEAR), "区甲", "requests:received:total", "这个数对吗"
    ).number
    acts.answer(project, log, project.report(CODE, YEAR), "甲", number, "对，已核")
    acts.close(project, log, project.report(CODE, YEAR), "区甲", number)

    (one,) = stands(project, log).comments
    assert (one.answers[0].text, one.closed_by) == ("对，已核", "区甲")
    with pytest.raises(ReviewError, match="已经办结"):
        acts.answer(project, log, project.report(CODE, YEAR), "甲", number, "再补一句")
    with pytest.raises(ReviewError, match="没有这条批注"):
        acts.close(project, log, project.report(CODE, YEAR), "甲", 99)


def remark(project, log, person="乙"):
    return acts.comment(project, log, project.report(CODE, YEAR), person, "problems:1", "这里请再核对").number


@pytest.mark.parametrize("ending", ["answered", "closed", "passed on"])
def test_an_open_comment_keeps_a_person_from_signing_until_it_is_seen_to(project, log, ending):
    ref, number = project.report(CODE, YEAR), remark(project, log)
    with pytest.raises(ReviewError, match="还有 1 条批注没有答复"):
        sign(project, log, "甲", "handler")

    acts.answer(project, log, ref, "乙", number, "补一句：见去年的数")  # the author's own word is no answer
    with pytest.raises(ReviewError, match="还有 1 条批注没有答复"):
        sign(project, log, "甲", "handler")

    if ending == "answered":
        acts.answer(project, log, ref, "甲", number, "核对过了")
    elif ending == "closed":
        acts.close(project, log, ref, "乙", number)
    else:
        acts.pass_on(project, log, ref, "甲", number, "丙", DAY)
    sign(project, log, "甲", "handler")

    assert [one.text for one in stands(project, log).valid[0].comments] == (
        ["这里请再核对"] if ending == "passed on" else []
    )


def test_a_comment_waits_for_the_person_it_was_passed_on_to_and_for_no_other(project, log):
    ref, number = project.report(CODE, YEAR), remark(project, log, "区甲")
    acts.pass_on(project, log, ref, "甲", number, "丙", DAY)
    sign(project, log, "甲", "handler")
    sign(project, log, "乙", "deputy")
    with pytest.raises(ReviewError, match="批注没有答复"):
        sign(project, log, "丙", "head")
    acts.answer(project, log, ref, "丙", number, "可以")
    sign(project, log, "丙", "head")

    assert stands(project, log).approved


@pytest.mark.parametrize("to", ["甲", "财甲", "路人", ""])
def test_a_comment_is_passed_on_to_somebody_else_who_may_read_the_report(project, log, to):
    number = remark(project, log)
    with pytest.raises(ReviewError, match="转给谁没有写对"):
        acts.pass_on(project, log, project.report(CODE, YEAR), "甲", number, to, DAY)
    with pytest.raises(ReviewError, match="只能看"):
        acts.pass_on(project, log, project.report(CODE, YEAR), "区甲", number, "乙", DAY)


def test_who_may_not_read_a_report_may_not_remark_on_it(project, log):
    with pytest.raises(NotFoundError):
        acts.comment(project, log, project.report(CODE, YEAR), "财甲", "", "看看")
    number = acts.comment(project, log, project.report(CODE, YEAR), "甲", "", "看看").number
    with pytest.raises(NotFoundError):
        acts.answer(project, log, project.report(CODE, YEAR), "财甲", number, "看看")
    with pytest.raises(NotFoundError):
        acts.close(project, log, project.report(CODE, YEAR), "财甲", number)
    with pytest.raises(NotFoundError):
        acts.mark_viewed(project, log, project.report(CODE, YEAR), "财甲")


def test_a_scan_named_after_a_persons_number_is_refused(project, log):
    with pytest.raises(ReviewError, match="文件名里像是有手机号"):
        acts.attach(project, log, project.report(CODE, YEAR), "甲", "李某13900000001_1.pdf", b"%PDF-1.7 scan", DAY)


def test_a_scan_is_kept_if_it_is_one(project, log):
    acts.attach(project, log, project.report(CODE, YEAR), "甲", "..\\..\\扫描件.pdf", b"%PDF-1.7 scan", DAY)

    (scan,) = stands(project, log).attachments
    assert scan.name == "扫描件.pdf"
    assert log.get_blob(scan.sha256) == b"%PDF-1.7 scan"
    with pytest.raises(ReviewError, match="PDF、JPG 或 PNG"):
        acts.attach(project, log, project.report(CODE, YEAR), "甲", "a.pdf", b"<script>", DAY)
    with pytest.raises(ReviewError, match="太大"):
        acts.attach(project, log, project.report(CODE, YEAR), "甲", "a.pdf", b"%PDF-" + bytes(acts.SCAN_BYTES), DAY)


def test_a_person_hands_in_so_many_bytes_of_scans_a_day_and_more_the_next(project, log, monkeypatch, set_clock):
    monkeypatch.setattr(acts, "SCAN_BYTES_A_DAY", 30_000)
    set_clock("2025-01-20T23:00:00+08:00")
    ref = project.report(CODE, YEAR)
    for number in range(2):
        acts.attach(project, log, ref, "甲", f"{number}.pdf", b"%PDF-" + random.Random(number).randbytes(12_000), DAY)
    with pytest.raises(ReviewError, match="一个人一天最多"):
        acts.attach(project, log, ref, "甲", "3.pdf", b"%PDF-" + random.Random(3).randbytes(12_000), DAY)
    acts.attach(project, log, ref, "乙", "3.pdf", b"%PDF-" + random.Random(3).randbytes(12_000), DAY)
    set_clock("2025-01-21T01:00:00+08:00")
    acts.attach(project, log, ref, "甲", "4.pdf", b"%PDF-" + random.Random(4).randbytes(12_000), DAY)

    assert len(stands(project, log).attachments) == 4


def test_a_person_writes_so_many_comments_answers_and_explanations_a_day(project, log, monkeypatch):
    monkeypatch.setattr(acts, "WORDS_A_DAY", 3)
    ref = project.report(CODE, YEAR)
    number = acts.comment(project, log, ref, "甲", "", "第一条").number
    acts.answer(project, log, ref, "甲", number, "答复")
    acts.comment(project, log, ref, "甲", "", "第三条")
    for more in (
        lambda: acts.comment(project, log, ref, "甲", "", "第四条"),
        lambda: acts.answer(project, log, ref, "甲", number, "再答"),
        lambda: judge(project, log, "甲", "x", "explained", "情况属实"),
    ):
        with pytest.raises(ReviewError, match="一个人一天最多这么多"):
            more()
    acts.comment(project, log, ref, "乙", "", "别人的")


@pytest.mark.parametrize(
    ("name", "data", "kept"),
    [
        ("盖章.PDF", b"%PDF-", "盖章.PDF"),
        ("盖章.html", b"\x89PNG\r\n\x1a\n<script>", "盖章.html.png"),
        ("盖章.jpeg", b"\xff\xd8\xff", "盖章.jpeg"),
        ("盖章\u202efdp.exe", b"%PDF-", "盖章fdp.exe.pdf"),
        ("../..", b"%PDF-", "扫描件.pdf"),
    ],
)
def test_a_scan_is_called_what_it_is(project, log, name, data, kept):
    acts.attach(project, log, project.report(CODE, YEAR), "甲", name, data, DAY)

    assert stands(project, log).attachments[-1].name == kept


@pytest.mark.parametrize("text", ["", " ", "好", "\u200b\u200b\u200b", "\u3000\u2060\u00ad\n\t", "x" * 1001])
def test_a_reason_can_be_seen(project, log, text):
    with pytest.raises(ReviewError, match="请写清楚"):
        acts.comment(project, log, project.report(CODE, YEAR), "甲", "", text)


def test_each_person_gets_the_difference_since_the_own_last_look(project, log):
    report = report_of(project)
    acts.mark_viewed(project, log, project.report(CODE, YEAR), "甲")
    assert acts.mark_viewed(project, log, project.report(CODE, YEAR), "甲") is None
    report["tables"]["requests"][0]["value"] = 7
    put(project, report)
    acts.mark_viewed(project, log, project.report(CODE, YEAR), "乙")

    report = ReportData.from_json(report)
    assert acts.changes_since_viewed(log, project.report(CODE, YEAR), "丙", report) is None
    assert not acts.changes_since_viewed(log, project.report(CODE, YEAR), "乙", report)
    assert [cell.new for cell in acts.changes_since_viewed(log, project.report(CODE, YEAR), "甲", report).cells] == [7]


# --- differences ----------------------------------------------------------------------------------------------


def test_a_figure_is_marked_as_a_whole_and_other_text_by_character():
    pieces = [(piece.kind, piece.text) for piece in compare_texts("收到申请128件，办结。", "收到申请129件，均已办结。")]

    assert pieces == [
        *[("same", "收到申请"), ("old", "128"), ("new", "129"), ("same", "件，"), ("new", "均已"), ("same", "办结。")]
    ]


def test_findings_that_are_new_and_gone_and_sections_without_change_are_told(project):
    old = report_of(project)
    new = json.loads(json.dumps(old | {"findings": [finding()]}, ensure_ascii=False))
    new["sections"][0]["paragraphs"][0] += "多一句。"

    before, after = ReportData.from_json(old), ReportData.from_json(new)
    found = difference(before, after)
    assert [one.message for one in found.findings_new] == ["其他处理偏多"]
    assert difference(after, before).findings_gone == found.findings_new
    assert [passage.section for passage in found.passages] == [new["sections"][0]["key"]]
    assert new["sections"][0]["title"] not in found.unchanged
    assert len(found.unchanged) == len(new["sections"]) - 1
    assert not difference(before, before)
