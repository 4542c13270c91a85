"""The table in which a day's bookings are handed in: one row a matter, the enterprise in the first of its rows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import TypeVar

from portal.documents.spreadsheets import Column
from portal.documents.tables import Rows, is_workbook, text_of, text_rows, workbook_rows
from portal.documents.workbook_reading import LONGEST_TEXT
from portal.domain.bookings import Identity, Origin
from portal.domain.errors import RuleBroken
from portal.domain.labelled import Labelled
from portal.domain.matters import MatterKind

MOST_ENTRIES = 300
MINUTES_A_DAY = 24 * 60

COLUMNS = (
    Column("时段", 9), Column("接待室", 10), Column("企业名称", 34), Column("统一社会信用代码", 22), Column("注册地", 30),
    Column("民营", 7), Column("来访人", 10), Column("职务", 12), Column("联系电话", 16), Column("身份", 12),
    Column("证件号码", 22), Column("随行人员", 22), Column("来源", 12), Column("性质", 8), Column("类别", 18),
    Column("诉求标题", 36), Column("具体情况", 44), Column("特殊情况理由", 26),
)  # fmt: skip
LONGEST = {
    "企业名称": 120, "注册地": 200, "来访人": 40, "职务": 60, "联系电话": 40, "证件号码": 40, "诉求标题": 120,
    "具体情况": LONGEST_TEXT - 1, "特殊情况理由": 200,
}  # fmt: skip
"""What the records keep, in characters; a longer cell is refused and never cut."""

LONGEST_COMPANION = 40
NEEDED = ("企业名称", "来访人", "联系电话", "诉求标题", "类别")

EXAMPLE = (
    ("09:00", "", "安澜示例制造有限公司", "", "安澜区示例路1号", "是", "申示例", "总经理", "13800005678", "法定代表人",
     "", "随行甲、随行乙", "企业申请", "问题", "奖补资金", "二期厂房补贴尚未兑现", "2025年已公示，至今未拨付。", ""),
    ("", "", "", "", "", "", "", "", "", "", "", "", "", "建议", "行政审批", "建议简化验收手续", "", ""),
)  # fmt: skip

W = TypeVar("W", bound=Labelled)


@dataclass(frozen=True, slots=True)
class MatterLine:
    """One matter as its row says it; the category by name or code."""

    row: int
    kind: MatterKind
    category: str
    title: str
    detail: str


@dataclass(slots=True)
class Entry:
    """One enterprise of the table with its matters; `row` is the number of its first row."""

    row: int
    starts_at: time | None
    room: str
    name: str
    credit_code: str
    registered_place: str
    is_private: bool
    visitor: str
    post: str
    phone: str
    identity: Identity
    id_number: str
    companions: tuple[str, ...]
    origin: Origin
    reason: str
    matters: list[MatterLine] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a row of the table, which is numbered as its program shows it."""

    row: int
    message: str


@dataclass(frozen=True, slots=True)
class BookingTable:
    """What a table says: its enterprises, what could not be read, and the rows themselves as text, to be read again.

    An enterprise of which any row could not be read is not among the entries: half of what it said is none of it.
    """

    entries: Sequence[Entry]
    problems: Sequence[RowProblem]
    rows: Rows


def table_in(data: bytes, *, field: str = "file") -> BookingTable:
    """Read a workbook or a csv file. Raises RuleBroken for what is no table of bookings at all."""
    rows = workbook_rows(data, field=field) if is_workbook(data) else text_rows(text_of(data, field=field))
    return read_table(rows, field=field)


def read_table(rows: Rows, *, field: str = "file") -> BookingTable:
    """Read rows whose headings are among the first; columns may stand in any order. Raises RuleBroken without headings."""
    texts = [(number, tuple(map(_text, cells))) for number, cells in rows]
    at = next((place for place, (_, cells) in enumerate(texts) if "企业名称" in cells), None)
    if at is None:
        raise RuleBroken("表格里没有“企业名称”这一列。请下载模板，按模板的列名填写后再传。", field=field)
    headings = {cell: place for place, cell in enumerate(texts[at][1]) if cell}
    missing = [name for name in NEEDED if name not in headings]
    if missing:
        raise RuleBroken(f"表格缺少这些列：{'、'.join(missing)}。请下载模板，按模板的列名填写后再传。", field=field)
    reading = _Reading()
    for number, cells in texts[at + 1 :]:
        row = {name: cells[place] if place < len(cells) else "" for name, place in headings.items()}
        if any(row.values()):
            reading.take(number, row)
    if not reading.entries and not reading.problems:
        raise RuleBroken("表格里没有填写任何企业。请在列名下面逐行填写后再传。", field=field)
    if len(reading.entries) > MOST_ENTRIES:
        found = len(reading.entries)
        raise RuleBroken(f"一次最多导入 {MOST_ENTRIES} 家，表中有 {found} 家，请分开导入。", field=field)
    return BookingTable(reading.entries, reading.problems, texts)


