"""The matters of the enterprise in the room: told on the spot, decided, taken up again (NX-09, QD-11)."""

from flask import Response

from portal import clock
from portal.domain.errors import RuleBroken
from portal.domain.people import Role
from portal.services import dispositions, told_matters
from portal.store.extension import read, write
from portal.store.queries.bookings import booking_facts, matter_told
from portal.store.queries.categories import category_rows
from portal.web.access import allow, me
from portal.web.acting import attempt, press
from portal.web.bookings.acting import posted_version, tell
from portal.web.errors import status_of
from portal.web.htmx import go, is_htmx, render
from portal.web.matters.forms import DecisionForm
from portal.web.room.blueprint import bp
from portal.web.room.forms import TellMatterForm
from portal.web.room.page import back_to, room_page


@bp.post("/bookings/<int:booking_id>/matters")
@allow(Role.OFFICE)
def tell_matter(booking_id: int) -> Response:
    """Register a matter told on the spot."""
    booking, form = booking_facts(read(), booking_id, actor=me()), TellMatterForm(category_rows(read()))
    answer = attempt(
        form,
        lambda session: told_matters.add_matter(session, booking_id, form.told(), actor=me(), now=clock.now()),
        done="已补记一项诉求。",
        onward=back_to(booking),
    )
    if isinstance(answer, Response):
        return answer
    if is_htmx():
        fragment = "fragments/room/_matter_told_form.html"
        return render(fragment, status=answer, tell_form=form, booking_id=booking_id)
    return room_page(booking.day, booking_id, status=answer, tell_form=form)


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
        try:
            write(
                lambda session: dispositions.dispose_matter(
                    session, matter_id, form.decision(), version=form.seen, actor=me(), now=clock.now()
                )
            )
        except RuleBroken as refusal:
            form.refuse(refusal)
            status = status_of(refusal)
        else:
            if not is_htmx():
                return go(back_to(booking, f"room_matter-{matter_id}"))
            matter, status = matter_told(read(), matter_id)[1], 200
    if is_htmx():
        return render(
            "fragments/room/_room_matter.html",
            status=status, matter=matter, form=form, office=True, row=booking,
        )  # fmt: skip
    return room_page(booking.day, booking_id, status=status, decided=form, decided_id=matter_id)


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
