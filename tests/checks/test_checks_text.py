"""The text by itself: years, names, ordinals, remnants, and what must be in it."""

import re
import time
from dataclasses import replace

import pytest
from faultless import NAME, OTHERS, PROBLEMS, clean, paragraph, with_text, without

from gktools.checks.report import check_report
from gktools.findings import Severity
from gktools.prose import BoundFigure, Paragraph
from gktools.report.report import rules_in_force
from gktools.workspace.offices import Office, office_kinds
from gktools.workspace.params_models import ReportParams


def found(subject, code):
    return [finding.found for finding in check_report(subject) if finding.code == code]


@pytest.mark.parametrize("year", ["2023年", "2024年", "2025年"])
def test_the_years_next_to_the_report_may_be_mentioned(year):
    assert found(with_text("overview", f"{year}更新了栏目。"), "text.years") == []


@pytest.mark.parametrize(
    "sentence",
    [
        "落实《2021年政务公开工作要点》。",
        "条例自2019年5月15日起施行。",
        "公开了第十四个五年规划和二〇三五年远景目标纲要。",
    ],
)
def test_titles_and_dates_of_law_may_name_other_years(sentence):
    assert found(with_text("overview", sentence), "text.years") == []


@pytest.mark.parametrize("year", ["2022 年", "2021年", "二〇一九年"])
def test_an_older_year_is_found(year):
    assert found(with_text("problems", f"{year}的问题。", *PROBLEMS), "text.years") == [year]


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ("统计期限自2024 年1 月1 日起至2024 年12 月31 日止", False),
        ("数据统计期限为2024年1月1日至12月31日", False),
        ("统计期限为2024年1月1日到2024年12月30日", True),
        ("统计期限为2023年1月1日至2023年12月31日", True),
    ],
)
def test_the_period_is_the_whole_year(words, wrong):
    assert bool(found(with_text("opening", f"{words}。"), "text.period")) is wrong


@pytest.mark.parametrize(
    ("number", "wrong"),
    [
        ("国办公开办函〔2021〕30号", False),
        ("国办公开办函[2021]30号", False),
        ("国办公开办函〔2016〕201号", False),
        ("国办公开办函〔2019〕60号", True),
        ("国办公开办函〔2021〕31号", True),
    ],
)
def test_the_basis_is_the_notice_of_the_year(number, wrong):
    assert bool(found(with_text("opening", f"根据通知（{number}）编制。"), "text.notice")) is wrong


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ("请与临川市审计局办公室联系", False),
        ("请与本机关办公室联系", False),
        ("请与市审计局联系", False),
        ("请与临川市政府信息公开工作领导小组办公室联系", False),
        ("请与临川市统计局办公室联系", True),
        ("本报告由临川市统计局编制", True),
    ],
)
def test_the_opening_names_this_office(words, wrong):
    assert bool(found(with_text("opening", f"{words}。"), "text.office-name")) is wrong


def test_the_title_names_this_office():
    assert found(clean(title="临川市统计局2024年政府信息公开工作年度报告"), "text.office-name") == [
        "临川市统计局2024年政府信息公开工作年度报告"
    ]


def test_a_report_may_do_without_opening_and_signature():
    assert check_report(without(clean(), "opening", "signature")) == []


def test_the_first_format_sets_no_limit_to_the_overview_and_asks_for_no_fees():
    subject = with_text("overview", "公开" * 800, year=2020)
    others = with_text("others", "没有其他需要报告的事项。", year=2020).prose["others"]
    assert check_report(replace(subject, prose={**subject.prose, "others": others})) == []


def test_white_space_does_not_count_as_characters():
    assert found(with_text("overview", "公开 " * 500), "text.overview-length") == []


@pytest.mark.parametrize("words", ["无", "无。", "没有", "不存在问题", " "])
def test_no_problems_at_all_blocks(words):
    assert [f.code for f in check_report(with_text("problems", words))] == ["text.problems-empty"]


