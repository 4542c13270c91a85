"""The small language in which the office writes a paper's words, and its checks.

Allowed are text, `{{ 名称 }}` or shorter `{名称}`, two filters, and `{% if 名称 %}…{% else %}…{% endif %}`; no loops, calls,
attributes, indices, sums, includes or macros. A text is looked at three times before it is used: its length, each of its
tags (before any parsing, so that nesting cannot hurt), its parsed form. It is then filled in by a sandbox. What comes out is
bounded, because nothing can be repeated: a text has so many places, and each takes so many characters.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.sandbox import SandboxedEnvironment

from portal.documents.fonts import not_printable
from portal.documents.words import day, short_day
from portal.domain.errors import Problem, refuse
from portal.domain.paper_kinds import PaperKind
from portal.domain.paper_texts import PARTS, PLACEHOLDERS, TextPart, part_of

LONGEST_SOURCE = 2_000
MOST_PLACES = 30
DEEPEST = 3
LONGEST_VALUE = 200
LONGEST_FILLED = LONGEST_SOURCE + MOST_PLACES * LONGEST_VALUE
"""No text comes out longer than this, whatever it is filled with."""

TO_WRITE = "＿" * 5
"""Stands where nothing is known yet: room for the pen."""

Value = str | date | None
SHORT_FORM = re.compile(r"(?<![{%])[{｛][ \t]*([^\W\d]\w{0,19})[ \t]*[}｝](?!})")
BRACE = re.compile("[{}｛｝]")
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
FILTERS = ("日期", "月日", "缺省")
TOKENS = frozenset(
    {
        "data",
        "whitespace",
        "variable_begin",
        "variable_end",
        "block_begin",
        "block_end",
        "name",
        "operator",
        "string",
        "integer",
        "float",
    }
)
NODES = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Filter, nodes.Const, nodes.If, nodes.Not)
HOW = "只能写文字、{名称}，以及 {% if 名称 %}…{% else %}…{% endif %}"

UNPAIRED = f"大括号没有成对。{HOW}，请补上缺少的括号，或者删去多余的。"


class _Refused(Exception):
    """Why a text cannot be used; becomes a Problem of its part."""


def _as_text(value: Value) -> str:
    return day(value) if isinstance(value, date) else TO_WRITE if value is None else value


def _short_day(value: Value) -> str:
    return short_day(value) if isinstance(value, date) else _as_text(value)


def _otherwise(value: Value, text: str = "") -> str:
    return _as_text(value) if value else text


def _sandbox() -> SandboxedEnvironment:
    environment = SandboxedEnvironment(
        undefined=StrictUndefined, finalize=_as_text, autoescape=False, cache_size=0, keep_trailing_newline=True
    )
    environment.globals.clear()
    environment.tests.clear()
    environment.filters.clear()
    environment.filters.update(zip(FILTERS, (_as_text, _short_day, _otherwise), strict=True))
    return environment


_SANDBOX = _sandbox()


def check_text(kind: PaperKind, part: str, source: str) -> list[Problem]:
    """What is wrong with the office's words for a part: what, in which line, what to do. Empty when nothing is."""
    try:
        _compiled(kind, part, source)
    except _Refused as refused:
        return [Problem(part, str(refused))]
    return []


def fill(kind: PaperKind, texts: Mapping[str, str], values: Mapping[str, Value]) -> tuple[tuple[str, str], ...]:
    """Every part of a paper filled in, in the office's words where `texts` has them, in the standard ones elsewhere.

    A value that is missing or empty becomes room for the pen, a long one is cut. Raises RuleBroken for a text that
    `check_text` finds wrong, before filling any.
    """
    chosen = {part.name: texts.get(part.name, part.default) for part in PARTS[kind]}
    refuse([problem for name, source in chosen.items() for problem in check_text(kind, name, source)])
    given = {name: _cut(values.get(name)) for name in PLACEHOLDERS[kind]}
    return tuple((name, _compiled(kind, name, source).render(given).strip()) for name, source in chosen.items())


