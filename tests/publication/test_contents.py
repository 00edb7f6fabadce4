"""What must not be public is found wherever it stands in whatever file, and never told (G12); formats agree (G15)."""

from __future__ import annotations

import io
import json
import os
import re
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from support.reports import report_data, whole_json

from gktools.checks.finished.sensitive import Kind, sensitive, telephones
from gktools.errors import GktoolsError
from gktools.forms.notices import load_format
from gktools.publication.agreement import disagreements
from gktools.publication.candidate import known_secrets
from gktools.publication.names import candidates, find_names
from gktools.publication.passages import passages
from gktools.registers.person_numbers import citizen_check, personal_number
from gktools.registers.schema import fold

CITIZEN = "11010519491231002" + citizen_check("11010519491231002")
"""The number that the standard itself gives as its example."""
CARD = "6222 0200 0000 0000 01"


def luhn(number: str) -> str:
    """A number with the last digit that bank cards have."""
    digits = [int(digit) for digit in number][::-1]
    total = sum(sum(divmod(2 * digit, 10)) for digit in digits[::2]) + sum(digits[1::2])
    return number + str(-total % 10)


CARD = luhn("622202000000000123")


def kinds(text: str, **given: object) -> list[str]:
    return [hit.kind.value for hit in sensitive(text, **given)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"身份证号{CITIZEN}。", ["identity"]),
        (f"身份证号{CITIZEN[:6]} {CITIZEN[6:14]} {CITIZEN[14:]}", ["identity"]),
        ("证号" + "".join(chr(ord(digit) + 0xFEE0) for digit in CITIZEN[:17]) + CITIZEN[-1], ["identity"]),
        (f"身份证号No.{CITIZEN}", ["identity"]),
        (f"ID{CITIZEN}", ["identity"]),
        ("旧证号110105491231002", ["identity"]),
        ("手机138.0013.8000，微信Tel13800138000", ["telephone", "telephone"]),
        ("手机138\u200b0013\u200b8000，（139）00138000", ["telephone", "telephone"]),
        ("咨询电话为：6234-5678，或拨打6234 5679", ["telephone", "telephone"]),
        ("见 D:/台账/登记表.xlsx", ["path"]),
        ("见 ~/records.db", ["path"]),
        ("初始密码为 abc12345", ["secret"]),
        ("手机13800138000", ["telephone"]),
        ("手机138-0013-8000、+86 139 0013 8000", ["telephone", "telephone"]),
        ("座机010-62345678，（0755）8234 5678", ["telephone", "telephone"]),
        ("联系电话：6234567", ["telephone"]),
        (f"账号{CARD}", ["card"]),
        (f"账号{CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:16]} {CARD[16:]}", ["card"]),
        (r"见 C:\Users\zhang\台账.xlsx", ["path"]),
        (r"见 \\server\gongkai\台账.xlsx", ["path"]),
        ("见 /home/zhang/台账.xlsx", ["path"]),
        ("-----BEGIN PRIVATE KEY-----", ["secret"]),
        ("token=abcdef123456", ["secret"]),
        ("postgresql://gk:hunter22@db/gk", ["secret"]),
    ],
)
def test_what_must_not_be_public_is_found_by_its_shape(text, expected):
    assert kinds(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        CITIZEN[:-1] + ("1" if CITIZEN[-1] != "1" else "2"),
        "110105194913310021",
        "110105991331002",
        "国办公开办函〔2021〕30号",
        "2024年1月1日至2024年12月31日",
        "全年收到 13800 件，金额 1234567.8901 万元",
        "统一社会信用代码 91110105MA00000000",
        CARD[:-1] + str((int(CARD[-1]) + 1) % 10),
        "fc11dfd6f3be92762869e30ab1713d77eb0982653e8c0b94895d79b2aca4bb53",
        "M0.13800138000 12 L 0110.123456789",
        "网址 www.example.gov.cn/home/gongkai/list",
        "12345 政务服务便民热线",
        "热线 12345 接听电话 2024 件",
        "件数 138  0013  8000",
        "见 https://www.example.gov.cn/a 和 a://b",
        "设置密码找回功能，方便群众",
    ],
)
def test_ordinary_numbers_and_words_are_no_alarm(text):
    assert kinds(text) == []


