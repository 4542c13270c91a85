"""Every clock a matter has had, and those that run: from when, how long, until when, when it ended, whether late (NX-33, domain 9).

Nothing of this is stored; it is computed from what happened and from the clock policy.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from portal.domain.clocks import Clock, Stage, clock_of, contact_clock, counted_at, ends_on
from portal.domain.workdays import WorkingCalendar


@dataclass(frozen=True, slots=True)
class SlipTimes:
    """What happened with the slip of the lead unit; `receipt_length` is what it was counted in, in words."""

    received_on_day: date
    signed_on: date | None = None
    issued_at: datetime | None = None
    receipt_due_on: date | None = None
    receipt_due_at: datetime | None = None
    receipt_length: str = ""
    received_at: datetime | None = None
    contacted_on: date | None = None
    urgent_hours: int = 0


@dataclass(frozen=True, slots=True)
class ObjectionTimes:
    """A return (异议) and its ruling."""

    made_at: datetime
    due_on: date
    ruled_at: datetime | None


@dataclass(frozen=True, slots=True)
class HelperTimes:
    """An assisting unit, when it signed, its own last day, and when it answered."""

    unit: str
    received_at: datetime | None
    due_on: date | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class RoundTimes:
    """One round of closing; `due_on` is the last day of the handling clock it answered to."""

    number: int
    due_on: date
    proposed_at: datetime
    head_at: datetime | None
    opinion_at: datetime | None
    reviewed_at: datetime | None
    approved_at: datetime | None
    ended_at: datetime | None
    skipped: frozenset[str] = frozenset()
    called_back_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LookBackTimes:
    """A planned look-back, and the day it was done."""

    round: int
    planned_on: date
    done_on: date | None


@dataclass(frozen=True, slots=True)
class MatterTimes:
    """Everything the clocks of one matter are computed from; `ended_at` is when it left the course, None while it is on it."""

    is_petition: bool
    handling_runs: bool
    round: int
    due_on: date | None
    due_from: date | None
    due_length: str
    step_due_on: date | None
    step_due_at: datetime | None
    ended_at: datetime | None
    slip: SlipTimes
    objections: tuple[ObjectionTimes, ...] = ()
    helpers: tuple[HelperTimes, ...] = ()
    rounds: tuple[RoundTimes, ...] = ()
    look_backs: tuple[LookBackTimes, ...] = ()


@dataclass(frozen=True, slots=True)
class StageRun:
    """One clock: it began, has so long, ends on a last day (or at a moment), ended, and whether that was too late.

    `round` counts from 1; `whose` is an assisting unit's name; `never` one that only ended because the matter did.
    """

    stage: Stage
    began: date | datetime
    length: str
    due: date
    due_at: datetime | None = None
    ended: date | datetime | None = None
    late: bool = False
    round: int = 1
    whose: str = ""
    never: bool = False

    @property
    def runs(self) -> bool:
        """Whether it has not ended yet."""
        return self.ended is None


@dataclass(frozen=True, slots=True)
class Clocks:
    """What every clock is computed with: the policy, the calendar, and what time it is."""

    policy: Mapping[Stage, Clock]
    calendar: WorkingCalendar
    now: datetime
    petition: bool
    stopped_at: datetime | None

    def run(
        self,
        stage: Stage,
        began: date | datetime,
        ended: date | datetime | None,
        *,
        length: str = "",
        due: date | None = None,
        due_at: datetime | None = None,
        clock: Clock | None = None,
        round_: int = 1,
        whose: str = "",
    ) -> StageRun:
        """One clock; what is not told is counted by the policy. A clock still open when the matter left its course ends then."""
        clock = clock or clock_of(stage, self.policy, petition=self.petition)
        if due is None:
            due, due_at = self._due(clock, began)
        over = ended or self.stopped_at
        return StageRun(
            stage,
            began,
            length or clock.label,
            due,
            due_at,
            over,
            self._late(due, due_at, over),
            round_,
            whose,
            never=ended is None and over is not None,
        )

    def _due(self, clock: Clock, began: date | datetime) -> tuple[date, datetime | None]:
        if isinstance(began, datetime):
            limit, over = counted_at(clock, began, self.calendar)
            return limit.due, over
        return ends_on(clock, began, self.calendar), None

    def _late(self, due: date, due_at: datetime | None, ended: date | datetime | None) -> bool:
        at = ended or self.now
        if due_at is not None and isinstance(at, datetime):
            return at > due_at
        return (at.date() if isinstance(at, datetime) else at) > due


def matter_clocks(
    it: MatterTimes, policy: Mapping[Stage, Clock], calendar: WorkingCalendar, now: datetime
) -> Sequence[StageRun]:
    """The clocks of a matter in the order in which they began."""
    clocks = Clocks(policy, calendar, now, it.is_petition, it.ended_at)
    runs = [*_of_the_slip(it, clocks), *_of_the_unit(it, clocks), *_of_closing(it, clocks), *_of_look_backs(it, clocks)]
    return sorted(runs, key=lambda run: (run.round, _day(run.began), list(Stage).index(run.stage)))


def _of_the_slip(it: MatterTimes, clocks: Clocks) -> Iterator[StageRun]:
    slip = it.slip
    yield clocks.run(Stage.SIGNING, slip.received_on_day, slip.signed_on)
    if slip.issued_at is None or slip.receipt_due_on is None:
        return
    yield clocks.run(
        Stage.RECEIPT, slip.issued_at, slip.received_at, length=slip.receipt_length, due=slip.receipt_due_on,
        due_at=slip.receipt_due_at,
    )  # fmt: skip
    for objection in it.objections:
        yield clocks.run(Stage.RULING, objection.made_at, objection.ruled_at, due=objection.due_on)


def _of_the_unit(it: MatterTimes, clocks: Clocks) -> Iterator[StageRun]:
    slip = it.slip
    if slip.received_at is not None:
        began = slip.received_on_day if it.is_petition else slip.received_at
        clock = contact_clock(clocks.policy, petition=clocks.petition, urgent_hours=slip.urgent_hours)
        yield clocks.run(Stage.CONTACT, began, slip.contacted_on, clock=clock)
    for helper in it.helpers:
        if helper.received_at is not None:
            length = "单上所定" if helper.due_on else ""
            yield clocks.run(
                Stage.ASSISTING, helper.received_at, helper.answered_at, due=helper.due_on, length=length,
                whose=helper.unit,
            )  # fmt: skip
    yield from _handling(it, clocks)


def _handling(it: MatterTimes, clocks: Clocks) -> Iterator[StageRun]:
    """The lead unit's own clock of every round: over when its head signed what it proposed."""
    began: date = it.slip.received_on_day
    signed = {each.number: each for each in it.rounds if each.head_at is not None}
    for number in sorted(signed):
        done = signed[number]
        if number != it.round or not it.handling_runs:
            yield clocks.run(Stage.HANDLING, began, done.head_at, due=done.due_on, length="所定时限", round_=number)
        began = done.ended_at.date() if done.ended_at else began
    if it.handling_runs and it.due_on is not None:
        yield clocks.run(
            Stage.HANDLING, it.due_from or began, None, due=it.due_on, length=it.due_length or "延期或人工设定",
            round_=it.round,
        )  # fmt: skip


