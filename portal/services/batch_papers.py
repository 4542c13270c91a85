"""What a batch prints: each slip as it may be printed now, or the reason why it cannot be; nothing stops the others."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from portal.documents.printable import sheet_must_be_printable
from portal.documents.sheets import AssignmentSlipSheet
from portal.domain.errors import RuleBroken
from portal.domain.people import Actor
from portal.services.slip_sheets import print_papers
from portal.store.audit_trail import trial
from portal.store.queries.print_jobs import SlipInBatch, slips_in_batch

GONE = "已不在您可见的范围内"


@dataclass(frozen=True, slots=True)
class BatchPaper:
    """One slip of a batch: its sheet, or its kept file as it is, or in words why it cannot be printed."""

    slip_id: int
    number: str
    state: str = ""
    version: int = 0
    verify_code: str = ""
    sheet: AssignmentSlipSheet | None = None
    kept: bytes | None = None
    trouble: str = ""


def batch_papers(
    session: Session, slip_ids: Sequence[int], *, address: str, actor: Actor, now: datetime, full: bool = False
) -> list[BatchPaper]:
    """The papers of some slips in the order given.

    What the person may see is looked at now, whatever it was when the batch was asked for. With `full` every paper is
    written down as seen, so the session must be one that writes.
    """
    seen = slips_in_batch(session, actor, slip_ids)
    there = [slip_id for slip_id in slip_ids if slip_id in seen]
    printing = {"address": address, "actor": actor, "now": now, "full": full}
    sheets = _sheets(session, there, printing)
    return [
        _paper(seen[slip_id], sheets[slip_id])
        if slip_id in seen
        else BatchPaper(slip_id, f"交办单 {slip_id}", trouble=GONE)
        for slip_id in slip_ids
    ]


def _sheets(
    session: Session, slip_ids: Sequence[int], printing: dict[str, object]
) -> dict[int, AssignmentSlipSheet | str]:
    """All at once; when one of them is refused, one by one."""
    if not slip_ids:
        return {}
    try:
        with trial(session) if printing["full"] else nullcontext():
            found = print_papers(session, slip_ids, **printing)  # type: ignore[arg-type] # the same names
        return dict(zip(slip_ids, found, strict=True))
    except RuleBroken as refusal:
        if len(slip_ids) == 1:
            return {slip_ids[0]: refusal.message}
    return {slip_id: it for one in slip_ids for slip_id, it in _sheets(session, [one], printing).items()}


def _paper(slip: SlipInBatch, found: AssignmentSlipSheet | str) -> BatchPaper:
    name = slip.number or f"草稿-{slip.id}"
    paper = BatchPaper(slip.id, name, slip.state.label, slip.version, slip.verify_code)
    if isinstance(found, str):
        return replace(paper, trouble=found)
    try:
        sheet_must_be_printable(found)
    except RuleBroken as refusal:
        return replace(paper, trouble=refusal.message)
    return replace(paper, sheet=found)