@pytest.mark.parametrize(
    "lines",
    [
        PROBLEMS,
        ["存在解读形式单一等不足。下一步：一是增加图解。二是增加视频。三是请专家解读，" + "请群众评议。" * 8],
        [
            "存在的问题：一是解读少；二是更新慢。2025年，将采取以下措施加以改进。一是多解读；二是勤更新；三是常检查。"
            * 2
        ],
        ["（一）上年问题改进情况。一是增加了解读。（二）主要问题。一是更新慢；二是查阅点少。" * 2],
    ],
)
def test_problems_with_their_improvements_are_in_order(lines):
    assert check_report(with_text("problems", *lines)) == []


def test_what_is_too_short_is_a_parameter():
    params = ReportParams.model_validate({"checks": {"problems_characters": 5}})
    assert found(with_text("problems", "问题是更新慢，下一步勤更新。", params=params), "text.problems-short") == []


@pytest.mark.parametrize(
    ("text", "jumps"),
    [
        ("一是甲。二是乙。三是丙。下一步，一是丁。二是戊。", []),
        ("一是甲。二是乙。三是丙。三是丁。", ["三是"]),
        ("一是甲。三是乙。四是丙。", ["三是"]),
        ("二是甲。", ["二是"]),
        ("（一）甲\n（二）乙\n（四）丙", ["（四）"]),
        ("1.甲\n2.乙\n4.丙", ["4."]),
        ("（一）甲\n1.子\n2.丑\n（二）乙\n1.寅\n2.卯", []),
        ("统一是原则，万一是例外。", []),
        ("十是甲。", ["十是"]),
    ],
)
def test_ordinals_go_up_by_one_or_start_again(text, jumps):
    assert found(with_text("overview", *text.split("\n")), "text.ordinals") == jumps


@pytest.mark.parametrize(
    "words",
    [
        "（文字描述）",
        "（文字描述，收取信息处理费情况在此处报告。）",
        "表格如下：",
        "XX局",
        "××街道",
        "某某局",
        "{{ 新收申请 }}",
        "待补充",
    ],
)
def test_remnants_of_a_template_block(words):
    assert found(with_text("overview", f"公开信息。{words}"), "text.remnant")


@pytest.mark.parametrize(
    "words", ["www.example.gov.cn/zfxxgk/", "xxgk@example.gov.cn", "（此件主动公开）", "……", "“十四五”"]
)
def test_addresses_and_common_marks_are_no_remnants(words):
    assert found(with_text("overview", f"公开信息，见{words}。"), "text.remnant") == []


def test_a_government_reports_assessment_evaluation_and_accountability():
    town = Office("zhen", NAME, office_kinds()["township_government"])
    words = "工作考核方面，全年组织考核一次。社会评议方面，没有开展评议。没有需要追究责任的情形。"

    assert check_report(with_text("overview", words, office=town)) == []
    assert len(found(clean(office=town), "text.government-statement")) == 3


def test_an_empty_report_is_one_finding():
    subject = clean()
    empty = {key: replace(part, paragraphs=()) for key, part in subject.prose.items()}
    assert [f.code for f in check_report(replace(subject, prose=empty))] == ["text.empty-report"]


def test_no_sub_headings_are_asked_of_the_overview():
    assert check_report(with_text("overview", "全年更新了目录。")) == []


def test_sections_out_of_order_are_found_but_not_called_missing():
    form = clean().format
    one, two, *rest = form.sections
    codes = [f.code for f in check_report(clean(format=replace(form, sections=(two, one, *rest))))]
    assert codes == ["text.section-order"]


@pytest.mark.parametrize(("day", "early"), [("2024-12-31", True), ("2023-01-20", True), ("2025-01-01", False)])
def test_a_day_under_the_report_within_its_year_is_told_before_anybody_signs(day, early):
    params = ReportParams.model_validate({"layout": {"signed_on": day}})
    told = [f for f in check_report(clean(params=params)) if f.code == "text.signed-early"]

    assert [(f.severity, f.found, f.expected) for f in told] == [(Severity.BLOCK, day, "2025-01-01")] * early


