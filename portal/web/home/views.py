"""The workbench: what waits for me today, each list able to reach zero."""

import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.metadata import version as release
from typing import Any

from flask import Blueprint, Response, url_for

from portal import clock
from portal.domain.accounts import AccountState
from portal.domain.deadlines import days_left_label, is_overdue
from portal.domain.duty_plans import PlanState
from portal.domain.mandates import MandateState
from portal.domain.notices import NoticeState, notice_state
from portal.domain.office import SEATS
from portal.domain.people import Role
from portal.domain.slips import SlipState
from portal.services import day_changes
from portal.store.extension import read
from portal.store.queries import workbench as waiting
from portal.store.queries.accounts import account_rows, locked_rows
from portal.store.queries.audit import last_verification
from portal.store.queries.day_changes import waiting_changes
from portal.store.queries.duty_plans import PlanRow, open_plan
from portal.store.queries.invitations import coming_invitations
from portal.store.queries.mandates import mandate_rows
from portal.store.queries.opinions import opinion_counts
from portal.store.queries.reception_days import coming_notices
from portal.store.queries.slip_papers import papers_to_answer
from portal.store.queries.swaps import offers_to
from portal.store.queries.waiting_list import OffersOut, offers_out
from portal.store.queries.workbench import RecentAct, SlipLine
from portal.web.access import allow, every_role, me
from portal.web.audit.words import kind_word
from portal.web.calendars import calendar_warning, working_calendar_now
from portal.web.filters import hour, moment, short_date
from portal.web.htmx import render
from portal.web.office import rules, version
from portal.web.readiness import checks
from portal.web.slips.receipt_words import own_receipts

bp = Blueprint("home", __name__)

SOON = 3
"""Working days within which a slip counts as falling due soon (domain 9: warn at 3)."""

LOOK_AHEAD = timedelta(days=60)
"""How far ahead a day without a main receiver is something to do."""


@dataclass(frozen=True, slots=True)
class Todo:
    """One kind of thing that waits: how many, what, where to begin."""

    count: int
    label: str
    url: str
    note: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """A slip with the time left for it in words."""

    slip: SlipLine
    url: str
    left: str
    overdue: bool


@bp.get("/")
@allow(*every_role())
def workbench() -> Response:
    """What waits for the person who looks."""
    role = me().role
    return render(f"pages/home/{PAGES[role]}.html", **CONTENTS[role]())


def for_the_office() -> dict[str, Any]:
    """Bookings, matters and slips by the next step; the coming reception day; what happened lately."""
    session, today = read(), clock.today()
    counts = waiting.office_counts(session, today=today, until=today + LOOK_AHEAD)
    card = waiting.day_card(session, today)
    _, opinions_overdue, opinions_declined = opinion_counts(session, me(), today=today)
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
            Todo(counts.matters_overdue, "事项逾期", url_for("matters.listing", overdue=1), tone="late"),
            Todo(counts.days_without_receiver, "接待日缺主接待", url_for("duty.rota"), "60 天以内", tone="wait"),
            Todo(counts.day_changes_waiting, "改期或取消待批准", url_for("reception_days.changes", state="waiting")),
            Todo(counts.leaves_to_decide, "请假待批准", url_for("duty.leave_list", state="requested")),
            Todo(counts.swaps_open, "调换待处理", url_for("duty.swap_list", state="open")),
            Todo(opinions_overdue, "单位意见逾期", url_for("opinions.listing", overdue=1), tone="late"),
            Todo(opinions_declined, "单位请求退回征求", url_for("opinions.listing", state="declined")),
            notices_todo(notices, today),
            *plan_todos(open_plan(session)),
        ],
        "card": card,
        "card_notice": next((it for it in notices if card and it.day == card.day), None),
        "card_links": links_of(card.day) if card else (),
        "plan_url": url_for("reception_days.days"),
        "seats": SEATS,
        "recent": [recent_item(act) for act in waiting.recent_acts(session)],
        "calendar_warning": calendar_warning([today, card.day if card else None], "接待日和时限"),
    }


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


@dataclass(frozen=True, slots=True)
class Notice:
    """The notice of a coming day: where it stands, and by when it must be public."""

    day: date
    state: NoticeState
    due: date

    @property
    def words(self) -> str:
        """What the card says: 已公布, 最迟 12月10日 周四, 逾期未公布."""
        return f"最迟 {short_date(self.due)}公布" if self.state is NoticeState.DUE else self.state.label


