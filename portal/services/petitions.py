"""A matter handled as a petition (信访事项): the law's own clocks run for it, in calendar days (domain 2.3, 5.2)."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from portal.documents.words import day as dated
from portal.domain.clocks import PETITION_CLOCKS, Counted, Stage, counted, handling_clock
from portal.domain.errors import Conflict, NotFound, RuleBroken
from portal.domain.extensions import ExtensionState
from portal.domain.matter_course import CLOCK_RUNS, TERMINAL
from portal.domain.matters import MatterState
from portal.domain.people import Action, Actor, must
from portal.services.calendars import calendar_now
from portal.services.clock_policy import clocks_in_force
from portal.services.counted_dates import count_due, counted_due
from portal.services.handling import CHANGED, UNSEEN
from portal.services.messages import accounts_of_units, tell
from portal.services.open_limits import give_due
from portal.services.pauses import days_left, running_pause
from portal.services.petition_slips import SlipEffect, recount_drafts, slip_effects
from portal.services.slip_orders import slip_in_hand
from portal.store.audit_trail import record
from portal.store.models.handling import Closing, Extension, Pause
from portal.store.models.matters import Matter
from portal.store.models.slips import Slip
from portal.store.queries.office import office_rules
from portal.store.queries.recounts import slips_carrying

SHORTEST, LONGEST = 4, 400
PAUSED = frozenset({MatterState.SUSPENDED, MatterState.LONG_TERM})


@dataclass(frozen=True, slots=True)
class PetitionEffect:
    """What marking or unmarking does to the last day of a matter; `limit` is None where it stays, and `why` says so."""

    before: date | None
    limit: Counted | None
    why: str
    slips: tuple[SlipEffect, ...] = ()

    @property
    def said(self) -> str:
        """In one sentence, for people."""
        if self.limit is None or self.before is None:
            return self.why
        return f"办结时限由{dated(self.before)}调整为{dated(self.limit.due)}"


def petition_effect(session: Session, matter_id: int, *, marked: bool, today: date) -> PetitionEffect:
    """What marking a matter would do, to it and to the slips it is on, without doing it."""
    return _whole_effect(session, _matter(session, matter_id, lock=False), marked=marked, today=today)


def mark_petition(
    session: Session,
    matter_id: int,
    why: str,
    *,
    marked: bool,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> PetitionEffect:
    """Say that a matter is handled as a petition, or no longer; its last day follows, never one that has passed.

    The date a draft proposes follows; what is out for signature or signed stays as it is on paper. A date that was extended
    stays, as far as the law lets. Raises RuleBroken when the matter has ended or stands so already.
    """
    must(actor, Action.DRAFT_SLIP)
    for slip_id in sorted(slips_carrying(session, [matter_id])):
        slip_in_hand(session, slip_id)
    matter = _matter(session, matter_id, lock=True)
    if version is not None and version != matter.version:
        raise Conflict(CHANGED)
    if matter.state in TERMINAL:
        raise RuleBroken(f"事项现为“{matter.state.label}”，已经办完，不能再改办理方式。", field="why")
    if matter.is_petition is marked:
        stands = "已按信访事项办理" if marked else "没有按信访事项办理"
        raise Conflict(f"这项诉求{stands}，可能别人刚刚改过。")
    why = why.strip()
    if not SHORTEST <= len(why) <= LONGEST:
        raise RuleBroken(f"请写明理由，{SHORTEST} 至 {LONGEST} 个字。", field="why")
    effect = _whole_effect(session, matter, marked=marked, today=now.date())
    matter.is_petition = marked
    if effect.limit is not None:
        give_due(session, matter, effect.limit.due)
        count_due(matter, effect.limit if effect.limit.days else None)
    if matter.state in PAUSED:
        _recount_what_was_left(session, matter)
    label = "标注按信访事项办理" if marked else "取消按信访事项办理"
    recount_drafts(session, matter, f"诉求 {matter.number} {label}", actor=actor, now=now)
    record(session, actor, now, "petition_marked", matter, summary=f"{label}：{why[:60]}；{effect.said}", marked=marked)
    if matter.lead_unit_id is not None:
        tell(
            session,
            accounts_of_units(session, {matter.lead_unit_id}),
            f"petition:{matter.id}:{now.isoformat()}",
            f"诉求 {matter.number} {'改按' if marked else '不再按'}信访事项办理",
            body=f"{effect.said}。",
            url=f"/matters/{matter.id}",
            now=now,
        )
    return effect


def _whole_effect(session: Session, matter: Matter, *, marked: bool, today: date) -> PetitionEffect:
    effect = _effect(session, matter, marked=marked, today=today)
    slips = slip_effects(session, matter, marked=marked, moves=effect.limit is not None, today=today)
    return replace(effect, slips=tuple(slips))


def _matter(session: Session, matter_id: int, *, lock: bool) -> Matter:
    statement = select(Matter).where(Matter.id == matter_id).options(joinedload(Matter.reception_day))
    if lock:
        statement = statement.with_for_update(of=Matter).execution_options(populate_existing=True)
    matter = session.scalars(statement).one_or_none()
    if matter is None:
        raise NotFound(UNSEEN)
    return matter


def _effect(session: Session, matter: Matter, *, marked: bool, today: date) -> PetitionEffect:
    due = matter.due_on
    if due is None:
        return PetitionEffect(None, None, "交办后按法定时限计算" if marked else "交办后按通常时限计算")
    if matter.state not in CLOCK_RUNS | PAUSED:
        return PetitionEffect(due, None, "单位已报送办理结果，办结时限不变")
    if due < today:
        return PetitionEffect(due, None, f"办结时限{dated(due)}已过，不变")
    limit = _by_law(session, matter) if marked else _as_usual(session, matter)
    if matter.due_days is None:
        if not marked or due <= limit.due + _extended(session, matter):
            return PetitionEffect(due, None, f"办结时限{dated(due)}是延期或人工设定的，不变")
        limit = replace(limit, days=0, due=limit.due + _extended(session, matter))
    if limit.due <= today and matter.state not in PAUSED:
        return PetitionEffect(due, None, f"按新的算法应为{dated(limit.due)}，不在今天之后，办结时限{dated(due)}不变")
    return PetitionEffect(due, limit, "")


def _by_law(session: Session, matter: Matter) -> Counted:
    return counted(PETITION_CLOCKS[Stage.HANDLING], _began(session, matter), calendar_now(session))


def _as_usual(session: Session, matter: Matter) -> Counted:
    """As its slip's date was counted while it is in its first round and was never paused, else by its class."""
    began = _began(session, matter)
    if matter.round == 1 and began == _first_day(matter):
        slip = session.scalar(
            select(Slip)
            .where(Slip.id.in_(slips_carrying(session, [matter.id])), Slip.lead_unit_id == matter.lead_unit_id)
            .order_by(Slip.id)
            .limit(1)
        )
        if slip is not None and slip.due_on is not None:
            return counted_due(slip) or Counted(began, 0, slip.due_on)
    days = office_rules(session).handling_times.of(matter.matter_class, matter.level).days
    clock = handling_clock(clocks_in_force(session), days, petition=False)
    return counted(clock, began, calendar_now(session))