def test_a_limit_of_the_checks_that_the_office_changed_is_told_with_the_old_and_the_new_one():
    params = ReportParams.model_validate({"checks": {"other_share": 1, "sudden_ratio": 3}})
    (told,) = [f for f in check_report(clean(params=params)) if f.code == "text.limit-changed"]

    assert "“其他处理占比”改成了 1，默认是 0.3" in told.message
    assert [rule["default"] for rule in rules_in_force(params) if rule["title"] == "其他处理占比"] == ["否"]


@pytest.mark.parametrize("words", ["举办培训3次", "解读率达98.5%", "收费2.5万元", "培训一百二十人次", "投诉12件"])
def test_a_typed_number_is_pointed_out(words):
    assert len(found(with_text("overview", f"全年{words}。"), "text.unbound-figure")) == 1


@pytest.mark.parametrize(
    "words",
    [
        "⑨⑨件",
        "九\u200b十\u200b九件",
        "玖拾玖件",
        "廿九件",
        "卅件",
        "九 十 九件",
        "９９件",
        "9\u3000 9 件",
        "㊈十件",
        "佰件零壹件",
        "𝟗𝟗件",
        "⼀⼆件",
        "弍弎件",
        "皕件",
        "幺幺件",
        "佰件",
        "仟件",
        "壹件",
        "1O件",
        "l2件",
        "〇件",
    ],
)
def test_a_typed_number_is_pointed_out_whatever_its_digits_look_like(words):
    findings = found(with_text("overview", f"全年办理{words}。"), "text.unbound-figure")
    assert findings
    assert all(one.endswith("件") for one in findings)


@pytest.mark.parametrize(
    "words",
    [
        "两成", "八成五", "百分之百", "百分之九十八点五", "百分百", "三分之二", "两倍", "翻一番", "半数", "若干件", "俩件",
        "数百件", "近百件", "上千人次", "几十条", "数以百计", "十余件", "百多条", "十几项", "三十余件", "15余件", "15万件",
        "三万件", "百件", "五件", "收到一件", "Ⅻ件", "½件", "1\ufe0f\u20e32\ufe0f\u20e3件", "三萬件", "卌件",
        "12~~件", "“12”件", "申请99", "共15000", "申请：99", "申请九十九", "受理申请 99 ，按期", "行政复议共九十九；", "行政诉讼：99",
        "收到申请20余", "累计20多，", "1/3", "20/21", "公开信息五条", "召开会议五次", "收到零件", "零申请", "办结 98 ", "数量翻倍",
        "近半", "过半", "双位数", "一打",
    ],
)  # fmt: skip
def test_a_number_in_words_is_pointed_out_as_one_in_digits_is(words):
    assert len(found(with_text("overview", f"全年办理{words}。"), "text.unbound-figure")) == 1


