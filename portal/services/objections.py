"""A unit sends a matter back, and somebody decides: once, and then it is final (domain 2.3, 2.5)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.clocks import Stage, clock_of, ends_on
from portal.domain.errors import Conflict, NotFound, RuleBroken
from portal.domain.matter_course import MatterAct
from portal.domain.objections import ObjectionReason, Ruling
from portal.domain.people import Action, Actor, must
from portal.services.calendars import calendar_now
from portal.services.clock_policy import clocks_in_force, stage_ends
from portal.services.handling import Handling, handling_of, move, must_be_as_seen
from portal.store.audit_trail import record
from portal.store.models.handling import Objection
from portal.store.models.people import Unit

SHORTEST, LONGEST = 10, 2_000


@dataclass(frozen=True, slots=True)
class ObjectionMade:
    """Why a unit sends a matter back, on what basis, and who it says should have it."""

    reasons: Collection[ObjectionReason]
    told: str
    basis: str = ""
    proposed_unit_id: int | None = None


def object_to(
    session: Session, matter_id: int, made: ObjectionMade, *, version: int | None = None, actor: Actor, now: datetime
) -> Objection:
    """Send a matter back with coded reasons, within the limit after its receipt; a unit may do so once on a slip."""
    must(actor, Action.HANDLE_MATTER)
    handling = handling_of(session, matter_id, actor=actor)
    earlier = _objection(session, handling)
    if earlier is not None:
        if earlier.ruling is None and earlier.told == made.told.strip():
            return earlier
        raise Conflict(
            f"本单位已提出过退回，裁定为“{earlier.ruling.label if earlier.ruling else '待裁定'}”，不能再次退回。"
        )
    must_be_as_seen(handling.matter, version)
    if not made.reasons:
        raise RuleBroken("请至少勾选一条退回理由。", field="reasons")
    told = made.told.strip()
    if not SHORTEST <= len(told) <= LONGEST:
        raise RuleBroken(f"请写明退回理由，{SHORTEST} 至 {LONGEST} 个字。", field="told")
    if made.proposed_unit_id == actor.unit_id:
        raise RuleBroken("建议承办单位不能是本单位。", field="proposed_unit_id")
    if made.proposed_unit_id is not None and session.get(Unit, made.proposed_unit_id) is None:
        raise NotFound("建议承办单位不存在，请重新选择。")
    last = last_day_to_object(session, handling)
    if last is not None and now.date() > last:
        raise RuleBroken(
            f"退回须在签收后的时限内提出，{last:%Y-%m-%d}已截止。确需调整的，请与工商联办公室联系。", field="reasons"
        )
    move(session, handling, MatterAct.OBJECT, now=now)
    unit = session.get_one(Unit, actor.unit_id)
    objection = Objection(
        matter_id=matter_id,
        slip_id=handling.slip.id,
        unit_id=unit.id,
        reasons=" ".join(it.value for it in ObjectionReason if it in made.reasons),
        told=told,
        basis=made.basis.strip(),
        proposed_unit_id=made.proposed_unit_id,
        made_by=actor.name,
        made_at=now,
        due_on=stage_ends(session, Stage.RULING, now.date()),
    )
    session.add(objection)
    labels = "、".join(it.label for it in ObjectionReason if it in made.reasons)
    record(
        session, actor, now, "matter_objected", handling.matter, summary=f"{unit.short_name}提出退回：{labels}",
        slip=handling.slip.id,
    )  # fmt: skip
    return objection


def rule_on_objection(
    session: Session,
    matter_id: int,
    ruling: Ruling,
    told: str,
    *,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> Objection:
    """Decide an objection: uphold it, so that the matter waits for another slip, or dismiss it; both are final."""
    must(actor, Action.OVERSEE_MATTER)
    handling = handling_of(session, matter_id, version=version, actor=actor)
    objection = _objection(session, handling)
    if objection is None or objection.ruling is not None:
        raise Conflict("这项诉求没有等待裁定的退回，可能别人已经裁定。")
    told = told.strip()
    if not 4 <= len(told) <= LONGEST:
        raise RuleBroken(f"请写明裁定理由，4 至 {LONGEST} 个字。", field="told")
    upheld = ruling is Ruling.UPHELD
    move(session, handling, MatterAct.UPHOLD if upheld else MatterAct.DISMISS, now=now)
    objection.ruling, objection.ruling_told = ruling, told
    objection.ruled_by, objection.ruled_at = actor.name, now
    record(
        session, actor, now, "objection_upheld" if upheld else "objection_dismissed", handling.matter,
        summary=f"{ruling.label}：{told[:80]}", slip=handling.slip.id,
    )  # fmt: skip
    return objection


def last_day_to_object(session: Session, handling: Handling) -> date | None:
    """The last day on which the lead unit may send a matter back; None before it has signed for the slip."""
    receipt = next((it for it in handling.slip.receipts if it.unit_id == handling.slip.lead_unit_id), None)
    if receipt is None:
        return None
    clock = clock_of(Stage.OBJECTION, clocks_in_force(session), petition=handling.matter.is_petition)
    return ends_on(clock, receipt.received_at.date(), calendar_now(session))


def _objection(session: Session, handling: Handling) -> Objection | None:
    return session.scalar(
        select(Objection).where(Objection.slip_id == handling.slip.id, Objection.matter_id == handling.matter.id)
    )
