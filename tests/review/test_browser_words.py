"""On a page a message uses the words of the page: no parameter key of the form, no command without who runs it."""

from __future__ import annotations

import re

import pytest
from markupsafe import Markup

from gktools.checks.comparison import year_on_year_rules
from gktools.checks.rules import rules
from gktools.editing.fields import fields
from gktools.findings import Finding, Severity
from gktools.publication.gate import rules as gate_rules
from gktools.review.web.views.browser_words import finding_in_browser, in_browser, proofs_in_browser
from gktools.workspace.params_models import ReportParams

RULES = rules() | year_on_year_rules() | gate_rules()
KEYS = [".".join(field.path) for field in fields(ReportParams)]
COMMAND = re.compile(r"(?<!管理 gktools 的人运行 )(?<!管理 gktools 的人用 )(?<!管理 gktools 的人先运行 )gktools [a-z]")


def test_no_rule_names_a_parameter_of_the_form_or_a_bare_command_on_a_page():
    named = re.compile(rf"(?<![\w.])(?:{'|'.join(map(re.escape, KEYS))})(?![\w.])", re.ASCII)
    shown = {(code, part): in_browser(getattr(RULES[code], part)) for code in RULES for part in ("remedy", "message")}
    files = {
        place
        for place, text in shown.items()
        if re.search(r"参数 [a-z]|params/|[a-z]+_[a-z_]+\)|\.yaml", re.sub(r"\{\w+\}", "", text))
    }

    assert len(shown) > 400
    assert {place: named.findall(text) for place, text in shown.items() if named.search(text)} == {}
    assert files == set()
    assert [place for place, text in shown.items() if COMMAND.search(text)] == []
    assert [place for place, text in shown.items() if in_browser(text) != text] == []


def test_the_rules_that_name_a_key_or_a_command_are_reworded():
    named = [code for code, rule in RULES.items() if re.search(r"参数 [a-z]|params/|gktools [a-z]", rule.remedy)]

    assert len(named) > 20
    assert [code for code in named if in_browser(RULES[code].remedy) == RULES[code].remedy] == []


@pytest.mark.parametrize(
    ("says", "shown"),
    [
        (
            "改参数 layout.signed_on，重做报告（gktools build），再送审。",
            "改“修改”页里的“落款日期”，在“修改”页按“保存并重做报告”，再送审。",
        ),
        (
            "界限由参数 checks.sudden_ratio、checks.sudden_count（金额 checks.sudden_amount）设定，没有官方数。",
            "界限由“修改”页里的“与上年悬殊的倍数”、“与上年悬殊的最小差”（金额“与上年悬殊的最小差（万元）”）设定，没有官方数。",
        ),
        ("或参数 double_publicity 填得对不对。", "或“修改”页里的“双公示上传数”填得对不对。"),
        (
            "查明后在参数 differences 里写 rule：对外公开总数量，写明原因和经办人。",
            "查明后请管理 gktools 的人在参数文件的“差异说明”里写上“对外公开总数量”这个核对项目，写明原因和经办人。",
        ),
        (
            "没有签：报告做好以后，参数变了。请先重做（gktools build），看过再签",
            "没有签：报告做好以后，参数变了。请经办人先在“修改”页按“保存并重做报告”，看过再签",
        ),
        (
            "局 2024 年度还没有完整的报告：先运行 gktools build --year 2024",
            "局 2024 年度还没有完整的报告：请经办人先在“修改”页按“保存并重做报告”",
        ),
        (
            "审签记录被改动过，读不出来；请运行 gktools review verify 看是哪一条，再从备份恢复",
            "审签记录被改动过，读不出来；请管理 gktools 的人运行 gktools review verify 看是哪一条，再从备份恢复",
        ),
        (
            "要改，请用 gktools correct 更正",
            "要改，请管理 gktools 的人用 gktools correct 更正",
        ),
        ("没有第 9 次导入；有哪些，见 gktools records history", None),
        (
            "请管理 gktools 的人运行 gktools review user add 姓名",
            "请管理 gktools 的人运行 gktools review user add 姓名",
        ),
        ("第五部分残留“参数 layout.labels，请重做报告”。", "第五部分残留“参数 layout.labels，请重做报告”。"),
    ],
)
def test_a_message_is_said_in_the_words_of_the_page(says, shown):
    assert in_browser(says) == (
        shown or "没有第 9 次导入；有哪些，请管理 gktools 的人运行 gktools records history 查看"
    )


def test_a_finding_keeps_its_fingerprint_and_a_proof_its_markup():
    finding = Finding("publish.signed-on", Severity.BLOCK, "日期不对", "ju", 2024, remedy="改参数 layout.signed_on。")
    shown = finding_in_browser(finding)

    assert (shown.remedy, shown.fingerprint) == ("改“修改”页里的“落款日期”。", finding.fingerprint)
    assert proofs_in_browser(Markup("<li>……其余 3 条用 gktools explain 查看</li>")) == Markup(
        "<li>……其余 3 条，按“看全部记录”查看</li>"
    )
