"""The clocks in force: the office's rows laid over the default, its own rules for signing, receipt and handling among them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

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
from portal.services.calendars import calendar_now
from portal.store.models.handling import ClockRule
from portal.store.queries.office import office_rules


def clocks_in_force(session: Session) -> Mapping[Stage, Clock]:
    """Every stage's clock, in one statement."""
    rules = office_rules(session)
    clocks = dict(DEFAULT_CLOCKS)
    for stage, days in (
        (Stage.SIGNING, rules.signing_days),
        (Stage.RECEIPT, rules.receipt_days),
        (Stage.HANDLING, rules.handling_days),
    ):
        clocks[stage] = replace(clocks[stage], length=days)
    for row in session.scalars(select(ClockRule)):
        clocks[Stage(row.stage)] = clock_from(row)
    return clocks


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
