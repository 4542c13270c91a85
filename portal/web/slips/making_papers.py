"""Making a paper that goes with a slip: proposed, looked at as printed, numbered."""

from base64 import b64encode
from typing import Any

from flask import Response, flash, request, url_for
from sqlalchemy.orm import Session

from portal import clock
from portal.documents.companion_papers import companion_paper
from portal.documents.paper_pictures import page_pictures
from portal.domain.errors import NotFound, RuleBroken
from portal.domain.paper_kinds import PaperKind
from portal.domain.people import must
from portal.domain.slip_papers import ORDERS, PaperOrder
from portal.domain.urging import URGING_KINDS, repeated
from portal.services import slip_papers
from portal.services.urging import urged
from portal.store.extension import read
from portal.store.queries.people import unit_rows
from portal.store.queries.slip_pages import SlipPage, slip_page
from portal.store.queries.slip_papers import papers_of_slip
from portal.web.access import allow, me
from portal.web.acting import OK, tried
from portal.web.asked import asked_number, asked_text
from portal.web.calendars import calendar_warning, working_calendar_now
from portal.web.errors import status_of
from portal.web.htmx import go, render
from portal.web.matters.due import time_left
from portal.web.office import rules
from portal.web.slips.blueprint import bp
from portal.web.slips.papers_beside import MAKERS, kind_of
from portal.web.slips.slip_paper_forms import PaperForm, paper_form, unit_choices

PREVIEW = "preview"
QUICK_DAYS = (3, 5, 10, 15)


@bp.route("/<int:slip_id>/papers/new", methods=["GET", "POST"])
@allow(*MAKERS)
def new_paper(slip_id: int) -> Response:
    """Make a paper to a unit: proposed in the office's words, looked at as printed, then numbered."""
    kind, slip, actor = kind_of(asked_text("kind") or PaperKind.REMINDER), slip_page(read(), me(), slip_id), me()
    if kind not in ORDERS:
        raise NotFound(f"{kind.label}没有自己的编号，请在交办单页面直接打印表格。")
    must(actor, ORDERS[kind])
    form, fresh, refusal = _form(slip, kind)
    if request.method != "POST" or refusal is not None:
        return _new_page(slip, kind, form, status=409 if refusal else 200, refusal=refusal)
    order = form.order(kind, fresh)
    if not form.validate_on_submit():
        return _new_page(slip, kind, form, status=422)
    form.show(order, fresh)
    if request.form.get("then") == PREVIEW:
        return _previewed(slip, kind, form, order)
    made: list[tuple[int, str]] = []

    def act(session: Session) -> None:
        paper = slip_papers.make_paper(session, slip_id, order, actor=actor, now=clock.now())
        made[:] = [(paper.id, paper.number or "")]

    status = tried(form, act)
    if status != OK:
        return _new_page(slip, kind, form, status=status)
    flash(f"已制发 {made[0][1]}，并已通知收文单位。", "success")
    return go(url_for("slips.show_paper", paper_id=made[0][0]))


def _form(slip: SlipPage, kind: PaperKind) -> tuple[PaperForm, PaperOrder | None, RuleBroken | None]:
    """The form of a paper with what is proposed for what is chosen so far; or why there can be none."""
    form, now = paper_form(kind), clock.now()
    form.offer(
        unit_choices(unit_rows(read())) if kind is PaperKind.TRANSFER else [(it.id, it.name) for it in slip.units]
    )
    posted = request.method == "POST"
    try:
        fresh = slip_papers.proposed_order(
            read(),
            slip.id,
            kind,
            colour=form.chosen_colour(),
            unit_id=form.unit_id.data if posted else asked_number("unit"),
            reply_by=form.reply_by.data if posted else None,
            actor=me(),
            now=now,
        )
    except RuleBroken as refusal:
        if refusal.field == "state":
            form.refuse(refusal)
            return form, None, refusal
        return form, None, None
    if not posted:
        form.unit_id.data, form.reply_by.data = fresh.unit_id, fresh.reply_by
        form.show(fresh, fresh)
    return form, fresh, None


def _previewed(slip: SlipPage, kind: PaperKind, form: PaperForm, order: PaperOrder) -> Response:
    try:
        sheet = slip_papers.rehearsed(read(), slip.id, order, actor=me(), now=clock.now())
        pictures = page_pictures(companion_paper(sheet))
    except RuleBroken as refusal:
        form.refuse(refusal)
        return _new_page(slip, kind, form, status=status_of(refusal))
    shown = [f"data:image/png;base64,{b64encode(it).decode()}" for it in pictures]
    return _new_page(slip, kind, form, pictures=shown)


def _new_page(slip: SlipPage, kind: PaperKind, form: PaperForm, *, status: int = 200, **more: Any) -> Response:
    calendar, today = working_calendar_now(), clock.today()
    return render(
        "pages/slips/new_paper.html",
        "fragments/slips/_new_paper_form.html",
        status=status,
        slip=slip,
        kind=kind,
        form=form,
        quick_days=[(f"+{n} 个工作日", calendar.after(today, n).isoformat()) for n in QUICK_DAYS],
        calendar_warning=calendar_warning([form.reply_by.data], "回复时限"),
        left=time_left(slip.due_on, runs=slip.clock_runs),
        earlier=papers_of_slip(read(), me(), slip.id),
        too_soon=_too_soon(slip, kind, form),
        **more,
    )


def _too_soon(slip: SlipPage, kind: PaperKind, form: PaperForm) -> str:
    """Said before anything is typed: who urged the chosen unit last, and when the next is possible."""
    place = (slip.id, form.unit_id.data or 0)
    if kind not in URGING_KINDS:
        return ""
    earlier = urged(read(), [place])[place]
    return repeated(earlier, rules().urge_every_days, working_calendar_now(), clock.today())
