"""Taking a place: the booking form, and what it looks up while it is filled in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import Response, flash, request, url_for

from portal import clock
from portal.domain.errors import Conflict, NotFound, RuleBroken
from portal.domain.people import Role
from portal.domain.workdays import day_text
from portal.services import bookings, enterprises
from portal.services.booking_orders import order_problems
from portal.services.bookings import AlreadyBooked
from portal.services.enterprises import EnterpriseGiven
from portal.store.extension import read, write
from portal.store.queries.categories import category_rows
from portal.store.queries.enterprises import (
    EnterpriseFacts,
    enterprise_facts,
    enterprise_named,
    enterprise_with_code,
    found_enterprises,
)
from portal.store.queries.reception_days import DayRow, day_on
from portal.store.queries.slots import BOOKABLE_STATES, OpenSlot, day_of_slot, free_slots, open_days, slots_to_book
from portal.web.access import allow, me
from portal.web.asked import asked_day, asked_number, asked_text
from portal.web.bookings.acting import tell
from portal.web.bookings.area import bp
from portal.web.bookings.forms import BookingForm
from portal.web.bookings.letters import letter_of
from portal.web.calendars import calendar_warning
from portal.web.errors import status_of
from portal.web.htmx import go, render
from portal.web.office import rules

PAGE, FRAGMENT = "pages/bookings/new.html", "fragments/bookings/_booking_form.html"
ALREADY_SENT = "这张表单已经提交过，下面就是当时登记的预约，没有重复登记。要再登记一家，请点“新增预约”。"


@dataclass(frozen=True, slots=True)
class Refused:
    """What stands above a form that came too late: free slots, or the booking that is in the way."""

    slots: Sequence[OpenSlot] = ()
    booking_id: int | None = None


@bp.route("/new", methods=["GET", "POST"])
@allow(Role.OFFICE)
def new() -> Response:
    """Register a booking on a reception day."""
    day = _day()
    if day is None:
        return render("pages/bookings/no_day.html")
    if day.state not in BOOKABLE_STATES:
        return render("pages/bookings/closed_day.html", day=day, days=open_days(read(), clock.today()))
    form = BookingForm(slots_to_book(read(), day.id), category_rows(read()))
    if request.method == "GET":
        chosen = asked_number("enterprise")
        form.start(slot_id=asked_number("slot"), enterprise=enterprise_facts(read(), chosen) if chosen else None)
        return _page(form, day)
    if _helped(form):
        letter_of(form)
        return _page(form, day)
    return _register(form, day)


def _day() -> DayRow | None:
    """The day asked for, that of the slot sent, or the next one that takes bookings."""
    wanted = asked_day("day")
    if wanted is None and "day" in request.args:
        raise NotFound("地址中的日期不正确，应写作 2026-12-15。请从接待日列表进入。")
    if wanted is None and (slot_id := request.form.get("slot", type=int)) is not None:
        wanted = day_of_slot(read(), slot_id)
    if wanted is None:
        days = open_days(read(), clock.today())
        wanted = next((it.day for it in days if it.free), days[0].day if days else None)
    return day_on(read(), wanted) if wanted else None


def _helped(form: BookingForm) -> bool:
    """Whether a button inside the form was pressed that only changes what the form shows."""
    asked = request.form
    if "add_row" in asked:
        form.add_row()
    elif "remove_row" in asked:
        form.remove_row(asked.get("remove_row", -1, type=int))
    elif "pick_enterprise" in asked:
        form.fill_in(enterprise_facts(read(), asked.get("pick_enterprise", 0, type=int)))
    elif "find_enterprise" not in asked:
        return False
    return True


def _register(form: BookingForm, day: DayRow) -> Response:
    form.validate_on_submit()
    letter = letter_of(form)
    order = form.order(letter)
    if bookings.booked_with(read(), order.form_token) is not None:
        flash(ALREADY_SENT, "info")
    else:
        said = form.errors
        tell(form, (it for it in order_problems(read(), order, rules()) if it.field not in said))
    if form.errors:
        return _page(form, day, status=422)
    warnings = _warnings(order.enterprise)
    try:
        booking_id = write(lambda session: bookings.enter(session, order, actor=me(), now=clock.now()))
    except RuleBroken as refusal:
        form.refuse(refusal)
        return _page(form, day, status=status_of(refusal), refused=_in_the_way(refusal, day.day))
    for warning in warnings:
        flash(warning, "warning")
    return go(url_for("bookings.show", booking_id=booking_id))


def _in_the_way(refusal: RuleBroken, day: date) -> Refused | None:
    if isinstance(refusal, AlreadyBooked):
        return Refused(booking_id=refusal.booking_id)
    return Refused(slots=free_slots(read(), day)) if isinstance(refusal, Conflict) else None


def _warnings(given: EnterpriseGiven) -> list[str]:
    """What is worth a second look although it is registered (domain 8)."""
    alike = enterprises.similar_names(read(), given.name)
    warnings = [enterprises.code_warning(given.credit_code)]
    if alike:
        names = "、".join(f"“{name}”" for name in alike)
        warnings.append(f"已按新企业“{given.name}”登记；档案中有名称相近的{names}，请确认不是同一家企业。")
    return [it for it in warnings if it]


def _page(form: BookingForm, day: DayRow, *, status: int = 200, refused: Refused | None = None) -> Response:
    slots = slots_to_book(read(), day.id)
    form.offer(slots, refused.slots if refused else ())
    looked_up = _looked_up(form.enterprise_name.data or "", form.credit_code.data or "")
    return render(
        PAGE,
        FRAGMENT,
        status=status,
        form=form,
        day=day,
        calendar_warning=calendar_warning([day.day], "接待日"),
        title=f"{day_text(day.day)}预约登记",
        days=open_days(read(), clock.today()),
        free=sum(it.free for it in slots),
        refused=refused,
        looked_up=looked_up,
        code_note=_code_note(form.credit_code.data or "", form.enterprise_name.data or ""),
        most_matters=rules().matters_a_booking,
        megabytes=rules().upload_megabytes,
    )


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What the records know of the name somebody types."""

    known: EnterpriseFacts | None
    found: Sequence[EnterpriseFacts]
    alike: Sequence[EnterpriseFacts]


