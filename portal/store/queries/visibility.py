"""Which matters and slips somebody may know of: the one place where this is decided (PT-34, domain 7.1).

Lists, pages, papers, exports and timelines all add these clauses, so no door shows what another hides.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true
from sqlalchemy.orm import aliased

from portal.domain.matters import MatterState
from portal.domain.meetings import MeetingState, StudyState
from portal.domain.people import Actor, Role
from portal.domain.signing import ISSUED_STATES
from portal.domain.slips import SlipState
from portal.store.models.chasing import Escalation
from portal.store.models.matters import Matter
from portal.store.models.meetings import AgendaItem, CommonMatter, CommonTask, Meeting, Study
from portal.store.models.papers import SlipPaper
from portal.store.models.reception import DutyTurn, ReceptionDay
from portal.store.models.signing import SlipSignature
from portal.store.models.slips import AssistingUnit, Countersigner, Slip, SlipMatter

SEES_ALL = frozenset({Role.OFFICE, Role.SUPERVISOR})
BEFORE_ISSUE = (SlipState.AWAITING_SIGNATURE, SlipState.SIGNED)
"""While these last a slip may still be signed, or sent back, by whoever has a mandate for it."""
FOR_A_LEADER = frozenset({Role.LEADER, Role.SECRETARY})
_carrying, _entry = aliased(Slip), aliased(SlipMatter)


def visible_slips(actor: Actor, *, counted: bool = False) -> ColumnElement[bool]:
    """The slips an actor may see, as a clause over `Slip`.

    Office and supervision see all; a leader, or who serves one, those he or she received, signs, countersigns, leads or was
    on duty for, those with a matter that was taken up to him or her (上报), and while a mandate lasts those he or she may sign for another; a unit those
    issued to it, also when they have since become void; administrators none. `counted` as for matters.
    """
    if actor.role in SEES_ALL:
        return true()
    if counted and actor.role in FOR_A_LEADER and actor.leader_ids:
        return _set_of_slips(actor)
    if actor.role in FOR_A_LEADER and actor.leader_ids:
        return or_(
            _has_a_part(Slip, actor),
            select(DutyTurn.id)
            .where(DutyTurn.reception_day_id == Slip.reception_day_id, DutyTurn.leader_id.in_(actor.leader_ids))
            .exists(),
            select(Escalation.id)
            .join(SlipMatter, SlipMatter.matter_id == Escalation.matter_id)
            .where(SlipMatter.slip_id == Slip.id, Escalation.leader_id.in_(actor.leader_ids))
            .correlate(Slip)
            .exists(),
        )
    if actor.role is Role.UNIT and actor.unit_id is not None:
        return Slip.issued_at.is_not(None) & _takes_part(Slip, actor.unit_id)
    return false()


def visible_matters(actor: Actor, *, counted: bool = False) -> ColumnElement[bool]:
    """The matters an actor may see, as a clause over `Matter`.

    As for slips, and whoever signs in another's place those whose closing waits for that leader's approval; a unit sees a matter
    from the issue of its slip on, and no longer when that slip has become void or the matter was taken from it.

    Where all of them are `counted` the same is said as a set, which is made up once; for one matter, or the first page of many,
    it is quicker to ask of each.
    """
    if actor.role in SEES_ALL:
        return true()
    if counted:
        return _set_of_matters(actor)
    on_a_slip = (
        select(SlipMatter.slip_id)
        .join(_carrying, _carrying.id == SlipMatter.slip_id)
        .where(SlipMatter.matter_id == Matter.id)
        .correlate(Matter)
    )
    if actor.role in FOR_A_LEADER and actor.leader_ids:
        on_duty = select(DutyTurn.id).where(
            DutyTurn.reception_day_id == Matter.reception_day_id, DutyTurn.leader_id.in_(actor.leader_ids)
        )
        taken_up = select(Escalation.id).where(
            Escalation.matter_id == Matter.id, Escalation.leader_id.in_(actor.leader_ids)
        )
        parts: list[ColumnElement[bool]] = [
            on_duty.exists(),
            on_a_slip.where(_has_a_part(_carrying, actor)).exists(),
            taken_up.correlate(Matter).exists(),
        ]
        if actor.stands_in_for:
            in_place = on_a_slip.where(_carrying.signer_id.in_(actor.stands_in_for))
            parts.append((Matter.state == MatterState.APPROVING) & in_place.exists())
        return or_(*parts)
    if actor.role is Role.UNIT and actor.unit_id is not None:
        still = SlipMatter.ended_at.is_(None)
        return on_a_slip.where(
            _carrying.state.in_(ISSUED_STATES), still, _takes_part(_carrying, actor.unit_id)
        ).exists()
    return false()


def _set_of_slips(actor: Actor) -> ColumnElement[bool]:
    """`visible_slips` of a leader, as sets."""
    days = select(DutyTurn.reception_day_id).where(DutyTurn.leader_id.in_(actor.leader_ids))
    taken_up = select(_entry.slip_id).join(Escalation, Escalation.matter_id == _entry.matter_id)
    return or_(
        _has_a_part(Slip, actor, counted=True),
        Slip.reception_day_id.in_(days.correlate(None)),
        Slip.id.in_(taken_up.where(Escalation.leader_id.in_(actor.leader_ids)).correlate(None)),
    )


def _set_of_matters(actor: Actor) -> ColumnElement[bool]:
    """`visible_matters` of whoever does not see all, as sets."""
    carried = select(_entry.matter_id).join(_carrying, _carrying.id == _entry.slip_id)
    if actor.role in FOR_A_LEADER and actor.leader_ids:
        days = select(DutyTurn.reception_day_id).where(DutyTurn.leader_id.in_(actor.leader_ids))
        taken_up = select(Escalation.matter_id).where(Escalation.leader_id.in_(actor.leader_ids))
        parts: list[ColumnElement[bool]] = [
            Matter.reception_day_id.in_(days.correlate(None)),
            Matter.id.in_(carried.where(_has_a_part(_carrying, actor, counted=True)).correlate(None)),
            Matter.id.in_(taken_up.correlate(None)),
        ]
        if actor.stands_in_for:
            in_place = carried.where(_carrying.signer_id.in_(actor.stands_in_for)).correlate(None)
            parts.append((Matter.state == MatterState.APPROVING) & Matter.id.in_(in_place))
        return or_(*parts)
    if actor.role is Role.UNIT and actor.unit_id is not None:
        still = _entry.ended_at.is_(None)
        own = carried.where(_carrying.state.in_(ISSUED_STATES), still, _takes_part(_carrying, actor.unit_id))
        return Matter.id.in_(own.correlate(None))
    return false()


def visible_papers(actor: Actor) -> ColumnElement[bool]:
    """The papers beside slips an actor may see, as a clause over `SlipPaper` joined with its `Slip`.

    A unit sees those that are addressed to it, whether the slip is its own or not; everybody else those of the slips they see.
    """
    if actor.role is Role.UNIT and actor.unit_id is not None:
        return SlipPaper.unit_id == actor.unit_id
    return visible_slips(actor)


def visible_days(actor: Actor) -> ColumnElement[bool]:
    """The reception days whose figures an actor sees, as a clause over `ReceptionDay`: leaders those they serve."""
    if actor.role in SEES_ALL:
        return true()
    if actor.role in FOR_A_LEADER and actor.leader_ids:
        on_duty = select(DutyTurn.id).where(
            DutyTurn.reception_day_id == ReceptionDay.id, DutyTurn.leader_id.in_(actor.leader_ids)
        )
        return on_duty.exists()
    return false()


def sees_the_visitor(actor: Actor) -> bool:
    """Whether the visitor's name is shown in full: supervision follows the matter, not the person (domain 7.1)."""
    return actor.role is not Role.SUPERVISOR


