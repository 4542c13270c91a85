"""A slip's page: the step bar, on the left what is to be filled in or what is known, on the right what is printed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from flask import Response

from portal import clock
from portal.documents.sheets import AssignmentSlipSheet
from portal.domain.errors import RuleBroken
from portal.domain.people import Action, may
from portal.domain.slips import SlipState
from portal.services.matter_classes import Classing
from portal.services.slip_drafts import SlipDraft
from portal.services.slip_orders import Helper, SlipOrder
from portal.services.slip_proposals import CountedDates, counted_dates
from portal.services.slip_sheets import print_papers
from portal.services.slip_texts import phrases
from portal.store.extension import read
from portal.store.queries.awaiting_matters import AwaitingMatter, awaiting_matters
from portal.store.queries.kept_papers import kept_versions
from portal.store.queries.people import LeaderRow, leader_rows, unit_rows
from portal.store.queries.signatures import SlipSignatures, signatures_on
from portal.store.queries.slip_links import slip_links
from portal.store.queries.slip_pages import SlipMatterRow, SlipPage, invited_units
from portal.store.queries.timeline import slip_timeline
from portal.store.queries.visibility import sees_the_visitor
from portal.web.access import me
from portal.web.calendars import calendar_warning, working_calendar_now
from portal.web.filters import full_date, short_date
from portal.web.forms import PortalForm
from portal.web.htmx import render
from portal.web.matters.due import SLIP_TONES, time_left
from portal.web.office import rules
from portal.web.slips.forms import DraftForm, OrderForm
from portal.web.slips.offered import offers
from portal.web.slips.papers_beside import papers_on
from portal.web.slips.receipt_words import on_page

QUICK_DAYS = (5, 10, 15)
STEPS = (SlipState.DRAFT, SlipState.AWAITING_SIGNATURE, SlipState.SIGNED, SlipState.ISSUED, SlipState.RECEIVED)
FACTS = "fragments/slips/_slip_facts.html"
TITLES = {
    FACTS: "办理情况",
    "fragments/slips/_draft_form.html": "草拟",
    "fragments/slips/_decide_form.html": "批示",
    "fragments/slips/_signature_form.html": "登记手写签批",
    "fragments/slips/_countersignature_form.html": "登记纸面会签",
    "fragments/slips/_scan_form.html": "附扫描件",
    "fragments/slips/_return_form.html": "退回修改",
}


def shown(
    slip: SlipPage,
    fragment: str = FACTS,
    *,
    form: PortalForm | None = None,
    status: int = 200,
    onward: tuple[str, str] | None = None,
    **more: Any,
) -> Response:
    """The page with this fragment on its left; htmx receives that fragment alone. `onward` is the next slip to sign."""
    actor = me()
    signatures = signatures_on(read(), slip.id)
    offered, sheet = offers(slip, signatures, actor), on_paper(slip)
    if form is not None:
        offered = [replace(it, primary=False) for it in offered if it.label != TITLES[fragment]]
    return render(
        "pages/slips/show.html",
        fragment,
        status=status,
        slip=slip,
        sheet=sheet,
        moved=_moved(slip, sheet),
        links=slip_links(read(), slip.id),
        calendar_warning=calendar_warning([slip.due_on], "办结时限"),
        left=fragment,
        left_title=TITLES[fragment],
        form=form,
        tones=SLIP_TONES,
        steps=steps(slip, signatures),
        signatures=signatures,
        onward=onward,
        at=reached(slip),
        clock_left=time_left(slip.due_on, runs=slip.clock_runs),
        time_left=time_left,
        offers=offered,
        kept=kept_versions(read(), slip.id) if sees_the_visitor(actor) else {},
        happenings=slip_timeline(read(), actor, slip.id),
        keeps_scans=may(actor, Action.RECORD_SIGNATURE),
        opens_scans=sees_the_visitor(actor),
        prints_in_full=may(actor, Action.SEE_PERSONAL_DATA),
        **on_page(slip),
        **papers_on(slip),
        **more,
    )


def on_paper(slip: SlipPage) -> AssignmentSlipSheet | None:
    """Exactly what would be printed now; None when the frozen paper was tampered with."""
    try:
        return print_papers(read(), [slip.id], address="", actor=me(), now=clock.now())[0]
    except RuleBroken:
        return None


def _moved(slip: SlipPage, sheet: AssignmentSlipSheet | None) -> str | None:
    """That the date has moved since the paper was printed; None when it is the printed one."""
    if sheet is None or sheet.due_on is None or sheet.due_on == slip.due_on:
        return None
    return f"纸面时限 {full_date(sheet.due_on)}，因延期、重新办理或放假安排调整，现为 {full_date(slip.due_on)}。"


def steps(slip: SlipPage, signatures: SlipSignatures) -> list[tuple[str, str]]:
    """The steps with the day each was done; a void slip ends where it stood."""
    days = (
        slip.drafted_at.date(),
        slip.numbered_at.date() if slip.numbered_at else None,
        slip.signed_on,
        slip.issued_at.date() if slip.issued_at else None,
        next((it.received_at.date() for it in slip.units if it.is_lead and it.received_at), None),
    )
    notes = [short_date(day) if day else "" for day in days]
    if slip.signed_on is not None and slip.signed_how is not None:
        notes[STEPS.index(SlipState.SIGNED)] += f" {slip.signed_how.label}"
    asked = len(signatures.countersigners)
    if asked and slip.signed_on is not None:
        notes[STEPS.index(SlipState.SIGNED)] += f" 会签 {asked - len(signatures.missing)}/{asked}"
    return [(state.label, note) for state, note in zip(STEPS, notes, strict=True)]


def reached(slip: SlipPage) -> int:
    """The place in the steps where the slip stands, or stood when it became void."""
    if slip.state in STEPS:
        return STEPS.index(slip.state)
    received = any(it.is_lead and it.received_at for it in slip.units)
    reached_so_far = (
        True,
        slip.numbered_at is not None,
        slip.signed_on is not None,
        slip.issued_at is not None,
        received,
    )
    return max(place for place, done in enumerate(reached_so_far) if done)


def order_of(slip: SlipPage) -> SlipOrder:
    """What is decided on a slip so far."""
    return SlipOrder(
        slip.instruction,
        slip.lead_official.id if slip.lead_official else None,
        slip.lead_unit_id,
        tuple(Helper(it.id, it.due_on) for it in slip.assisting),
        slip.due_on,
    )


def draft_of(slip: SlipPage) -> SlipDraft:
    """What a draft says so far."""
    return SlipDraft(
        matter_ids=tuple(it.id for it in slip.matters),
        receiver_id=slip.receiver.id if slip.receiver else None,
        signer_id=slip.signer.id if slip.signer else None,
        order=order_of(slip),
        prior_check=slip.prior_check,
        proposal=slip.proposal,
        requirements=slip.requirements,
        copies_to=slip.copies_to,
        countersigner_ids=tuple(it.id for it in slip.countersigners),
        proposal_handler=slip.proposal_handler,
        proposal_head=slip.proposal_head,
    )


def offer_choices(form: OrderForm, *, booking_id: int | None, chosen: SlipDraft) -> dict[str, Any]:
    """Give a form its leaders and units, and answer the quick choices beside its fields."""
    ids = {chosen.receiver_id, chosen.signer_id, chosen.order.lead_official_id, *chosen.countersigner_ids}
    units = unit_rows(read())
    leaders = _leaders(ids)
    form.offer(leaders, units, invited_units(read(), booking_id))
    official = next((it.name for it in leaders if it.id == chosen.order.lead_official_id), "")
    unit = next((it.short_name for it in units if it.id == chosen.order.lead_unit_id), "")
    helping = {it.unit_id for it in chosen.order.assisting}
    said = phrases(
        rules().instruction_phrases,
        lead_official=official,
        lead_unit=unit,
        assisting=[it.short_name for it in units if it.id in helping],
        due=chosen.order.due_on,
    )
    calendar, today = working_calendar_now(), clock.today()
    days = [(f"+{n} 个工作日", calendar.after(today, n).isoformat()) for n in QUICK_DAYS]
    return {"phrases": [(text, text) for text in said], "quick_days": days}


def matters_to_offer(slip: SlipPage) -> list[SlipMatterRow | AwaitingMatter]:
    """The matters a draft carries, and those that could be added: of the same reception, common ones of the same day."""
    waiting = awaiting_matters(read(), matter_id=slip.matters[0].id) if slip.matters else []
    return [*slip.matters, *(it for it in waiting if it.id not in {carried.id for carried in slip.matters})]


def labels(matters: Sequence[SlipMatterRow | AwaitingMatter]) -> list[tuple[int, str]]:
    """Matters as a form offers them: 二期厂房产权办证（问题·验收办证）, with the enterprise where there are several."""
    several = len({it.enterprise for it in matters if it.enterprise}) > 1
    return [
        (
            it.id,
            f"{it.title}（{'·'.join(filter(None, (it.enterprise if several else '', it.kind.label, it.category)))}）",
        )
        for it in matters
    ]


def classes_of(matters: Sequence[SlipMatterRow | AwaitingMatter]) -> dict[int, Classing]:
    """How matters are classed so far."""
    return {it.id: Classing(it.matter_class, it.level, it.is_common) for it in matters}


def dates_for(form: DraftForm, matters: Sequence[SlipMatterRow | AwaitingMatter], day: date) -> CountedDates:
    """The dates proposed for what a form chooses and how it classes it; a date set by hand moves the earlier one only."""
    classes = classes_of(matters) | dict(form.classes())
    chosen = [classes[it] for it in form.matters.data or () if it in classes]
    by_hand = form.due_on.data if form.due_on.data != form.seen_dates()[0] else None
    return counted_dates(read(), chosen, day, today=clock.today(), due=by_hand)


def propose(form: DraftForm, counted: CountedDates) -> None:
    """Say in the form which dates are proposed, and offer the earlier one where no unit is chosen yet."""
    earlier = counted.assisting
    form.seen_due_on.data, form.seen_assisting_on.data = counted.due.isoformat(), earlier.isoformat() if earlier else ""
    for entry in form.assisting:
        if entry.form.unit_id.data is None:
            entry.form.due_on.data, entry.form.due_on.raw_data = earlier, None


def _leaders(chosen: set[int | None]) -> list[LeaderRow]:
    """Leaders in office today, and whoever is chosen already."""
    today = clock.today()
    everybody = leader_rows(read(), today, serving_only=False)
    return [
        it
        for it in everybody
        if it.id in chosen or (it.serves_from <= today and (it.serves_until is None or it.serves_until >= today))
    ]
