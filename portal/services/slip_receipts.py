"""Signing for a slip in the name of a unit (签收)."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, NotFound, RuleBroken
from portal.domain.people import Action, Actor, must
from portal.domain.slips import SlipState, advance
from portal.services.slip_orders import locked_slip
from portal.store.audit_trail import record
from portal.store.models.people import Unit
from portal.store.models.slips import Slip, SlipReceipt
from portal.store.queries.slip_pages import UNSEEN


def receive_slip(session: Session, slip_id: int, *, actor: Actor, now: datetime) -> Slip:
    """Sign for a slip in the name of one's unit (签收); the lead unit's signature makes it 已签收."""
    must(actor, Action.RECEIVE_SLIP)
    slip = locked_slip(session, slip_id, None)
    units = {slip.lead_unit_id, *(it.unit_id for it in slip.assisting)}
    if actor.unit_id is None or actor.unit_id not in units or slip.issued_at is None:
        raise NotFound(UNSEEN)
    if slip.state is SlipState.VOID:
        raise RuleBroken(f"{slip.number}已作废，不必签收。作废原因：{slip.void_reason}", field="state")
    earlier = next((it for it in slip.receipts if it.unit_id == actor.unit_id), None)
    if earlier is not None:
        raise Conflict(f"本单位已由{earlier.received_by}签收{slip.number}，不必重复签收。")
    if actor.unit_id == slip.lead_unit_id:
        slip.state = advance(slip.state, SlipState.RECEIVED)
    receipt = SlipReceipt(unit_id=actor.unit_id, received_at=now, received_by=actor.name)
    slip.receipts.append(receipt)
    unit = session.get_one(Unit, actor.unit_id)
    record(session, actor, now, "slip_received", slip, summary=f"{unit.short_name}签收 {slip.number}", unit=unit.id)
    return slip
