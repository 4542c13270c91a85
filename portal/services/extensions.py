"""More time for a matter: asked in time, granted by whoever may, told to the enterprise (domain 2.3)."""

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.clocks import Clock, Measure, handling_clock, last_day_to_ask
from portal.domain.deadlines import months_later
from portal.domain.errors import Conflict, RuleBroken
from portal.domain.extensions import ExtensionState
from portal.domain.matter_course import MatterAct
from portal.domain.matters import MatterClass
from portal.domain.people import Action, Actor, Role, must
from portal.domain.workdays import day_text
from portal.services import matter_news
from portal.services.calendars import calendar_now
from portal.services.clock_policy import clocks_in_force
from portal.services.counted_dates import count_due, follow_matters
from portal.services.handling import begin_step, handling_of, move, must_be_as_seen
from portal.services.open_requests import lapse_extension
from portal.store.audit_trail import record
from portal.store.models.handling import Extension
from portal.store.models.matters import Matter
from portal.store.queries.office import office_rules

SHORTEST, LONGEST = 10, 2_000


def ask_extension(
    session: Session,
    matter_id: int,
    until_on: date,
    reason: str,
    *,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> Extension:
    """Ask for more time before the last day to ask, no longer and no more often than the clock policy lets."""
    must(actor, Action.HANDLE_MATTER)
    handling = handling_of(session, matter_id, actor=actor)
    matter = handling.matter
    move(session, handling, MatterAct.ASK_EXTENSION, now=now)
    if matter.due_on is None:
        raise RuleBroken("这项诉求没有办结时限，不必申请延期。", field="until_on")
    reason = reason.strip()
    waiting = _waiting(session, matter_id)
    if waiting is not None:
        if (waiting.until_on, waiting.reason) == (until_on, reason):
            return waiting
        raise Conflict("已有一份延期申请等待审批，不能重复申请。")
    must_be_as_seen(matter, version)
    if not SHORTEST <= len(reason) <= LONGEST:
        raise RuleBroken(f"请写明延期原因，{SHORTEST} 至 {LONGEST} 个字。", field="reason")
    clock, calendar = clock_for(session, matter), calendar_now(session)
    last = last_day_to_ask(clock, matter.due_on, calendar)
    if now.date() > last:
        raise RuleBroken(f"延期须在{day_text(last, beside=now.date())}前申请，已过申请期限。", field="until_on")
    if clock.extensions == 0 or _granted(session, matter_id) >= clock.extensions:
        raise RuleBroken(f"这项诉求最多延期 {clock.extensions} 次，不能再申请。", field="until_on")
    latest = latest_extension(session, matter, clock)
    if not matter.due_on < until_on <= latest:
        raise RuleBroken(
            f"延期后的时限应晚于现在的{day_text(matter.due_on, beside=now.date())}，"
            f"最迟{day_text(latest, beside=now.date())}。",
            field="until_on",
        )
    extension = Extension(
        matter_id=matter_id,
        slip_id=handling.slip.id,
        unit_id=actor.unit_id,
        before_on=matter.due_on,
        until_on=until_on,
        reason=reason,
        state=ExtensionState.ASKED,
        asked_by=actor.name,
        asked_at=now,
    )
    session.add(extension)
    session.flush()
    record(
        session, actor, now, "extension_asked", matter, summary=f"申请延期至 {until_on:%Y-%m-%d}：{reason[:60]}",
        extension=extension.id,
    )  # fmt: skip
    matter_news.extension_is_asked(session, extension, matter, handling.slip, now=now)
    return extension


def withdraw_extension(
    session: Session, matter_id: int, *, version: int | None = None, actor: Actor, now: datetime
) -> Extension:
    """The lead unit takes back what it asked for, as long as nothing is decided; whoever may ask may take back."""
    must(actor, Action.HANDLE_MATTER)
    handling = handling_of(session, matter_id, version=version, actor=actor)
    move(session, handling, MatterAct.ASK_EXTENSION, now=now)
    extension = lapse_extension(session, matter_id, "单位撤回")
    if extension is None:
        raise Conflict("没有等待审批的延期申请，可能已经审批。")
    record(session, actor, now, "extension_withdrawn", handling.matter, summary="撤回延期申请", extension=extension.id)
    return extension


def decide_extension(
    session: Session,
    matter_id: int,
    *,
    grant: bool,
    remark: str = "",
    told_on: date | None = None,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> Extension:
    """Grant or refuse; a class A matter is the leader's to decide where the office's rules say so (domain 9)."""
    must(actor, Action.OVERSEE_MATTER)
    handling = handling_of(session, matter_id, version=version, actor=actor)
    matter = handling.matter
    extension = _waiting(session, matter_id)
    if extension is None:
        raise Conflict("没有等待审批的延期申请，可能别人已经审批。")
    by_leader = office_rules(session).extension_by_leader and matter.matter_class is MatterClass.A
    if by_leader and actor.role is not Role.LEADER:
        raise RuleBroken("A类事项的延期由签批领导或牵头领导审批。", field="state")
    move(session, handling, MatterAct.DECIDE_EXTENSION, now=now)
    if told_on is not None and told_on > now.date():
        raise RuleBroken("告知企业的日期不能晚于今天；还没有告知的，请留空。", field="told_on")
    if not grant and len(remark.strip()) < 4:
        raise RuleBroken("不同意延期的，请写明理由，不少于 4 个字。", field="remark")
    extension.state = ExtensionState.GRANTED if grant else ExtensionState.REFUSED
    extension.decided_by, extension.decided_at = actor.name, now
    extension.remark, extension.enterprise_told_on = remark.strip()[:400], told_on
    if grant:
        matter.due_on = extension.until_on
        count_due(matter, None)
        follow_matters(handling.slip)
        begin_step(session, matter, now)
    record(
        session, actor, now, "extension_granted" if grant else "extension_refused", matter,
        summary=f"{extension.state.label}延期至 {extension.until_on:%Y-%m-%d}", extension=extension.id,
    )  # fmt: skip
    matter_news.extension_is_decided(session, extension, matter, now=now)
    return extension


def clock_for(session: Session, matter: Matter) -> Clock:
    """The handling clock of a matter, with the days of its class or level (JY-22); the law's own for a petition.

    Whatever its last day was before: extended, resumed, or its slip's, which is the longest of several matters'.
    """
    days = office_rules(session).handling_times.of(matter.matter_class, matter.level).days
    return handling_clock(clocks_in_force(session), days, petition=matter.is_petition)


def latest_extension(session: Session, matter: Matter, clock: Clock) -> date:
    """The last day an extension may reach, counted on from the last day the matter has now."""
    if matter.due_on is None:
        raise RuleBroken("这项诉求没有办结时限。", field="until_on")
    if clock.measure is Measure.WORKING_DAYS:
        return calendar_now(session).after(matter.due_on, clock.extend_by)
    if clock.measure is Measure.MONTHS:
        return months_later(matter.due_on, clock.extend_by)
    return date.fromordinal(matter.due_on.toordinal() + clock.extend_by)


def _waiting(session: Session, matter_id: int) -> Extension | None:
    return session.scalar(
        select(Extension).where(Extension.matter_id == matter_id, Extension.state == ExtensionState.ASKED)
    )


def _granted(session: Session, matter_id: int) -> int:
    return (
        session.scalar(
            select(func.count())
            .select_from(Extension)
            .where(Extension.matter_id == matter_id, Extension.state == ExtensionState.GRANTED)
        )
        or 0
    )