def notices_of(today: date) -> Sequence[Notice]:
    """The notices of the coming days, the earliest day first."""
    calendar, ahead = working_calendar_now(), rules().notice_days
    return [
        Notice(it.day, notice_state(it.noticed_sequence, it.sequence, due_by, today), due_by)
        for it in coming_notices(read(), today, today + LOOK_AHEAD)
        for due_by in (calendar.before(it.day, ahead),)
    ]


def notices_todo(notices: Sequence[Notice], today: date) -> Todo:
    """The notices to make public now: due within three working days, late, or out of date."""
    soon = working_calendar_now().after(today, SOON)
    pressing = [
        it for it in notices if (it.state is not NoticeState.DONE and it.due <= soon) or it.state is NoticeState.STALE
    ]
    if not pressing:
        return Todo(0, "接待通告待公布", url_for("reception_days.days"))
    first = pressing[0]
    late = any(it.state is NoticeState.LATE for it in pressing)
    return Todo(
        len(pressing),
        "接待通告待公布",
        url_for("reception_days.show", day=first.day) + "#papers",
        first.words,
        tone="late" if late else "wait",
    )


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


def for_a_leader() -> dict[str, Any]:
    """The next turn, slips to sign, swaps to answer, what came of earlier instructions."""
    session, actor, today = read(), me(), clock.today()
    waits = waiting.slips_to_sign(session, actor.leader_ids | actor.stands_in_for, actor.leader_ids)
    to_sign = [it for it in waits if it.state is SlipState.AWAITING_SIGNATURE]
    to_countersign = [it for it in waits if it.state is SlipState.SIGNED]
    turn = waiting.next_turn(session, actor.leader_ids, today)
    plan = open_plan(session)
    return {
        "plan": plan if plan is not None and plan.state is PlanState.CONSULTING else None,
        "turn": turn,
        "seats": SEATS,
        "days_left": working_calendar_now().between(today, turn.day) if turn else None,
        "day_url": url_for("reception_days.show", day=turn.day) if turn else None,
        "preparation_url": url_for("reception_days.preparation", day=turn.day) if turn else None,
        "changes": waiting_changes(session)
        if actor.role is Role.SECRETARY or day_changes.decides(session, actor, rules())
        else (),
        "to_sign": [due(it, today) for it in to_sign],
        "to_countersign": [due(it, today) for it in to_countersign],
        "mandates": [it for it in mandate_rows(session, actor, today) if it.state is MandateState.STANDING]
        if actor.stands_in_for
        else (),
        "signed": [due(it, today) for it in waiting.slips_signed(session, actor.leader_ids)],
        "offers": offers_to(session, actor.leader_ids),
        "several": len(actor.leader_ids) > 1,
        "signs": actor.role is Role.LEADER,
        "calendar_warning": calendar_warning(
            [today, turn.day if turn else None, *(it.due_on for it in waits)], "接待日和时限"
        ),
    }


def for_a_unit() -> dict[str, Any]:
    """Slips to sign for, overdue, falling due."""
    session, actor, today = read(), me(), clock.today()
    soon = working_calendar_now().after(today, SOON)
    to_receive = [due(it, today) for it in waiting.slips_to_receive(session, actor)]
    pressing = [due(it, today) for it in waiting.slips_due(session, actor, until=soon)]
    late = [it for it in pressing if it.overdue]
    coming = [it for it in pressing if not it.overdue]
    asked, asked_late, _ = opinion_counts(session, actor, today=today)
    invitations = coming_invitations(session, actor.unit_id or 0, today)
    return {
        "todos": [
            Todo(len(to_receive), "交办单等我签收", "#to-receive"),
            Todo(
                asked,
                "征求意见等我回复",
                url_for("opinions.listing", state="asked"),
                f"{asked_late} 条已逾期" if asked_late else "",
                tone="late" if asked_late else "",
            ),
            Todo(sum(not it.representative for it in invitations), "参加接待等我回复", "#invitations"),
            _papers_to_answer(),
            Todo(len(late), "已经逾期", "#overdue", tone="late"),
            Todo(len(coming), f"{SOON} 个工作日内到期", "#due-soon", tone="wait"),
        ],
        "to_receive": to_receive,
        "own": own_receipts([it.slip.id for it in to_receive]),
        "invitations": invitations,
        "late": late,
        "coming": coming,
        "calendar_warning": calendar_warning([soon, *(it.slip.due_on for it in to_receive)], "办结时限"),
    }


def _papers_to_answer() -> Todo:
    """What the unit was urged to answer in writing."""
    asked = papers_to_answer(read(), me())
    late = sum(it.reply_by is not None and it.reply_by < clock.today() for it in asked)
    note = f"{late} 份回复时限已过" if late else ""
    return Todo(len(asked), "随单文书等我回复", url_for("slips.papers"), note, tone="late" if late else "")