@pytest.mark.parametrize(
    "words",
    [
        "一次性告知", "两个平台", "全部公开", "无一逾期", "十件民生实事", "高效办成一件事", "两件大事", "千家万户", "一成不变",
        "统一成立", "三成员单位", "办成", "成倍努力", "十四五", "第十件", "千方百计", "数据共享", "上级", "近年来", "多部门",
        "三审三校", "百姓", "事半功倍", "超期", "《若干条规定》", "五大领域", "两级机关", "万众一心", "邮政编码为222000", "电话为12345",
        "联系电话：0755-82345678", "咨询电话：12345", "邮编：518000", "1. 公开", "（一）公开", "3、公开", "〔2024〕5号", "第十九条",
        "2024年",
        "2024/12/31", "https://www.gov.cn/a/2024/12", "零距离", "一次打造", "拾起", "元旦", "2024-03-05", "24小时", "12345热线",
        "近半年", "十四五规划", "“十四五”", "网址：www.gov.cn", "附件：1", "零跑腿", "机构代码：11440300",
    ],
)  # fmt: skip
def test_set_phrases_with_a_numeral_are_no_numbers(words):
    assert found(with_text("overview", f"落实{words}。"), "text.unbound-figure") == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("[15]万件", "15万"), ("[15] 万件", "15 万"), ("[15]百件", "15百"), ("[15]亿件", "15亿"), ("十[15]件", "十15"),
        ("数千[15]件", "千15"), ("-[15]件", "-15"), ("－[15]件", "－15"), ("负[15]件", "负15"), ("[15]%", "15%"),
        ("[15]％", "15％"), ("[15]倍", "15倍"), ("[15]余件", "15余"), ("[15]多件", "15多"), ("[15]来件", "15来"),
        ("[15]成", "15成"), ("[15]分之一", "15分之"), ("百分之[15]", "分之15"), ("[15]个百分点", "15个百分点"),
        ("[15]5件", "155"), ("1[15]件", "115"), ("[15].5件", "15.5"), ("[15],000件", "15,0"), ("[15]²件", "15²"),
        ("[15]⑨件", "15⑨"), ("[15]玖件", "15玖"), ("[15]\u200b万件", None), ("“[15]”万件", "15”万"), ("[15]（百）件", "15（百）"),
        ("[15]（单位：万件）", "15（单位：万件）"), ("[15]w件", "15w"), ("[15]×10件", "15×1"), ("[15]+件", "15+"),
        ("[15]-20件", "15-2"), ("10～[15]件", "～15"), ("[15]半件", "15半"),
        ("[15]~~万~~件", "15~~万"), ("[15]<b>万</b>件", "15<b>万"),
        ("[15]萬件", "15萬"), ("2，[150]件", "2，150"),
    ],
)  # fmt: skip
def test_what_makes_another_number_of_a_bound_one_blocks(words, said):
    (finding,) = [
        f for f in check_report(with_text("overview", f"全年办理{words}。")) if f.code == "text.joined-figure"
    ]

    assert finding.severity is Severity.BLOCK
    assert said in (None, finding.found)
    assert "指标“指标”是 15" in finding.message


@pytest.mark.parametrize(
    "words",
    [
        # zeros, ones and other look-alikes
        "[15]○件", "[15]◯件", "[15]O件", "[15]o件", "[15]Ο件", "[15]О件", "[15]●件", "[15]丨件", "[15]ー件", "[15]々件",
        "l[15]件", "I[15]件", "丨[15]件", "|[15]件", "ㄧ[15]件", "O.[15]件", "⼗[15]件", "[15]⼗件", "[15]M件", "[15]ｗ件",
        "APPl[15]件", "[15]弍件", "[15]貳件", "[15]打件", "[15]整万件", "[15]又半件",
        "○" + " " * 300 + "[15]件", "[15]&nbsp;0件", "[15]。○件", "[15]（○）件",
        "[15]口件", "100余[15]件", "一百又[15]件", "（单位：万）[15]件", "[15]件K", "[15]件翻番",
        # a decimal point
        "零点[15]件", "0点[15]件", "三 点 [15]件", "1·[15]件", "[15]·5件", "[15]点5件", "[15]点五件", "[15]点 “五”件",
        "[15]又二分之一件", "[15]'000件", "[15]…5件", "10—[15]件", "[15]—20件",
        # a scale behind quotes, brackets and punctuation
        "[15]`万`件", "[15]［万］件", "[15]【万】件", "[15]〔万〕件", "[15]{万}件", "[15]《万》件", "【[15]】万件", "（[15]）万件",
        "[15]件（万）", "[15]件［万件］", "[15]件（以万计）", "[15]件（计量单位为万件）", "（万）[15]件", "【十】[15]件",
        "[15]（万 件）",
        "[15]、万件", "[15]：万件", "“[15]”，万件", "[15]—万件", "[15]\\万件", "[15]件×10", "[15]件 *“10”",
        # marks on the figure
        "[15]\u0336件", "[15]\u20dd件", "[15]\u0301件",
    ],
)  # fmt: skip
def test_a_sign_that_is_not_known_to_leave_a_bound_number_as_it_is_blocks(words):
    assert len(found(with_text("overview", f"全年办理{words}。"), "text.joined-figure")) == 1


def test_two_bound_numbers_without_anything_between_them_block():
    assert found(with_text("overview", "办理[15][8]件。"), "text.joined-figure") == ["158", "158"]


