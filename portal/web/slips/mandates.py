"""Mandates to sign (委托签批): who may sign in whose place, given and taken back."""

from flask import Response, url_for

from portal import clock
from portal.domain.people import Action, Role, may
from portal.services import mandates as verbs
from portal.store.extension import read
from portal.store.queries.mandates import mandate_row, mandate_rows
from portal.store.queries.people import leader_rows
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.converters import number_in
from portal.web.htmx import render
from portal.web.slips.blueprint import bp
from portal.web.slips.mandate_forms import MandateForm, RevokeForm

SEEN_BY = (Role.OFFICE, Role.LEADER, Role.SECRETARY, Role.SUPERVISOR)
TONES = {"coming": "info", "standing": "good", "over": "neutral", "revoked": "stop"}


@bp.get("/mandates")
@allow(*SEEN_BY)
def mandates() -> Response:
    """Who signs for whom, and until when."""
    return render(
        "pages/slips/mandates.html",
        mandates=mandate_rows(read(), me(), clock.today()),
        tones=TONES,
        gives=may(me(), Action.GIVE_MANDATE),
        own_leaders=me().leader_ids,
    )


@bp.route("/mandates/new", methods=["GET", "POST"])
@allow(Role.OFFICE, Role.LEADER)
def new_mandate() -> Response:
    """Let another leader sign for some days; the office enters one from its paper."""
    serving, office = leader_rows(read(), clock.today()), me().role is Role.OFFICE
    form = MandateForm(data={"from_on": clock.today()})
    form.offer([it for it in serving if office or it.id in me().leader_ids], serving)
    answer = attempt(
        form,
        lambda session: verbs.give_mandate(session, form.order(), actor=me(), now=clock.now()),
        done="已登记委托，受托人在这段时间可以代为签批。",
        onward=url_for("slips.mandates"),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/slips/new_mandate.html", "fragments/slips/_mandate_form.html", status=answer, form=form, office=office
    )


@bp.route("/mandates/<int:mandate_id>/revoke", methods=["GET", "POST"])
@allow(Role.OFFICE, Role.LEADER)
def revoke_mandate(mandate_id: int) -> Response:
    """Take a mandate back, after saying what that means."""
    row = mandate_row(read(), me(), mandate_id, clock.today())
    form = RevokeForm(data={"version": row.version})
    version = number_in(form.version.data)
    answer = attempt(
        form,
        lambda session: verbs.revoke_mandate(session, mandate_id, version=version, actor=me(), now=clock.now()),
        done="已收回委托。",
        onward=url_for("slips.mandates"),
    )
    if isinstance(answer, Response):
        return answer
    row = mandate_row(read(), me(), mandate_id, clock.today())
    form.has_seen(row.version)
    return render(
        "pages/slips/revoke_mandate.html",
        "fragments/slips/_revoke_mandate_form.html",
        status=answer,
        mandate=row,
        form=form,
    )
