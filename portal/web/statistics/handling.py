"""The figures of handling (办理情况): every rate with numerator, denominator and formula, each number leading to its rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, request, url_for

from portal import clock
from portal.documents.spreadsheets import Column
from portal.domain.handling_figures import (
    AGES,
    RATES,
    Basis,
    Fact,
    Group,
    Grouping,
    Rate,
    Tally,
    sorted_groups,
    total_of,
)
from portal.domain.people import Role
from portal.domain.workdays import day_text
from portal.services.contact_limits import contact_limits
from portal.store.extension import read
from portal.store.queries.handling_figures import Asked, handling_figures
from portal.store.queries.visibility import SEES_ALL
from portal.web.access import allow, me
from portal.web.asked import asked_word, choices
from portal.web.calendars import calendar_warning, working_calendar_now
from portal.web.downloads import xlsx
from portal.web.htmx import render
from portal.web.statistics.blueprint import asked_span, bp
from portal.web.statistics.handling_links import Links, Number

COUNTS = (Fact.ASSIGNED, Fact.ON_HAND, Fact.OVERDUE, *AGES)
SHORT_AGES = dict(zip(AGES, ("≤7天", "8—15天", "16—30天", ">30天"), strict=True))
HEADLINES = ("in_time", "solved", "content", "received", "contacted", "redone")
READERS = (Role.OFFICE, Role.LEADER, Role.SECRETARY, Role.SUPERVISOR, Role.UNIT)
FORMULAS_OF_COUNTS = (
    ("交办", "印发了交办单、现由该单位牵头的事项，包括已销号的；企业撤回的不计。"),
    ("在办", "还没有销号的。"),
    ("办理逾期", "办结时限已过、单位负责人还没有审签报送结果的；中止、挂账的不算。"),
    ("在办天数", "在办事项从接待日到今天的日历天数。"),
    (
        "平均用时",
        "从签收次日到单位负责人审签之日的工作日，按已审签报送结果的事项平均；当日签收当日审签为 0。",
    ),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A rate as it is shown: the percentage, and both numbers with where their rows are."""

    share: str
    numerator: Number
    denominator: Number


@dataclass(frozen=True, slots=True)
class Line:
    """One group, or all of them together."""

    label: str
    counts: Sequence[Number]
    rates: Sequence[Cell]
    average_days: str


class Sorting:
    """What the headings of the table want to know."""

    def __init__(self) -> None:
        asked = request.args.get("sort", "")
        known = {it.key for it in RATES} | {it.value for it in COUNTS}
        self.sort = asked if asked in known else ""
        self.direction = "desc" if request.args.get("direction") == "desc" else "asc"

    def url_for_sort(self, key: str) -> str:
        """The same figures sorted by this heading, the highest first; pressed again the lowest."""
        direction = "asc" if self.sort == key and self.direction == "desc" else "desc"
        kept: dict[str, Any] = {
            name: value for name, value in request.args.items() if name not in ("sort", "direction")
        }
        return url_for("statistics.handling", **kept, sort=key, direction=direction)


@bp.get("/handling")
@allow(*READERS)
def handling() -> Response:
    """How units handle what was assigned to them, over a span of days."""
    asked, sorting = _asked(), Sorting()
    groups = _groups(asked)
    links, total = Links(asked, me()), total_of(it.tally for it in groups)
    own = groups[0] if me().role is Role.UNIT and len(groups) == 1 and asked.grouping is Grouping.UNIT else None
    lines = sorted_groups(groups, sorting.sort, descending=sorting.direction == "desc")
    return render(
        "pages/statistics/handling.html",
        "fragments/statistics/_handling.html",
        asked=asked,
        bases=choices(Basis),
        groupings=choices(Grouping),
        sorting=sorting,
        whole=_line(links, own, own.tally if own else total, "合计"),
        lines=[_line(links, it, it.tally, it.label) for it in lines],
        rates=RATES,
        counts=[(it.value, SHORT_AGES.get(it, it.label)) for it in COUNTS],
        headlines=[place for place, it in enumerate(RATES) if it.key in HEADLINES],
        formulas=[*FORMULAS_OF_COUNTS, *((it.label, it.formula) for it in RATES)],
        chart=[_bar(links, it) for it in lines],
        export_url=_address("statistics.handling_spreadsheet"),
        scope=_scope(),
        calendar_warning=calendar_warning([asked.first, asked.last], "时限和用时"),
    )


@bp.get("/handling.xlsx")
@allow(*READERS)
def handling_spreadsheet() -> Response:
    """The same figures to save, with numerator and denominator of every rate."""
    asked = _asked()
    groups = _groups(asked)
    columns = [Column(asked.grouping.label.removeprefix("按"), 20), *(Column(it.label, 14) for it in COUNTS)]
    for rate in RATES:
        columns += [Column(rate.label, 12), Column(f"{rate.numerator.label}（分子）", 14),
                    Column(f"{rate.denominator.label}（分母）", 14)]  # fmt: skip
    columns.append(Column("平均用时（工作日）", 14))
    title = f"办理情况（{asked.basis.label}{asked.first:%Y%m%d}至{asked.last:%Y%m%d}）"
    return xlsx(title, columns, _rows(groups), today=clock.today())


def _rows(groups: Sequence[Group]) -> Iterator[tuple[object, ...]]:
    everything = Group("", "合计", total_of(it.tally for it in groups))
    for it in (*groups, everything):
        cells: list[object] = [it.label, *(it.tally[fact] for fact in COUNTS)]
        for rate in RATES:
            cells += [it.tally.share(rate), it.tally[rate.numerator], it.tally[rate.denominator]]
        yield (*cells, it.tally.average_days)


def _address(endpoint: str) -> str:
    kept: dict[str, Any] = request.args.to_dict()
    return url_for(endpoint, **kept)


def _asked() -> Asked:
    first, last = asked_span()
    return Asked(
        first,
        last,
        asked_word(Basis, "by") or Basis.DUE,
        asked_word(Grouping, "group") or Grouping.UNIT,
    )


def _groups(asked: Asked) -> list[Group]:
    found = handling_figures(
        read(), me(), asked, today=clock.today(), calendar=working_calendar_now(), limits=contact_limits(read())
    )
    return [Group(it.key, _named(asked.grouping, it), it.tally) for it in found]


def _named(grouping: Grouping, group: Group) -> str:
    if grouping is Grouping.MONTH:
        return f"{group.key[:4]}年{int(group.key[4:])}月"
    if grouping is Grouping.DAY:
        return day_text(date.fromisoformat(group.key))
    return group.label if group.key else "未定"


def _line(links: Links, group: Group | None, tally: Tally, label: str) -> Line:
    return Line(
        label,
        [links.number(fact, tally, group) for fact in COUNTS],
        [_cell(links, rate, group, tally) for rate in RATES],
        tally.average_days,
    )


def _cell(links: Links, rate: Rate, group: Group | None, tally: Tally) -> Cell:
    return Cell(
        tally.share(rate),
        links.number(rate.numerator, tally, group),
        links.number(rate.denominator, tally, group),
    )


def _bar(links: Links, it: Group) -> dict[str, Any]:
    in_time = it.tally[Fact.HANDED_IN_TIME]
    return {
        "label": it.label,
        "values": [in_time, it.tally[Fact.HANDLING_DUE] - in_time],
        "url": links.number(Fact.HANDLING_DUE, it.tally, it).url,
    }


def _scope() -> str:
    if me().role is Role.UNIT:
        return "本单位牵头的"
    return "全区" if me().role in SEES_ALL else "您当班、接待、签批或牵头的"