@pytest.mark.parametrize("section", ["opening", "overview", "problems", "others"])
def test_what_is_joined_to_a_bound_number_is_found_in_every_section(section):
    assert found(with_text(section, "收到[15]万件。"), "text.joined-figure") == ["15万"]


@pytest.mark.parametrize(
    "words",
    [
        "分别为[15]、[120]、[3]件", "分别为[15]，[120]，[3]件", "分别为[15],[120],[300]件", "其中——[15]件", "（[15]件）",
        "“[15]件”", "唯一[15]件", "[15]成功办结", "[15]来自网络", "[15]多为咨询", "[15]一并办理", "[15]：其中[3]件",
        "[15]（其中[3]件为网上）", "1月至12月[15]件", "《办法》[15]件", "[15]个工作日", "[15]余下部分", "[15]条、[3]篇", "[2.5]万元",
        "[15]件（含上年结转）", "[15]（含上年结转）", "[15]件［含上年结转］", "【自然人】[15]件", "（一）[15]件", "（1）[15]件",
        "1、[15]件", "“APP”[15]件", "通过OA[15]件", "盱眙[15]件", "重点[15]件", "[15]点建议", "2024 年 [15] 件", "：\n[15]件\n",
        "——[15]件",
        "其余[15]件", "又[15]件", "[15]口头答复", "：\n●[15]件", "：\n- [15]件",
        "[15]，千家万户", "[15]。十件实事", "[15]，“十四五”", "[15]件（占[50%]）", "今年[20]（去年[15]）", "[15]个（万达广场）",
        "[15]件①",
        "[15]件、[3]件", "[15]至[3]件", "[15]件[3]人次", "[15]次/人", "**[15]**件", "[15]：[3]件", "[15]次，100%办结", "[15]打印",
    ],
)  # fmt: skip
def test_what_stands_beside_a_bound_number_and_leaves_it_as_it_is_blocks_nothing(words):
    text = with_text("overview", f"全年办理{words}。")
    overview = text.prose["overview"]
    marked = [replace(p, figures=tuple(replace(f, token="收费金额") for f in p.figures)) for p in overview.paragraphs]
    text = replace(text, prose={**text.prose, "overview": replace(overview, paragraphs=tuple(marked))})

    assert found(text, "text.joined-figure") == []
    assert found(text, "text.vague-figure") == []


@pytest.mark.parametrize(
    ("token", "words", "said"),
    [
        ("收费金额", "2.5元", ["2.5元"]), ("收费金额", "2.5百万元", ["2.5百万元"]), ("收费金额", "2.5万元", []),
        ("收费金额", "2.5（万元）", []), ("信息处理费金额", "2.5万元", ["2.5万元"]), ("信息处理费金额", "2.5元", []),
        ("收费金额", "（单位：元）2.5", ["单位：元）2.5"]), ("收费金额", "2.5（单位：元）", ["2.5（单位：元"]),
        ("收费金额", "2.5“元”", ["2.5“元"]),
        ("收费金额", "2.5圆", ["2.5圆"]), ("收费金额", "（元）2.5", ["（元）2.5"]), ("收费金额", "2.5块钱", ["2.5块"]),
        ("收费金额", "2.5角", ["2.5角"]),
        ("收费金额", "2.5人民币元", ["2.5人民币元"]), ("收费金额", "2.5，元", ["2.5，元"]),
        ("收费金额", "单位为元，收费2.5。", ["单位为元，收费2.5"]),
        ("信息处理费金额", "（万元）2.5", ["（万元）2.5"]), ("信息处理费金额", "（单位：万元）共2.5", ["单位：万元）共2.5"]),
        ("信息处理费金额", "2.5（金额单位：万元）", ["2.5（金额单位：万元"]), ("收费金额", "（元）收费2.5", ["（元）收费2.5"]),
        ("收费金额", "（单位：万）2.5", ["（单位：万）2.5"]),
        ("收费金额", "（单位：万元）2.5", []), ("收费金额", "2.5（单位：人民币万元）", []), ("收费金额", "2.5“万元”", []),
        ("收费金额", "2.5万圆", []),
        ("信息处理费金额", "（元）2.5", []), ("信息处理费金额", "2.5（单位：元）", []), ("收费金额", "（单位：元）……收取2.5万元", []),
        ("收费金额", "2.5，元旦前", []), ("收费金额", "（元/件）标准，共2.5万元", []), ("收费金额", "2.5分别", []),
        ("收费金额", "信息处理费5元，收费2.5", []),
        ("占比(予以公开, 办结申请)", "50%", []), ("占比(予以公开, 办结申请)", "50%%", ["50%%"]),
        ("占比(予以公开, 办结申请)", "百分之50%", ["分之50%"]), ("占比(予以公开, 办结申请)", "约50%", []),
    ],
)  # fmt: skip
def test_an_amount_in_another_unit_is_another_number_and_a_share_has_its_own(token, words, said):
    number = re.search(r"2\.5|50%?", words)
    bound = BoundFigure(number.start(), number[0], token, register="requests")
    subject = clean()
    overview = replace(subject.prose["overview"], paragraphs=(Paragraph(words, (bound,)),))
    subject = replace(subject, prose={**subject.prose, "overview": overview})

    assert found(subject, "text.joined-figure") == said
    assert found(subject, "text.vague-figure") == []


