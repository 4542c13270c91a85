"""Taking a place: the booking form, whatever way it was sent, and what stands in its way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask import Response, flash, request, session, url_for
from werkzeug.datastructures import MultiDict

from portal import clock
from portal.clock import ZONE
from portal.domain.bookings import BookingState, Origin
from portal.domain.enterprise_scans import read_enterprise_scan
from portal.domain.errors import NotFound, RuleBroken
from portal.domain.people import Role
from portal.domain.receiving import WalkIns
from portal.domain.workdays import day_text
from portal.services import bookings
from portal.services.booking_orders import BookingOrder
from portal.services.booking_outlook import form_problems
from portal.services.bookings import AlreadyBooked, Full
from portal.services.holds import hold_place, release_hold
from portal.services.walk_ins import register_walk_in
from portal.store.extension import read, write
from portal.store.queries.bookings import booking_facts
from portal.store.queries.categories import category_rows
from portal.store.queries.enterprises import enterprise_facts
from portal.store.queries.reception_days import DayRow, day_on
from portal.store.queries.slots import BOOKABLE_STATES, OpenSlot, day_of_slot, free_slots, open_days, slots_to_book
from portal.web.access import allow, me
from portal.web.asked import asked_day, asked_number, asked_word
from portal.web.bookings.acting import tell
from portal.web.bookings.area import bp
from portal.web.bookings.booking_forms import BookingForm
from portal.web.bookings.holding import slot_choices
from portal.web.bookings.letters import letter_of
from portal.web.bookings.looking_up import JUST_REGISTERED, code_note, looked_up, take_scan
from portal.web.bookings.outlooks import outlook_of
from portal.web.calendars import calendar_warning
from portal.web.errors import status_of
from portal.web.htmx import go, render
from portal.web.office import rules

PAGE, FRAGMENT = "pages/bookings/new.html", "fragments/bookings/_booking_form.html"
ALREADY_SENT = "这张表单已经提交过，下面就是当时登记的预约，没有重复登记。要再登记一家，请点“新增预约”。"
WAITS_NOW = "没有名额了，已按您的选择登记为候补。有名额空出时按次序通知，届时在候补名单上办理。"


@dataclass(frozen=True, slots=True)
class Refused:
    """What stands above a form that came too late: other slots, the booking in the way, whether one may wait instead."""

    slots: Sequence[OpenSlot] = ()
    booking_id: int | None = None
    may_wait: bool = False


@bp.route("/new", methods=["GET", "POST"])
@allow(Role.OFFICE)
def new() -> Response:
    """Register a booking on a reception day."""
    done = _registered_at_once() if request.method == "POST" else None
    if isinstance(done, Response):
        return done
    day = _day()
    if day is None:
        return render("pages/bookings/no_day.html")
    if day.state not in BOOKABLE_STATES:
        return render("pages/bookings/closed_day.html", day=day, days=open_days(read(), clock.today()))
    form = BookingForm(category_rows(read()), rules().id_number)
    if request.method == "GET":
        chosen, origin = asked_number("enterprise"), asked_word(Origin, "origin")
        slot_id = asked_number("slot") or (_next_slot(day) if origin is Origin.WALK_IN else None)
        form.start(slot_id=slot_id, enterprise=enterprise_facts(read(), chosen) if chosen else None, origin=origin)
        return _page(form, day)
    if (book_at := request.form.get("book_at")) is not None:
        form.slot.process(MultiDict({"slot": book_at}))
    day = _day_of(form, day)
    return _helped(form, day) or _register(form, day, done)


def _registered_at_once() -> Response | RuleBroken | None:
    """Register a form that is in order as it comes; None when a button asked for something else, or anything is to be said.

    Whatever is wrong is looked into only then, so that a busy morning does not pay for it; what was refused already is answered,
    so that nobody waits for the same refusal twice.
    """
    asked = request.form
    if request.files or "book_at" in asked or any(name in asked for name in HELP):
        return None
    if read_enterprise_scan(asked.get("enterprise_name", "")):
        return None
    form = BookingForm((), rules().id_number)
    if not form.validate_on_submit() or form.authorisation_kept.data:
        return None
    try:
        return _booked(form.order(None))
    except RuleBroken as refusal:
        return refusal


def _booked(order: BookingOrder) -> Response:
    """Register what a form says, and go to its booking."""
    if order.form_token and bookings.booked_with(read(), order.form_token) is not None:
        flash(ALREADY_SENT, "info")
    enter = register_walk_in if order.origin is Origin.WALK_IN else bookings.enter
    booking_id = write(lambda records: enter(records, order, actor=me(), now=clock.now()))
    if order.waits and booking_facts(read(), booking_id, actor=me()).state is BookingState.WAITING:
        flash(WAITS_NOW, "info")
    session[JUST_REGISTERED] = booking_id
    return go(url_for("bookings.show", booking_id=booking_id))


def _day() -> DayRow | None:
    """The day asked for, that of the slot sent, or the next one that takes bookings."""
    wanted = asked_day("day")
    if wanted is None and "day" in request.args:
        raise NotFound("地址中的日期不正确，应写作 2026-12-15。请从接待日列表进入。")
    if wanted is None and (slot_id := request.form.get("slot", type=int)) is not None:
        wanted = day_of_slot(read(), slot_id)
    if wanted is None:
        days, walk_in = open_days(read(), clock.today()), asked_word(Origin, "origin") is Origin.WALK_IN
        wanted = next((it.day for it in days if it.free or walk_in), days[0].day if days else None)
    return day_on(read(), wanted) if wanted else None


def _day_of(form: BookingForm, day: DayRow) -> DayRow:
    """The day of the slot that was chosen at last; a slot may be of another day than the page."""
    chosen = day_of_slot(read(), form.slot.data or 0)
    return day if chosen in (None, day.day) else day_on(read(), chosen)


def _next_slot(day: DayRow) -> int | None:
    """Where somebody who walks in now would be received."""
    now = clock.now().astimezone(ZONE)
    today = day.day == now.date()
    slots = slots_to_book(read(), day.id, now=now)
    return next((it.id for it in slots if it.free > 0 and not (today and it.ends_at <= now.time())), None)


def _helped(form: BookingForm, day: DayRow) -> Response | None:
    """The form again, after a button inside it was pressed that only changes what it shows; None for any other."""
    asked, note = request.form, ""
    pressed = next((name for name in HELP if name in asked), None)
    scan = read_enterprise_scan(asked.get("enterprise_name", ""))
    if pressed is not None:
        status = HELP[pressed](form, asked.get(pressed, -1, type=int))
    elif not scan:
        return None
    else:
        status = 200
    if scan.credit_code:
        note = take_scan(form, scan)
    letter_of(form)
    return _page(form, day, status=status, note=note)


def _hold(form: BookingForm, _: int) -> int:
    try:
        write(lambda session: hold_place(session, form.slot.data or 0, form.token, actor=me(), now=clock.now()))
    except RuleBroken as refusal:
        form.refuse(refusal)
        return status_of(refusal)
    return 200


def _release(form: BookingForm, _: int) -> int:
    write(lambda session: release_hold(session, form.token))
    return 200


def _changed(act: Callable[[BookingForm, int], object]) -> Callable[[BookingForm, int], int]:
    def helped(form: BookingForm, value: int) -> int:
        act(form, value)
        return 200

    return helped


HELP: Mapping[str, Callable[[BookingForm, int], int]] = {
    "add_row": _changed(lambda form, _: form.add_matter()),
    "remove_row": _changed(lambda form, place: form.remove_matter(place)),
    "add_companion": _changed(lambda form, _: form.add_companion()),
    "remove_companion": _changed(lambda form, place: form.remove_companion(place)),
    "pick_enterprise": _changed(lambda form, chosen: form.fill_in(enterprise_facts(read(), chosen))),
    "find_enterprise": _changed(lambda *_: None),
    "look": _changed(lambda *_: None),
    "hold": _hold,
    "release": _release,
}
"""What a button inside the form does with it, and with which status the form comes back; none of them registers anything."""


def _register(form: BookingForm, day: DayRow, refused_before: RuleBroken | None) -> Response:
    form.validate_on_submit()
    letter = letter_of(form)
    order = form.order(letter)
    if bookings.booked_with(read(), order.form_token) is None:
        said = form.errors
        problems = form_problems(read(), order, day.id, rules(), now=clock.now())
        tell(form, (it for it in problems if it.field not in said))
    if form.errors:
        return _page(form, day, status=422)
    try:
        if refused_before is not None:
            raise refused_before
        return _booked(order)
    except RuleBroken as refusal:
        form.refuse(refusal)
        return _page(form, day, status=status_of(refusal), refused=_in_the_way(refusal, day))


def _in_the_way(refusal: RuleBroken, day: DayRow) -> Refused | None:
    """What may be chosen instead; somebody who would be in two places at once needs another time."""
    if isinstance(refusal, AlreadyBooked):
        return Refused(booking_id=refusal.booking_id)
    full = isinstance(refusal, Full)
    if full or refusal.field == "visitor_name":
        return Refused(free_slots(read(), day.day, now=clock.now()), may_wait=full and rules().waiting_list)
    return None


def _page(
    form: BookingForm, day: DayRow, *, status: int = 200, refused: Refused | None = None, note: str = ""
) -> Response:
    name, code = form.enterprise_name.data or "", form.credit_code.data or ""
    outlook = outlook_of(form, day.day)
    _offer_origins(form, day)
    answer = render(
        PAGE,
        FRAGMENT,
        status=status,
        form=form,
        day=day,
        calendar_warning=calendar_warning([day.day], "接待日"),
        title=f"{day_text(day.day)}{'现场登记' if form.origin.data == Origin.WALK_IN else '预约登记'}",
        days=open_days(read(), clock.today()),
        outlook=outlook,
        shown=outlook.reasons | form.reasons_given,
        refused=refused,
        looked_up=looked_up(name, code, note),
        code_note=code_note(code, name),
        rules=rules(),
        asks_id_number=form.asks_id_number(rules().id_number),
        **slot_choices(form, day.day, outlook.slots),
    )
    answer.headers["HX-Trigger-After-Settle"] = "outlook"
    return answer


def _offer_origins(form: BookingForm, day: DayRow) -> None:
    """现场 is offered on the day itself, where the office receives walk-ins at all."""
    possible = day.day == clock.today() and rules().walk_ins is not WalkIns.NEVER
    if not possible and form.origin.data != Origin.WALK_IN:
        form.origin.choices = [it for it in form.origin.choices if it.value != Origin.WALK_IN.value]
