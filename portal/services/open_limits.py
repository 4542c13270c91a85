"""Open last days under a changed working calendar: what moves, and moving it, each with its line and its message (domain 11.10)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.documents.words import day as dated
from portal.domain.clocks import Counted, Stage, ends_on
from portal.domain.deadlines import assisting_limit
from portal.domain.limit_moves import LimitMove, LimitOf, OpenLimit, limit_moves
from portal.domain.matter_course import CLOCK_RUNS
from portal.domain.matters import MatterState
from portal.domain.people import Actor
from portal.domain.signing import ISSUED_STATES
from portal.domain.workdays import WorkingCalendar
from portal.services.clock_policy import clocks_in_force
from portal.services.counted_dates import follow_matters
from portal.services.messages import accounts_of_leaders, accounts_of_units, tell
from portal.services.slip_receipts import units_of
from portal.store.audit_trail import record
from portal.store.models.handling import Closing, LookBack, Objection
from portal.store.models.matters import Matter
from portal.store.models.slips import Slip
from portal.store.queries.office import office_rules
from portal.store.queries.recounts import (
    counted_matters,
    counted_slips,
    counted_steps,
    planned_look_backs,
    slips_carrying,
    slips_to_receive,
    waiting_helpers,
)
from portal.store.queries.slip_records import slip_records


def open_limit_moves(
    session: Session, before: WorkingCalendar, after: WorkingCalendar, *, today: date
) -> list[LimitMove]:
    """Every open last day that comes out otherwise, slips first."""
    slips = limit_moves(counted_slips(session, today=today), after, today)
    others = [
        *slips_to_receive(session, today=today),
        *counted_matters(session, today=today),
        *counted_steps(session, today=today),
    ]
    return [
        *slips,
        *_helpers(session, [it for it in slips if not it.stays], before, after, today),
        *limit_moves(others, after, today),
        *_look_backs(session, before, after, today),
    ]


def hold_open_limits(session: Session, *, today: date) -> None:
    """Lock planned look-backs, then the slips whose dates may move or that carry matters whose dates may."""
    look_backs = [it.id for it in planned_look_backs(session, today=today)]
    _hold(session, LookBack, look_backs)
    slips = [it.record_id for it in [*counted_slips(session, today=today), *slips_to_receive(session, today=today)]]
    carrying = slips_carrying(session, _open_matters(session, today))
    _hold(session, Slip, {*slips, *carrying})


def hold_open_matters(session: Session, *, today: date) -> None:
    """Lock the matters whose dates may move; whoever locks slips and days as well does that before."""
    _hold(session, Matter, _open_matters(session, today))


def move_limits(session: Session, moves: Sequence[LimitMove], *, actor: Actor, now: datetime) -> None:
    """Move what moves, each with its line in the trail and a message to those who count with it."""
    slip_ids = {it.it.slip_id for it in moves if it.it.slip_id is not None}
    slips = {slip.id: slip for slip in slip_records(session, sorted(slip_ids))}
    for move in moves:
        if move.it.slip_id is not None:
            _OF_SLIPS[move.it.of](session, slips[move.it.slip_id], move, actor, now)
        else:
            _OF_MATTERS[move.it.of](session, move, actor, now)


def _hold(session: Session, kind: type[LookBack | Slip | Matter], ids: Iterable[int]) -> None:
    """Lock rows in the order of their ids, as they stand now."""
    session.scalars(
        select(kind)
        .where(kind.id.in_(sorted(ids)))
        .order_by(kind.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _open_matters(session: Session, today: date) -> set[int]:
    return {it.record_id for it in [*counted_matters(session, today=today), *counted_steps(session, today=today)]}


def _helpers(
    session: Session, slips: Sequence[LimitMove], before: WorkingCalendar, after: WorkingCalendar, today: date
) -> list[LimitMove]:
    """Assisting units whose date was counted back from their slip's keep that distance."""
    lead, found = office_rules(session).assisting_lead_days, {it.it.record_id: it for it in slips}
    moves = []
    for it in waiting_helpers(session, found, today=today) if lead and found else ():
        slip = found[it.slip_id]
        if it.due_on != before.before(slip.before, lead):
            continue
        day = assisting_limit(after, slip.after, lead, today)
        limit = OpenLimit(
            LimitOf.ASSISTING, it.slip_id, f"{slip.name}配合单位{it.unit}", slip.state,
            Counted(it.due_on, 0, it.due_on), slip_id=it.slip_id, unit_id=it.unit_id,
        )  # fmt: skip
        if day != it.due_on:
            moves.append(LimitMove(limit, day, stays=False))
    return moves