MOBILE = "13800138000"


@pytest.mark.parametrize(
    "text",
    [
        "138·0013·8000",
        "138_0013_8000",
        "138/0013/8000",
        "138*0013*8000",
        "138+0013+8000",
        "138:0013:8000",
        "138。0013。8000",
        "138…0013…8000",
        "138、0013、8000",
        "138（0013）8000",
        "【138】【0013】【8000】",
        "138 - 0013 - 8000",
        "138\u28000013\u28008000",
        "13800 138000",
        "1380 0138 000",
        " ".join(MOBILE),
        "、".join(MOBILE),
        "-".join(MOBILE),
        "\u200b".join(MOBILE),
        "\ufe0f".join(MOBILE),
        "\u0336".join(MOBILE),
        "一三八〇〇一三八〇〇〇",
        "幺三八零零幺三八零零零",
        "壹叁捌零零壹叁捌零零零",
        "1380013八000",
        "①③⑧⓪⓪①③⑧⓪⓪⓪",
        "١٣٨٠٠١٣٨٠٠٠",
        "１３８-００１３ ８０００",
    ],
)
def test_a_telephone_number_is_found_however_its_digits_are_written(text):
    assert kinds(f"请找{text}接洽") == ["telephone"]
    assert personal_number(f"请找{text}接洽") == "手机号"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"有事请找李一{MOBILE}", "telephone"),
        (f"电话一{MOBILE}、", "telephone"),
        (f"{MOBILE}一件", "telephone"),
        (f"①{MOBILE[:3]}-{MOBILE[3:7]}-{MOBILE[7:]}", "telephone"),
        ("张三一三八零零一三八零零零", "telephone"),
        (f"王五{CITIZEN}", "identity"),
        (f"{CITIZEN[:-2]}二{CITIZEN[-1]}", "identity"),
    ],
)
def test_a_number_that_touches_a_chinese_numeral_is_found(text, kind):
    assert kinds(text) == [kind]
    assert personal_number(text) == {"telephone": "手机号", "identity": "身份证号"}[kind]


@pytest.mark.parametrize(
    "number",
    [
        f"{CITIZEN[:6]}-{CITIZEN[6:14]}-{CITIZEN[14:]}",
        f"{CITIZEN[:6]}.{CITIZEN[6:14]}.{CITIZEN[14:]}",
        f"{CITIZEN[:6]} {CITIZEN[6:10]}-{CITIZEN[10:12]}-{CITIZEN[12:14]} {CITIZEN[14:]}",
        " ".join(CITIZEN),
        f"{CITIZEN[:-1]}×",
        f"{CITIZEN[:-1]}Х",
        f"一一〇一〇五一九四九一二三一〇〇二{CITIZEN[-1]}",
    ],
)
def test_an_identity_number_is_found_however_its_digits_are_written(number):
    assert kinds(f"本人{number}，2024年") == ["identity"]
    assert personal_number(f"本人{number}，2024年") == "身份证号"


def test_an_identity_number_is_found_behind_another_figure_and_with_a_wrong_digit_if_it_is_called_one():
    assert kinds(f"共8 {CITIZEN[:6]} {CITIZEN[6:14]} {CITIZEN[14:]}") == ["identity"]
    assert kinds("身份证号码：110105194912310029") == ["identity"]


