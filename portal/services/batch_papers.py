"""What a batch prints: each slip as it may be printed now, or the reason why it cannot be; nothing stops the others."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from portal.documents.printable import sheet_must_be_printable
from portal.documents.sheets import AssignmentSlipSheet
from portal.domain.errors import CannotKeep, RuleBroken
from portal.domain.people import Actor
from portal.domain.signing import SIGNED_STATES
from portal.services.keeping import Keeping
from portal.services.kept_papers import bring_up_to_date, kept_bytes
from portal.services.slip_sheets import print_papers
from portal.store.audit_trail import trial
from portal.store.queries.kept_papers import kept_rows
from portal.store.queries.print_jobs import SlipInBatch, slips_in_batch
from portal.store.queries.visibility import sees_the_visitor

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
    keeping: Keeping,
    slip_ids: Sequence[int],
    *,
    actor: Actor,
    now: datetime,
    full: bool = False,
    signed_files: bool = True,
) -> list[BatchPaper]:
    """The papers of some slips in the order given; outside any transaction.

    What the person may see is looked at now, whatever it was when the batch was asked for. With `full` every paper is
    written down as seen before it is printed. `signed_files` takes the kept file of a signed slip where there is one.
    """
    kept = kept_papers_of(keeping, slip_ids, actor=actor, now=now) if signed_files and not full else {}

    def look_up(session: Session) -> list[BatchPaper]:
        return _found(session, slip_ids, kept, address=keeping.address, actor=actor, now=now, full=full)

    return keeping.write(look_up) if full else look_up(keeping.read())


def kept_papers_of(keeping: Keeping, slip_ids: Sequence[int], *, actor: Actor, now: datetime) -> dict[int, bytes | str]:
    """The kept files of those slips that have one and still hold, with what was signed since; or why there is none.

    A signed slip whose file was never made is set like any other here: making it takes longer than setting ten.
    """
    if not sees_the_visitor(actor):
        return {}
    seen = slips_in_batch(keeping.read(), actor, slip_ids)
    rows = kept_rows(keeping.read(), [it.id for it in seen.values() if it.state in SIGNED_STATES])
    found: dict[int, bytes | str] = {}
    for slip_id in rows:
        try:
            row = bring_up_to_date(keeping, slip_id, now=now)
            if row is not None:
                found[slip_id] = kept_bytes(keeping, row)
        except CannotKeep:
            found[slip_id] = kept_bytes(keeping, rows[slip_id])
        except RuleBroken as refusal:
            found[slip_id] = refusal.message
    return found


def _found(
    session: Session,
    slip_ids: Sequence[int],
    kept: Mapping[int, bytes | str],
    *,
    address: str,
    actor: Actor,
    now: datetime,
    full: bool,
) -> list[BatchPaper]:
    seen = slips_in_batch(session, actor, slip_ids)
    there = [slip_id for slip_id in slip_ids if slip_id in seen and slip_id not in kept]
    printing = {"address": address, "actor": actor, "now": now, "full": full}
    sheets = _sheets(session, there, printing)
    return [
        _paper(seen[slip_id], kept[slip_id] if slip_id in kept else sheets[slip_id])
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


def _paper(slip: SlipInBatch, found: AssignmentSlipSheet | bytes | str) -> BatchPaper:
    name = slip.number or f"草稿-{slip.id}"
    paper = BatchPaper(slip.id, name, slip.state.label, slip.version, slip.verify_code)
    if isinstance(found, str):
        return replace(paper, trouble=found)
    if isinstance(found, bytes):
        return replace(paper, kept=found)
    try:
        sheet_must_be_printable(found)
    except RuleBroken as refusal:
        return replace(paper, trouble=refusal.message)
    return replace(paper, sheet=found)
