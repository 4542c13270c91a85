"""Moving a reception day to another date or cancelling it: asked for, approved, carried out, told to everybody (domain 2.1)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.bookings import STANDING_STATES
from portal.domain.day_changes import CHANGE_STEPS, ApprovedHow, ChangeKind, ChangeState, needs_approval
from portal.domain.duty_clashes import Clash, clashes
from portal.domain.errors import Conflict, NotAllowed, NotFound, RuleBroken, refuse
from portal.domain.office import OfficeRules
from portal.domain.people import Action, Actor, Role, must
from portal.domain.planned_days import serving_day
from portal.domain.reception_days import DayState
from portal.domain.visitor_news import Occasion
from portal.domain.workdays import day_text
from portal.services import group_news
from portal.services.calendars import calendar_now
from portal.services.messages import accounts_in_role, accounts_of_leaders, accounts_of_units, tell
from portal.services.reception_days import SHORTEST_REASON, dated, day_to_change, reason_problems, take_off
from portal.services.telling import tell_visitors
from portal.store.audit_trail import record
from portal.store.models.bookings import Booking
from portal.store.models.reception import DayChange, DutyTurn, ReceptionDay
from portal.store.queries.day_changes import people_on_duty, units_invited_on
from portal.store.queries.office import office_rules
from portal.store.queries.rota import chief_ids

LONGEST_REST_DAY_REASON = 40
LONGEST_REMARK = 150
LONGEST_APPROVER = 80
STILL_TO_COME = (DayState.PLANNED, DayState.PUBLISHED)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for; `on_rest_day` says why a date on which the office does not work will do."""

    kind: ChangeKind
    reason: str
    to_day: date | None = None
    on_rest_day: str = ""


def ask(
    session: Session, day_id: int, wish: Wish, *, version: int | None = None, actor: Actor, now: datetime
) -> DayChange:
    """Ask to move or cancel a day; what needs no approval is carried out at once (domain 2.1).

    Raises RuleBroken on `to_day`, `on_rest_day` or `reason`, and Conflict when a request for the day is waiting already.
    """
    must(actor, Action.PLAN_DAYS)
    day = day_to_change(session, day_id, version)
    _must_be_to_come(day, wish.kind, now.date())
    reason = _checked_reason(session, day, wish, now.date())
    waits = needs_approval(office_rules(session).day_change_approval, is_published=day.state is DayState.PUBLISHED)
    change = DayChange(
        reception_day_id=day.id,
        kind=wish.kind,
        from_day=day.day,
        to_day=wish.to_day if wish.kind is ChangeKind.REDATE else None,
        reason=reason,
        state=ChangeState.WAITING,
        asked_by=actor.name,
        asked_at=now,
    )
    _must_be_the_only_one(session, day)
    session.add(change)
    _flush(session, "这个接待日刚刚已有一份待批准的申请，没有重复提交。")
    what = _what(change)
    record(session, actor, now, "day_change_asked", change, summary=f"申请{what}：{reason}"[:300])
    if waits:
        key, url = f"day-change-asked:{change.id}", f"/reception-days/changes/{change.id}"
        subject = f"等您批准：{what}"
        tell(session, _who_decides(session), key, subject, body=f"理由：{reason}", url=url, now=now)
    else:
        change.how, change.decided_by, change.decided_on = ApprovedHow.NOT_NEEDED, actor.name, now.date()
        _carry_out(session, day, change, actor=actor, now=now)
    return change


def decides(session: Session, actor: Actor, rules: OfficeRules) -> bool:
    """Whether this person may approve or decline a change: any leader, or by the office's setting a chief only."""
    if actor.role is not Role.LEADER:
        return False
    return not rules.chiefs_approve or not actor.leader_ids.isdisjoint(chief_ids(session))


def _must_decide(session: Session, actor: Actor, what: str) -> None:
    rules = office_rules(session)
    if not decides(session, actor, rules):
        who = "党政主要负责人" if rules.chiefs_approve else "区级领导"
        raise NotAllowed(f"只有{who}可以{what}。")


def _who_decides(session: Session) -> list[int]:
    if office_rules(session).chiefs_approve:
        return accounts_of_leaders(session, chief_ids(session))
    return accounts_in_role(session, Role.LEADER)