@pytest.mark.parametrize(
    "text",
    [
        "zhangsan@qq.com",
        "zhangsan＠qq.com",
        "ｚｈａｎｇｓａｎ＠ｑｑ．ｃｏｍ",
        "zhangsan @ qq . com",
        "zhangsan(at)qq.com",
        "zhangsan（at）qq（点）com",
        "zhangsan[AT]qq.com",
        "zhangsan艾特qq点com",
        "zhangsan#qq.com",
        "zhangsan@qq。com",
        "1234567@qq.com",
    ],
)
def test_an_address_of_mail_is_found_however_it_is_written(text):
    assert kinds(f"来信请寄{text}收") == ["mail"]


def test_addresses_of_authorities_and_the_offices_own_may_stand_there():
    assert kinds("来信请寄 gongkai@caizheng.yunxi.gov.cn 收") == []
    assert kinds("来信请寄 Gongkai@yunxi.example 收", allowed=["yunxi@163.com、gongkai@yunxi.example"]) == []
    assert kinds("来信请寄 gongkai@yunxi.gov.cn.example.com 收") == ["mail"]


@pytest.mark.parametrize(
    "text",
    [
        "许可、处罚、强制分别为138、1200、1350件，另有138、1234、5678件",
        "1 3 0 0 4 0 0 0 0 0 0 0 0 0 0",
        "编号 GK/138/2024/0012",
        "div#main.note{color:#138013}",
        "@page{margin:1cm}",
        "一百三十八件，二〇二四年一月一日至二〇二四年十二月三十一日",
    ],
)
def test_lists_of_figures_and_codes_are_no_alarm(text):
    assert kinds(text) == []


@pytest.mark.parametrize("text", ["a", "a.", "a@", "b@c.", "13 ", "一二三四五六七八九一二 ", "0571-", "a(at)"])
def test_a_long_text_is_looked_through_at_once(text):
    begun = time.process_time()
    kinds((text * 50_000)[:50_000])

    assert time.process_time() - begun < 3


def test_a_place_is_told_in_the_text_as_it_is_written():
    (hit,) = sensitive("\u200b请找１３８\u200b００１３\u200b８０００接洽")

    assert (hit.start, hit.end) == (3, 16)


def test_the_offices_own_telephone_may_stand_there_and_no_other():
    own = telephones("0755-82345678、82345679")

    assert kinds("请拨 0755-82345678", allowed=own) == []
    assert kinds("请拨（0755）82345678", allowed=own) == []
    assert kinds("请拨 0755-82345670", allowed=own) == ["telephone"]


def test_the_working_folder_is_a_path_wherever_it_stands():
    assert kinds("见 /data7/gongkai/records.db", folder="/data7/gongkai") == [Kind.PATH]
    assert kinds("见 /data7/gongkai/records.db") == []
    assert kinds("见 /home/gongkai/records.db", folder="/home/gongkai") == [Kind.PATH]


def test_a_known_secret_is_found_whatever_its_shape():
    assert kinds("落款：deadbeefdeadbeef", secrets=["deadbeefdeadbeef"]) == [Kind.SECRET]


# --- every format --------------------------------------------------------------------------------------------


