"""The language of the office's own words: what it can, and what it refuses before anything happens."""

import time
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portal.documents.paper_texts import LONGEST_FILLED, LONGEST_SOURCE, LONGEST_VALUE, check_text, fill
from portal.domain.errors import RuleBroken
from portal.domain.paper_kinds import PaperKind
from portal.domain.paper_texts import PARTS, PLACEHOLDERS, part_of

KIND, PART = PaperKind.REMINDER, "body"
VALUES = {
    "区县": "云溪区",
    "企业": "云溪区恒泰精密机械制造有限公司",
    "交办单编号": "云民接交〔2026〕15号",
    "时限": date(2027, 1, 6),
    "超期": "2个工作日",
}


def filled(source, values=VALUES, part=PART):
    return dict(fill(KIND, {part: source}, values))[part]


def refusal(source, part=PART):
    problems = check_text(KIND, part, source)
    assert [problem.field for problem in problems] == [part] * len(problems)
    return problems[0].message if problems else ""


# --- what it can -----------------------------------------------------------------


@pytest.mark.parametrize("kind", PaperKind)
def test_the_standard_words_are_allowed_themselves(kind):
    for part in PARTS[kind]:
        assert check_text(kind, part.name, part.default) == []


@pytest.mark.parametrize(
    "source,expected",
    [
        ("请{企业}知悉。", "请云溪区恒泰精密机械制造有限公司知悉。"),
        ("请{ 企业 }知悉。", "请云溪区恒泰精密机械制造有限公司知悉。"),
        ("请｛企业｝知悉。", "请云溪区恒泰精密机械制造有限公司知悉。"),
        ("请{{ 企业 }}知悉。", "请云溪区恒泰精密机械制造有限公司知悉。"),
        ("于{时限}前", "于2027年1月6日前"),
        ("于{{ 时限|日期 }}前", "于2027年1月6日前"),
        ("于{{ 时限|月日 }}前", "于1月6日前"),
        ("由{{ 牵头单位|缺省('牵头单位') }}办理", "由牵头单位办理"),
        ('由{{ 牵头单位|缺省("") }}办理', "由办理"),
        ("由{牵头单位}办理", "由＿＿＿＿＿办理"),
        ("{% if 超期 %}已逾期{超期}{% else %}将到期{% endif %}。", "已逾期2个工作日。"),
        ("{% if not 超期 %}将到期{% else %}已逾期{% endif %}。", "已逾期。"),
        ("{% if 牵头单位 %}由{牵头单位}{% endif %}办理", "办理"),
        ("{% if 企业 %}{% if 超期 %}甲{% endif %}{% else %}乙{% endif %}", "甲"),
        ("一。\r\n二。", "一。\n二。"),
        ("<b>不是标记</b>", "<b>不是标记</b>"),
        ("100%、#号", "100%、#号"),
    ],
)
def test_what_the_office_may_write(source, expected):
    assert filled(source) == expected


def test_parts_without_words_of_the_office_have_the_standard_ones():
    texts = dict(fill(KIND, {"note": "附：请勿外传。"}, VALUES))
    assert texts["heading"] == "云溪区“民营企业接待日”催办单"
    assert texts["note"] == "附：请勿外传。"
    assert set(texts) == {part.name for part in PARTS[KIND]}


def test_names_the_paper_does_not_have_are_left_aside():
    assert filled("请{企业}。", VALUES | {"密码": "x"}) == "请云溪区恒泰精密机械制造有限公司。"


def test_a_value_is_never_read_as_a_text():
    assert filled("{企业}", {"企业": "{{ 区县 }}{% if %}"}) == "{{ 区县 }}{% if %}"


def test_a_long_value_is_cut_and_its_lines_are_joined():
    assert filled("{事项}", {"事项": "一\n二" + "字" * 9999}).endswith("字…")
    assert len(filled("{事项}", {"事项": "字" * 9999})) == LONGEST_VALUE


def test_texts_that_are_wrong_are_not_filled_in():
    with pytest.raises(RuleBroken, match="没有叫“密码”的名称") as refused:
        fill(KIND, {"note": "{密码}"}, VALUES)
    assert refused.value.field == "note"


# --- what it says ----------------------------------------------------------------


@pytest.mark.parametrize(
    "source,told",
    [
        ("一\n二{联系人}三", "第 2 行：没有叫“联系人”的名称。可以用的名称有：区县、"),
        ("一\n\n二{企业", "第 3 行：大括号没有成对。"),
        ("企业}", "第 1 行：大括号没有成对。"),
        ("{% if 超期 %}逾期", "写法不完整"),
        ("{% endif %}", "写法不完整"),
        ("{{ }}", "大括号里没有名称"),
        ("{{ 企业|大写 }}", "竖线后面只能写"),
        ("一\x07二", "看不见的控制字符（U+0007）"),
        ("笑😀", "打印字体中没有这些字"),
        ("字" * 401, "最多 400 个字（填入的内容不算），现为 401 个字"),
        ("  \n ", "“正文”不能为空"),
        ("{企业}" * 31, "最多填 30 处"),
        ("{% if 企业 %}" * 4 + "x" + "{% endif %}" * 4, "条件最多套 3 层"),
    ],
)
def test_a_refusal_says_what_is_wrong_where_and_what_to_do(source, told):
    message = refusal(source)
    assert told in message
    assert "请" in message


def test_a_heading_is_one_line():
    assert "只能写一行" in refusal("催办\n单", "heading")
    assert refusal("催办单\n", "heading") == ""


def test_a_text_that_may_be_blank_may_be():
    assert refusal("", "note") == ""
    assert filled("", part="note") == ""