@dataclass(slots=True)
class _Reading:
    """What was read so far; `name` is the enterprise the rows belong to now, `entry` None once one of them went wrong."""

    entries: list[Entry] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    name: str = ""
    entry: Entry | None = None

    def take(self, number: int, row: Mapping[str, str]) -> None:
        """Read one row: the first of an enterprise, or a further matter of the one above."""
        begins = not self.name or row["企业名称"] not in ("", self.name)
        if begins:
            self.name, self.entry = row["企业名称"], None
        try:
            _must_fit(row)
            entry = self._begun(number, row) if begins else self._going_on()
            if row.get("诉求标题") or row.get("具体情况"):
                entry.matters.append(_matter(number, row))
        except RuleBroken as refusal:
            self.problems.append(RowProblem(number, refusal.message))
            if self.entry is not None:
                self.entries.remove(self.entry)
            self.entry = None

    def _begun(self, number: int, row: Mapping[str, str]) -> Entry:
        self.entry = _entry(number, row)
        self.entries.append(self.entry)
        return self.entry

    def _going_on(self) -> Entry:
        if self.entry is None:
            raise RuleBroken(f"属于“{self.name[:20]}”，该企业有一行填写有误，整家都没有读入。")
        return self.entry


def _must_fit(row: Mapping[str, str]) -> None:
    for column, most in LONGEST.items():
        if len(row.get(column, "")) > most:
            raise RuleBroken(f"“{column}”最多 {most} 个字，现为 {len(row[column])} 个字，请精简。")
    if any(len(name) > LONGEST_COMPANION for name in _names(row)):
        raise RuleBroken(f"“随行人员”每人姓名最多 {LONGEST_COMPANION} 个字，多人之间用顿号隔开。")


def _names(row: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(it for it in re.split(r"[、，,;；\s]+", row.get("随行人员", "")) if it)


def _entry(number: int, row: Mapping[str, str]) -> Entry:
    if not row["企业名称"]:
        raise RuleBroken("第一行须填写企业名称。")
    return Entry(
        row=number,
        starts_at=_clock(row.get("时段", "")),
        room=row.get("接待室", ""),
        name=row["企业名称"],
        credit_code=row.get("统一社会信用代码", ""),
        registered_place=row.get("注册地", ""),
        is_private=_word(row.get("民营", ""), {"是": True, "否": False}, True, "民营"),
        visitor=row["来访人"],
        post=row.get("职务", ""),
        phone=row["联系电话"],
        identity=_labelled(row.get("身份", ""), Identity, Identity.LEGAL_REPRESENTATIVE, "身份"),
        id_number=row.get("证件号码", ""),
        companions=_names(row),
        origin=_labelled(row.get("来源", ""), Origin, Origin.APPLIED, "来源"),
        reason=row.get("特殊情况理由", ""),
    )


def _matter(number: int, row: Mapping[str, str]) -> MatterLine:
    kind = _labelled(row.get("性质", ""), MatterKind, MatterKind.PROBLEM, "性质")
    return MatterLine(number, kind, row.get("类别", ""), row.get("诉求标题", ""), row.get("具体情况", ""))


def _labelled(text: str, words: type[W], otherwise: W, column: str) -> W:
    return _word(text, {it.label: it for it in words}, otherwise, column)


V = TypeVar("V")


def _word(text: str, words: Mapping[str, V], otherwise: V, column: str) -> V:
    if text and text not in words:
        raise RuleBroken(f"“{column}”应填：{'、'.join(words)}；现为“{text[:20]}”。")
    return words.get(text, otherwise)


def _clock(text: str) -> time | None:
    """09:00, 9：00, 9:00–9:40 (its beginning counts), or a part of the day as spreadsheet programs count; None for a blank."""
    if not text:
        return None
    match = re.match(r"(\d{1,2})[:：](\d{2})(?!\d)", text)
    if match and int(match[1]) < 24 and int(match[2]) < 60:
        return time(int(match[1]), int(match[2]))
    if re.fullmatch(r"0?\.\d+", text):
        minutes = round(float(text) * MINUTES_A_DAY) % MINUTES_A_DAY
        return time(minutes // 60, minutes % 60)
    raise RuleBroken(f"“时段”应填开始时间，例如 09:00；现为“{text[:20]}”。留空则按先后排入有名额的时段。")


def _text(cell: object) -> str:
    """A cell as people read it: whole numbers without a point, a moment as its hour."""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return f"{cell:%H:%M}"
    return " ".join(str(cell).split()) if "\n" not in str(cell) else str(cell).strip()