def sees_the_reception(actor: Actor) -> bool:
    """Whether the record of the whole reception is shown: a unit sees only the matters that are its own."""
    return actor.role in SEES_ALL | FOR_A_LEADER


def _has_a_part(slip: type[Slip], actor: Actor, *, counted: bool = False) -> ColumnElement[bool]:
    """What a leader has to do with a slip: received, signs or signed (also for another), countersigns, leads it."""
    asked = select(Countersigner.slip_id).where(Countersigner.leader_id.in_(actor.leader_ids))
    wrote = select(SlipSignature.slip_id).where(SlipSignature.by_leader_id.in_(actor.leader_ids))
    parts = [
        slip.receiver_id.in_(actor.leader_ids),
        slip.signer_id.in_(actor.leader_ids),
        slip.lead_official_id.in_(actor.leader_ids),
        and_(slip.state != SlipState.DRAFT, _names(asked, Countersigner.slip_id, slip, counted=counted)),
        _names(wrote, SlipSignature.slip_id, slip, counted=counted),
    ]
    if actor.stands_in_for:
        parts.append(slip.signer_id.in_(actor.stands_in_for) & slip.state.in_(BEFORE_ISSUE))
    return or_(*parts)


def _names(rows: Select[Any], slip_id: Any, slip: type[Slip], *, counted: bool) -> ColumnElement[bool]:
    """Whether one of these rows names the slip."""
    if counted:
        return slip.id.in_(rows.correlate(None))
    return rows.where(slip_id == slip.id).correlate(slip).exists()