def test_quoted_words_count_too():
    assert "最多 400 个字" in refusal("{{ 企业|缺省('" + "字" * 401 + "') }}")


# --- what it refuses -------------------------------------------------------------

HOSTILE = {
    "file": "{% include '/etc/passwd' %}",
    "open a file": "{{ open('/etc/passwd').read() }}",
    "import": "{% import 'os' as os %}",
    "from import": "{% from 'os' import system %}",
    "extends": "{% extends 'paper.html' %}",
    "class": "{{ 企业.__class__ }}",
    "class of a tuple": "{{ ().__class__.__bases__[0].__subclasses__() }}",
    "class by index": "{{ 企业['__class__'] }}",
    "class by filter": "{{ 企业|attr('__class__') }}",
    "globals": "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "self": "{{ self._TemplateReference__context }}",
    "config": "{{ config }}",
    "lipsum": "{{ lipsum(n=99999) }}",
    "range": "{{ range(10**9)|list }}",
    "endless loop": "{% for a in range(999999999) %}{% for b in range(999999999) %}x{% endfor %}{% endfor %}",
    "recursive loop": "{% for a in 企业 recursive %}{{ loop(企业) }}{% endfor %}",
    "huge text": "{{ '字' * 10**9 }}",
    "huge number": "{{ 9**9**9**9 }}",
    "huge power in a condition": "{% if 9**9**9**9 %}x{% endif %}",
    "padded": "{{ '%999999999d' % 1 }}",
    "formatted": "{{ '{:>999999999}'.format(1) }}",
    "format filter": "{{ 企业|format(1) }}",
    "center filter": "{{ 企业|center(999999999) }}",
    "joined": "{{ 企业 ~ 企业 }}",
    "call": "{{ 企业() }}",
    "method": "{{ 企业.upper() }}",
    "macro": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "call block": "{% call m() %}{% endcall %}",
    "filter block": "{% filter upper %}x{% endfilter %}",
    "set": "{% set a = 企业 %}",
    "set block": "{% set a %}x{% endset %}",
    "with": "{% with a = 1 %}{{ a }}{% endwith %}",
    "block": "{% block a %}{% endblock %}",
    "raw": "{% raw %}{{ 企业 }}{% endraw %}",
    "do": "{% do 企业.x %}",
    "comment": "{# 注 #}",
    "list": "{{ [企业] }}",
    "dictionary": "{{ {'a': 企业} }}",
    "condition in a place": "{{ 企业 if 企业 else 企业 }}",
    "comparison": "{% if 企业 == 企业 %}x{% endif %}",
    "test": "{% if 企业 is defined %}x{% endif %}",
    "both": "{% if 企业 and 企业 %}x{% endif %}",
    "elif": "{% if 企业 %}a{% elif 企业 %}b{% endif %}",
    "a filter's filter": "{{ 企业|缺省('x')|缺省('y') }}",
    "a name as a filter's word": "{{ 企业|缺省(企业) }}",
    "a sum as a filter's word": "{{ 企业|缺省('x' * 9) }}",
    "a named word": "{{ 企业|缺省(text='x') }}",
    "escapes": "{{ 企业|缺省('\\x00\\N{DIGIT ONE}') }}",
    "an unclosed quotation": "{{ 企业|缺省('x }}",
    "ten million characters": "x" * 10_000_000,
    "many brackets": "{{ " + "(" * 900 + "企业" + ")" * 900 + " }}",
    "many open places": "{{" * 990,
    "many open lists": "{{" + "[" * 1900,
    "many nots": "{% if " + "not " * 480 + "企业 %}",
    "many filters": "{{ 企业" + "|日期" * 600 + " }}",
    "many minuses": "{{ " + "-" * 1900 + "1 }}",
    "deep conditions": "{% if 企业 %}" * 90 + "x" + "{% endif %}" * 90,
    "many conditions side by side": "{% if 企业 %}{企业}{% endif %}" * 70,
    "half a surrogate": "\ud800",
    "backwards writing": "\u202e\u2028",
    "nothing visible": "\x00\x1b[2J",
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_is_refused_within_a_second(source):
    started = time.thread_time()
    assert refusal(source)
    assert time.thread_time() - started < 1
    with pytest.raises(RuleBroken):
        fill(KIND, {PART: source}, VALUES)


def test_the_longest_allowed_text_comes_out_bounded():
    source = "{% if 企业 %}{% endif %}" * 20 + "{事项}" * 30 + "字" * 400
    assert len(source) < LONGEST_SOURCE
    assert len(filled(source, {"事项": "字" * 10**6})) == 30 * LONGEST_VALUE + 400 < LONGEST_FILLED


MARKS = "{{ }} {% %} {# #} { } ( ) [ ] ' \" | . , * ~ - == 字 9 \\ __class__ 缺省 日期".split()
WORDS = [" if ", " else ", " endif ", " not ", " for ", " in ", "\n", " "]
PIECES = st.sampled_from([*MARKS, *WORDS, *PLACEHOLDERS[KIND]])


@settings(max_examples=600, deadline=1000)
@given(st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=60).map("".join)))
@example("{% if 企业 %}{% else %}{% else %}{% endif %}")
@example("{{ 企业 -}}")
@example("{%- if 企业 +%}x{%- endif -%}")
def test_any_text_is_refused_in_words_or_comes_out_bounded(source):
    part = part_of(KIND, PART)
    problems = check_text(KIND, part.name, source)
    if problems:
        assert len(problems) == 1
        assert problems[0].message
        return
    for values in ({}, VALUES, dict.fromkeys(PLACEHOLDERS[KIND], "字" * 999)):
        text = filled(source, values)
        assert len(text) <= LONGEST_FILLED
