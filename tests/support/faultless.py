"""A report without findings as literal values, and functions that change it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from decimal import Decimal

from gktools.checks.finished.figures import check_figures
from gktools.checks.subject import Subject
from gktools.figures.table import Table, fill
from gktools.forms.notices import load_format
from gktools.prose import BoundFigure, Paragraph, Prose
from gktools.workspace.offices import Office, office_kinds
from gktools.workspace.params_models import ReportParams

NAME = "临川市审计局"


R, C = "received", "carried_in"


NP, BIZ, ALL = "natural_person", "organisation.business", "total"


T, OUT = "dispositions.total", "carried_out"


DOCS, RULES = "article_20_1.normative_documents", "article_20_1.rules"


REQUESTS = {
    (R, NP): 6,
    (R, BIZ): 2,
    (C, NP): 1,
    ("dispositions.granted", NP): 4,
    ("dispositions.refused.internal_affairs", NP): 1,
    ("dispositions.unavailable.not_held", BIZ): 2,
    (OUT, NP): 2,
}


REVIEWS = {("cases", "reconsideration.upheld"): 2, ("cases", "litigation.direct.corrected"): 1}


DISCLOSURES = {
    2024: {
        (DOCS, "issued"): 3,
        (DOCS, "repealed"): 1,
        (DOCS, "in_force"): 9,
        ("article_20_8.fees", "amount"): Decimal("1.5"),
    },
    2020: {(DOCS, "produced"): 3, (DOCS, "newly_public"): 3, (DOCS, "public_total"): 9},
}


OPENING = (
    "本报告由临川市审计局根据《中华人民共和国政府信息公开条例》和《{title}》（{number}）的要求编制。"
    "统计期限为{year}年1月1日至{year}年12月31日。如有疑问，请与临川市审计局办公室联系。"
)


OVERVIEW = [
    "{year}年，本机关主动公开政府信息[42]条，其中门户网站[30]条、公众号[12]条。制发规范性文件[3]件。",
    "全年收到政府信息公开申请[8]件，其中自然人[6]件，法人或其他组织[2]件；上年结转[1]件。办结[7]件，其中予以公开[4]件，"
    "占[57.1%]，不予公开[1]件，占[14.3%]，无法提供[2]件，占[28.6%]。结转下年度继续办理[2]件。",
    "因政府信息公开引起的行政复议[2]件，行政诉讼[1]件。",
]


PROBLEMS = [
    "（一）存在的问题。一是更新不够及时，部分栏目全年没有更新；二是答复前与申请人沟通不够，补正的次数偏多。",
    "（二）改进措施。一是每月核对栏目，责任到人；二是收到申请后先与申请人联系，讲清需要补正什么。",
]


OTHERS = ["{year}年对[2]件政府信息公开申请收取信息处理费[150]元。没有其他需要报告的事项。"]


def paragraph(text, heading=False):
    """Return a paragraph with its figures in [brackets] bound."""
    plain, figures = "", []
    for part in re.split(r"(\[[\d.]+%?\])", text):
        if part.startswith("[") and part.endswith("]"):
            figures.append(BoundFigure(len(plain), part[1:-1], "指标", register="requests"))
            part = part[1:-1]
        plain += part
    return Paragraph(plain, tuple(figures), heading)


def prose(key, lines, title=""):
    return Prose(key, tuple(paragraph(line) for line in lines), title)


def table(form, given, **rest):
    """Return a table with these figures, 0 in other cells, and all totals."""
    leaves = [cell for cell in form.cells if cell not in form.sums_across and cell not in form.sums_down]
    assert given.keys() <= set(leaves)
    return fill(form, dict.fromkeys(leaves, 0) | given, **rest)


def clean(year=2024, **changes):
    """Return a report without findings."""
    form = load_format(year)
    names = {
        "year": year,
        "title": form.notice.title.replace("《", "〈").replace("》", "〉"),
        "number": form.notice.number,
    }
    texts = {"opening": [OPENING], "overview": OVERVIEW, "problems": PROBLEMS, "others": OTHERS, "signature": [NAME]}
    titles = {section.key: section.title for section in form.sections}
    subject = Subject(
        office=Office("shenji", NAME, office_kinds()["county_department"], may_make_rules=False),
        year=year,
        format=form,
        official=form,
        tables={
            "disclosures": table(form["disclosures"], DISCLOSURES[year]),
            "requests": table(form["requests"], REQUESTS),
            "reviews": table(form["reviews"], REVIEWS),
        },
        prose={
            key: prose(key, [line.format(**names) for line in lines], titles.get(key, ""))
            for key, lines in texts.items()
        },
        title=f"{NAME}{year}年政府信息公开工作年度报告",
        params=ReportParams(),
        processing_fees=(2, 150_00),
    )
    return replace(subject, **changes)


def with_cells(key, cells, year=2024, **changes):
    """Return a report with changed cells in one table and unchanged totals."""
    subject = clean(year, **changes)
    old = subject.tables[key]
    return replace(subject, tables={**subject.tables, key: Table(old.form, {**old.figures, **cells})})


def with_text(key, *lines, year=2024, **changes):
    """Return a report with another text in one section."""
    subject = clean(year, **changes)
    title = subject.prose[key].title
    return replace(subject, prose={**subject.prose, key: prose(key, lines, title)})


def with_table(key, figures, year=2024, **rest):
    subject = clean(year)
    return replace(subject, tables={**subject.tables, key: table(subject.format[key], figures, **rest)})


def without(subject, *keys):
    return replace(subject, prose={key: value for key, value in subject.prose.items() if key not in keys})


def figures(year=2024, **changes):
    """Return the content of a file of finished tables without findings: every figure is 0."""
    form = load_format(year)
    data = {"unit": NAME, "year": year, "level": "区级部门", "complete_tables": True, "text": {}}
    data |= {"table2": {}, "table3": {}, "table4": {}}
    for cell in form["disclosures"].cells:
        (block, row), (column,) = form["disclosures"].address(cell)
        data["table2"].setdefault(block, {}).setdefault(row, {})[column] = 0
    for cell in form["requests"].cells:
        row, column = form["requests"].address(cell)
        name = "/".join(row[1:] if len(row) > 1 else row)
        data["table3"].setdefault(name, {})[column[-1]] = 0
    for cell in form["reviews"].cells:
        column = form["reviews"].address(cell)[1]
        data["table4"].setdefault("/".join(column[:-1]), {})[column[-1]] = 0
    return data | changes


def check_file(tmp_path, data):
    path = tmp_path / "report.json"
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    return check_figures(path)


def of_other_year(key):
    subject = clean(2024)
    given = {"requests": REQUESTS, "disclosures": DISCLOSURES[2020]}[key]
    return replace(subject, tables={**subject.tables, key: table(load_format(2020)[key], given)})