def _of_closing(it: MatterTimes, clocks: Clocks) -> Iterator[StageRun]:
    for each in it.rounds:
        steps = (
            (Stage.HEAD, each.proposed_at, each.head_at, "head"),
            (Stage.CONFIRMING, each.head_at, each.opinion_at, "enterprise"),
            (Stage.REVIEW, each.opinion_at or _if_skipped(each), each.reviewed_at, ""),
            (Stage.APPROVAL, each.reviewed_at, each.approved_at, ""),
            (Stage.CALL_BACK, each.approved_at, each.called_back_at, ""),
        )
        for stage, began, ended, skip in steps:
            if began is None or (skip and skip in each.skipped):
                continue
            if ended is None and each.ended_at is not None and each.ended_at <= began:
                continue  # the round ended with the step before: contested, sent back
            over = ended or (each.ended_at if stage is not Stage.CALL_BACK else None)
            yield _step(it, clocks, stage, began, over, each.number)


def _step(
    it: MatterTimes, clocks: Clocks, stage: Stage, began: datetime, ended: datetime | None, number: int
) -> StageRun:
    """One step of closing; the one that runs has the last day it was given, which the calendar may have moved."""
    if stage is Stage.CALL_BACK:  # it runs on after the matter was closed
        return replace(clocks, stopped_at=None).run(stage, began, ended, round_=number)
    given = ended is None and it.ended_at is None
    return clocks.run(
        stage, began, ended, due=it.step_due_on if given else None, due_at=it.step_due_at if given else None,
        round_=number,
    )  # fmt: skip


def _of_look_backs(it: MatterTimes, clocks: Clocks) -> Iterator[StageRun]:
    after = replace(clocks, stopped_at=None)
    closed = {each.number: each.approved_at for each in it.rounds}
    for each in it.look_backs:
        began = closed.get(each.round)
        if began is not None:
            yield after.run(Stage.LOOK_BACK, began, each.done_on, due=each.planned_on, round_=each.round)


def _if_skipped(each: RoundTimes) -> datetime | None:
    return each.head_at if "enterprise" in each.skipped else None


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
