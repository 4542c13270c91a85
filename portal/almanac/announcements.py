"""Arrangements as they are handed in: JSON in the form of holiday-cn, or the rows of a table (contract 5, domain 6)."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from portal.almanac.statutory import statutory_days
from portal.domain.arrangements import (
    LONGEST_SOURCE,
    Arrangement,
    NamedDay,
    NotReadable,
    Origin,
    arrangement_problems,
)
from portal.domain.workdays import SATURDAY, DayFact, DayKind, DaySource

MOST_PAPERS = 20
LONGEST_QUOTED = 30
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "day": ("日期", "date"),
    "name": ("名称", "节日", "节假日", "节假日名称", "name"),
    "what": ("安排", "类型", "种类", "是否放假", "isoffday", "kind"),
}
"""The columns of a table and what their headings may say; letters in any case."""

_OFF_WORDS = {"放假", "休", "休息", "是", "true", "1", "假"}
_ON_WORDS = {"上班", "班", "否", "false", "0", "补班"}
_KINDS = {kind.label: kind for kind in DayKind if kind is not DayKind.WORKING} | {"法定": DayKind.STATUTORY}
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 0{1,2}:00(?::00)?)?", re.ASCII)


def arrangement(
    year: int, days: Sequence[NamedDay], *, source: str = "", papers: Iterable[str] = (), origin: Origin
) -> Arrangement:
    """An arrangement of a year from its named days; what kind a day off is, law and weekday say (domain 6).

    Raises NotReadable with every sentence when the days cannot be the year's.
    """
    papers = tuple(papers)
    source = source.strip() or (papers[0] if papers else f"国务院办公厅{year}年放假安排")
    problems = arrangement_problems(year, days)
    if len(source) > LONGEST_SOURCE:
        problems.append(f"依据最多 {LONGEST_SOURCE} 个字，请精简。")
    if problems:
        raise NotReadable(problems)
    facts = sorted((_fact(it) for it in days), key=lambda fact: fact.day)
    return Arrangement(year, tuple(facts), source, papers, origin)


def _fact(it: NamedDay) -> DayFact:
    law = statutory_days(it.day.year)
    name = it.name.strip()
    if not it.is_off:
        return DayFact(it.day, DayKind.MAKE_UP, name, DaySource.IMPORTED)
    if it.kind is not None:
        return DayFact(it.day, it.kind, name, DaySource.IMPORTED)
    if it.day in law:
        return DayFact(it.day, DayKind.STATUTORY, law[it.day], DaySource.IMPORTED)
    kind = DayKind.WEEKEND if it.day.weekday() >= SATURDAY else DayKind.DAY_OFF
    return DayFact(it.day, kind, name, DaySource.IMPORTED)


def read_json(text: str, *, year: int | None = None, source: str = "") -> Arrangement:
    """Read {"year":2027,"papers":[…],"days":[{"name","date","isOffDay"}]}; the form is holiday-cn's.

    A `year` asked for must be the file's. Raises NotReadable naming the entry and what is wrong with it.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as trouble:
        where = f"（第 {trouble.lineno} 行附近）" if isinstance(trouble, json.JSONDecodeError) else ""
        raise NotReadable([f"内容不是完整的 JSON{where}，请核对文件是否完整。"]) from None
    if not isinstance(data, dict) or not isinstance(data.get("days"), list):
        raise NotReadable(['JSON 须写成 {"year":2027,"papers":[…],"days":[{"name","date","isOffDay"}]}。'])
    own = data.get("year")
    if not isinstance(own, int) or isinstance(own, bool):
        raise NotReadable(["JSON 中缺少年份，请写明，例如 “year”: 2027。"])
    if year is not None and year != own:
        raise NotReadable([f"文件是{own}年的安排，与指定的{year}年不同，请核对。"], field="year")
    problems: list[str] = []
    days = [found for place, it in enumerate(data["days"], start=1) if (found := _entry(place, it, problems))]
    if problems:
        raise NotReadable(problems)
    return arrangement(own, days, source=source, papers=_papers(data.get("papers")), origin=Origin.JSON)


def _papers(given: Any) -> list[str]:
    if not isinstance(given, list):
        return []
    return [it.strip()[:LONGEST_SOURCE] for it in given[:MOST_PAPERS] if isinstance(it, str) and it.strip()]


