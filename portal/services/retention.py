"""How long a slip and what belongs to it is kept: set by the office's rule, changed by the office with a reason (domain 2.5)."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.errors import RuleBroken
from portal.domain.people import Action, Actor, must
from portal.domain.retention import Retention
from portal.services.slip_orders import locked_slip
from portal.store.audit_trail import record
from portal.store.models.slips import Slip

SHORTEST_REASON = 4
LONGEST_REASON = 200


def change_retention(
    session: Session,
    slip_id: int,
    retention: Retention,
    reason: str,
    *,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> Slip:
    """Put a slip into another retention class; it is not on the paper, so no version of it and no signature changes."""
    must(actor, Action.ARCHIVE)
    slip = locked_slip(session, slip_id, version)
    if retention is slip.retention:
        raise RuleBroken(f"保管期限已经是“{retention.label}”，请选择另一个。", field="retention")
    reason = reason.strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise RuleBroken(f"请写明变更原因，{SHORTEST_REASON} 至 {LONGEST_REASON} 个字。", field="reason")
    before, slip.retention = slip.retention, retention
    name = slip.number or "交办单草稿"
    record(
        session, actor, now, "retention_changed", slip,
        summary=f"{name} 保管期限由{before.label}改为{retention.label}：{reason}",
        before=before.value, after=retention.value,
    )  # fmt: skip
    return slip
