"""The auditor's own act: putting a verification of the chain on record (GB/T 22239 8.1.4.3)."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.people import Action, Actor, must
from portal.store.audit_trail import BrokenLine, record, verify
from portal.store.models.audit import AuditHead
from portal.store.queries.audit import VERIFIED


def record_verification(session: Session, *, actor: Actor, now: datetime) -> tuple[int, BrokenLine | None]:
    """Walk the whole chain and write down what was found; answers how many lines hold and the first that does not."""
    must(actor, Action.READ_AUDIT)
    lines, broken = verify(session)
    head = session.get(AuditHead, 1)
    if head is None:
        raise NotFound("审计链的链首不在数据库里，请系统管理员检查数据库并从备份恢复。")
    summary = f"核对审计链：共 {lines} 行完好" if broken is None else f"核对审计链：在第 {broken.line_id} 行断开"
    record(session, actor, now, VERIFIED, head, summary=summary)
    return lines, broken
