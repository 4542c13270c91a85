"""The waiting list of a day: who is next, who has been offered a place, and what the office does about it (peers 4.10)."""

from datetime import date

from flask import Response, url_for

from portal import clock
from portal.domain.people import Role
from portal.services import waiting_list as list_acts
from portal.store.extension import read
from portal.store.queries.reception_days import day_on
from portal.store.queries.slots import BOOKABLE_STATES, slots_to_book
from portal.store.queries.waiting_list import waiting_of_day
from portal.web.access import allow, me
from portal.web.acting import press
from portal.web.htmx import render
from portal.web.office import rules
from portal.web.reception_days.blueprint import bp


@bp.get("/<date:day>/waiting-list")
@allow(Role.OFFICE)
def waiting_list(day: date) -> Response:
    """Everybody on the list in the order of their turns."""
    row, now = day_on(read(), day), clock.now()
    rows = waiting_of_day(read(), row.id)
    slots = slots_to_book(read(), row.id, now=now)
    return render(
        "pages/reception_days/waiting_list.html",
        day=row,
        rows=rows,
        lapsed={it.id for it in rows if it.has_lapsed(now)},
        free=sum(it.free for it in slots),
        held=sum(it.held for it in slots),
        offers=row.state in list_acts.OFFERING_STATES and any(it.turn for it in rows),
        suits=list_acts.finds_somebody(read(), row.id, now=now),
        wishes=row.state in BOOKABLE_STATES and day >= clock.today(),
        books=row.state in BOOKABLE_STATES and day >= clock.today() and rules().waiting_list,
    )


@bp.post("/<date:day>/waiting-list/offer")
@allow(Role.OFFICE)
def offer_places(day: date) -> Response:
    """Offer what is free to those whose turn it is."""
    row = day_on(read(), day)
    return press(
        lambda session: list_acts.offer_now(session, row.id, actor=me(), now=clock.now()),
        done="已按次序通知候补，请在答复期限前电话确认。",
        onward=url_for("reception_days.waiting_list", day=day),
    )