def _began(session: Session, matter: Matter) -> date:
    """The day the handling clock of this round began, later by the days it stood still."""
    began = _first_day(matter)
    if matter.round > 1:
        again = session.scalar(
            select(func.max(Closing.ended_at)).where(Closing.matter_id == matter.id, Closing.round < matter.round)
        )
        began = again.date() if again is not None else matter.due_from or began
    still = sum(
        (it.ended_at.date() - it.begun_at.date()).days
        for it in session.scalars(select(Pause).where(Pause.matter_id == matter.id, Pause.ended_at.is_not(None)))
        if it.ended_at is not None and it.begun_at.date() >= began
    )
    return began + timedelta(days=still)


def _first_day(matter: Matter) -> date:
    return matter.reception_day.day if matter.reception_day is not None else matter.raised_on


def _extended(session: Session, matter: Matter) -> timedelta:
    """The thirty days by which the law lets a petition be extended, where more time was granted in this round."""
    granted = session.scalar(
        select(Extension.id).where(Extension.matter_id == matter.id, Extension.state == ExtensionState.GRANTED).limit(1)
    )
    return timedelta(days=PETITION_CLOCKS[Stage.HANDLING].extend_by if granted is not None else 0)


def _recount_what_was_left(session: Session, matter: Matter) -> None:
    """What a paused matter had left is kept in the days its clock counts in now."""
    running = running_pause(session, matter.id)
    if running is not None:
        running.days_left = days_left(session, matter, running.begun_at.date())
