"""The office's workbench."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import url_for

from portal import clock
from portal.domain.matters import MatterState
from portal.domain.office import SEATS
from portal.domain.results import ClosingStep
from portal.store.extension import read
from portal.store.queries.duty_plans import PlanRow, open_plan
from portal.store.queries.matter_filters import WhoDecides
from portal.store.queries.opinions import opinion_counts
from portal.store.queries.waiting_list import OffersOut, offers_out
from portal.store.queries.workbench_days import day_card
from portal.store.queries.workbench_office import RecentAct, office_counts, recent_acts
from portal.web.access import me
from portal.web.audit.words import kind_word
from portal.web.calendars import calendar_warning
from portal.web.filters import hour, moment, short_date
from portal.web.home.followed import call_back_todo, closing_todos, look_back_todo, voice_todo
from portal.web.home.notices import LOOK_AHEAD, notices_of, notices_todo
from portal.web.home.todos import Todo
from portal.web.home.waits import OVERDUE, SLOW, Wait, asking_for_time, in_state, todos_of
from portal.web.office import rules


def for_the_office() -> dict[str, Any]:
    """Bookings, matters and slips by the next step; the coming reception day; what happened lately."""
    session, actor, today = read(), me(), clock.today()
    counts = office_counts(session, actor, today=today, until=today + LOOK_AHEAD)
    card = day_card(session, today)
    _, opinions_overdue, opinions_declined = opinion_counts(session, actor, today=today)
    notices = notices_of(today)
    return {
        "todos": [
            Todo(counts.bookings_to_review, "预约待审核", url_for("bookings.listing", state="pending")),
            *offer_todos(offers_out(session, now=clock.now())),
            Todo(counts.calls_to_make, "企业待电话通知", url_for("messages.calls")),
            Todo(counts.messages_failed, "消息发送失败", url_for("messages.every_fate", state="failed"), tone="late"),
            Todo(counts.matters_to_assign, "事项待交办", url_for("matters.listing", state="awaiting_assignment")),
            Todo(counts.slips_to_number, "交办单待编号", url_for("slips.listing", state="draft")),
            Todo(counts.slips_to_record, "待签批或登记签批", url_for("slips.listing", state="awaiting_signature")),
            Todo(counts.slips_to_issue, "交办单待印发", url_for("slips.listing", state="signed")),
            Todo(counts.slips_to_scan, "签批件待补扫描", url_for("slips.listing", scan="missing")),
            Todo(counts.slips_to_receive, "单位未签收", url_for("slips.receipts")),
            Todo(counts.days_without_receiver, "接待日缺主接待", url_for("duty.rota"), "60 天以内", tone="wait"),
            Todo(counts.day_changes_waiting, "改期或取消待批准", url_for("reception_days.changes", state="waiting")),
            Todo(counts.leaves_to_decide, "请假待批准", url_for("duty.leave_list", state="requested")),
            Todo(counts.swaps_open, "调换待处理", url_for("duty.swap_list", state="open")),
            Todo(opinions_overdue, "单位意见逾期", url_for("opinions.listing", overdue=1), tone="late"),
            Todo(opinions_declined, "单位请求退回征求", url_for("opinions.listing", state="declined")),
            notices_todo(notices, today),
            *plan_todos(open_plan(session)),
        ],
        "handling": [
            *todos_of(actor, waits()),
            *closing_todos(actor, steps()),
            call_back_todo(actor),
            look_back_todo(actor),
            voice_todo(actor, "企业来言待答复"),
            Todo(counts.papers_late, "随单文书逾期未回复", url_for("slips.papers", late=1), tone="late"),
        ],
        "card": card,
        "card_notice": next((it for it in notices if card and it.day == card.day), None),
        "card_links": links_of(card.day) if card else (),
        "plan_url": url_for("reception_days.days"),
        "seats": SEATS,
        "recent": [recent_item(act) for act in recent_acts(session)],
        "calendar_warning": calendar_warning([today, card.day if card else None], "接待日和时限"),
    }


def waits() -> list[Wait]:
    """What the office has to do on matters in hand; what is a leader's to decide by the rules is on the leader's list."""
    held = rules()
    mine = WhoDecides.OFFICE if held.extension_by_leader else WhoDecides.ANYBODY
    return [
        in_state("退回待裁定", MatterState.OBJECTED),
        asking_for_time("延期待审批", mine),
        OVERDUE,
        SLOW,
    ]


def steps() -> list[tuple[ClosingStep, str]]:
    """The queues of closing the office works off; the last one only where its rules let it."""
    own = [(ClosingStep.OPINION, "待企业确认"), (ClosingStep.REVIEW, "办理结果待审核")]
    return [*own, (ClosingStep.APPROVAL, "待销号审批")] if rules().office_approves else own


def offer_todos(out: OffersOut) -> Sequence[Todo]:
    """Places offered to those who wait: to be answered, and lapsed; each leads to the list of the first day."""
    kinds = (
        (out.open, "候补待企业答复", out.first_open, "wait"),
        (out.lapsed, "候补到期未答复", out.first_lapsed, "late"),
    )
    listing = url_for("bookings.listing", state="offered")
    return [
        Todo(count, label, url_for("reception_days.waiting_list", day=day) if day else listing, tone=tone)
        for count, label, day, tone in kinds
    ]


def plan_todos(plan: PlanRow | None) -> Sequence[Todo]:
    """The rota plan that is under way, until it is published or given up."""
    if plan is None:
        return ()
    note = f"征求意见至{short_date(plan.consult_until)}" if plan.consult_until else plan.state.label
    return (Todo(1, "排班方案未发布", url_for("duty.show_plan", plan_id=plan.id), note),)


def links_of(day: date) -> Sequence[tuple[str, str, str]]:
    """Where one goes on from the coming day: its page, and what is printed for it."""
    links = [("当日安排", url_for("reception_days.show", day=day), "primary")]
    links.append(("准备", url_for("reception_days.preparation", day=day), ""))
    if day == clock.today():
        links.append(("进入现场", url_for("room.show", day=day), ""))
    return [*links, ("新增预约", url_for("bookings.new", day=day.isoformat()), "")]


PLACES: dict[str, tuple[str, str]] = {
    "booking": ("bookings.show", "booking_id"),
    "matter": ("matters.show", "matter_id"),
    "opinion": ("opinions.show", "opinion_id"),
    "slip": ("slips.show", "slip_id"),
    "enterprise": ("enterprises.show", "enterprise_id"),
    "leave": ("duty.leave", "leave_id"),
    "swap": ("duty.swap", "swap_id"),
}
"""The page of a record the trail speaks of: endpoint, and what its address calls the number."""


def recent_item(act: RecentAct) -> dict[str, Any]:
    """An act as the timeline shows it."""
    endpoint, name = PLACES.get(act.kind, ("", ""))
    number: dict[str, Any] = {name: act.target}
    when = hour(act.at) if act.at.date() == clock.today() else moment(act.at)
    return {
        "when": when,
        "who": act.who,
        "what": act.summary or kind_word(act.kind),
        "url": url_for(endpoint, **number) if endpoint and act.target else None,
    }
