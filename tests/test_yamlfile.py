"""A hostile YAML file is refused in words, in a second and in little memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

from gktools.yamlfile import MAX_BYTES, UnreadableYamlError, document_of, parse_yaml, read_yaml

LAUGHS = "".join(
    f"{chr(97 + n)}: &{chr(97 + n)} [{', '.join([f'*{chr(96 + n)}'] * 10 if n else ['哈'] * 10)}]\n" for n in range(12)
)
HOSTILE = {
    "引用成倍": (LAUGHS, "内容太多，最多 100000 项"),
    "引用长文字": (f"a: &a {'长' * 100_000}\nb: [{', '.join(['*a'] * 1000)}]", "内容太多"),
    "引用自己": ("a: &a {b: *a}", "指回了自己"),
    "没有的引用": ("a: *b", "引用 \\*b"),
    "层层列表": ("[" * 100_000, "层次太深，最多 40 层"),
    "层层项目": ("".join(f"{' ' * n}a:\n" for n in range(2000)), "层次太深"),
    "百万项": ("[" + "1," * 1_000_000 + "]", "内容太多"),
    "合并": ("a: {x: 1}\nb: {<<: 1}", "合并（<<）"),
    "类型": ("a: !!python/object/apply:os.system [ls]", "类型标记"),
    "两份": ("a: 1\n---\nb: 2", "第二份文件"),
    "列表作键": ("? [a, b]\n: 1", "冒号前面要是一个词"),
    "写了两次": ("a: 1\na: 2", "“a”写了两次"),
    "清屏": ('a: "\\e[2J网站完整"', "控制字符 U\\+001B"),
    "倒写的键": ('"a\\u202eb": 1', "强制从右到左"),
    "另一种换行": ('a: "一\\u2028二"', "行分隔符"),
}
MEASURED = """
import json, resource, sys, time
from pathlib import Path
from gktools.yamlfile import UnreadableYamlError, read_yaml
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start, told = time.perf_counter(), {}
for path in map(Path, sys.argv[1:]):
    try:
        read_yaml(path)
    except UnreadableYamlError as error:
        told[path.stem] = str(error)
print(json.dumps([told, time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before]))
"""


@pytest.mark.parametrize(("text", "told"), HOSTILE.values(), ids=HOSTILE)
def test_what_no_file_of_ours_has_is_refused_with_its_place(text, told):
    start = time.process_time()

    with pytest.raises(UnreadableYamlError, match=rf"a\.yaml 第 \d+ 行 第 \d+ 列：.*{told}"):
        parse_yaml(text, "a.yaml")
    assert time.process_time() - start < 1


@pytest.mark.integration
def test_all_of_them_together_take_little_memory(tmp_path):
    for name, (text, _) in HOSTILE.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    paths = sorted(map(str, tmp_path.iterdir()))

    ran = subprocess.run([sys.executable, "-c", MEASURED, *paths], capture_output=True, check=True)

    told, _, kilobytes = json.loads(ran.stdout)
    assert told.keys() == HOSTILE.keys()
    assert kilobytes < 50_000


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    path = tmp_path / "offices.yaml"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)

    with pytest.raises(UnreadableYamlError, match="文件太大，最多 4 MB"):
        read_yaml(path)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes are of POSIX")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.yaml")

    with pytest.raises(UnreadableYamlError, match="不是普通的文件"):
        read_yaml(tmp_path / "a.yaml")


def test_an_alias_repeats_its_value_and_is_placed_where_it_stands():
    document = parse_yaml("a: &a {x: [1, 二]}\nb: *a\n", "a.yaml")

    assert document.data == {"a": {"x": [1, "二"]}, "b": {"x": [1, "二"]}}
    assert (document.place(("b",)), document.place(("b", "x", 1))) == ((2, 1), (1, 15))


def laughs() -> list[object]:
    shared: list[object] = ["哈"] * 10
    for _ in range(12):
        shared = [shared] * 10
    return shared


def deep() -> dict[str, object]:
    data: dict[str, object] = {}
    for _ in range(100_000):
        data = {"a": data}
    return data


@pytest.mark.parametrize("made", [laughs, deep, lambda: "清屏\x1b[2J"])
def test_a_passing_change_is_held_to_the_same(made):
    with pytest.raises(UnreadableYamlError, match="临时改动：.*(太多|控制字符)"):
        document_of({"text": made()}, "临时改动")