def texts_of(kind: PaperKind, filled: Iterable[tuple[str, str]], values: Mapping[str, Value]) -> dict[str, str]:
    """The words a paper prints: those that were filled in for it, and the standard ones where there are none."""
    return dict(fill(kind, {}, values)) | dict(filled)


def _cut(value: Value) -> Value:
    """A value as a text takes it: one line of so many characters, None for nothing."""
    if not isinstance(value, str):
        return value
    value = " ".join(value.split())
    return (value if len(value) <= LONGEST_VALUE else f"{value[: LONGEST_VALUE - 1]}…") or None


@lru_cache(maxsize=512)
def _compiled(kind: PaperKind, name: str, source: str) -> Template:
    """The text ready to be filled in; raises _Refused."""
    part = part_of(kind, name)
    _must_be_short(source)
    source = SHORT_FORM.sub(r"{{ \1 }}", source.replace("\r\n", "\n").replace("\r", "\n"))
    _must_be_plain(source, part)
    written = _tags_must_be_allowed(source, PLACEHOLDERS[kind])
    _own_words_must_fit(written, part)
    try:
        tree = _SANDBOX.parse(source)
        _tree_must_be_allowed(tree, PLACEHOLDERS[kind])
        return _SANDBOX.from_string(tree)
    except TemplateSyntaxError as error:
        raise _Refused(_at(error.lineno, f"写法不完整或括号、引号不成对。{HOW}，请检查后重写。")) from error


def _must_be_short(source: str) -> None:
    if len(source) > LONGEST_SOURCE:
        raise _Refused(f"全文连同 {{名称}} 最多 {LONGEST_SOURCE} 个字，现为 {len(source)} 个字，请精简。")


def _must_be_plain(source: str, part: TextPart) -> None:
    for number, line in enumerate(source.split("\n"), start=1):
        if "\\" in line:
            raise _Refused(_at(number, "不能使用反斜杠“\\”，请删去。"))
        if control := CONTROL.search(line):
            raise _Refused(_at(number, f"有看不见的控制字符（U+{ord(control[0]):04X}），请删去后重新输入。"))
        if missing := not_printable(line):
            raise _Refused(_at(number, missing))
    if not part.may_be_blank and not source.strip():
        raise _Refused(f"“{part.label}”不能为空，请填写；想用原来的文字，请选择“恢复标准文字”。")
    if not part.multiline and "\n" in source.strip():
        raise _Refused(f"“{part.label}”只能写一行，请去掉换行。")


def _tags_must_be_allowed(source: str, placeholders: Mapping[str, str]) -> str:
    """Refuse a tag that is not of one of the few shapes, and answer the text's own words."""
    own, tag, depth, places, is_open = [], _Tag(), 0, 0, False
    for line, kind, word in _lexed(source):
        if kind not in TOKENS:
            raise _Refused(_at(line, f"不能使用“{word.strip()[:20]}”。{HOW}，请删去。"))
        if kind in {"variable_begin", "block_begin"}:
            tag, is_open = _Tag(line, is_place=kind == "variable_begin"), True
        elif kind in {"variable_end", "block_end"}:
            tag.must_be_allowed(placeholders)
            is_open = False
            places += tag.is_place
            depth += tag.deeper
        elif kind == "data":
            if brace := BRACE.search(word):
                raise _Refused(_at(line + word.count("\n", 0, brace.start()), UNPAIRED))
            own.append(word)
        elif kind == "string":
            own.append(word[1:-1])
            tag.words.append("''")
        elif kind != "whitespace":
            tag.words.append(word)
        if places > MOST_PLACES or depth > DEEPEST:
            raise _Refused(_at(line, f"最多填 {MOST_PLACES} 处、条件最多套 {DEEPEST} 层，请精简。"))
    if is_open:
        raise _Refused(_at(tag.line, UNPAIRED))
    return "".join(own)


