"""What is decided on a slip, and how it is written down: shared by drafting and signing (NX-12, domain 11.5)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from sqlalchemy.orm import Session

from portal.domain.clocks import PETITION_CLOCKS, Clock, Counted, Measure, Stage, counted_ahead, handling_clock
from portal.domain.deadlines import HandlingTime, assisting_limit
from portal.domain.errors import Conflict, NotFound, Problem, RuleBroken, refuse
from portal.domain.matters import MatterClass, MatterLevel
from portal.domain.slip_matters import same_lead_problems
from portal.domain.slips import SlipFacts, SlipState
from portal.services.calendars import calendar_now
from portal.services.clock_policy import clocks_in_force
from portal.services.counted_dates import count_due
from portal.store.models.people import Leader, Unit
from portal.store.models.slips import AssistingUnit, Slip
from portal.store.queries.office import office_rules
from portal.store.queries.people import posts_held
from portal.store.queries.slip_links import carriers
from portal.store.queries.slip_records import UNSEEN, locked_slips, slip_records

CHANGED = "您打开页面之后，别人已修改了这张交办单。您填写的内容仍在，请核对最新内容后再提交。"


@dataclass(frozen=True, slots=True)
class Helper:
    """An assisting unit with its own, earlier date if it has one."""

    unit_id: int
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class SlipOrder:
    """What a leader decides on a slip (NX-12): the instruction, who leads, who handles, until when."""

    instruction: str = ""
    lead_official_id: int | None = None
    lead_unit_id: int | None = None
    assisting: tuple[Helper, ...] = ()
    due_on: date | None = None


class Classed(Protocol):
    """What the time for a matter depends on."""

    @property
    def matter_class(self) -> MatterClass | None:
        """A to D."""

    @property
    def level(self) -> MatterLevel | None:
        """Who settles it."""


def locked_slip(session: Session, slip_id: int, version: int | None) -> Slip:
    """The slip, locked; Conflict when somebody changed it after the page with `version` was shown."""
    found = slip_records(session, [slip_id], lock=True)
    if not found:
        raise NotFound(UNSEEN)
    if version is not None and version != found[0].version:
        raise Conflict(CHANGED)
    return found[0]


def slip_in_hand(session: Session, slip_id: int) -> Slip:
    """The slip, locked, for an act that prints nothing: with its matters and units and no more."""
    found = locked_slips(session, [slip_id])
    if not found:
        raise NotFound(UNSEEN)
    return found[0]


def write_order(session: Session, slip: Slip, order: SlipOrder, on: date) -> None:
    """Write the leader's decisions on the slip, each leader with the post held on that day (domain 11.2)."""
    refuse(_order_problems(order))
    refuse(same_lead_problems(_other_leads(session, slip), order.lead_unit_id))
    slip.instruction = order.instruction.strip()
    slip.lead_official_id = known(session, Leader, order.lead_official_id, "lead_official_id")
    slip.lead_unit_id = known(session, Unit, order.lead_unit_id, "lead_unit_id")
    slip.due_on = order.due_on
    kept = {it.unit_id: it for it in slip.assisting}
    slip.assisting = [
        kept.get(it.unit_id) or AssistingUnit(unit_id=known(session, Unit, it.unit_id, "assisting"))
        for it in order.assisting
    ]
    for place, (line, helper) in enumerate(zip(slip.assisting, order.assisting, strict=True), start=1):
        line.position, line.due_on = place, helper.due_on
    leaders = {it for it in (slip.receiver_id, slip.signer_id, slip.lead_official_id) if it is not None}
    posts = posts_held(session, leaders, on)
    if slip.state is SlipState.DRAFT:
        slip.receiver_post = posts.get(slip.receiver_id or 0, "")
    slip.signer_post = posts.get(slip.signer_id or 0, "")
    slip.lead_official_post = posts.get(slip.lead_official_id or 0, "")


