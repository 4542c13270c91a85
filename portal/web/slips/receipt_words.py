"""How receipts are shown: words, tones, and what a unit's own part of a slip looks like."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal import clock
from portal.domain.people import Role
from portal.domain.receipts import ReceiptStanding, is_late, lateness
from portal.domain.slips import SlipState
from portal.services.receipt_sheets import remark_of
from portal.store.extension import read
from portal.store.queries.receipts import ReceiptRow, receipts_of_slips
from portal.store.queries.slip_pages import SlipPage
from portal.web.access import me
from portal.web.calendars import working_calendar_now
from portal.web.filters import moment, short_date

TONES = {
    ReceiptStanding.UNREAD: "wait",
    ReceiptStanding.READ: "info",
    ReceiptStanding.RECEIVED: "good",
    ReceiptStanding.HANDED_ON: "good",
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt with the words for it: where it stands, who signed when, and how late."""

    row: ReceiptRow
    label: str
    tone: str
    signed: str
    late: str
    remark: str
    is_late: bool


def said(row: ReceiptRow) -> Receipt:
    """The words for one receipt as of today."""
    today = clock.today()
    void = row.state is SlipState.VOID
    passed = row.receipt_due_at is not None and (row.received_at or clock.now()) > row.receipt_due_at
    late = not void and is_late(row.receipt_due_on, row.received_on, today, moment_passed=passed)
    label, tone = row.standing.label, TONES[row.standing]
    if void and row.received_at is None:
        label, tone = "未签收（已作废）", "stop"
    signed = ""
    if row.received_at is not None:
        when = moment(row.received_at) if row.tells_the_hour else short_date(row.received_on)
        signed = f"{row.received_by} {when}"
    calendar = working_calendar_now()
    due = row.receipt_due_on
    how_late = lateness(calendar, due, row.received_on, today, moment_passed=passed) if late else ""
    return Receipt(row, label, tone, signed, how_late, remark_of(row, calendar, today), late)


def all_said(rows: Sequence[ReceiptRow]) -> list[Receipt]:
    """The words for many."""
    return [said(it) for it in rows]


def on_page(slip: SlipPage) -> dict[str, Any]:
    """What a slip's page shows of receipts: every unit's, and for a unit its own on top."""
    receipts = all_said(receipts_of_slips(read(), me(), [slip.id])) if slip.issued_at else []
    own = receipts[0] if receipts and me().role is Role.UNIT else None
    return {"receipts": receipts, "own": own, "keeps_receipts": me().role is Role.OFFICE}


def own_receipts(slip_ids: Sequence[int]) -> Mapping[int, Receipt]:
    """For a unit that looks at a list of slips: its own part in each; empty for everybody else."""
    if me().role is not Role.UNIT:
        return {}
    return {it.slip_id: said(it) for it in receipts_of_slips(read(), me(), slip_ids)}