def for_the_supervisor() -> dict[str, Any]:
    """Who is overdue, and what falls due soon."""
    session, actor, today = read(), me(), clock.today()
    soon = working_calendar_now().after(today, SOON)
    pressing = [due(it, today) for it in waiting.slips_due(session, actor, until=soon)]
    loads = waiting.overdue_by_unit(session, today)
    late = [it for it in pressing if it.overdue]
    coming = [it for it in pressing if not it.overdue]
    return {
        "todos": [
            Todo(len(loads), "单位有逾期", "#by-unit", tone="late"),
            Todo(sum(it.matters for it in loads), "事项逾期", url_for("matters.listing", overdue=1), tone="late"),
            Todo(len(coming), f"{SOON} 个工作日内到期", "#due-soon", tone="wait"),
        ],
        "loads": [
            {
                "unit": it.unit,
                "matters": it.matters,
                "left": days_left_label(working_calendar_now(), today, it.earliest),
                "url": url_for("matters.listing", overdue=1, unit=it.unit_id),
            }
            for it in loads
        ],
        "late": late,
        "coming": coming,
        "calendar_warning": calendar_warning([soon], "办结时限"),
    }


def for_the_auditor() -> dict[str, Any]:
    """Today's lines, when the chain was last verified, who is locked out."""
    session, today, now = read(), clock.today(), clock.now()
    locked = locked_rows(session, policy=rules().sign_in, now=now)
    last = last_verification(session)
    stale = last is None or (now - last.at) > timedelta(days=7)
    return {
        "todos": [
            Todo(int(stale), "审计链待核对", url_for("audit.verification"), "每周至少一次", tone="wait"),
            Todo(len(locked), "账号被锁定", url_for("audit.trail", act="locked"), tone="wait"),
        ],
        "last": last,
        "locked": locked,
        "lines": version(),
        "lines_today": waiting.lines_on(session, today),
    }


def for_security() -> dict[str, Any]:
    """Accounts to approve, names locked out."""
    session = read()
    pending = account_rows(session, state=AccountState.PENDING)
    locked = locked_rows(session, policy=rules().sign_in, now=clock.now())
    return {
        "todos": [
            Todo(len(pending), "账号待审批", "#pending"),
            Todo(len(locked), "账号被锁定", "#locked", tone="wait"),
        ],
        "pending": pending,
        "locked": locked,
    }


def for_the_system() -> dict[str, Any]:
    """Whether everything is in order: readiness, disk, versions."""
    found = checks()
    return {
        "troubles": [it for it in found if it.trouble],
        "conditions": [{"label": it.label, "done": it.done, "note": it.state} for it in found],
        "pending": len(account_rows(read(), state=AccountState.PENDING)),
        "versions": versions(),
    }


def versions() -> Sequence[tuple[str, str]]:
    """What the portal runs on."""
    engine = read().get_bind().dialect
    number = ".".join(map(str, engine.server_version_info or ()))
    return (
        ("Python", platform.python_version()),
        ("数据库", f"{engine.name} {number}"),
        ("Flask", release("flask")),
        ("SQLAlchemy", release("sqlalchemy")),
        ("WeasyPrint", release("weasyprint")),
        ("数据版本", f"第 {version()} 行"),
    )


def due(slip: SlipLine, today: date) -> Due:
    """A slip with the time left for it."""
    left = days_left_label(working_calendar_now(), today, slip.due_on) if slip.due_on else "未定时限"
    late = slip.due_on is not None and is_overdue(today, slip.due_on)
    return Due(slip, url_for("slips.show", slip_id=slip.id), left, late)


PAGES = {
    Role.OFFICE: "office",
    Role.LEADER: "leader",
    Role.SECRETARY: "leader",
    Role.UNIT: "unit",
    Role.SUPERVISOR: "supervisor",
    Role.AUDITOR: "auditor",
    Role.SECURITY: "security",
    Role.SYSTEM: "system",
}
CONTENTS: dict[Role, Callable[[], dict[str, Any]]] = {
    Role.OFFICE: for_the_office,
    Role.LEADER: for_a_leader,
    Role.SECRETARY: for_a_leader,
    Role.UNIT: for_a_unit,
    Role.SUPERVISOR: for_the_supervisor,
    Role.AUDITOR: for_the_auditor,
    Role.SECURITY: for_security,
    Role.SYSTEM: for_the_system,
}
