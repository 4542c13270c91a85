"""The clocks in force: the office's rows laid over the default, its own rules for some lengths among them."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.clock_policy import OFFICE_RULE, clock_problems
from portal.domain.clocks import (
    DEFAULT_CLOCKS,
    Clock,
    Measure,
    OnRestDay,
    Overdue,
    Stage,
    StartEvent,
    clock_of,
    ends_on,
)
from portal.domain.errors import Conflict, RuleBroken, refuse
from portal.domain.office import OfficeRules
from portal.domain.people import Action, Actor, must
from portal.services.calendars import calendar_now
from portal.services.office_settings import keep_rules
from portal.store.audit_trail import record
from portal.store.models.handling import ClockRule
from portal.store.queries.office import office_rules

CHANGED = "您打开页面之后，别人已修改了这条时限规则。您填写的内容仍在，请核对最新内容后再提交。"


def clocks_in_force(session: Session, rules: OfficeRules | None = None) -> Mapping[Stage, Clock]:
    """Every stage's clock, in two statements; one for whoever has the office's rules at hand."""
    clocks = dict(DEFAULT_CLOCKS)
    for row in session.scalars(select(ClockRule)):
        clocks[Stage(row.stage)] = clock_from(row)
    rules = rules or office_rules(session)
    return {stage: _with_the_offices_length(clock, rules) for stage, clock in clocks.items()}


def clock_from(row: ClockRule) -> Clock:
    """One row as the clock it says."""
    return Clock(
        Stage(row.stage),
        row.length,
        Measure(row.measure),
        StartEvent(row.start),
        row.extensions,
        row.extend_by,
        row.ask_before,
        Overdue(row.overdue),
        OnRestDay(row.on_rest_day),
    )


def stage_ends(session: Session, stage: Stage, start: date, *, petition: bool = False) -> date:
    """The last day of a stage that began on `start`."""
    return ends_on(clock_of(stage, clocks_in_force(session), petition=petition), start, calendar_now(session))


def clock_mark(clock: Clock) -> str:
    """What a form carries to notice that somebody else changed the row while it was open."""
    return sha256(repr(asdict(clock)).encode()).hexdigest()[:16]


def set_clock(session: Session, clock: Clock, *, seen: str | None = None, actor: Actor, now: datetime) -> Clock:
    """Say how a stage is counted from now on; clocks that run already keep the last day they have.

    Raises RuleBroken on the field that cannot work, Conflict when `seen` is no longer the mark of what is in force.
    """
    must(actor, Action.KEEP_SETTINGS)
    before, row = _held(session, clock.stage, seen)
    refuse(clock_problems(clock))
    clock = replace(clock, start=DEFAULT_CLOCKS[clock.stage].start)
    if clock == before:
        raise RuleBroken("内容与现行规则相同，没有需要保存的修改。", field="length")
    rule, measure = OFFICE_RULE.get(clock.stage, ("", clock.measure))
    if rule and clock.measure is measure:
        keep_rules(session, **{rule: clock.length})
    if row is None:
        row = ClockRule(stage=clock.stage.value)
        session.add(row)
    for name, value in asdict(clock).items():
        setattr(row, name, getattr(value, "value", value))
    _keep(session, row)
    summary = f"修改时限规则“{clock.stage.label}”：{before.label}改为{clock.label}"
    if before.label == clock.label:
        summary = f"修改时限规则“{clock.stage.label}”（{clock.label}）的延期、逾期或休息日规定"
    record(session, actor, now, "clock_rule_set", row, summary=summary, before=_plain(before), after=_plain(clock))
    return clock


def reset_clock(session: Session, stage: Stage, *, seen: str | None = None, actor: Actor, now: datetime) -> Clock:
    """Let a stage run by the default again. Raises RuleBroken when it does, Conflict when `seen` is out of date."""
    must(actor, Action.KEEP_SETTINGS)
    before, row = _held(session, stage, seen)
    usual = DEFAULT_CLOCKS[stage]
    if before == usual:
        raise RuleBroken("这条规则现在就是默认的，不必恢复。")
    rule, _ = OFFICE_RULE.get(stage, ("", None))
    if rule:
        keep_rules(session, **{rule: usual.length})
    target = row or ClockRule(stage=stage.value)
    if row is not None:
        session.delete(row)
    record(
        session, actor, now, "clock_rule_set", target,
        summary=f"时限规则“{stage.label}”恢复默认：{before.label}改为{usual.label}", before=_plain(before), after=_plain(usual),
    )  # fmt: skip
    return usual


def _held(session: Session, stage: Stage, seen: str | None) -> tuple[Clock, ClockRule | None]:
    """The clock in force and the office's row for it, locked."""
    row = session.get(ClockRule, stage.value, with_for_update=True, populate_existing=True)
    held = clocks_in_force(session)[stage]
    if seen is not None and seen != clock_mark(held):
        raise Conflict(CHANGED)
    return held, row


def _keep(session: Session, row: ClockRule) -> None:
    try:
        session.flush()
    except IntegrityError:
        raise Conflict(f"“{Stage(row.stage).label}”刚刚由别人修改，本次没有改动。请重新打开页面查看。") from None


def _with_the_offices_length(clock: Clock, rules: OfficeRules) -> Clock:
    """The clock with the length among the office's rules, where that is what it is counted in."""
    rule, measure = OFFICE_RULE.get(clock.stage, ("", None))
    return replace(clock, length=getattr(rules, rule)) if rule and clock.measure is measure else clock


def _plain(clock: Clock) -> dict[str, object]:
    return {name: getattr(value, "value", value) for name, value in asdict(clock).items()}