def approve(session: Session, change_id: int, *, actor: Actor, now: datetime) -> DayChange:
    """A leader approves on the screen, and the change is carried out; of two at once exactly one wins."""
    must(actor, Action.APPROVE_DAY_CHANGE)
    _must_decide(session, actor, "在系统内批准。领导已在纸面批准的，请用“登记纸面批准”")
    change, day = _waiting(session, change_id)
    change.how, change.decided_by, change.decided_on = ApprovedHow.SCREEN, actor.name, now.date()
    _carry_out(session, day, change, actor=actor, now=now)
    return change


def approve_on_paper(
    session: Session, change_id: int, *, approver: str, approved_on: date, actor: Actor, now: datetime
) -> DayChange:
    """The office records who approved on paper and when, and the change is carried out."""
    must(actor, Action.PLAN_DAYS)
    approver = approver.strip()
    if not 2 <= len(approver) <= LONGEST_APPROVER:
        message = f"请写明批准领导的姓名和职务，不超过 {LONGEST_APPROVER} 个字，例如“郑示和 区长”。"
        raise RuleBroken(message, field="approver")
    if approved_on > now.date():
        raise RuleBroken("批准日期不能晚于今天，请按纸面所签日期填写。", field="approved_on")
    change, day = _waiting(session, change_id)
    change.how, change.decided_by, change.decided_on = ApprovedHow.PAPER, approver, approved_on
    _carry_out(session, day, change, actor=actor, now=now)
    return change


def decline(session: Session, change_id: int, remark: str, *, actor: Actor, now: datetime) -> DayChange:
    """A leader does not approve; the day stays as it is, and the office is told why."""
    must(actor, Action.APPROVE_DAY_CHANGE)
    _must_decide(session, actor, "不批准。不再需要变更的，请撤回申请")
    remark = _checked_remark(remark, "不批准")
    change, _ = _waiting(session, change_id)
    _decide(change, ChangeState.REFUSED, actor.name, remark, now)
    record(session, actor, now, "day_change_refused", change, summary=f"未批准{_what(change)}：{remark}"[:300])
    tell(
        session,
        accounts_in_role(session, Role.OFFICE),
        f"day-change-decided:{change.id}",
        f"未获批准：{_what(change)}",
        body=f"意见：{remark}",
        url=f"/reception-days/changes/{change.id}",
        now=now,
    )
    return change


def withdraw(session: Session, change_id: int, *, actor: Actor, now: datetime) -> DayChange:
    """The office takes a waiting request back."""
    must(actor, Action.PLAN_DAYS)
    change, _ = _waiting(session, change_id)
    _decide(change, ChangeState.WITHDRAWN, actor.name, "", now)
    record(session, actor, now, "day_change_withdrawn", change, summary=f"撤回申请：{_what(change)}")
    return change


def note_call_list(session: Session, day_id: int, *, actor: Actor, now: datetime) -> ReceptionDay:
    """Write down that somebody takes the telephone numbers of everybody booked for a day (domain 7.1)."""
    must(actor, Action.PLAN_DAYS)
    must(actor, Action.SEE_PERSONAL_DATA)
    day = session.get(ReceptionDay, day_id)
    if day is None:
        raise NotFound("没有找到这个接待日。")
    summary = f"打开{dated(day.day)}接待日的电话告知名单（含完整电话）"
    record(session, actor, now, "personal_data_seen", day, summary=summary)
    return day


def clashes_on(session: Session, day_id: int, day: date) -> tuple[Clash, ...]:
    """Who of those on duty on a reception day cannot come on this date, and why."""
    gap = office_rules(session).min_gap_days
    return clashes(people_on_duty(session, day_id, day, gap), day, min_gap_days=gap)


