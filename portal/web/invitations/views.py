"""A unit looks at the reception it is asked to sit in on, and says who comes."""

from flask import Blueprint, Response, url_for
from wtforms import StringField
from wtforms.validators import Optional

from portal import clock
from portal.domain.people import Role
from portal.services import preparations
from portal.store.extension import read
from portal.store.queries.invitations import invitation, titles_of_booking
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.calendars import calendar_warning
from portal.web.forms import PortalForm, at_most, required
from portal.web.htmx import render

bp = Blueprint("invitations", __name__, url_prefix="/invitations")


class RepresentativeForm(PortalForm):
    """Who comes for the unit."""

    name = StringField("参加人姓名", [required("请填写参加人姓名。"), at_most(20)])
    post = StringField("职务", [Optional(), at_most(30)], description="例如：副局长。")


@bp.route("/<int:booking_id>", methods=["GET", "POST"])
@allow(Role.UNIT)
def show(booking_id: int) -> Response:
    """When, where, which enterprise and what about; the unit names its representative here."""
    found = invitation(read(), booking_id, me())
    name, _, post = found.representative.partition(" ")
    form = RepresentativeForm(name=name, post=post)
    answer = attempt(
        form,
        lambda session: preparations.name_representative(
            session, booking_id, form.name.data or "", form.post.data or "", actor=me(), now=clock.now()
        ),
        done="已回复参加。如换人，可再次修改。",
        onward=url_for("invitations.show", booking_id=booking_id),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/invitations/show.html",
        "fragments/invitations/_representative_form.html",
        status=answer,
        it=found,
        calendar_warning=calendar_warning([found.day], "接待日"),
        titles=titles_of_booking(read(), booking_id),
        form=form,
        is_open=found.is_open(clock.today()),
    )