def packed(**parts: str) -> bytes:
    """A package of these parts, without a clock: its bytes are in the names of tests, on which all xdist workers must agree."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        for name, text in parts.items():
            file.writestr(zipfile.ZipInfo(name.replace("__", "/").replace("_", ".")), text)
    return data.getvalue()


WORD = '<w:p xmlns:w="w"><w:r><w:t>手机138</w:t></w:r><w:r><w:t>00138000</w:t></w:r></w:p>'
FILES = [
    ("report.html", "<h2>五、问题</h2><p>手机<b>138</b>00138000</p>".encode()),
    ("report.html", "<p title='手机13800138000'>甲</p>".encode()),
    ("report.html", "<p>甲</p><!-- 13800138000 -->".encode()),
    ("report.html", b"<style>/* 13800138000 */</style>"),
    ("report.docx", packed(word__document_xml=WORD)),
    ("report.docx", packed(docProps__core_xml="<c><creator>13800138000</creator></c>")),
    ("report.xlsx", packed(xl__sharedStrings_xml="<sst><si><t>13800138000</t></si></sst>")),
    ("report.xlsx", packed(xl__workbook_xml='<workbook><sheet name="13800138000"/></workbook>')),
    ("report.xlsx", packed(xl__media__note_bin="13800138000")),
    ("report.json", json.dumps({"a": [{"b": "13800138000"}]}).encode()),
    ("report.csv", "\ufeffa,b\r\n甲,13800138000\r\n".encode()),
]


@pytest.mark.parametrize(("name", "data"), FILES)
def test_every_corner_of_every_file_is_read(name, data):
    found = [(passage.place, kinds(passage.text)) for passage in passages(name, data)]

    assert [kind for _, found_kinds in found for kind in found_kinds] == ["telephone"]
    assert not any("138" in place for place, _ in found)


def png(*chunks: tuple[bytes, bytes], after: bytes = b"") -> bytes:
    """A PNG of these chunks, without true checksums."""
    body = b"".join(len(data).to_bytes(4, "big") + kind + data + b"\0\0\0\0" for kind, data in chunks)
    return b"\x89PNG\r\n\x1a\n" + body + after


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (png((b"IHDR", b"\0" * 13), (b"IDAT", rb"\x9cq:\temp\a 13800138000 "), (b"IEND", b"")), []),
        (png((b"tEXt", b"Author\x0013800138000"), (b"IDAT", b"x"), (b"IEND", b"")), ["telephone"]),
        (png((b"IDAT", b"x"), (b"IEND", b""), after=b"13800138000"), ["telephone"]),
        (png((b"IDAT", b"x"), after=b"\x7f\xff\xff\xffIDAT 13800138000 "), ["telephone"]),
    ],
)
def test_a_picture_in_a_document_is_read_but_for_its_compressed_pixels(data, found):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("word/media/image1.png", data)
    assert [kind for one in passages("report.docx", content.getvalue()) for kind in kinds(one.text)] == found


def test_the_text_and_the_properties_of_a_pdf_are_read():
    weasyprint = pytest.importorskip("weasyprint")
    page = "<html><head><title>13900139000</title></head><body><p>13800138000</p></body></html>"
    data = weasyprint.HTML(string=page).write_pdf()

    found = {passage.place: kinds(passage.text) for passage in passages("report.pdf", data)}

    assert found["PDF 的属性 Title"] == ["telephone"]
    assert found["PDF 第 1 页"] == ["telephone"]


def test_only_one_thread_at_a_time_is_in_pdfium_which_would_end_the_process(monkeypatch):
    inside, most = [], []

    def read(data):
        inside.append(data)
        most.append(len(inside))
        time.sleep(0.02)
        inside.pop()
        return {}, ["甲"]

    monkeypatch.setattr("gktools.publication.passages._read_pdf", read)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: list(passages("report.pdf", b"")), range(8)))

    assert max(most) == 1


@pytest.mark.parametrize("name", ["report.docx", "report.xlsx", "report.pdf", "report.json", "report.html"])
def test_a_file_that_is_none_of_its_kind_is_refused_in_chinese(name):
    with pytest.raises(GktoolsError, match="读不出来"):
        list(passages(name, b"\xff\xfe nothing"))


# --- names ---------------------------------------------------------------------------------------------------


def places(text: str, *register: str, harmless: tuple[str, ...] = ()) -> list[tuple[str, bool]]:
    """What is recognised in a text as a name of the register, and whether it is surely one."""
    found = find_names([text], lambda asked: set(register) & set(asked), harmless)
    return [
        (text.replace(" ", "")[one.start : one.end], "excused" if one.excused else one.sure)
        for one in found.get(text, [])
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [("⻢建民反映", "马建民"), ("张⻓贵反映", "张长贵"), ("⽅⼩明反映", "方小明"), ("司⻢⻛华反映", "司马风华")],
)
def test_a_name_with_radicals_for_characters_is_recognised_and_so_is_one_entered_so(text, name):
    """As it is copied out of many PDFs; the register is asked with what it keeps of its own names, folded."""
    assert places(text, name) == [(text[: len(name)], True)]
    assert fold(text[: len(name)]) == name


@pytest.mark.parametrize(
    "text", ["欧阳·示范", "欧阳-示范", "欧阳—示范", "欧阳_示范", "欧阳/示范", "欧阳.示范", "欧*阳*示*范"]
)
def test_a_name_is_found_with_a_sign_between_its_characters(text):
    assert places(f"申请人{text}来访，欧阳示范也来访", "欧阳示范") == [(text, True), ("欧阳示范", True)]


@pytest.mark.parametrize("text", ["示例提示范江", "示例提-示范江", "示例提·示范江", "示例提•示范江"])
def test_a_name_of_several_parts_is_found_without_its_dot_or_with_another_sign(text):
    assert places(f"申请人{text}来访", "示例提·示范江") == [(text, True)]


def test_a_name_with_a_hyphen_is_found_as_the_register_has_it():
    assert places("与示例-样板公司有关", "示例-样板公司") == [("示例-样板公司", True)]


def test_a_name_of_the_register_is_found_inside_a_sentence_however_it_is_spaced():
    assert places("如欧阳示范申请公开规划一案", "欧阳示范") == [("欧阳示范", True)]
    assert places("如 赵 示 例 申请", "赵示例") == [("赵示例", True)]
    assert places("与示例市样板商贸有限公司有关", "示例市样板商贸有限公司") == [("示例市样板商贸有限公司", True)]
    assert places("联系 Somebody@Example.cn", "somebody@example.cn") == [("Somebody@Example.cn", True)]


@pytest.mark.parametrize(
    ("text", "register"),
    [
        ("示例提·示范江申请公开", "示例提·示范江"),
        ("示例提.示范江申请公开", "示例提•示范江"),
        ("示例都示范合曼申请公开", "示例都示范合曼"),
        ("申请人𠮷示例", "𠮷示例"),
        ("申请人赵\u200b示例", "赵示例"),
        ("如示例申请人121一案", "示例申请人121"),
        ("南桥村第三村民小组申请", "南桥村第三村民小组"),
        ("示例食品厂申请", "示例食品厂"),
        ("示例（云溪）第一二三四五六七八九十分厂申请", "示例(云溪)第一二三四五六七八九十分厂"),
        ("住在示例路3号502室", "示例路3号502室"),
        ("代码91110105MA00000000的企业", "91110105ma00000000"),
        ("护照E00000000", "e00000000"),
        ("致电 010-00000000", "01000000000"),
    ],
)
def test_a_name_is_found_however_long_and_whatever_it_is_made_of(text, register):
    assert [sure for _, sure in places(text, register)] == [True]


def test_two_characters_are_a_person_only_where_the_words_around_say_so():
    assert places("和平路上设了查阅点", "和平") == [("和平", False)]
    assert places("申请人和平要求公开", "和平") == [("和平", True)]
    assert places("和平先生来访", "和平") == [("和平", True)]


def test_a_name_inside_that_of_an_office_is_excused_and_told():
    assert places("请与和平区民政局联系", "和平区", harmless=("和平区民政局",)) == [("和平区", "excused")]
    assert places("示例区财政局申请公开", "示例区财政局", harmless=("示例区财政局",)) == [("示例区财政局", "excused")]
    assert places("请与和平区民政局联系，和平区申请", "和平区", harmless=("和平区民政局",)) == [
        ("和平区", "excused"),
        ("和平区", True),
    ]


def test_an_ordinary_word_inside_the_name_of_an_office_is_not_told():
    assert places("请与和平区民政局联系", "和平", harmless=("和平区民政局",)) == []


def test_what_is_asked_for_grows_with_the_text_and_not_with_its_square():
    page = "政府信息公开工作年度报告" * 400

    assert len(candidates(page)) < 200
    assert len(candidates("".join(chr(0x4E00 + n) for n in range(5000)))) < 50_000
    assert len(candidates("甲·乙8" * 1000)) < 1000


# --- figures -------------------------------------------------------------------------------------------------


def report(value: int = 3) -> dict:
    """A report whose figures are all nought but the first."""
    forms = load_format(2024).forms
    tables = {
        form.key: [
            {
                "row": list(form.address(cell)[0]),
                "column": list(form.address(cell)[1]),
                "row_key": cell[0],
                "column_key": cell[1],
                "value": 0,
            }
            for cell in form.cells
        ]
        for form in forms
    }
    tables[forms[0].key][0]["value"] = value
    return whole_json({"year": 2024, "tables": tables})


def figures(data: dict) -> list[str]:
    return [str(cell["value"]) for cells in data["tables"].values() for cell in cells]


def html(data: dict) -> bytes:
    return "".join(f"<td>{figure}</td>" for figure in figures(data)).encode() + b'<td class="note">9</td>'


def docx(data: dict) -> bytes:
    word = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    cells = "".join(f"<w:tc><w:p><w:r><w:t>{figure}</w:t></w:r></w:p></w:tc>" for figure in figures(data))
    return packed(word__document_xml=f"<w:tbl {word}><w:tc><w:t>一、标签</w:t></w:tc>{cells}</w:tbl>")


def xlsx(data: dict) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    for figure in figures(data):
        book.active.append(["标签", Decimal(figure)])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def csv(data: dict) -> bytes:
    return ("\ufeffrow,value\r\n" + "".join(f"甲,{figure}\r\n" for figure in figures(data))).encode()


def pdf(data: dict) -> bytes:
    weasyprint = pytest.importorskip("weasyprint")
    return weasyprint.HTML(string=" ".join(figures(data))).write_pdf()


WRITERS = {
    "report.html": html,
    "report.docx": docx,
    "report.xlsx": xlsx,
    "report.csv": csv,
    "report.pdf": pdf,
    "report.json": lambda data: json.dumps(data).encode(),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_that_gives_another_figure_than_the_report_is_told_with_its_cell(name):
    same = list(disagreements({name: WRITERS[name](report())}, report_data(report())))
    other = list(disagreements({name: WRITERS[name](report(4))}, report_data(report())))

    assert same == []
    assert [(one.file, one.expected) for one in other] == [(name, "3")]
    assert other[0].row


@pytest.mark.parametrize("name", ["report.html", "report.docx", "report.xlsx", "report.csv"])
def test_a_file_that_lacks_a_cell_or_has_one_more_disagrees(name):
    short, long = report(), report()
    last = list(short["tables"])[-1]
    short["tables"][last] = short["tables"][last][:-1]
    long["tables"][last] = [*long["tables"][last], long["tables"][last][0]]

    assert list(disagreements({name: WRITERS[name](short)}, report_data(report())))
    assert list(disagreements({name: WRITERS[name](long)}, report_data(report())))


def test_a_workbook_that_states_a_smaller_size_than_it_has_hides_no_figure():
    size = re.compile(rb'<dimension ref="A1:B\d+"')
    with zipfile.ZipFile(io.BytesIO(xlsx(report(4)))) as book:
        parts = {name: size.sub(b'<dimension ref="A1:A1"', book.read(name)) for name in book.namelist()}
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as book:
        for name, part in parts.items():
            book.writestr(name, part)

    (found,) = disagreements({"report.xlsx": data.getvalue()}, report_data(report()))

    assert (found.expected, found.found) == ("3", "4")


def test_the_password_of_the_store_is_known_as_it_is_and_as_it_is_written_in_an_address(tmp_path, monkeypatch):
    monkeypatch.setenv("GKTOOLS_RECORDS", "postgresql+psycopg://clerk:p%40ss@host/records")
    os.mkfifo(tmp_path / "records.key")

    assert sorted(known_secrets(tmp_path)) == ["p%40ss", "p@ss"]
