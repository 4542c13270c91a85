"""The summary of a day: a page whose every figure leads to the rows behind it, and the same on paper."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Response, url_for

from portal import clock
from portal.documents.day_sheets import SummarySheet
from portal.documents.day_summaries import day_summary
from portal.domain.bookings import BookingState, Origin
from portal.domain.errors import RuleBroken
from portal.domain.matters import MatterKind, MatterState
from portal.domain.people import Role
from portal.services.day_summaries import summary_sheet
from portal.store.extension import read
from portal.store.queries.reception_days import DayRow, day_on
from portal.web.access import allow, me
from portal.web.htmx import render
from portal.web.reception_days.blueprint import ON_DUTY, bp
from portal.web.reception_days.papers import answer_pdf, back

READERS = (*ON_DUTY, Role.SUPERVISOR)


@bp.get("/<date:day>/summary")
@allow(*READERS)
def summary(day: date) -> Response:
    """What the day brought: figures, enterprises, matters; until the day is closed it says that it is not over."""
    row = day_on(read(), day)
    try:
        sheet = _sheet(row)
    except RuleBroken as refusal:
        return back(day, refusal)
    return render(
        "pages/reception_days/summary.html",
        day=row,
        sheet=sheet,
        urls=_behind(day),
        opens_bookings=me().role is not Role.SUPERVISOR,
    )


@bp.get("/<date:day>/summary.pdf")
@allow(*READERS)
def summary_pdf(day: date) -> Response:
    """The same as a paper."""
    row = day_on(read(), day)
    return answer_pdf(day, "接待日情况小结", lambda: day_summary(_sheet(row)))


def _sheet(row: DayRow) -> SummarySheet:
    return summary_sheet(read(), row, actor=me(), now=clock.now())


def _behind(day: date) -> Mapping[str, str]:
    """Where the rows behind each figure are; what no list narrows to stands on this page itself."""
    here, on = {"batches": "#enterprises", "persons": "#enterprises"}, day.isoformat()
    here |= {"leaders": "#attendants", "units_came": "#attendants", "units_missing": "#attendants"}
    listed: dict[str, dict[str, Any]] = {"matters": {}} | {f"kind_{it.value}": {"kind": it.value} for it in MatterKind}
    listed |= {f"state_{it.value}": {"state": it.value} for it in MatterState}
    found = here | {key: url_for("matters.listing", day=on, received=1, **words) for key, words in listed.items()}
    if me().role is Role.SUPERVISOR:
        return found | dict.fromkeys(("visits", "walk_ins", "no_shows", "left"), "#enterprises")
    booked: dict[str, dict[str, Any]] = {
        "visits": {"state": "received"},
        "walk_ins": {"state": "received", "origin": Origin.WALK_IN.value},
        "no_shows": {"state": BookingState.NO_SHOW.value},
        "left": {"state": BookingState.LEFT.value},
    }
    return found | {key: url_for("bookings.listing", day=on, **words) for key, words in booked.items()}