def _look_backs(session: Session, before: WorkingCalendar, after: WorkingCalendar, today: date) -> list[LimitMove]:
    """Look-backs that stand where the clock policy puts them; one put elsewhere stays there."""
    clock = clocks_in_force(session)[Stage.LOOK_BACK]
    limits = [
        OpenLimit(
            LimitOf.LOOK_BACK, it.id, f"诉求{it.number}回头看", it.state,
            Counted(it.closed_on, clock.length, it.planned_on, clock.measure, clock.on_rest_day), matter_id=it.matter_id,
        )
        for it in planned_look_backs(session, today=today)
        if ends_on(clock, it.closed_on, before) == it.planned_on
    ]  # fmt: skip
    return limit_moves(limits, after, today)


def _because(move: LimitMove, what: str) -> str:
    return f"放假安排调整，{move.name}{what}由{dated(move.before)}调整为{dated(move.after)}"


def _move_receipt(session: Session, slip: Slip, move: LimitMove, actor: Actor, now: datetime) -> None:
    """Move by when the units that have not signed yet sign for a slip; what others have signed keeps its own day."""
    slip.receipt_due_on = move.after
    for matter in (entry.matter for entry in slip.entries if entry.ended_at is None):
        if matter.state is MatterState.ASSIGNED and matter.step_due_on == move.before:
            matter.step_due_on = move.after
    record(
        session, actor, now, "deadline_moved", slip, summary=_because(move, "期限"),
        before=move.before, after=move.after,
    )  # fmt: skip
    signed = {it.unit_id for it in slip.receipts}
    tell(
        session,
        accounts_of_units(session, set(units_of(slip)) - signed),
        f"receipt-moved:{slip.id}:{move.after}:{now.isoformat()}",
        f"{slip.number}签收期限调整为{dated(move.after)}",
        url=f"/slips/{slip.id}",
        now=now,
    )


def _move_slip(session: Session, slip: Slip, move: LimitMove, actor: Actor, now: datetime) -> None:
    """Move one slip's date and all that follows it; what was printed stays as it was printed (decision 0004)."""
    before, after = move.before, move.after
    slip.due_on = after
    if slip.state not in ISSUED_STATES:
        slip.proposal = slip.proposal.replace(f"于{dated(before)}前办结", f"于{dated(after)}前办结")
    following = {slip.lead_unit_id}
    for helper in slip.assisting:
        if helper.due_on is not None and (helper.due_on == before or helper.due_on > after):
            helper.due_on = after
            following.add(helper.unit_id)
        elif helper.due_on is None:
            following.add(helper.unit_id)
    for matter in (entry.matter for entry in slip.entries if entry.ended_at is None):
        counted_alike = (matter.due_from, matter.due_days) == (slip.due_from, slip.due_days)
        if matter.state in CLOCK_RUNS and matter.due_on == before and counted_alike:
            give_due(session, matter, after)
    record(session, actor, now, "deadline_moved", slip, summary=_because(move, "办结时限"), before=before, after=after)
    if slip.state in ISSUED_STATES:
        tell(
            session,
            accounts_of_units(session, {it for it in following if it is not None}),
            f"deadline-moved:{slip.id}:{after}:{now.isoformat()}",
            f"{slip.number}办结时限调整为{dated(after)}",
            body=f"因放假安排调整，办结时限由{dated(before)}调整为{dated(after)}。纸面所印时限以此为准。",
            url=f"/slips/{slip.id}",
            now=now,
        )


def _move_helper(session: Session, slip: Slip, move: LimitMove, actor: Actor, now: datetime) -> None:
    """Move an assisting unit's date with its slip's."""
    for helper in slip.assisting:
        if helper.unit_id == move.it.unit_id:
            helper.due_on = move.after
    record(
        session, actor, now, "deadline_moved", slip, summary=_because(move, "时限"), before=move.before,
        after=move.after, unit=move.it.unit_id,
    )  # fmt: skip
    if slip.state in ISSUED_STATES and move.it.unit_id is not None:
        _tell_units(session, {move.it.unit_id}, move, f"/slips/{slip.id}", f"{slip.number}配合时限", now)


