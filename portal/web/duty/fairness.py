"""The fairness page: turns by person and seat over any span, the spread, and who is next (NX-04, look.md 公平性)."""

from datetime import date
from typing import Any

from flask import Response, url_for

from portal import clock
from portal.documents.spreadsheets import Column
from portal.domain.rota import DutySeat
from portal.services.fairness import Fairness, FairnessRow, fairness
from portal.services.next_turns import next_turns
from portal.store.extension import read
from portal.store.queries.rota import first_and_last_day
from portal.web.access import allow
from portal.web.asked import asked_day
from portal.web.downloads import xlsx
from portal.web.duty.blueprint import LOOKERS, bp
from portal.web.htmx import render
from portal.web.office import rules

BARS = [("主接待", "main"), ("参加", "accompanying"), ("补位", "standby"), ("已排未到", "planned")]


@bp.get("/fairness")
@allow(*LOOKERS)
def fairness_page() -> Response:
    """Who has served how often, who is planned, how even it is, and whose turn is next."""
    today = clock.today()
    first, last = asked_span(today)
    found = fairness(read(), first, last, today=today)
    return render(
        "pages/duty/fairness.html",
        "fragments/duty/_fairness.html",
        first=first,
        last=last,
        choices=_choices(first, last, today),
        found=found,
        seats=[seat for seat in DutySeat if seat.value in rules().seats],
        bars=BARS,
        bar_rows=[_bar(row, first, last) for row in found.rows],
        mean=None if found.mean is None else round(found.mean, 1),
        spreads=spread_texts(found),
        span=_words(first, last),
        empty_day_counts=rules().empty_day_counts,
        upcoming=next_turns(read(), today=today),
    )


@bp.get("/fairness.xlsx")
@allow(*LOOKERS)
def fairness_xlsx() -> Response:
    """The same counts as a spreadsheet."""
    today = clock.today()
    first, last = asked_span(today)
    found = fairness(read(), first, last, today=today)
    seats = [seat for seat in DutySeat if seat.value in rules().seats]
    columns = [Column("领导"), Column("职务", 30), Column("权重", 8)]
    for seat in seats:
        columns += [Column(f"{seat.label}已履行", 14), Column(f"{seat.label}已排", 12)]
    columns += [Column("合计", 8), Column("按权重", 10), Column("计入极差", 10)]
    return xlsx("轮值次数", columns, (_line(row, seats) for row in found.rows), today=today)


def asked_span(today: date) -> tuple[date, date]:
    """The span asked for, this year if none; turned round when it was given backwards."""
    first = asked_day("from") or date(today.year, 1, 1)
    last = asked_day("until") or date(max(today.year, first.year), 12, 31)
    return (first, last) if first <= last else (last, first)


def spread_texts(found: Fairness) -> list[tuple[str, str]]:
    """The spread of each seat and of all, as texts; “—” with nobody to compare."""
    return [
        ("合计" if seat is None else seat.label, "—" if value is None else f"{value:g}")
        for seat, value in found.spreads.items()
    ]


def _bar(row: FairnessRow, first: date, last: date) -> dict[str, Any]:
    tally = row.tally
    return {
        "label": row.leader,
        "values": [*(tally.served.get(seat, 0) for seat in DutySeat), sum(tally.planned.values())],
        "url": _address("duty.leader", first, last, leader_id=row.leader_id),
    }


def _choices(first: date, last: date, today: date) -> list[tuple[str, str, bool]]:
    spans = [
        ("本年", date(today.year, 1, 1), date(today.year, 12, 31)),
        ("去年", date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)),
        ("全部", *(first_and_last_day(read()) or (today, today))),
    ]
    return [
        (label, _address("duty.fairness_page", since, until), (since, until) == (first, last))
        for label, since, until in spans
    ]


def _words(first: date, last: date) -> dict[str, str]:
    return {"from": first.isoformat(), "until": last.isoformat()}


def _address(endpoint: str, first: date, last: date, **values: Any) -> str:
    values |= _words(first, last)
    return url_for(endpoint, **values)


def _line(row: FairnessRow, seats: list[DutySeat]) -> list[object]:
    tally = row.tally
    counts = [count for seat in seats for count in (tally.served.get(seat, 0), tally.planned.get(seat, 0))]
    return [
        row.leader,
        row.post,
        tally.member.weight,
        *counts,
        tally.turns(),
        round(tally.load(), 2),
        "是" if tally.is_compared else "否",
    ]
