"""Whether a unit may be urged now: about a matter that is still its own, in the order of the colours, and not too often."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, RuleBroken, refuse
from portal.domain.matter_course import MatterAct, Party, is_allowed, why_not
from portal.domain.paper_kinds import PaperKind
from portal.domain.people import Actor, Role
from portal.domain.signing import SENT_STATES
from portal.domain.slip_papers import PaperOrder
from portal.domain.urging import URGING_KINDS, Urged, direct_problems, repeated, skipped_colour
from portal.services.calendars import calendar_now
from portal.store.models.people import Unit
from portal.store.models.slips import Slip
from portal.store.queries.office import office_rules
from portal.store.queries.urging import urged_papers

ACT_OF = {PaperKind.REMINDER: MatterAct.REMIND, PaperKind.SUPERVISION: MatterAct.SUPERVISE}


def must_be_in_order(session: Session, slip: Slip, order: PaperOrder, unit: Unit, *, actor: Actor, today: date) -> None:
    """Raise RuleBroken where a paper that urges cannot be, Conflict where it would only repeat what was sent just now.

    A supervision notice that is sent directly, with its ground in writing, may skip colours and the limit.
    """
    if order.kind not in URGING_KINDS:
        return
    must_have_something_to_urge(slip, order.kind, actor)
    if order.ground is not None and order.kind is not PaperKind.SUPERVISION:
        raise RuleBroken("只有督办单可以写明理由直接发出。", field="ground")
    refuse(direct_problems(order.ground, order.why_direct))
    if order.ground is not None:
        return
    earlier = urged(session, [(slip.id, unit.id)])[slip.id, unit.id]
    skipped = skipped_colour(order.colour, earlier, today)
    if skipped:
        raise RuleBroken(
            f"{skipped}情况紧急、影响重大或领导有批示的，请在“直接发出”中选择情形并写明理由。", field="colour"
        )
    too_soon = repeated(earlier, office_rules(session).urge_every_days, calendar_now(session), today)
    if too_soon:
        raise Conflict(too_soon)


def must_have_something_to_urge(slip: Slip, kind: PaperKind, actor: Actor) -> None:
    """Raise RuleBroken when every matter of a slip is closed, sent back or paused."""
    standing = [it.matter.state for it in slip.entries if it.ended_at is None]
    act, party = ACT_OF[kind], Party.SUPERVISOR if actor.role is Role.SUPERVISOR else Party.OFFICE
    if slip.state not in SENT_STATES or not standing:
        raise RuleBroken(f"交办单现为“{slip.state.label}”，没有正在办理的事项，不必{act.label}。", field="state")
    if not any(is_allowed(state, act, {party}) for state in standing):
        raise RuleBroken(why_not(standing[0], act), field="state")


def urged(session: Session, places: Collection[tuple[int, int]]) -> Mapping[tuple[int, int], tuple[Urged, ...]]:
    """What urged some units about some slips so far, the oldest first; one statement."""
    found: dict[tuple[int, int], list[Urged]] = defaultdict(list)
    for slip_id, unit_id, paper in urged_papers(session, {slip_id for slip_id, _ in places}):
        found[slip_id, unit_id].append(paper)
    return {place: tuple(found[place]) for place in places}
