"""What the units hear of their slips: one has come, one is void, one is replaced, one waits for their signature."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from portal.clock import ZONE
from portal.domain.errors import Conflict, RuleBroken
from portal.domain.people import Action, Actor, must
from portal.domain.signing import ISSUED_STATES
from portal.domain.workdays import day_text
from portal.services.messages import accounts_of_units, tell
from portal.services.slip_receipts import own_line, units_of
from portal.store.audit_trail import record
from portal.store.models.messages import Message
from portal.store.models.people import Unit
from portal.store.models.slips import Slip
from portal.store.queries.slip_records import slip_records


def slip_is_issued(session: Session, slip: Slip, *, now: datetime) -> None:
    """Lead and assisting units get a message with the link; units of a slip it replaces hear what became of that one."""
    today = now.astimezone(ZONE).date()
    replaced = session.scalar(select(Slip).where(Slip.id == slip.replaces_id).options(selectinload(Slip.assisting)))
    by = f"请于{day_text(slip.receipt_due_on, today)}前签收" if slip.receipt_due_on else "请签收"
    own = {it.unit_id: it.due_on for it in slip.assisting}
    for unit_id in units_of(slip):
        lead = unit_id == slip.lead_unit_id
        due = slip.due_on if lead else own.get(unit_id) or slip.due_on
        said = [
            by,
            f"办结时限{day_text(due, today)}" if due else "",
            f"代替已作废的{replaced.number}" if replaced else "",
        ]
        tell(
            session, accounts_of_units(session, [unit_id]), f"slip-issued:{slip.id}:{unit_id}",
            f"{'牵头' if lead else '配合'}办理：{slip.number}，请签收",
            body="；".join(it for it in said if it) + "。", url=f"/slips/{slip.id}", now=now,
        )  # fmt: skip
    gone = set(units_of(replaced)) - set(units_of(slip)) if replaced is not None and replaced.issued_at else set()
    if replaced is not None and gone:
        tell(
            session, accounts_of_units(session, gone), f"slip-replaced:{replaced.id}:{slip.id}",
            f"{replaced.number}已另行交办，贵单位不再承办",
            body="原单已作废，新单不再列贵单位。", url=f"/slips/{replaced.id}", now=now,
        )  # fmt: skip


def slip_is_void(session: Session, slip: Slip, *, now: datetime) -> None:
    """Units that a slip was issued to, whether they had signed for it or not, need not handle it any more."""
    if slip.issued_at is None:
        return
    tell(
        session, accounts_of_units(session, units_of(slip)), f"slip-void:{slip.id}", f"{slip.number}已作废，不必再办理",
        body=f"作废原因：{slip.void_reason}", url=f"/slips/{slip.id}", now=now,
    )  # fmt: skip


def urge_receipts(session: Session, places: list[tuple[int, int]], *, actor: Actor, now: datetime) -> int:
    """Remind units by a message to sign for slips (催签收), once a day a unit and slip; answers how many messages went out.

    Raises Conflict when all of them were reminded today, RuleBroken when nothing waits or a unit has no account to be told.
    """
    must(actor, Action.ISSUE_SLIP)
    slips = {it.id: it for it in slip_records(session, sorted({slip_id for slip_id, _ in places}), lock=True)}
    waiting = [(slips[slip_id], unit) for slip_id, unit in places if slip_id in slips and _waits(slips[slip_id], unit)]
    if not waiting:
        raise RuleBroken("没有需要提醒的交办单：可能刚刚已签收，或已作废。")
    today = now.astimezone(ZONE).date()
    reached = {unit: accounts_of_units(session, [unit]) for unit in sorted({unit for _, unit in waiting})}
    deaf = [session.get_one(Unit, unit).short_name for unit, accounts in reached.items() if not accounts]
    waiting = [(slip, unit) for slip, unit in waiting if reached[unit]]
    if not waiting:
        raise RuleBroken(f"{'、'.join(deaf)}没有可用的账号，系统无法提醒。请打电话，或送纸面交办单签收。")
    told = _told_already(session, [_key(slip, unit, today.isoformat()) for slip, unit in waiting])
    fresh = [(slip, unit) for slip, unit in waiting if _key(slip, unit, today.isoformat()) not in told]
    if not fresh:
        raise Conflict("今天已经提醒过，同一张单同一单位一天提醒一次。急件请打电话。")
    for slip, unit in fresh:
        tell(
            session, reached[unit], _key(slip, unit, today.isoformat()), f"请尽快签收：{slip.number}",
            body=f"应于{day_text(slip.receipt_due_on, today)}前签收。" if slip.receipt_due_on else "",
            url=f"/slips/{slip.id}", now=now,
        )  # fmt: skip
        name = session.get_one(Unit, unit).short_name
        record(
            session, actor, now, "slip_receipt_urged", own_line(slip, unit),
            summary=f"提醒{name}签收 {slip.number}", unit=unit,
        )  # fmt: skip
    return len(fresh)


def _waits(slip: Slip, unit_id: int) -> bool:
    signed = any(it.unit_id == unit_id for it in slip.receipts)
    return slip.state in ISSUED_STATES and unit_id in units_of(slip) and not signed


def _key(slip: Slip, unit_id: int, day: str) -> str:
    return f"slip-receipt-urged:{slip.id}:{unit_id}:{day}"


def _told_already(session: Session, keys: list[str]) -> set[str]:
    return set(session.scalars(select(Message.key).where(Message.key.in_(keys)).distinct()))