def _move_matter(session: Session, move: LimitMove, actor: Actor, now: datetime) -> None:
    """Move the handling limit of one matter."""
    matter = session.get_one(Matter, move.it.record_id)
    give_due(session, matter, move.after)
    for slip in slip_records(session, sorted(slips_carrying(session, [matter.id]))):
        if slip.due_days is None:
            follow_matters(slip)
    _put_down(session, matter, move, "时限", actor, now)
    if matter.lead_unit_id is not None:
        _tell_units(
            session, {matter.lead_unit_id}, move, f"/matters/{matter.id}", f"诉求 {matter.number} 办结时限", now
        )


def _move_step(session: Session, move: LimitMove, actor: Actor, now: datetime) -> None:
    """Move until when whoever owes the next step has; the office hears of all moves together."""
    matter = session.get_one(Matter, move.it.record_id)
    matter.step_due_on = move.after
    if matter.state is MatterState.OBJECTED:
        for objection in session.scalars(
            select(Objection).where(
                Objection.matter_id == matter.id, Objection.ruling.is_(None), Objection.due_on == move.before
            )
        ):
            objection.due_on = move.after
    _put_down(session, matter, move, "时限", actor, now)
    about, url = f"诉求 {matter.number} {matter.state.label}的时限", f"/matters/{matter.id}"
    if matter.state is MatterState.PROPOSED and matter.lead_unit_id is not None:
        _tell_units(session, {matter.lead_unit_id}, move, url, about, now)
    elif matter.state is MatterState.APPROVING:
        signers = session.scalars(
            select(Slip.signer_id).where(Slip.id.in_(slips_carrying(session, [matter.id])), Slip.signer_id.is_not(None))
        )
        _tell(session, accounts_of_leaders(session, {it for it in signers if it is not None}), move, url, about, now)


def _move_look_back(session: Session, move: LimitMove, actor: Actor, now: datetime) -> None:
    """Move a planned look-back, and tell whoever does it."""
    look_back = session.get_one(LookBack, move.it.record_id)
    look_back.planned_on = move.after
    _put_down(session, look_back, move, "日期", actor, now)
    if look_back.assignee_id is not None:
        about = move.name
        _tell(session, [look_back.assignee_id], move, f"/matters/{look_back.matter_id}", about, now)


def give_due(session: Session, matter: Matter, after: date) -> None:
    """A matter's last day, and what hangs on it: the step of one in hand, the result that waits for its head."""
    matter.due_on = after
    if matter.state is MatterState.HANDLING:
        matter.step_due_on = after
    if matter.state is MatterState.PROPOSED:
        for closing in session.scalars(
            select(Closing).where(
                Closing.matter_id == matter.id, Closing.round == matter.round, Closing.ended_at.is_(None)
            )
        ):
            closing.due_on = after


def _put_down(
    session: Session, target: Matter | LookBack, move: LimitMove, what: str, actor: Actor, now: datetime
) -> None:
    record(
        session, actor, now, "deadline_moved", target, summary=_because(move, what), before=move.before,
        after=move.after,
    )  # fmt: skip


def _tell_units(session: Session, units: set[int], move: LimitMove, url: str, about: str, now: datetime) -> None:
    _tell(session, accounts_of_units(session, units), move, url, about, now)


def _tell(session: Session, accounts: Sequence[int], move: LimitMove, url: str, about: str, now: datetime) -> None:
    it = move.it
    tell(
        session,
        accounts,
        f"{it.of.value}-moved:{it.record_id}:{it.unit_id or 0}:{move.after}:{now.isoformat()}",
        f"{about}调整为{dated(move.after)}",
        body=f"因放假安排调整，由{dated(move.before)}调整为{dated(move.after)}。",
        url=url,
        now=now,
    )


_OF_SLIPS: Mapping[LimitOf, Callable[[Session, Slip, LimitMove, Actor, datetime], None]] = {
    LimitOf.SLIP: _move_slip,
    LimitOf.RECEIPT: _move_receipt,
    LimitOf.ASSISTING: _move_helper,
}
_OF_MATTERS: Mapping[LimitOf, Callable[[Session, LimitMove, Actor, datetime], None]] = {
    LimitOf.MATTER: _move_matter,
    LimitOf.STEP: _move_step,
    LimitOf.LOOK_BACK: _move_look_back,
}
