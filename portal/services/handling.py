"""A matter in the hands of its units: found with its slip, moved by one rule, and its slip kept in step (domain 9).

Every act on a matter goes through `move`, which asks the course (domain/matter_course), sets the next step's last day, and closes
or reopens the slip. Locks are taken slip first, then matter.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from portal.domain.clocks import Stage, clock_of, counted_at
from portal.domain.errors import Conflict, NotFound, RuleBroken
from portal.domain.matter_course import TERMINAL, MatterAct, Party, after
from portal.domain.matter_parties import parties_of
from portal.domain.matters import ON_THE_WAY, MatterState
from portal.domain.people import Actor
from portal.domain.signing import ISSUED_STATES, SENT_STATES
from portal.domain.slips import SlipState
from portal.services import matter_news
from portal.services.calendars import calendar_now
from portal.services.clock_policy import clocks_in_force
from portal.services.counted_dates import count_step, forget_due
from portal.services.open_requests import lapse_extension
from portal.store.models.handling import Closing, Extension, Objection, Progress
from portal.store.models.matters import Matter
from portal.store.models.slips import Slip, SlipMatter
from portal.store.queries.slip_records import locked_slips
from portal.store.queries.visibility import visible_matters

UNSEEN = "没有找到这项诉求，可能编号有误，或不在您可见的范围内。"
CHANGED = "您打开页面之后，这项诉求的办理已有变化。您填写的内容仍在，请核对最新情况后再提交。"

STAGE_OF = {
    MatterState.ASSIGNED: Stage.RECEIPT,
    MatterState.OBJECTED: Stage.RULING,
    MatterState.PROPOSED: Stage.HEAD,
    MatterState.CONFIRMING: Stage.CONFIRMING,
    MatterState.REVIEWING: Stage.REVIEW,
    MatterState.APPROVING: Stage.APPROVAL,
}
"""Whose clock runs in a state; in hand it is the matter's own, on hold the day of review."""


TAKEN_UP_ANEW = frozenset(
    {MatterAct.CONTEST, MatterAct.FAIL_REVIEW, MatterAct.REFUSE_CLOSING, MatterAct.REOPEN, MatterAct.INSTRUCT_ANEW}
)
"""After these another round begins."""


@dataclass(slots=True)
class Handling:
    """A matter with the slips it is on, locked, and who the actor is to it.

    `slip` is that of the lead unit; where a matter was shared among several (分办) the `others` are theirs.
    """

    matter: Matter
    slip: Slip
    entry: SlipMatter
    parties: frozenset[Party]
    others: tuple[Slip, ...] = ()


def handling_of(session: Session, matter_id: int, *, version: int | None = None, actor: Actor) -> Handling:
    """A matter in hand, locked with its slip.

    Raises NotFound when it does not exist or the actor may not see it, RuleBroken when no issued slip carries it, Conflict when
    it was changed after the page with `version` was shown.
    """
    seen = session.scalar(select(Matter.id).where(Matter.id == matter_id, _visible(actor)))
    if seen is None:
        raise NotFound(UNSEEN)
    carrying = session.scalars(
        select(SlipMatter.slip_id)
        .join(Slip, Slip.id == SlipMatter.slip_id)
        .where(SlipMatter.matter_id == matter_id, SlipMatter.ended_at.is_(None), Slip.state.in_(ISSUED_STATES))
        .order_by(Slip.id)
    ).all()
    if not carrying:
        raise RuleBroken("这项诉求还没有印发的交办单，不能办理。", field="state")
    slips = locked_slips(session, carrying)
    matter = session.scalars(
        select(Matter)
        .where(Matter.id == matter_id)
        .options(joinedload(Matter.enterprise), joinedload(Matter.lead_unit), joinedload(Matter.reception_day))
        .with_for_update(of=Matter)
        .execution_options(populate_existing=True)
    ).one()
    must_be_as_seen(matter, version)
    slip = next((it for it in slips if it.lead_unit_id == matter.lead_unit_id), slips[0])
    others = tuple(it for it in slips if it is not slip)
    carried = next(it for it in slip.entries if it.matter_id == matter_id)
    return Handling(matter, slip, carried, parties_of(slip, actor, others), others)


def must_be_as_seen(matter: Matter, version: int | None) -> None:
    """Raise Conflict when a matter was changed after the page with `version` was shown."""
    if version is not None and version != matter.version:
        raise Conflict(CHANGED)


def move(session: Session, handling: Handling, act: MatterAct, *, now: datetime, review_on: date | None = None) -> None:
    """Carry an act out on a matter: its state, whose step is next and until when, and the slip it is on.

    `review_on` is the day a paused matter is looked at again. Units hear of what others decide, and a request for more time
    lapses when its clock is over or stands still. The caller writes the audit line and what the act says. Raises
    NotAllowed or RuleBroken as `matter_course.after` does.
    """
    matter = handling.matter
    state = after(matter.state, act, handling.parties)
    if state is matter.state:
        return
    if act in TAKEN_UP_ANEW:
        matter.round += 1
    matter_news.act_is_done(
        session, act, matter, handling.slip, units=units_on(handling), parties=handling.parties, now=now
    )
    if state not in {MatterState.HANDLING, MatterState.OBJECTED}:
        lapse_extension(session, matter.id, act.label)
    matter.state, matter.state_since = state, now
    matter.closed_at = now if state is MatterState.CLOSED else None
    begin_step(session, matter, now, review_on=review_on)
    if state is MatterState.AWAITING_ASSIGNMENT:
        for slip in (handling.slip, *handling.others):
            for entry in slip.entries:
                if entry.matter_id == matter.id:
                    entry.ended_at, entry.ended_why = now, act.label
        matter.lead_unit_id = None
        forget_due(matter)
    for slip in (handling.slip, *handling.others):
        keep_slip_in_step(slip, now)