@pytest.mark.parametrize(
    "words", ["近[15]件", "超过[15]件", "约[15]件", "不足[15]件", "[15]件以上", "[15]人次左右", "至少有[15]件"]
)
def test_an_exact_number_that_is_told_vaguely_is_pointed_out(words):
    assert len(found(with_text("overview", f"全年办理{words}。"), "text.vague-figure")) == 1


@pytest.mark.parametrize("words", ["最近[15]件", "节约[15]件", "以上[15]件", "远近[15]件"])
def test_words_that_only_look_vague_are_not(words):
    assert found(with_text("overview", f"全年办理{words}。"), "text.vague-figure") == []


def test_names_that_are_numerals_too_and_a_bound_number_of_another_shape_are_no_typed_numbers():
    assert found(with_text("overview", "伍项目经理、大陆两项、〇号楼，又[9]\u3000件。"), "text.unbound-figure") == []


@pytest.mark.parametrize(
    "words",
    [
        "依据《条例》第三十三条",
        "第20条第1项",
        "12月31日前",
        "20个工作日内",
        "〔2021〕30号",
        "一次性告知",
        "三审三校",
        "14楼",
    ],
)
def test_dates_articles_and_set_phrases_are_not_figures(words):
    assert found(with_text("overview", f"按照{words}办理。"), "text.unbound-figure") == []


def test_a_bound_number_is_not_pointed_out_but_a_typed_one_beside_it_is():
    assert found(with_text("overview", "举办培训[3]次、参加[120]人次，另有讲座2场。"), "text.unbound-figure") == ["2场"]


def test_the_place_of_a_bound_number_counts_and_not_its_digits():
    text = "培训3次，讲座3场。"
    bound = Paragraph(text, (BoundFigure(2, "3", "培训次数", register="activities"),))
    subject = clean()
    overview = replace(subject.prose["overview"], paragraphs=(bound,))
    assert found(replace(subject, prose={**subject.prose, "overview": overview}), "text.unbound-figure") == ["3场"]


def test_the_sample_paragraph_binds_what_stands_in_brackets():
    assert paragraph("共[12]件").figures == (BoundFigure(1, "12", "指标", register="requests"),)
    assert "[" not in paragraph(OTHERS[0]).text


@pytest.mark.parametrize(
    "sign",
    ["1", "１", "①", "1 ", "一", "千", "百千万亿", "百万", "《", "〔", "1.", "1一", "收到申请1件。", "收到申请1件，"],
)
def test_a_text_of_very_many_numerals_is_checked_at_once(sign):
    words = (sign * 20_000)[:20_000]
    check_report(with_text("problems", "1"))
    begun = time.process_time()

    check_report(with_text("problems", words))

    assert time.process_time() - begun < 2.5