def _lexed(source: str) -> Iterator[tuple[int, str, str]]:
    try:
        yield from _SANDBOX.lex(source)
    except TemplateSyntaxError as error:
        raise _Refused(_at(error.lineno, f"有不认识的符号，或者括号、引号不成对。{HOW}，请改正。")) from error


@dataclass
class _Tag:
    """What stands between one pair of brackets; a quoted word counts only as one."""

    line: int = 1
    is_place: bool = False
    words: list[str] = field(default_factory=list)

    @property
    def deeper(self) -> int:
        """How much deeper the conditions get with it."""
        return 0 if self.is_place else {"if": 1, "endif": -1}.get(self.words[0], 0)

    def must_be_allowed(self, placeholders: Mapping[str, str]) -> None:
        """Raise _Refused unless it is of one of the shapes."""
        match self.words:
            case [name] if self.is_place and name in placeholders:
                return
            case [name, "|", "日期" | "月日"] if self.is_place and name in placeholders:
                return
            case [name, "|", "缺省", "(", "''", ")"] if self.is_place and name in placeholders:
                return
            case ["if", name] | ["if", "not", name] if not self.is_place and name in placeholders:
                return
            case ["else"] | ["endif"] if not self.is_place:
                return
        raise _Refused(_at(self.line, self._why(placeholders)))

    def _why(self, placeholders: Mapping[str, str]) -> str:
        """What is wrong with it, as near as can be told."""
        words = self.words[1:] if not self.is_place and self.words[:1] == ["if"] else self.words
        names = words if self.is_place else [word for word in words if word != "not"]
        if not words:
            return f"大括号里没有名称。{HOW}，请填写名称或者删去括号。"
        if len(names) == 1 and names[0] not in placeholders and names[0].isidentifier() and not names[0].isascii():
            known = "、".join(placeholders)
            return f"没有叫“{names[0][:20]}”的名称。可以用的名称有：{known}。请改用其中之一。"
        shown = " ".join(self.words)
        if len(names) > 1 and self.is_place and names[0] in placeholders and names[1] == "|":
            return f"竖线后面只能写“日期”“月日”或者“缺省('文字')”，不能写“{shown[:30]}”，请改正。"
        return f"不能使用“{shown[:30]}”。{HOW}，请删去。"


def _own_words_must_fit(written: str, part: TextPart) -> None:
    length = len("".join(written.split()))
    if length > part.longest:
        raise _Refused(f"“{part.label}”最多 {part.longest} 个字（填入的内容不算），现为 {length} 个字，请精简。")


def _tree_must_be_allowed(tree: nodes.Template, placeholders: Mapping[str, str]) -> None:
    """The second look, at the parsed form: only the few kinds of node, known names, filters with a quoted word."""
    for node in _all_nodes(tree):
        allowed = type(node) in NODES
        if isinstance(node, nodes.Name):
            allowed = node.name in placeholders and node.ctx == "load"
        elif isinstance(node, nodes.Const):
            allowed = isinstance(node.value, str)
        elif isinstance(node, nodes.Filter):
            allowed = _is_plain(node)
        if not allowed:
            raise _Refused(_at(node.lineno or 1, f"这种写法不允许。{HOW}，请改写。"))


def _is_plain(node: nodes.Filter) -> bool:
    """Whether a filter stands on a name, with nothing but a quoted word."""
    on_a_name = isinstance(node.node, nodes.Name) and node.name in FILTERS
    quoted = all(isinstance(argument, nodes.Const) for argument in node.args) and len(node.args) < 2
    return on_a_name and quoted and not (node.kwargs or node.dyn_args or node.dyn_kwargs)


def _all_nodes(tree: nodes.Node) -> Iterator[nodes.Node]:
    yield tree
    for child in tree.iter_child_nodes():
        yield from _all_nodes(child)


def _at(line: int, message: str) -> str:
    return f"第 {line} 行：{message}"