def count_limit(
    session: Session, slip: Slip, due: date | None, start: date, today: date, matters: Iterable[Classed] | None = None
) -> None:
    """Keep how a date was counted as long as it is that date; one set by hand does not move with the calendar."""
    if due == slip.due_on and due is not None:
        return
    carried = [entry.matter for entry in slip.entries] if matters is None else matters
    usual = usual_limit(session, start, today, carried)
    count_due(slip, usual if due == usual.due else None)


def usual_limit(session: Session, day: date, today: date, matters: Iterable[Classed] = ()) -> Counted:
    """The time for these matters, counted from the reception day, or from today when that would be over."""
    return counted_ahead(slip_clock(session, tuple(matters)), day, calendar_now(session), today)


def slip_clock(session: Session, matters: Collection[Classed]) -> Clock:
    """The clock of a slip with these matters: the law's if a petition is among them, else by the longest of their classes."""
    if has_petition(matters):
        return PETITION_CLOCKS[Stage.HANDLING]
    days = office_rules(session).handling_times.of_all((it.matter_class, it.level) for it in matters).days
    return handling_clock(clocks_in_force(session), days, petition=False)


def handling_time(session: Session, matters: Iterable[Classed]) -> HandlingTime:
    """How long these matters have together, and why: the longest of their classes and levels (domain 2.3, JY-22)."""
    matters = tuple(matters)
    clock = slip_clock(session, matters)
    if has_petition(matters):
        return HandlingTime(clock.length, "信访事项", clock.measure.label)
    if clock.measure is not Measure.WORKING_DAYS:
        return HandlingTime(clock.length, measure=clock.measure.label)
    return office_rules(session).handling_times.of_all((it.matter_class, it.level) for it in matters)


def has_petition(matters: Iterable[object]) -> bool:
    """Whether one of them is handled as a petition (信访事项); a class alone says nothing of it."""
    return any(getattr(it, "is_petition", False) for it in matters)


def assisting_date(session: Session, due: date | None, today: date) -> date | None:
    """The earlier date proposed to units that assist; None while the slip has no date."""
    lead = office_rules(session).assisting_lead_days
    return assisting_limit(calendar_now(session), due, lead, today) if due else None


def _other_leads(session: Session, slip: Slip) -> dict[str, int | None]:
    """The slips that share a matter with this one (分办), by name, each with its lead unit."""
    ids = [entry.matter_id for entry in slip.entries]
    return {it.name: it.lead_unit_id for it in carriers(session, ids) if it.slip_id != slip.id} if ids else {}


def _order_problems(order: SlipOrder) -> list[Problem]:
    """What is wrong with a decision as it stands, whatever is still to be added to it."""
    units = [it.unit_id for it in order.assisting]
    problems = []
    if order.lead_unit_id is not None and order.lead_unit_id in units:
        problems.append(Problem("assisting", "配合单位中不能再选牵头单位，请去掉其中一个。"))
    if len(units) != len(set(units)):
        problems.append(Problem("assisting", "同一个配合单位选了两次，请去掉重复的一个。"))
    if order.due_on and any(it.due_on and it.due_on > order.due_on for it in order.assisting):
        problems.append(Problem("assisting", "配合单位的时限不能晚于办结时限，请改早或留空。"))
    return problems


def facts_of(slip: Slip) -> SlipFacts:
    """What the rules need to know of a slip."""
    return SlipFacts(
        matters=len(slip.entries),
        signer_id=slip.signer_id,
        lead_official_id=slip.lead_official_id,
        lead_unit_id=slip.lead_unit_id,
        assisting_unit_ids=frozenset(it.unit_id for it in slip.assisting),
        instruction=slip.instruction,
        due_on=slip.due_on,
        signed_on=slip.signed_on,
    )


def known(session: Session, kind: type[Leader] | type[Unit], record_id: int | None, field: str) -> int | None:
    """The id, if there is such a leader or unit; raises RuleBroken on the field otherwise."""
    if record_id is not None and session.get(kind, record_id) is None:
        raise RuleBroken("所选的领导或单位不存在，请重新选择。", field=field)
    return record_id
