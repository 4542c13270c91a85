"""The matters of the enterprise in the room: told on the spot, corrected, decided, taken up again (NX-09, QD-11)."""

from flask import Response, flash

from portal import clock
from portal.domain.errors import RuleBroken
from portal.domain.people import Role
from portal.services import dispositions, told_matters
from portal.store.extension import read, write
from portal.store.queries.bookings import BookingFacts, booking_facts
from portal.store.queries.categories import category_rows
from portal.store.queries.told_matters import ToldMatter, matter_told, matters_of_booking
from portal.web.access import allow, me
from portal.web.acting import OK, press, tried
from portal.web.bookings.acting import posted_version, tell
from portal.web.errors import status_of
from portal.web.forms import PortalForm
from portal.web.htmx import go, is_htmx, render
from portal.web.matters.forms import DecisionForm
from portal.web.room.blueprint import bp
from portal.web.room.forms import EditMatterForm, TellMatterForm
from portal.web.room.matter_forms import with_forms
from portal.web.room.page import back_to, room_page, seen_day
from portal.web.room.writing import writing_parts


@bp.post("/bookings/<int:booking_id>/matters")
@allow(Role.OFFICE)
def tell_matter(booking_id: int) -> Response:
    """Register a matter told on the spot."""
    booking, form, status = booking_facts(read(), booking_id, actor=me()), TellMatterForm(category_rows(read())), 422
    if form.validate_on_submit():
        try:
            matter_id = write(
                lambda session: told_matters.add_matter(
                    session, booking_id, form.told(),
                    form_token=form.token, late_reason=form.reason, actor=me(), now=clock.now(),
                ).id
            )  # fmt: skip
        except RuleBroken as refusal:
            form.refuse(refusal)
            status = status_of(refusal)
        else:
            return _told(booking, matter_id)
    if is_htmx():
        late = writing_parts(seen_day(booking.day), None, clock.now())["late_since"]
        fragment = "fragments/room/_matter_told_form.html"
        return render(fragment, status=status, tell_form=form, booking_id=booking_id, late_since=late)
    return room_page(booking.day, booking_id, status=status, tell_form=form)


def _told(booking: BookingFacts, matter_id: int) -> Response:
    """The matter at the end of the others, and an empty form for the next one: nothing else on the page moves."""
    if not is_htmx():
        flash("已补记一项诉求。", "success")
        return go(back_to(booking, "matters"))
    matter, categories = matter_told(read(), matter_id)[1], category_rows(read())
    return render(
        "fragments/room/_matter_told_form.html",
        told=matter,
        it=with_forms([matter], categories)[0],
        count=len(matters_of_booking(read(), booking.id)),
        tell_form=TellMatterForm(categories, formdata=None),
        booking_id=booking.id,
        office=True,
        row=booking,
        **writing_parts(seen_day(booking.day), None, clock.now()),
    )


@bp.post("/matters/<int:matter_id>/edit")
@allow(Role.OFFICE)
def edit(matter_id: int) -> Response:
    """Correct or complete a matter; what somebody else has written in it meanwhile is merged in."""
    booking_id, matter = matter_told(read(), matter_id)
    booking = booking_facts(read(), booking_id, actor=me())
    form, status = EditMatterForm(category_rows(read()), matter, sent=True), 422
    if form.validate_on_submit():
        status = tried(
            form,
            lambda session: told_matters.edit_matter(
                session, matter_id, form.told(),
                base=form.base(), late_reason=form.reason, actor=me(), now=clock.now(),
            ),
        )  # fmt: skip
    return _done(booking, matter_id) if status == OK else _refused(booking, matter, form, status)


@bp.post("/matters/<int:matter_id>/disposition")
@allow(Role.OFFICE)
def dispose(matter_id: int) -> Response:
    """Decide how a matter leaves the room."""
    booking_id, matter = matter_told(read(), matter_id)
    booking = booking_facts(read(), booking_id, actor=me())
    form, status = DecisionForm(prefix=f"matter{matter_id}-"), 422
    if form.validate_on_submit():
        tell(form, dispositions.decision_problems(form.decision()))
    if not form.errors:
        status = tried(
            form,
            lambda session: dispositions.dispose_matter(
                session, matter_id, form.decision(),
                base_answer=form.base_answer.data or "", version=form.seen, late_reason=form.reason,
                actor=me(), now=clock.now(),
            ),
        )  # fmt: skip
    return _done(booking, matter_id) if status == OK else _refused(booking, matter, form, status)


@bp.post("/matters/<int:matter_id>/reopen")
@allow(Role.OFFICE)
def reopen(matter_id: int) -> Response:
    """Take a decision back."""
    booking_id, matter = matter_told(read(), matter_id)
    booking, version = booking_facts(read(), booking_id, actor=me()), posted_version()
    return press(
        lambda session: dispositions.reopen_matter(session, matter_id, version=version, actor=me(), now=clock.now()),
        done=f"诉求 {matter.number} 可以重新处置。",
        onward=back_to(booking, f"room_matter-{matter_id}"),
    )


def _done(booking: BookingFacts, matter_id: int) -> Response:
    if not is_htmx():
        return go(back_to(booking, f"room_matter-{matter_id}"))
    return _one_matter(booking, matter_told(read(), matter_id)[1], 200)


def _refused(booking: BookingFacts, matter: ToldMatter, form: PortalForm, status: int) -> Response:
    if is_htmx():
        return _one_matter(booking, matter, status, form)
    return room_page(booking.day, booking.id, status=status, refused=[form])


def _one_matter(booking: BookingFacts, matter: ToldMatter, status: int, *refused: PortalForm) -> Response:
    """The matter alone, as the room's page draws it."""
    return render(
        "fragments/room/_room_matter.html",
        status=status,
        it=with_forms([matter], category_rows(read()), *refused)[0],
        office=True,
        row=booking,
        **writing_parts(seen_day(booking.day), None, clock.now()),
    )
