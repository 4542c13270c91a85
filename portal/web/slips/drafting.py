"""Drafting a slip, and changing a draft: one form that proposes dates by class, and numbers and prints with the same press."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Response, flash, request, url_for
from sqlalchemy.orm import Session

from portal import clock
from portal.domain.people import Role
from portal.domain.reserved_numbers import ReservedState
from portal.domain.slips import SlipState
from portal.services import slip_drafts, slips
from portal.services.matter_classes import classify_matters
from portal.services.slip_drafts import SlipDraft, proposed_draft
from portal.services.slip_proposals import CountedDates, follow_classes
from portal.store.extension import read
from portal.store.queries.awaiting_matters import AwaitingMatter, awaiting_matters, standing_slips
from portal.store.queries.number_rows import ReservedFilter, all_reserved_rows
from portal.store.queries.slip_pages import SlipMatterRow, SlipPage, slip_page
from portal.web.access import allow, me
from portal.web.asked import asked_number
from portal.web.calendars import calendar_warning
from portal.web.htmx import go, render
from portal.web.slips.attempting import CONFLICT, carry_out
from portal.web.slips.blueprint import bp
from portal.web.slips.forms import DraftForm, as_data, kinds_data
from portal.web.slips.showing import (
    classes_of,
    dates_for,
    draft_of,
    labels,
    matters_to_offer,
    offer_choices,
    propose,
    shown,
)

DRAFT_FORM = "fragments/slips/_draft_form.html"
Offered = Sequence[SlipMatterRow | AwaitingMatter]


@bp.route("/new", methods=["GET", "POST"])
@allow(Role.OFFICE)
def draft() -> Response:
    """Draft a slip for a matter, or for the matters of a reception; without either, choose among all that wait."""
    matter_id, booking_id = asked_number("matter"), asked_number("booking")
    waiting = awaiting_matters(read(), matter_id=matter_id, booking_id=booking_id)
    if request.method == "POST":
        return _new_slip(waiting)
    if matter_id is not None and all(it.id != matter_id for it in waiting):
        other = standing_slips(read(), [matter_id]).get(matter_id)
        if other is not None:
            flash("这项诉求已在下面的交办单上。", "info")
            return go(url_for("slips.show", slip_id=other[0]))
    if not waiting or (matter_id is None and booking_id is None):
        return render("pages/slips/choose.html", groups=_groups(awaiting_matters(read())), asked_for=not waiting)
    chosen = [it.id for it in waiting if matter_id in (None, it.id)]
    proposed = proposed_draft(read(), chosen, today=clock.today())
    return _new_form(_form_for(proposed, None, waiting), waiting, proposed)


@bp.route("/<int:slip_id>/edit", methods=["GET", "POST"])
@allow(Role.OFFICE)
def edit(slip_id: int) -> Response:
    """Change a draft, and with the same press number and print it: the leader is waiting (NX-12)."""
    slip = slip_page(read(), me(), slip_id)
    if request.method == "GET":
        return go(url_for("slips.show", slip_id=slip_id))
    form, offered = DraftForm(), matters_to_offer(slip)
    form.offer_matters(labels(offered))
    more = offer_choices(form, booking_id=slip.booking_id, chosen=draft_of(slip))
    counted = dates_for(form, offered, slip.day)

    def act(session: Session) -> None:
        written = _as_classed(session, form, counted)
        slip_drafts.edit_draft(session, slip_id, written, version=form.seen_version(), actor=me(), now=clock.now())
        _number_if_asked(session, form, slip_id)

    status = _only_shown(form, counted) or carry_out(form, act)
    if status is None:
        flash(_drafted_words(form, counted), "success")
        return go(_after_draft(slip_id))
    if status == CONFLICT:
        slip = slip_page(read(), me(), slip_id)
        form.version.data = str(slip.version)
    return _shown_draft(slip, form, counted, more, status=status)


def draft_to_fill_in(slip: SlipPage) -> Response | None:
    """The form of a draft, already on the slip's page, for the office."""
    if slip.state is not SlipState.DRAFT or me().role is not Role.OFFICE:
        return None
    chosen, offered = draft_of(slip), matters_to_offer(slip)
    form = _form_for(chosen, slip.version, offered)
    more = offer_choices(form, booking_id=slip.booking_id, chosen=chosen)
    return _shown_draft(slip, form, dates_for(form, offered, slip.day), more)


def _shown_draft(
    slip: SlipPage, form: DraftForm, counted: CountedDates, more: dict[str, Any], *, status: int = 200
) -> Response:
    _offer_reserved(form, number=slip.number)
    propose(form, counted)
    return shown(slip, DRAFT_FORM, form=form, status=status, counted=counted, **more)