def _entry(place: int, it: Any, problems: list[str]) -> NamedDay | None:
    at = f"第 {place} 项"
    if not isinstance(it, dict):
        problems.append(f"{at}：不是一天的安排，须写成 {{“name”、“date”、“isOffDay”}}。")
        return None
    day, name, is_off = read_date(it.get("date")), it.get("name", ""), it.get("isOffDay")
    if day is None:
        problems.append(f"{at}：日期“{_quoted(it.get('date'))}”不存在或格式不对，应写成 2027-01-01。")
    if not isinstance(is_off, bool):
        problems.append(f"{at}：isOffDay 应为 true（放假）或 false（上班）。")
    if not isinstance(name, str):
        problems.append(f"{at}：name 应为节日名称。")
    kind = _KINDS.get(str(it.get("kind", "")))
    if kind is not None and is_off is (kind is DayKind.MAKE_UP):
        problems.append(f"{at}：isOffDay 与 kind（{kind.label}）相互矛盾，请核对。")
    if day is None or not isinstance(is_off, bool) or not isinstance(name, str):
        return None
    return NamedDay(day, name, is_off, kind, at)


def as_json(arranged: Arrangement) -> str:
    """An arrangement in the form `read_json` reads, with the kinds as they were found."""
    days = [
        {
            "name": fact.name,
            "date": fact.day.isoformat(),
            "isOffDay": not fact.is_working,
            "kind": fact.kind.label,
        }
        for fact in arranged.days
    ]
    return json.dumps({"year": arranged.year, "papers": list(arranged.papers), "days": days}, ensure_ascii=False)


def read_rows(
    rows: Sequence[tuple[int, Sequence[object]]], *, year: int | None = None, source: str = ""
) -> Arrangement:
    """Read the rows of a table with their numbers: 日期, 名称, 安排 (放假, 上班, or a kind of day).

    Without `year` it is the one most of the days lie in. Raises NotReadable naming every wrong row.
    """
    start, places = _columns(rows)
    problems: list[str] = []
    read = [_row(number, cells, places, problems) for number, cells in rows[start:] if any(map(_shown, cells))]
    if problems:
        raise NotReadable(problems)
    days = [it for it in read if it is not None]
    if year is None and days:
        year = Counter(it.day.year for it in days).most_common(1)[0][0]
    return arrangement(year or 0, days, source=source, origin=Origin.TABLE) if days else _nothing()


def _nothing() -> Arrangement:
    raise NotReadable(["表格里没有任何一天的安排，请从表头下一行起逐日填写。"])


def _columns(rows: Sequence[tuple[int, Sequence[object]]]) -> tuple[int, dict[str, int]]:
    """Where the rows under the heading begin, and which column is which."""
    for index, (_, cells) in enumerate(rows[:10]):
        said = [_shown(cell).lower() for cell in cells]
        places = {
            key: next((place for place, word in enumerate(said) if word in words), -1)
            for key, words in HEADINGS.items()
        }
        if places["day"] >= 0:
            missing = [HEADINGS[key][0] for key, place in places.items() if place < 0]
            if missing:
                raise NotReadable([f"表头缺少“{'”“'.join(missing)}”一列。请按模板填写：日期、名称、安排。"])
            return index + 1, places
    raise NotReadable(["没有找到表头。第一行应写明：日期、名称、安排。可先下载模板，在模板上填写。"])


def _row(number: int, cells: Sequence[object], places: Mapping[str, int], problems: list[str]) -> NamedDay | None:
    at = f"第 {number} 行"
    given, name, what = (cells[place] if place < len(cells) else None for place in places.values())
    day = read_date(given)
    if day is None:
        problems.append(f"{at}：日期“{_quoted(given)}”不存在或格式不对，应写成 2027-01-01。")
    word = _shown(what).lower()
    kind = _KINDS.get(_shown(what))
    is_off = (
        kind is not DayKind.MAKE_UP if kind else True if word in _OFF_WORDS else False if word in _ON_WORDS else None
    )
    if is_off is None:
        problems.append(f"{at}：安排“{_quoted(what)}”无法识别，请写“放假”或“上班”。")
    if day is None or is_off is None:
        return None
    return NamedDay(day, _shown(name), is_off, kind, at)


def read_date(given: object) -> date | None:
    """A date however a table or file writes it: 2027-01-01, 2027/1/1, 2027年1月1日, 20270101; None for anything else."""
    if isinstance(given, datetime):
        return given.date()
    if isinstance(given, date):
        return given
    text = _shown(given)
    if re.fullmatch(r"\d{8}", text, re.ASCII):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    match = _DATE.fullmatch(text)
    if match is not None:
        with suppress(ValueError):
            return date(int(match[1]), int(match[2]), int(match[3]))
    return None


def _quoted(cell: object) -> str:
    """A cell as a refusal repeats it."""
    text = _shown(cell)
    return text if len(text) <= LONGEST_QUOTED else f"{text[:LONGEST_QUOTED]}…"


def _shown(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(str(cell).split())