def _checked_reason(session: Session, day: ReceptionDay, wish: Wish, today: date) -> str:
    """The reason as it is kept, with the one for a rest day; the new date is checked on the way."""
    reason, further = wish.reason.strip(), wish.on_rest_day.strip()
    if wish.kind is ChangeKind.CANCEL:
        refuse(reason_problems(reason, "取消接待日"))
        return reason
    if wish.to_day is None:
        raise RuleBroken("请选择改到哪一天。", field="to_day")
    _must_be_free(session, day, wish.to_day, today)
    fact = calendar_now(session).fact(wish.to_day)
    if not fact.is_working and len(further) < SHORTEST_REASON:
        message = (
            f"{day_text(wish.to_day, today)}是{fact.label}，如确需安排，请写明理由，不少于 {SHORTEST_REASON} 个字。"
        )
        raise RuleBroken(message, field="on_rest_day")
    if len(further) > LONGEST_REST_DAY_REASON:
        raise RuleBroken(f"理由最多 {LONGEST_REST_DAY_REASON} 个字，请精简。", field="on_rest_day")
    refuse(reason_problems(reason, "改期"))
    return reason if fact.is_working else f"{reason}；休息日安排：{further}"


def _must_be_free(session: Session, day: ReceptionDay, to_day: date, today: date) -> None:
    if to_day == day.day:
        raise RuleBroken("新日期与原日期相同，请另选一天。", field="to_day")
    if to_day <= today:
        raise RuleBroken("新日期最早是明天，请另选一天。", field="to_day")
    there = session.scalar(select(ReceptionDay.state).where(ReceptionDay.day == to_day))
    if there is not None:
        message = f"{day_text(to_day, today)}已有接待日（{there.label}），一天只设一个，请另选一天。"
        raise RuleBroken(message, field="to_day")


def _must_be_to_come(day: ReceptionDay, kind: ChangeKind, today: date) -> None:
    if day.state not in STILL_TO_COME:
        raise RuleBroken(f"接待日现为“{day.state.label}”，只有计划或已发布的才能{kind.label}。", field="reason")
    if kind is ChangeKind.REDATE and day.day < today:
        raise RuleBroken(f"{dated(day.day)}已经过去，不能改期。请另外增加一个接待日。", field="to_day")


def _must_be_the_only_one(session: Session, day: ReceptionDay) -> None:
    waiting = session.scalar(
        select(DayChange.kind).where(DayChange.reception_day_id == day.id, DayChange.state == ChangeState.WAITING)
    )
    if waiting is not None:
        message = f"这个接待日已有一份待批准的{waiting.label}申请，请等待批准，或先撤回再重新提出。"
        raise Conflict(message, field="reason")


def _waiting(session: Session, change_id: int) -> tuple[DayChange, ReceptionDay]:
    """A request that still waits and its day, both held until the end. Raises Conflict when somebody decided first."""
    day_id = session.scalar(select(DayChange.reception_day_id).where(DayChange.id == change_id))
    if day_id is None:
        raise NotFound("没有找到这份变更申请。请从“改期与取消”列表进入。")
    day = day_to_change(session, day_id, None)
    change = session.get_one(DayChange, change_id, with_for_update=True, populate_existing=True)
    if change.state is not ChangeState.WAITING:
        by = f"由{change.decided_by}" if change.decided_by else ""
        raise Conflict(f"这份申请已{by}办理，现为“{change.state.label}”，没有重复办理。请刷新页面查看。")
    return change, day


def _decide(change: DayChange, state: ChangeState, by: str, remark: str, now: datetime) -> None:
    change.state = CHANGE_STEPS.advance(change.state, state)
    change.decided_by, change.decided_on, change.decided_at = by, now.date(), now
    change.remark = remark


def _carry_out(session: Session, day: ReceptionDay, change: DayChange, *, actor: Actor, now: datetime) -> None:
    """Do what was approved, write it down, and tell everybody whom it concerns."""
    _must_be_to_come(day, change.kind, now.date())
    change.state = CHANGE_STEPS.advance(change.state, ChangeState.APPROVED)
    change.decided_at = now
    if change.how is not ApprovedHow.NOT_NEEDED:
        how = ApprovedHow(change.how or "").label
        summary = f"批准{_what(change)}（{how}：{change.decided_by}）"
        record(session, actor, now, "day_change_approved", change, summary=summary)
    leaders = session.scalars(select(DutyTurn.leader_id).where(DutyTurn.reception_day_id == day.id)).all()
    concerned = [*accounts_of_leaders(session, leaders), *accounts_of_units(session, units_invited_on(session, day.id))]
    if change.kind is ChangeKind.CANCEL:
        booked = take_off(session, day, change.reason, actor=actor, now=now)
    else:
        booked = _move(session, day, change, actor=actor, now=now)
    _tell_everybody(session, day, change, concerned, booked, now)