def _form_for(draft: SlipDraft, version: int | None, offered: Offered) -> DraftForm:
    form = DraftForm(data=as_data(draft, version) | {"kinds": kinds_data(classes_of(offered))})
    form.offer_matters(labels(offered))
    return form


def _new_slip(waiting: Sequence[AwaitingMatter]) -> Response:
    """Make the slip or slips a form asks for; whatever refuses, the form comes back with what was typed."""
    form, made = DraftForm(), list[int]()
    chosen = tuple(form.matters.data or ())
    form.offer_matters(labels(waiting))
    proposed = SlipDraft(chosen, form.receiver_id.data, form.signer_id.data, form.order())
    counted = dates_for(form, waiting, _day_of(waiting))

    def act(session: Session) -> None:
        written = _as_classed(session, form, counted)
        if _then() == "each":
            made[:] = [slip_drafts.draft_slip(session, [it], actor=me(), now=clock.now()).id for it in chosen]
            return
        made[:] = [slip_drafts.draft_slip(session, chosen, written, actor=me(), now=clock.now()).id]
        _number_if_asked(session, form, made[0])

    _offer_reserved(form)
    offer_choices(form, booking_id=_booking(waiting), chosen=proposed)
    status = _only_shown(form, counted) or carry_out(form, act)
    if status is not None:
        return _new_form(form, waiting, proposed, status=status)
    flash(f"已草拟 {len(made)} 张交办单。" if _then() == "each" else _drafted_words(form, counted), "success")
    return go(_after_draft(made[0]))


def _new_form(form: DraftForm, waiting: Sequence[AwaitingMatter], chosen: SlipDraft, *, status: int = 200) -> Response:
    counted = dates_for(form, waiting, _day_of(waiting))
    _offer_reserved(form)
    propose(form, counted)
    return render(
        "pages/slips/new.html",
        DRAFT_FORM,
        status=status,
        form=form,
        slip=None,
        waiting=waiting,
        counted=counted,
        calendar_warning=calendar_warning([form.due_on.data], "办结时限"),
        action=request.full_path.rstrip("?"),
        **offer_choices(form, booking_id=_booking(waiting), chosen=chosen),
    )


def _as_classed(session: Session, form: DraftForm, counted: CountedDates) -> SlipDraft:
    """Write down how the matters are classed, and answer the draft with the dates that follow."""
    classes = form.classes()
    if classes:
        classify_matters(session, classes, actor=me(), now=clock.now())
    return follow_classes(form.draft(), *form.seen_dates(), counted)


def _only_shown(form: DraftForm, counted: CountedDates) -> int | None:
    """Without script the buttons beside rows and classes come here and change only what is shown: then status 200."""
    if form.change_rows():
        return 200
    if _then() == "recount":
        form.show(follow_classes(form.draft(), *form.seen_dates(), counted))
        return 200
    return None


def _offer_reserved(form: DraftForm, *, number: str | None = None) -> None:
    """Which numbers set aside could be used; none for a slip that has a number."""
    found = all_reserved_rows(read(), ReservedFilter(ReservedState.OPEN)) if number is None else ()
    form.offer_reserved([(it.id, f"{it.number}（{it.purpose}）") for it in found])


def _then() -> str:
    """What the pressed button asks for after saving: save, number, print, each or recount."""
    return request.form.get("then", "save")


def _number_if_asked(session: Session, form: DraftForm, slip_id: int) -> None:
    if _then() in ("number", "print"):
        slips.number_slip(session, slip_id, reserved_id=form.reserved_id.data, actor=me(), now=clock.now())


def _after_draft(slip_id: int) -> str:
    if _then() == "print":
        return url_for("slips.paper", slip_id=slip_id)
    if _then() == "each":
        return url_for("slips.listing", state="draft")
    return url_for("slips.show", slip_id=slip_id)


def _drafted_words(form: DraftForm, counted: CountedDates) -> str:
    done = {"number": "已编号，请打印送签。", "print": "已编号并打印，签批后请登记或由领导在系统内签批。"}.get(
        _then(), "已保存草稿。"
    )
    seen, _ = form.seen_dates()
    follows = seen is not None and form.due_on.data == seen != counted.due
    return f"{done}办结时限随类别改为：{counted.due_note}" if follows else done


def _day_of(waiting: Sequence[AwaitingMatter]) -> date:
    return next((it.day for it in waiting if it.day is not None), clock.today())


def _booking(waiting: Sequence[AwaitingMatter]) -> int | None:
    return waiting[0].booking_id if waiting else None


def _groups(waiting: Sequence[AwaitingMatter]) -> list[list[AwaitingMatter]]:
    """Matters that can share a slip, together."""
    groups: dict[object, list[AwaitingMatter]] = {}
    for it in waiting:
        groups.setdefault((it.day, it.enterprise_id or -it.id), []).append(it)
    return list(groups.values())
