"""What is prepared for a day on one page: checks, opinions, units, the order of reception, and the list (NX-17 to NX-20)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Response, flash, url_for

from portal import clock
from portal.domain.errors import NotFound
from portal.domain.list_lock import ListLock, list_lock
from portal.domain.opinions import usual_due
from portal.domain.people import Role
from portal.domain.preparing import Exchange, proposed_exchanges
from portal.domain.reception_days import ENDED
from portal.services import confirmed_lists, opinions, preparations
from portal.services.opinions import Asked
from portal.services.reception_order import exchange_places, mark_of
from portal.store.extension import read
from portal.store.queries.bookings import day_served_by
from portal.store.queries.list_locks import list_facts
from portal.store.queries.preparations import Preparation, preparation_of_day
from portal.store.queries.reception_days import DayRow, day_file, day_on
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.calendars import calendar_warning, working_calendar_now
from portal.web.filters import full_date
from portal.web.htmx import render
from portal.web.office import rules
from portal.web.opinions.forms import WishForm
from portal.web.prior_checks import PriorCheckForm
from portal.web.reception_days.blueprint import ON_DUTY, bp, press
from portal.web.reception_days.checklist import checklist
from portal.web.reception_days.forms import OpenListForm, OrderForm, VersionForm


def lock_now(row: DayRow) -> ListLock:
    """How the list of a day stands at this moment."""
    return list_lock(list_facts(read(), row.id), rules(), working_calendar_now(), clock.now())


@bp.get("/<date:day>/preparation")
@allow(*ON_DUTY)
def preparation(day: date) -> Response:
    """Every enterprise and matter of the day, the most pressing first, and what is still to do for each."""
    file = day_file(read(), day)
    row, office = file.row, me().role is Role.OFFICE
    if not day_served_by(read(), row.id, me()):
        raise NotFound("没有找到这个接待日，或不在您可见的范围内。请从接待日列表进入。")
    found = preparation_of_day(read(), row.id)
    works = office and row.state not in ENDED and row.day >= clock.today()
    return render(
        "pages/reception_days/preparation.html",
        day=row,
        calendar_warning=calendar_warning([row.day], "接待日"),
        found=found,
        forms=_check_forms(found) if works else {},
        lock=lock_now(row),
        reorders=works and bool(proposed_exchanges([it.expected for it in found.bookings])),
        items=checklist(file, found, lock_now(row), office=office),
        overdue=found.overdue(clock.today()),
        office=office,
        works=works,
    )


def _check_forms(found: Preparation) -> dict[int, PriorCheckForm]:
    return {matter.told.id: PriorCheckForm.of(matter.told) for it in found.bookings for matter in it.matters}


@bp.route("/<date:day>/preparation/opinions", methods=["GET", "POST"])
@allow(Role.OFFICE)
def ask_opinions(day: date) -> Response:
    """Ask about every matter nobody was asked about yet, the units usual for its category, after showing whom."""
    row = day_on(read(), day)
    due_on = usual_due(day, rules().opinion_days, working_calendar_now(), clock.today())
    form = WishForm(due_on=due_on)
    came: list[Asked] = []
    answer = attempt(
        form,
        lambda session: came.append(opinions.ask_for_day(session, row.id, form.wish(), actor=me(), now=clock.now())),
        done="已征求意见，单位会在工作台和消息里看到。",
        onward=url_for("reception_days.preparation", day=day),
    )
    if isinstance(answer, Response):
        if came[-1].unknown:
            named = "、".join(f"“{it}”" for it in came[-1].unknown)
            flash(f"{named}的类别没有设常请单位，请逐项选择单位征求。", "warning")
        return answer
    return render(
        "pages/reception_days/ask_opinions.html",
        "fragments/reception_days/_ask_opinions_form.html",
        status=answer,
        form=form,
        day=row,
        calendar_warning=calendar_warning([day, due_on], "回复期限"),
        planned=_planned(row),
    )


def _planned(row: DayRow) -> list[dict[str, Any]]:
    """Whom pressing the button would ask about what."""
    return [
        {"enterprise": it.enterprise, "title": matter.told.title, "category": matter.told.category, "id": matter.told.id,
         "units": it.usual_for(matter.told.category_code)}
        for it in preparation_of_day(read(), row.id).bookings
        for matter in it.matters
        if not matter.answers
    ]  # fmt: skip


@bp.post("/<date:day>/preparation/units")
@allow(Role.OFFICE)
def invite_units(day: date) -> Response:
    """Ask the units usual for the categories to sit in, for every enterprise still expected."""
    row, form = day_on(read(), day), VersionForm()
    return press(
        form,
        lambda session: preparations.invite_usual_for_day(session, row.id, actor=me(), now=clock.now()),
        done="已按类别邀请单位参加，单位会在工作台和消息里看到。",
        onward=url_for("reception_days.preparation", day=day),
    )


@bp.route("/<date:day>/preparation/order", methods=["GET", "POST"])
@allow(Role.OFFICE)
def put_in_order(day: date) -> Response:
    """Let the more pressing be heard earlier, after showing who would change places."""
    row = day_on(read(), day)
    found = preparation_of_day(read(), row.id)
    exchanges = proposed_exchanges([it.expected for it in found.bookings])
    form = OrderForm(seen=mark_of(exchanges))
    answer = attempt(
        form,
        lambda session: exchange_places(session, row.id, form.seen.data or "", actor=me(), now=clock.now()),
        done="已按急、重、难调整先后，企业和参加单位会收到新的时间。",
        onward=url_for("reception_days.preparation", day=day),
    )
    if isinstance(answer, Response):
        return answer
    if answer == 409:
        form.seen.data = mark_of(exchanges)
    return render(
        "pages/reception_days/put_in_order.html",
        "fragments/reception_days/_put_in_order_form.html",
        status=answer,
        form=form,
        day=row,
        calendar_warning=calendar_warning([day], "接待日"),
        lock=lock_now(row),
        planned=_rearranged(found, exchanges),
        moved=len(exchanges),
    )


def _rearranged(found: Preparation, exchanges: Sequence[Exchange]) -> list[dict[str, Any]]:
    """The enterprises in the order in which they would be heard, with the time they have and the time they would get."""
    times = {it.seat_id: it.starts_at for it in found.bookings}
    goes_to = {it.booking_id: it.to_place for it in exchanges}
    lines = [
        {"enterprise": it.enterprise, "pressing": it.pressing, "state": it.state, "now": it.starts_at,
         "then": times[goes_to.get(it.id, it.seat_id)], "moves": it.id in goes_to}
        for it in found.bookings
    ]  # fmt: skip
    return sorted(lines, key=lambda it: it["then"])


@bp.post("/<date:day>/list/lock")
@allow(Role.OFFICE)
def lock_list(day: date) -> Response:
    """Fix by hand who will be received."""
    row, form = day_on(read(), day), VersionForm()
    return press(
        form,
        lambda session: confirmed_lists.lock_list(
            session, row.id, version=form.version.data, actor=me(), now=clock.now()
        ),
        done="名单已锁定，已告知当日领导和联络员。此后增加或改约须写明紧急理由。",
        onward=url_for("reception_days.preparation", day=day),
    )


@bp.route("/<date:day>/list/open", methods=["GET", "POST"])
@allow(Role.OFFICE)
def open_list(day: date) -> Response:
    """Open a locked list again, with the reason."""
    row = day_on(read(), day)
    form = OpenListForm(version=row.version)
    answer = attempt(
        form,
        lambda session: confirmed_lists.open_list(
            session, row.id, form.reason.data or "", version=form.version.data, actor=me(), now=clock.now()
        ),
        done=f"{full_date(day)} 的名单已解除锁定，可以登记预约和改约；改好后请再锁定。",
        onward=url_for("reception_days.preparation", day=day),
    )
    if isinstance(answer, Response):
        return answer
    page, fragment = "pages/reception_days/open_list.html", "fragments/reception_days/_open_list_form.html"
    return render(page, fragment, status=answer, form=form, day=row, lock=lock_now(row))