def _move(session: Session, day: ReceptionDay, change: DayChange, *, actor: Actor, now: datetime) -> int:
    """Put the same day on another date: slots, bookings and duty stay with it; answers how many bookings stand."""
    assert change.to_day is not None  # noqa: S101 - the schema holds it, this tells mypy
    _must_be_free(session, day, change.to_day, now.date())
    day.why = f"由{dated(change.from_day)}改期至此：{change.reason}"[:200]
    day.nominal = day.nominal if _still_by_rule(session, day, change.to_day) else None
    day.day = change.to_day
    day.sequence += 1
    _flush(session, "新日期刚刚由别人设了接待日，没有改动。请另选一天。")
    summary = f"接待日由{dated(change.from_day)}改期至{dated(change.to_day)}：{change.reason}"
    record(session, actor, now, "day_redated", day, summary=summary[:300])
    standing = select(Booking.id, Booking.seat_id).where(
        Booking.reception_day_id == day.id, Booking.state.in_(STANDING_STATES)
    )
    booked = session.execute(standing.order_by(Booking.id)).all()
    before = day_text(change.from_day, now.date())
    tell_visitors(session, [it.id for it in booked], Occasion.DAY_MOVED, before=before, now=now)
    if day.state is DayState.PUBLISHED:
        group_news.day_is_moved(session, day, change.from_day, now=now)
    return sum(it.seat_id is not None for it in booked)


def _still_by_rule(session: Session, day: ReceptionDay, to_day: date) -> bool:
    """Whether the new date is where the rule itself puts the day under the present calendar."""
    if day.nominal is None or day.on_holiday is None:
        return False
    calendar = calendar_now(session)
    return serving_day(day.nominal, day.on_holiday, day.make_up_days, calendar) == to_day


def _tell_everybody(
    session: Session, day: ReceptionDay, change: DayChange, concerned: list[int], booked: int, now: datetime
) -> None:
    word = "redated" if change.kind is ChangeKind.REDATE else "cancelled"
    key, url = f"day-{word}:{day.id}:{day.sequence}", f"/reception-days/{day.day.isoformat()}"
    office = accounts_in_role(session, Role.OFFICE)
    subject, reason = _what(change, done=True), f"理由：{change.reason}"
    others = sorted(set(concerned) - set(office))
    tell(session, others, key, subject, body=f"{reason}\n请以新的安排为准。", url=url, now=now)
    lines = [reason, f"已预约的 {booked} 家企业须逐一电话告知。" if booked else "当日没有预约。"]
    if change.kind is ChangeKind.REDATE:
        found = clashes_on(session, day.id, day.day)
        lines += [f"{it.seat.label}{it.name}：{it.why}，请调整轮值。" for it in found]
    call_url = f"/reception-days/changes/{change.id}"
    tell(session, office, f"{key}:office", subject, body="\n".join(lines), url=call_url, now=now)


def _checked_remark(remark: str, act: str) -> str:
    remark = remark.strip()
    if not SHORTEST_REASON <= len(remark) <= LONGEST_REMARK:
        message = f"{act}须写明意见，{SHORTEST_REASON} 至 {LONGEST_REMARK} 个字。"
        raise RuleBroken(message, field="remark")
    return remark


def _what(change: DayChange, *, done: bool = False) -> str:
    """What a request is about: 接待日改期（2026年12月15日→2026年12月22日）; what is done says so."""
    verb = f"接待日{'已' if done else ''}{change.kind.label}"
    arrow = f"→{dated(change.to_day)}" if change.to_day else ""
    return f"{verb}（{dated(change.from_day)}{arrow}）"


def _flush(session: Session, refusal: str) -> None:
    """Store at once; what somebody else stored at this moment turns into Conflict, and nothing is stored."""
    try:
        session.flush()
    except IntegrityError:
        raise Conflict(refusal, field="to_day") from None