def _looked_up(text: str, code: str = "") -> LookedUp:
    session = read()
    name = enterprises.tidy_name(text)
    known = enterprise_named(session, name) if name else None
    if known is not None:
        return LookedUp(known, (), ())
    found = found_enterprises(session, text) or found_enterprises(session, code)
    names = enterprises.similar_names(session, name) if name else ()
    listed = {it.name for it in found}
    alike = [it for it in (enterprise_named(session, other) for other in names if other not in listed) if it]
    return LookedUp(None, found, alike)


def _code_note(code: str, name: str) -> str | None:
    plain = enterprises.tidy_code(code)
    holder = enterprise_with_code(read(), plain)
    if holder is not None and holder.name != enterprises.tidy_name(name):
        return f"这个代码已属于“{holder.name}”，请核对。"
    return enterprises.code_warning(plain)


@bp.get("/enterprise-matches")
@allow(Role.OFFICE)
def enterprise_matches() -> Response:
    """Enterprises on file that the typed name, initials or code may mean."""
    return render("fragments/bookings/_enterprise_matches.html", looked_up=_looked_up(asked_text("enterprise_name")))


@bp.get("/enterprise-fields")
@allow(Role.OFFICE)
def enterprise_fields() -> Response:
    """The part of the form about the enterprise, filled from its file."""
    picked = enterprise_facts(read(), asked_number("enterprise") or 0)
    form = BookingForm((), (), formdata=None)
    form.fill_in(picked)
    return render(
        "fragments/bookings/_enterprise_fields.html",
        form=form,
        looked_up=_looked_up(picked.name),
        code_note=_code_note(picked.credit_code, picked.name),
    )


@bp.get("/credit-code-check")
@allow(Role.OFFICE)
def credit_code_check() -> Response:
    """A warning if the typed credit code looks wrong or belongs to somebody else."""
    note = _code_note(asked_text("credit_code"), asked_text("enterprise_name"))
    return render("fragments/bookings/_credit_code_check.html", code_note=note)