def _takes_part(slip: type[Slip], unit_id: int) -> ColumnElement[bool]:
    """A unit leads or assists: said so that both halves are read from their index."""
    assists = select(AssistingUnit.slip_id).where(AssistingUnit.unit_id == unit_id)
    return or_(slip.lead_unit_id == unit_id, slip.id.in_(assists.correlate(None)))


def visible_meetings(actor: Actor) -> ColumnElement[bool]:
    """The meetings an actor may see, as a clause over `Meeting`: leaders those they chair, everybody those about matters of theirs.

    A unit also sees one that named it, and none that was called off.
    """
    if actor.role in SEES_ALL:
        return true()
    on_it = (
        select(AgendaItem.matter_id)
        .join(Matter, Matter.id == AgendaItem.matter_id)
        .where(AgendaItem.meeting_id == Meeting.id)
        .correlate(Meeting)
    )
    if actor.role in FOR_A_LEADER and actor.leader_ids:
        return or_(Meeting.chair_id.in_(actor.leader_ids), on_it.where(visible_matters(actor)).exists())
    if actor.role is Role.UNIT and actor.unit_id is not None:
        named = or_(AgendaItem.unit_id == actor.unit_id, visible_matters(actor))
        return on_it.where(named).exists() & (Meeting.state != MeetingState.CANCELLED)
    return false()


def visible_studies(actor: Actor) -> ColumnElement[bool]:
    """The studies an actor may see, as a clause over `Study`: units those they lead, once they are opened."""
    if actor.role in SEES_ALL | FOR_A_LEADER:
        return true()
    if actor.role is Role.UNIT and actor.unit_id is not None:
        return (Study.lead_unit_id == actor.unit_id) & Study.state.in_((StudyState.OPEN, StudyState.CONCLUDED))
    return false()


def visible_common_tasks(actor: Actor) -> ColumnElement[bool]:
    """The common tasks an actor may see, as a clause over `CommonTask`: those with a matter of theirs, a unit also those it leads."""
    if actor.role in SEES_ALL:
        return true()
    own = (
        select(CommonMatter.matter_id)
        .join(Matter, Matter.id == CommonMatter.matter_id)
        .where(CommonMatter.task_id == CommonTask.id, visible_matters(actor))
        .correlate(CommonTask)
    )
    if actor.role is Role.UNIT and actor.unit_id is not None:
        return or_(CommonTask.lead_unit_id == actor.unit_id, own.exists())
    return own.exists()
