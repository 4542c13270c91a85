"""The State Council's notice on a year's holidays, read from its own words (domain 6).

“一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。” Every weekday and every count in the text is held
against the calendar, so that a slip of the pen is found before anything counts with it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from portal.almanac.announcements import arrangement
from portal.almanac.statutory import statutory_days
from portal.domain.arrangements import Arrangement, NamedDay, NotReadable, Origin
from portal.domain.workdays import ONE_DAY, SATURDAY, WEEKDAY_NAMES

_FESTIVAL = r"(?:元旦|春节|清明节?|(?:国际)?劳动节|端午节?|中秋节?|国庆节?)"
_MARK = r"(?:[一二三四五六七八九十]{1,3}、|\([一二三四五六七八九十]{1,3}\)|\d{1,2}[.、])"
_ITEM = re.compile(
    rf"(?:^|(?<=[。\n]))(?:{_MARK}([^:。\n]{{1,40}}):|({_FESTIVAL}(?:[、和]{_FESTIVAL})*):|{_MARK}(?=(?:\d{{4}}年)?\d{{1,2}}月))"
)
_YEAR = re.compile(r"(\d{4})年(?:部分)?(?:节假日|[^,。\n]{0,12}?放假|[^,。\n]{0,12}?假期)")
_TITLE = re.compile(r"国务院办公厅关于[^。,:]{0,12}\d{4}年[^。,:]{0,20}?通知")
_NUMBER = re.compile(r"国办发(?:明电)?[〔\[(]\d{4}[〕\])]\d{1,3}号")
_TOKEN = re.compile(
    r"(?P<day>(?:(?P<year>\d{4})年)?(?:(?P<month>\d{1,2})月)?(?P<number>\d{1,2})日(?:\((?P<note>[^)]*)\))?)"
    r"|(?P<to>[至到~\-—–]+)"
    r"|(?P<all>共(?:计)?(?P<total>\d{1,2})天)"
    r"|(?P<off>放假|补休)(?:(?P<length>\d{1,2})天)?"
    r"|(?P<work>上班)"
    r"|(?P<joined>与周末(?:形成)?连休)"
    r"|(?P<quiet>不?调休|正常|照常|均|[、,;和及])"
)
_WEEKDAY = re.compile(r"(?:周|星期|礼拜)([一二三四五六日天])")
_DATED = re.compile(r"\d{1,2}日")
_LONGEST_SPAN = 31
_NEAR = 10
"""Calendar days from a holiday within which a day belongs to it."""


def looks_like_a_notice(text: str) -> bool:
    """Whether a pasted text speaks as a notice does, rather than being JSON or a table."""
    plain = _plain(text)
    return "放假" in plain and _DATED.search(plain) is not None and "日期" not in plain.split("\n", 1)[0]


def read_notice(text: str, *, year: int | None = None, source: str = "") -> Arrangement:
    """Read a notice; the year stands in its heading or is given (domain 6).

    Raises NotReadable naming the exact place: a date that does not exist, a weekday or a count that does not fit the
    calendar, a sentence about days off that cannot be understood.
    """
    plain = _plain(text)
    heading = _YEAR.search(plain.replace("\n", ""))
    told = int(heading[1]) if heading else None
    if year is not None and told is not None and year != told:
        raise NotReadable([f"通知是{told}年的安排，与填写的{year}年不同，请核对。"], field="year")
    year = year or told
    if year is None:
        raise NotReadable(["通知标题里没有年份，请在“年份”里填写。"], field="year")
    items = list(_items(plain))
    if not items:
        raise NotReadable(["没有找到“一、元旦：…”这样的条目，请粘贴通知的全文。"])
    days, problems = list[NamedDay](), list[str]()
    for item in items:
        reader = _ItemReader(year, item)
        reader.read()
        days += reader.days
        problems += reader.problems
    if problems:
        raise NotReadable(problems)
    title, number = _TITLE.search(plain.replace("\n", "")), _NUMBER.search(plain)
    paper = title[0] if title else f"国务院办公厅关于{year}年部分节假日安排的通知"
    paper += f"（{number[0]}）" if number else ""
    return arrangement(year, days, source=source or paper, papers=[paper], origin=Origin.NOTICE)


def _plain(text: str) -> str:
    """The text with its full-width signs as plain ones and without blanks; line ends stay."""
    lines = unicodedata.normalize("NFKC", text).splitlines()
    return "\n".join(line for line in ("".join(it.split()) for it in lines) if line)


@dataclass(frozen=True, slots=True)
class _Item:
    number: int
    name: str
    text: str

    @property
    def place(self) -> str:
        return f"第{self.number}项（{self.name}）" if self.name else f"第{self.number}项"


def _items(plain: str) -> Iterator[_Item]:
    found = list(_ITEM.finditer(plain))
    for number, match in enumerate(found, start=1):
        end = found[number].start() if number < len(found) else len(plain)
        yield _Item(number, match[1] or match[2] or "", plain[match.end() : end])


@dataclass(slots=True)
class _ItemReader:
    """Reads one item, a sentence at a time."""

    year: int
    item: _Item
    days: list[NamedDay] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _off: list[date] = field(default_factory=list)
    _joined: bool = False

    def read(self) -> None:
        """Take every sentence that tells of days; what else the notice says (鼓励…, 妥善安排值班…) is not about days."""
        for sentence in self.item.text.replace("\n", "").split("。"):
            if ("放假" in sentence or "上班" in sentence or "补休" in sentence) and _DATED.search(sentence):
                self._sentence(sentence)
        if not self.days and not self.problems:
            self._wrong("没有读到放假日期，请核对这一项。")

    def _wrong(self, what: str) -> None:
        self.problems.append(f"{self.item.place}：{what}")

    def _sentence(self, sentence: str) -> None:
        pending: list[date] = []
        place, through, before = 0, False, len(self.problems)
        previous: date | None = None
        self._off, self._joined = [], False
        while place < len(sentence):
            token = _TOKEN.match(sentence, place)
            if token is None:
                self._wrong(f"看不懂“{sentence[place : place + 20]}”，请核对原文，或改用表格导入。")
                return
            place = token.end()
            if token["day"]:
                day = self._date(token, previous, is_end=through)
                if day is None:
                    return
                pending += self._span(previous, day) if through and previous is not None else [day]
                previous, through = day, False
            elif token["to"]:
                through = True
            elif token["off"]:
                self._take_off(pending, token["length"])
                pending = []
            elif token["work"]:
                self._take_work(pending)
                pending = []
            elif token["joined"]:
                self._joined = True
            elif token["all"]:
                self._count(int(token["total"]))
        if len(self.problems) == before and (pending or through):
            self._wrong(f"“{sentence}”没有写明是放假还是上班，请核对原文。")

    def _span(self, first: date, last: date) -> list[date]:
        length = (last - first).days
        if not 0 < length <= _LONGEST_SPAN:
            self._wrong(f"{_said(first)}至{_said(last)}的先后不对，请核对日期。")
            return []
        return [first + ONE_DAY * step for step in range(1, length + 1)]

    def _take_off(self, days: list[date], length: str | None) -> None:
        if not days:
            self._wrong("“放假”前没有日期，请核对原文。")
        if length and int(length) != len(days):
            self._wrong(f"写明放假 {length} 天，按日期是 {len(days)} 天，请核对。")
        self._off += days
        name = self.item.name or _holiday_near(days)
        self.days += [NamedDay(day, name, True, place=self.item.place) for day in days]

    def _take_work(self, days: list[date]) -> None:
        if not days:
            self._wrong("“上班”前没有日期，请核对原文。")
        name = self.item.name or next((it.name for it in self.days), "") or _holiday_near(days)
        self.days += [NamedDay(day, name, False, place=self.item.place) for day in days]

    def _count(self, total: int) -> None:
        counts = {len(self._off), len(_with_weekends(self._off))} if self._joined else {len(self._off)}
        if total not in counts:
            self._wrong(f"写明共 {total} 天，按日期是 {len(self._off)} 天，请核对。")

    def _date(self, token: re.Match[str], previous: date | None, *, is_end: bool) -> date | None:
        """The day a token names; what it leaves out, the day before it in the sentence or the heading says."""
        day = int(token["number"])
        if token["month"] is None and previous is None:
            self._wrong(f"“{token['day']}”没有写明月份，请核对。")
            return None
        month = int(token["month"]) if token["month"] else previous.month if previous else 0
        if token["year"]:
            year = int(token["year"])
        elif is_end and previous is not None:
            year = previous.year + (month < previous.month)
        else:
            year = self.year - 1 if month == 12 and "元旦" in self.item.name else self.year
        try:
            found = date(year, month, day)
        except ValueError:
            self._wrong(f"{year}年{month}月{day}日不存在，请核对。")
            return None
        self._check_weekday(found, token["note"] or "")
        return found

    def _check_weekday(self, day: date, note: str) -> None:
        written = _WEEKDAY.search(note)
        if written is None:
            return
        told = "一二三四五六日".index(written[1].replace("天", "日"))
        if told != day.weekday():
            self._wrong(f"{_said(day)}写作“{written[0]}”，实际是{WEEKDAY_NAMES[day.weekday()]}，请核对日期和年份。")


def _with_weekends(days: list[date]) -> set[date]:
    """Some days off and the weekend days that lie next to them."""
    whole = set(days)
    for step in (timedelta(days=1), timedelta(days=-1)):
        for day in days:
            beside = day + step
            while beside.weekday() >= SATURDAY:
                whole.add(beside)
                beside += step
    return whole


def _holiday_near(days: Iterable[date]) -> str:
    """The statutory holiday some days are for, when a notice about one holiday does not say it again in its item."""
    for day in days:
        law = statutory_days(day.year)
        nearest = min(law, key=lambda it: abs((it - day).days))
        if abs((nearest - day).days) <= _NEAR:
            return law[nearest]
    return ""


def _said(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
