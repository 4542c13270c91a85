"""Bookings: the list, one in full, and everything that is done with it."""

from collections.abc import Callable, Sequence
from io import BytesIO
from itertools import groupby
from typing import Any

from flask import Response, flash, request, send_file, session, url_for
from sqlalchemy.orm import Session

from portal import clock
from portal.documents.spreadsheets import Column
from portal.domain.bookings import BOOKING_ACTS, MOVABLE_STATES, BookingState, Origin
from portal.domain.errors import RuleBroken
from portal.domain.people import Role
from portal.services import bookings, preparations
from portal.services.uploads import opened
from portal.store.extension import read, write
from portal.store.queries.bookings import (
    SORTS,
    BookingFacts,
    Sought,
    all_bookings,
    booking_facts,
    history_of_booking,
    letter_of_booking,
)
from portal.store.queries.bookings import bookings as booking_page
from portal.store.queries.category_units import usual_units
from portal.store.queries.enterprises import enterprise_facts
from portal.store.queries.invited_units import invited_units
from portal.store.queries.opinions import answers_about
from portal.store.queries.people import unit_rows
from portal.store.queries.slots import OpenSlot, free_slots
from portal.store.queries.told_matters import matter_told, matters_of_booking
from portal.store.queries.visits import visit
from portal.web.access import allow, me
from portal.web.acting import attempt, press
from portal.web.asked import asked_day, asked_number, asked_text, asked_word, choices
from portal.web.bookings import holding, importing, looking_up, offers, outlooks, papers, persons, registering
from portal.web.bookings.acting import posted_version
from portal.web.bookings.area import bp
from portal.web.bookings.booking_forms import EditVisitorForm
from portal.web.bookings.forms import (
    CancelForm,
    MoveForm,
    RefuseForm,
    UnitsForm,
)
from portal.web.bookings.letters import letter_of, uploads_folder
from portal.web.bookings.looking_up import JUST_REGISTERED, second_looks
from portal.web.calendars import calendar_warning
from portal.web.downloads import xlsx
from portal.web.errors import status_of
from portal.web.htmx import go, is_htmx, render
from portal.web.listing import Listing, wanted_page
from portal.web.office import rules
from portal.web.prior_checks import PriorCheckForm

__all__ = ["bp", "holding", "importing", "looking_up", "offers", "outlooks", "papers", "persons", "registering"]

FREE_SHOWN = 40
RECEIVED = "received"
"""What stands for both states of an enterprise that was received, where the address names a state."""

SEEN_BY = (Role.OFFICE, Role.LEADER, Role.SECRETARY)


def _sought() -> Sought:
    return Sought(
        asked_day("day"),
        asked_word(BookingState, "state"),
        asked_number("enterprise"),
        asked_text("q"),
        asked_word(Origin, "origin"),
        received=asked_text("state") == RECEIVED,
    )


@bp.get("/")
@allow(*SEEN_BY)
def listing() -> Response:
    """Which enterprises are booked, for when, and how far they are."""
    sought = _sought()
    page = booking_page(read(), wanted_page(SORTS, default="day", descending=True), sought, actor=me())
    return render(
        "pages/bookings/listing.html",
        "fragments/bookings/_booking_list.html",
        page=Listing(page),
        calendar_warning=calendar_warning((row.day for row in page.rows), "接待日"),
        sought=sought,
        states=[*choices(BookingState), (RECEIVED, "已到访并接待")],
        state=RECEIVED if sought.received else sought.state or "",
        origins=choices(Origin),
        enterprise=enterprise_facts(read(), sought.enterprise_id) if sought.enterprise_id else None,
        may_book=me().role is Role.OFFICE,
    )


@bp.get("/bookings.xlsx")
@allow(*SEEN_BY)
def listing_xlsx() -> Response:
    """The same list as a spreadsheet; telephone numbers stay masked."""
    columns = [
        Column("接待日", 18), Column("时段"), Column("企业", 36), Column("来访人", 10), Column("联系电话"),
        Column("身份"), Column("来源"), Column("诉求数", 8), Column("状态", 10),
    ]  # fmt: skip
    rows = (
        (
            it.day, f"{it.starts_at:%H:%M}–{it.ends_at:%H:%M}", it.enterprise_name, it.visitor_name, it.masked_phone,
            it.identity.label, it.origin.label, it.matters, it.state.label,
        )
        for it in all_bookings(read(), _sought(), actor=me())
    )  # fmt: skip
    return xlsx("预约名单", columns, rows, today=clock.today())


@bp.get("/<int:booking_id>")
@allow(*SEEN_BY)
def show(booking_id: int) -> Response:
    """A booking in full: who comes, what they want to say, how it was checked, who sits in."""
    booking = booking_facts(read(), booking_id, actor=me())
    if session.pop(JUST_REGISTERED, None) == booking_id:
        for warning in second_looks(booking):
            flash(warning, "warning")
    return _show(booking)


