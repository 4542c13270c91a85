"""What stands above a calendar: its title, the way to its neighbours, the other views, and what it can be filtered by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for

from portal.domain.arrangements import FIRST_YEAR, LAST_YEAR
from portal.store.queries.reception_days import DayRow
from portal.web.calendar.chosen import Chosen
from portal.web.calendars import calendar_warning

Link = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Offered:
    """The leaders (id and name) and the venues one may choose from."""

    leaders: Sequence[tuple[int, str]]
    venues: Sequence[str]

    @property
    def venue_choices(self) -> list[tuple[str, str]]:
        """The venues as a filter wants them."""
        return [(venue, venue) for venue in self.venues]


@dataclass(frozen=True, slots=True)
class Head:
    """Everything above a calendar."""

    title: str
    facts: tuple[str, ...]
    turned: str
    previous: Link | None
    next: Link | None
    present: Link | None
    views: tuple[tuple[str, str, bool], ...]
    exports: tuple[Link, ...]
    bare: str
    chosen: Chosen
    offered: Offered
    warning: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """Which calendar it is: a view of a year, or of one of its months."""

    root: str
    year: int
    month: int | None = None

    @property
    def title(self) -> str:
        """What the page is called."""
        if self.month is not None:
            return f"{self.year}年{self.month}月轮值日历"
        return f"{self.year}年接待日列表" if self.root == "listing" else f"{self.year}年轮值日历"

    @property
    def turned(self) -> str:
        """What stands between the two arrows."""
        return f"{self.year}年" if self.month is None else f"{self.year}年{self.month}月"

    def url(self, chosen: Chosen | None = None) -> str:
        """Its address, with what is asked for."""
        words: dict[str, Any] = chosen.words if chosen is not None else {}
        if self.month is None:
            return url_for(f"calendar.{self.root}", year=self.year, **words)
        return url_for("calendar.month", year=self.year, month=self.month, **words)

    def turn(self, step: int) -> "Place":
        """The same view of the month or year before (-1) or after (1)."""
        if self.month is None:
            return Place(self.root, self.year + step)
        months = self.year * 12 + self.month - 1 + step
        return Place(self.root, months // 12, months % 12 + 1)

    def present(self, today: date) -> "Place":
        """The same view of today."""
        return Place(self.root, today.year, None if self.month is None else today.month)


def head(place: Place, rows: Sequence[DayRow], chosen: Chosen, offered: Offered, today: date) -> Head:
    """Put together what stands above a calendar of these reception days."""
    unit = "年" if place.month is None else "月"
    before, after, present = place.turn(-1), place.turn(1), place.present(today)
    return Head(
        title=place.title,
        facts=_facts(place, rows, chosen, offered),
        turned=place.turned,
        previous=(f"上一{unit}", before.url(chosen)) if before.year >= FIRST_YEAR else None,
        next=(f"下一{unit}", after.url(chosen)) if after.year <= LAST_YEAR else None,
        present=None if present == place else ("今年" if place.month is None else "本月", present.url(chosen)),
        views=_views(place, chosen, today),
        exports=(*_papers(place, chosen), ("订阅", url_for("calendar.feeds"))),
        bare=place.url(),
        chosen=chosen,
        offered=offered,
        warning=calendar_warning([date(place.year, 1, 1)], "接待日"),
    )


def _facts(place: Place, rows: Sequence[DayRow], chosen: Chosen, offered: Offered) -> tuple[str, ...]:
    """How many reception days there are; of a filtered calendar, how many are meant and what becomes of the others."""
    standing = Chosen().standing(rows)
    if not chosen:
        none = "全年没有接待日" if place.month is None else "本月没有接待日"
        return (f"接待日 {len(standing)} 个" if standing else none,)
    picked = len(chosen.standing(standing))
    others, fate = len(standing) - picked, "没有列出" if place.root == "listing" else "淡化显示"
    return (f"{chosen.label(offered.leaders)}：{picked} 个", *((f"其他 {others} 个{fate}",) if others else ()))


def _views(place: Place, chosen: Chosen, today: date) -> tuple[tuple[str, str, bool], ...]:
    month = place.month or (today.month if place.year == today.year else 1)
    places = (
        ("月", Place("month", place.year, month)),
        ("年", Place("year", place.year)),
        ("列表", Place("listing", place.year)),
    )
    return tuple((label, it.url(chosen), it.root == place.root) for label, it in places)


def _papers(place: Place, chosen: Chosen) -> tuple[Link, ...]:
    """The same days as files, filtered alike."""
    words: dict[str, Any] = chosen.words
    if place.month is not None:
        there = {"year": place.year, "month": place.month, **words}
        return ("打印", url_for("calendar.month_pdf", **there)), ("xlsx", url_for("calendar.month_xlsx", **there))
    there = {"year": place.year, **words}
    year = (("打印", url_for("calendar.year_pdf", **there)),) if place.root == "year" else ()
    roster = ("打印轮值表", url_for("calendar.roster_pdf", **there))
    return *year, roster, ("xlsx", url_for("calendar.year_xlsx", **there))