def units_on(handling: Handling) -> frozenset[int]:
    """Every unit that has a part in a matter: lead and assisting units of all its slips."""
    slips = (handling.slip, *handling.others)
    leads = {it.lead_unit_id for it in slips if it.lead_unit_id is not None}
    return frozenset(leads | {line.unit_id for it in slips for line in it.assisting})


def begin_step(session: Session, matter: Matter, now: datetime, *, review_on: date | None = None) -> None:
    """Set until when whoever owes the next step has, in the state a matter is in, and keep how that was counted.

    To the moment where the clock policy counts the stage in hours. Call it whenever state or last day of a matter was set.
    """
    matter.step_due_at = None
    stage = STAGE_OF.get(matter.state)
    if stage is not None:
        clock = clock_of(stage, clocks_in_force(session), petition=matter.is_petition)
        limit, matter.step_due_at = counted_at(clock, now, calendar_now(session))
        matter.step_due_on = limit.due
        count_step(matter, limit)
        return
    count_step(matter, None)
    paused = matter.state in {MatterState.SUSPENDED, MatterState.LONG_TERM}
    matter.step_due_on = review_on if paused else matter.due_on if matter.state is MatterState.HANDLING else None


def keep_slip_in_step(slip: Slip, now: datetime) -> None:
    """A slip is closed when all its matters have ended, returned when none of them stayed, open again when one is reopened.

    One that was closed stays so when a new instruction takes its matter to another slip.
    """
    if slip.state not in (*SENT_STATES, SlipState.CLOSED):
        return
    standing = [it for it in slip.entries if it.ended_at is None]
    if not standing:
        if slip.state is not SlipState.CLOSED:
            slip.state, slip.closed_at = SlipState.RETURNED, None
    elif all(it.matter.state in TERMINAL for it in standing):
        slip.state, slip.closed_at = SlipState.CLOSED, now
    elif slip.state is SlipState.CLOSED:
        slip.state, slip.closed_at = SlipState.RECEIVED, None


def begin_handling(session: Session, matters: Sequence[Matter], *, now: datetime) -> None:
    """The lead unit has signed for a slip: its matters are in hand from now on."""
    for matter in matters:
        if matter.state is MatterState.ASSIGNED:
            matter.state, matter.state_since = MatterState.HANDLING, now
            begin_step(session, matter, now)


def await_receipt(matter: Matter, slip: Slip) -> None:
    """The next step is the lead unit's signature for the slip, by the day or moment fixed at its issue."""
    matter.step_due_on, matter.step_due_at = slip.receipt_due_on, slip.receipt_due_at
    count_step(matter, None)


def take_out_of_hand(session: Session, slip: Slip, *, now: datetime) -> None:
    """The lead unit's receipt was entered by mistake: nothing may have been done yet. Raises RuleBroken if something was.

    A matter that another lead unit has signed for as well (分办) stays in hand.
    """
    matters = {it.matter_id: it.matter for it in slip.entries if it.ended_at is None}
    waits = all(it.state in {MatterState.ASSIGNED, MatterState.HANDLING} for it in matters.values())
    if not matters or not waits or _something_was_done(session, slip.id, matters):
        raise RuleBroken("单位已在办理这张单上的事项，签收登记不能撤销，只能更正。", field="state")
    signed_elsewhere = set(
        session.scalars(
            select(SlipMatter.matter_id)
            .join(Slip, Slip.id == SlipMatter.slip_id)
            .where(
                SlipMatter.matter_id.in_(matters),
                SlipMatter.ended_at.is_(None),
                Slip.id != slip.id,
                Slip.state == SlipState.RECEIVED,
            )
        )
    )
    for matter in (it for it in matters.values() if it.id not in signed_elsewhere):
        matter.state, matter.state_since = MatterState.ASSIGNED, now
        await_receipt(matter, slip)


def _something_was_done(session: Session, slip_id: int, matter_ids: Collection[int]) -> bool:
    return any(
        session.scalar(select(kind.id).where(kind.slip_id == slip_id, kind.matter_id.in_(matter_ids)).limit(1))
        for kind in (Progress, Objection, Extension, Closing)
    )


def _visible(actor: Actor) -> ColumnElement[bool]:
    """An enterprise's own matters are found by its code before this is asked."""
    if actor.is_enterprise or actor.is_portal:
        return Matter.state.in_((*ON_THE_WAY, MatterState.CLOSED))
    return visible_matters(actor)