def _show(booking: BookingFacts, *, phone: str | None = None) -> Response:
    session, office = read(), me().role is Role.OFFICE
    matters = matters_of_booking(session, booking.id)
    invited = invited_units(session, booking.id)
    by_category = usual_units(session, {it.category_code for it in matters})
    usual = {unit_id for ids in by_category.values() for unit_id in ids}
    return render(
        "pages/bookings/show.html",
        booking=booking,
        calendar_warning=calendar_warning([booking.day], "接待日"),
        phone=phone,
        matters=[(it, PriorCheckForm.of(it) if office else None) for it in matters],
        invited=invited,
        units_form=_units_form({it.unit_id for it in invited}, usual) if office else None,
        usual_missing=bool(usual - {it.unit_id for it in invited}) and office,
        answers=answers_about(session, [it.id for it in matters]),
        history=history_of_booking(session, booking.id) if office else (),
        possible=frozenset(step.to for step in BOOKING_ACTS.possible(booking.state)),
        states=BookingState,
        movable=booking.state in MOVABLE_STATES,
        office=office,
        papers=papers.offered(booking) if office else (),
        visit=visit(session, booking.id, actor=me()),
        now=clock.now(),
    )


def _units_form(chosen: set[int], usual: set[int]) -> UnitsForm:
    """The units to choose from; as long as none is chosen, those usual for the categories are ticked (NX-06)."""
    form = UnitsForm(formdata=None, units=sorted(chosen or usual))
    form.offer(unit_rows(read()), usual)
    return form


@bp.post("/<int:booking_id>/confirm")
@allow(Role.OFFICE)
def confirm(booking_id: int) -> Response:
    """Accept a booking."""
    version = posted_version()
    return press(
        lambda session: bookings.confirm_booking(session, booking_id, version=version, actor=me(), now=clock.now()),
        done="已确认预约。",
        onward=f"{_came_from(booking_id)}#booking-{booking_id}",
    )


@bp.route("/<int:booking_id>/refuse", methods=["GET", "POST"])
@allow(Role.OFFICE)
def refuse(booking_id: int) -> Response:
    """Refuse a booking with its reason and the proper channel, after saying what that means."""
    booking = booking_facts(read(), booking_id, actor=me())
    form = RefuseForm(version=booking.version)

    def act(session: Session) -> object:
        return bookings.refuse_booking(
            session, booking_id, form.reason.data or "", form.channel.data or "", ground=form.chosen(),
            version=form.version.data, actor=me(), now=clock.now(),
        )  # fmt: skip

    return _ending(form, booking, act, "refuse", done="已登记不予受理，名额已空出。请打印告知书送达企业。")


@bp.route("/<int:booking_id>/cancel", methods=["GET", "POST"])
@allow(Role.OFFICE)
def cancel(booking_id: int) -> Response:
    """Cancel a booking with its reason, after saying what that means."""
    booking = booking_facts(read(), booking_id, actor=me())
    form = CancelForm(version=booking.version)

    def act(session: Session) -> object:
        return bookings.cancel_booking(
            session, booking_id, form.reason.data, version=form.version.data, actor=me(), now=clock.now()
        )

    return _ending(form, booking, act, "cancel", done="已取消预约，名额已空出。")


def _ending(
    form: RefuseForm | CancelForm,
    booking: BookingFacts,
    act: Callable[[Session], object],
    name: str,
    *,
    done: str,
    **context: Any,
) -> Response:
    onward = url_for("bookings.show", booking_id=booking.id)
    answer = attempt(form, act, done=done, onward=onward)
    if isinstance(answer, Response):
        return answer
    page, fragment = f"pages/bookings/{name}.html", f"fragments/bookings/_{name}_form.html"
    return render(page, fragment, status=answer, form=form, booking=booking, **context)


@bp.route("/<int:booking_id>/move", methods=["GET", "POST"])
@allow(Role.OFFICE)
def move(booking_id: int) -> Response:
    """Move a booking to another free slot; the old place is given up only if the new one is taken."""
    booking = booking_facts(read(), booking_id, actor=me())
    form = MoveForm(version=booking.version)
    answer = attempt(
        form,
        lambda session: bookings.move_booking(
            session, booking_id, form.slot.data, reason=form.urgent_reason.data or "",
            version=form.version.data, actor=me(), now=clock.now(),
        ),
        done="已改约，原名额已空出。",
        onward=url_for("bookings.show", booking_id=booking_id),
    )  # fmt: skip
    if isinstance(answer, Response):
        return answer
    now = clock.now()
    free = _whole_days(free_slots(read(), clock.today(), now=now, limit=FREE_SHOWN + 1))
    by_day = groupby((it for it in free if it.id != booking.slot_id), key=lambda it: it.day)
    page, fragment = "pages/bookings/move.html", "fragments/bookings/_move_form.html"
    days = [(day, list(slots)) for day, slots in by_day]
    return render(page, fragment, status=answer, form=form, booking=booking, slot_days=days)


