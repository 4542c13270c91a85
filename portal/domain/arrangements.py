"""An official arrangement of a year as somebody hands it in: its days, where they were read, what is wrong with it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from portal.domain.errors import RuleBroken
from portal.domain.labelled import Labelled
from portal.domain.workdays import SATURDAY, DayFact, DayKind, Days, DaySource, weekday_name

FIRST_YEAR, LAST_YEAR = 2004, 2100
LONGEST_NAME = 40
LONGEST_SOURCE = 200
MOST_PROBLEMS = 30
"""More sentences than anybody corrects at once."""


class Origin(Labelled):
    """What an arrangement was read from."""

    JSON = "json", "JSON 文件"
    TABLE = "table", "表格"
    NOTICE = "notice", "通知文本"


@dataclass(frozen=True, slots=True)
class NamedDay:
    """One line of an arrangement: a day, its holiday, whether it is off; `kind` only where the paper itself says it.

    `place` says where it was read, to be put before a refusal: 第 5 行.
    """

    day: date
    name: str
    is_off: bool
    kind: DayKind | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The days on which a year differs from Monday to Friday, on whose word; days of the December before may be in it."""

    year: int
    days: tuple[DayFact, ...]
    source: str
    papers: tuple[str, ...] = ()
    origin: Origin = Origin.JSON

    @property
    def by_day(self) -> dict[date, DayFact]:
        """The days as the working calendar wants them."""
        return {fact.day: fact for fact in self.days}


def adjusted(standing: Days, arrangement: Arrangement) -> Arrangement:
    """A whole year again, out of a notice that changes only some holidays within the year (domain 6: 2019, 2020).

    What stood for the holidays it names is given up, made-up days and all; the others stay.
    """
    named = {name for fact in arrangement.days for name in fact.name.split("、")}
    kept = [
        replace(fact, source=DaySource.IMPORTED)
        for day, fact in standing.items()
        if day not in arrangement.by_day and named.isdisjoint(fact.name.split("、"))
    ]
    days = sorted([*kept, *arrangement.days], key=lambda fact: fact.day)
    return replace(arrangement, days=tuple(days))


class NotReadable(RuleBroken):
    """What was handed in cannot be taken as an arrangement; `problems` are all the sentences, each with its place."""

    def __init__(self, problems: Sequence[str], *, field: str = "content") -> None:
        shown = list(problems[:MOST_PROBLEMS])
        if len(problems) > len(shown):
            shown.append(f"另有 {len(problems) - len(shown)} 处问题未列出，请先改正以上各处。")
        super().__init__("\n".join(shown), field=field)
        self.problems = tuple(shown)


def arrangement_problems(year: int, days: Sequence[NamedDay]) -> list[str]:
    """Why these days cannot be a year's arrangement (domain 6); empty when they can."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return [f"年份 {year} 不在 {FIRST_YEAR} 至 {LAST_YEAR} 之间，请核对。"]
    if not days:
        return ["没有读到任何一天的放假或上班安排，请核对内容。"]
    return [*(problem for it in days for problem in _day_problems(year, it)), *_repeated(days)]


def _day_problems(year: int, it: NamedDay) -> Iterable[str]:
    at = f"{it.place}：" if it.place else ""
    dated = f"{it.day.year}年{it.day.month}月{it.day.day}日"
    if it.day.year != year and (it.day.year, it.day.month) != (year - 1, 12):
        yield f"{at}{dated}不属于{year}年的安排（只可包含当年和上一年12月的日期）。"
    if not it.is_off and it.day.weekday() < SATURDAY:
        yield f"{at}{dated}是{weekday_name(it.day)}，本来就上班，不会是调休上班日，请核对日期。"
    if it.is_off and not it.name.strip():
        yield f"{at}{dated}放假，请写明节日名称。"
    if len(it.name.strip()) > LONGEST_NAME:
        yield f"{at}名称最多 {LONGEST_NAME} 个字，请精简。"


def _repeated(days: Sequence[NamedDay]) -> Iterable[str]:
    counted = Counter(it.day for it in days)
    for day, times in counted.items():
        if times > 1:
            places = "、".join(it.place for it in days if it.day == day and it.place)
            where = f"（{places}）" if places else ""
            yield f"{day.year}年{day.month}月{day.day}日出现了 {times} 次{where}，请只保留一处。"