def _whole_days(free: Sequence[OpenSlot]) -> Sequence[OpenSlot]:
    """What fits on the page, never half a day: a day cut in the middle would look as if its later slots were taken."""
    if len(free) <= FREE_SHOWN:
        return free
    return [it for it in free if it.day != free[-1].day] or free[:FREE_SHOWN]


@bp.route("/<int:booking_id>/visitor", methods=["GET", "POST"])
@allow(Role.OFFICE)
def visitor(booking_id: int) -> Response:
    """Correct who comes; a telephone number left blank stays as it is, so the page need not show it."""
    booking = booking_facts(read(), booking_id, actor=me())
    if request.method == "GET":
        return _visitor_page(EditVisitorForm.of(booking), booking)
    form = EditVisitorForm()
    form.validate_on_submit()
    letter = letter_of(form)
    if form.errors:
        return _visitor_page(form, booking, status=422)
    answer = attempt(
        form,
        lambda session: bookings.change_visitor(
            session, booking_id, form.visitor(letter), version=form.version.data, actor=me(), now=clock.now()
        ),
        done="已修改来访人信息。",
        onward=url_for("bookings.show", booking_id=booking_id),
    )
    return answer if isinstance(answer, Response) else _visitor_page(form, booking, status=answer)


def _visitor_page(form: EditVisitorForm, booking: BookingFacts, *, status: int = 200) -> Response:
    page, fragment = "pages/bookings/visitor.html", "fragments/bookings/_visitor_form.html"
    return render(page, fragment, status=status, form=form, booking=booking, rules=rules())


@bp.post("/<int:booking_id>/phone")
@allow(Role.OFFICE)
def phone(booking_id: int) -> Response:
    """Show the full telephone number, and write down that it was looked at."""
    _note_seen(booking_id, "联系电话")
    booking = booking_facts(read(), booking_id, actor=me())
    if is_htmx():
        return render("fragments/bookings/_phone.html", booking=booking, phone=booking.visitor_phone, office=True)
    return _show(booking, phone=booking.visitor_phone)


@bp.post("/<int:booking_id>/letter")
@allow(Role.OFFICE)
def letter(booking_id: int) -> Response:
    """Hand out the authorisation letter as a download, and write down to whom."""
    digest, name, media_type = letter_of_booking(read(), booking_id)
    _note_seen(booking_id, "授权委托书")
    data = opened(uploads_folder(), digest, "授权委托书")
    return send_file(BytesIO(data), mimetype=media_type, as_attachment=True, download_name=name)


def _note_seen(booking_id: int, what: str) -> None:
    write(lambda session: bookings.see_personal_data(session, booking_id, what, actor=me(), now=clock.now()))


@bp.post("/<int:booking_id>/units")
@allow(Role.OFFICE)
def units(booking_id: int) -> Response:
    """Choose the units asked to sit in."""
    chosen = UnitsForm().units.data or []
    return press(
        lambda session: preparations.invite_units(session, booking_id, chosen, actor=me(), now=clock.now()),
        done="已确定参加单位。",
        onward=url_for("bookings.show", booking_id=booking_id) + "#units",
    )


@bp.post("/<int:booking_id>/units/usual")
@allow(Role.OFFICE)
def usual(booking_id: int) -> Response:
    """Ask the units usual for the categories of the matters, besides those chosen already."""
    return press(
        lambda session: preparations.invite_usual(session, booking_id, actor=me(), now=clock.now()),
        done="已按类别邀请单位。",
        onward=_came_from(booking_id),
    )


@bp.post("/matters/<int:matter_id>/check")
@allow(Role.OFFICE)
def check(matter_id: int) -> Response:
    """Write the pre-check of one matter down."""
    booking_id, matter = matter_told(read(), matter_id)
    form = PriorCheckForm(prefix=f"matter{matter_id}-")
    status = 422
    if form.validate_on_submit():
        try:
            write(
                lambda session: preparations.check_matter(
                    session, matter_id, form.check(), version=form.version.data, actor=me(), now=clock.now()
                )
            )
        except RuleBroken as refusal:
            form.refuse(refusal)
            _, matter = matter_told(read(), matter_id)
            form.has_seen(matter.version)
            status = status_of(refusal)
        else:
            booking_id, matter = matter_told(read(), matter_id)
            form, status = PriorCheckForm.of(matter), 200
    if not is_htmx() and status == 200:
        return go(f"{_came_from(booking_id)}#matter-{matter_id}")
    page, fragment = "pages/bookings/check.html", "fragments/bookings/_matter_check.html"
    return render(
        page,
        fragment,
        status=status,
        matter=matter,
        form=form,
        booking_id=booking_id,
        saved=status == 200,
        at=request.args.get("at"),
    )


def _came_from(booking_id: int) -> str:
    """The page on which a form of a booking stood: the day's preparation, or the booking's own."""
    if request.values.get("at") == "preparation":
        return url_for("reception_days.preparation", day=booking_facts(read(), booking_id, actor=me()).day)
    return url_for("bookings.show", booking_id=booking_id)
