"""Entering a day's bookings from a table: tried out first, then all together, through the same door as every other booking."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound, RuleBroken
from portal.domain.people import Action, Actor, must
from portal.services.booked_already import booked_with
from portal.services.booking_orders import BookingOrder, CompanionGiven, MatterTold, VisitorGiven
from portal.services.booking_sheets import BookingTable, Entry, RowProblem
from portal.services.entering import enter
from portal.services.enterprises import EnterpriseGiven
from portal.store.audit_trail import trial
from portal.store.models.reception import ReceptionDay
from portal.store.queries.categories import category_rows
from portal.store.queries.slots import OpenSlot, slots_to_book


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of one enterprise of the table: its booking, or why there is none; `again`: it was imported before."""

    entry: Entry
    slot: str = ""
    booking_id: int | None = None
    again: bool = False
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What becomes of a whole table."""

    outcomes: Sequence[Outcome]
    problems: Sequence[RowProblem]

    @property
    def good(self) -> int:
        """How many enterprises get their booking."""
        return sum(it.booking_id is not None and not it.again for it in self.outcomes)

    @property
    def refused(self) -> Sequence[RowProblem]:
        """Everything that is wrong, by row."""
        wrong = [RowProblem(it.entry.row, f"{it.entry.name}：{it.refusal}") for it in self.outcomes if it.refusal]
        return sorted([*self.problems, *wrong], key=lambda it: it.row)


class ImportRefused(RuleBroken):
    """Something in the table is wrong, so nothing of it was imported; `result` says what."""

    def __init__(self, result: ImportResult) -> None:
        super().__init__(
            f"表中有 {len(result.refused)} 处不能登记，没有导入任何一家。请改好后再传，或选择“只导入没有问题的企业”。",
            field="file",
        )
        self.result = result


def import_bookings(
    session: Session, day_id: int, table: BookingTable, *, skip_wrong: bool = False, actor: Actor, now: datetime
) -> ImportResult:
    """Enter every enterprise of a table on a day. Raises ImportRefused for a wrong one, unless those are to be left out.

    The same row of the same table is entered once, however often it is imported.
    """
    result = _entered(session, day_id, table, actor=actor, now=now)
    if result.refused and not skip_wrong:
        raise ImportRefused(result)
    return result


def try_out(session: Session, day_id: int, table: BookingTable, *, actor: Actor, now: datetime) -> ImportResult:
    """What importing a table would do, found out by doing it; the caller's transaction must be given up afterwards."""
    return _entered(session, day_id, table, actor=actor, now=now)


def _entered(session: Session, day_id: int, table: BookingTable, *, actor: Actor, now: datetime) -> ImportResult:
    must(actor, Action.BOOK)
    if session.scalar(select(ReceptionDay.id).where(ReceptionDay.id == day_id)) is None:
        raise NotFound("没有找到这个接待日。请从接待日列表进入。")
    codes, mark = _category_codes(session), _mark_of(table)
    outcomes = [
        _enter(session, day_id, it, codes, f"import-{mark}-{it.row}", actor=actor, now=now) for it in table.entries
    ]
    return ImportResult(outcomes, table.problems)


def _enter(
    session: Session, day_id: int, entry: Entry, codes: Mapping[str, str], token: str, *, actor: Actor, now: datetime
) -> Outcome:
    before = booked_with(session, token)
    if before is not None:
        return Outcome(entry, booking_id=before, again=True)
    try:
        with trial(session):
            slot = _slot(session, day_id, entry, now)
            booking_id = enter(session, _order(entry, slot.id, codes, token), actor=actor, now=now)
    except RuleBroken as refusal:
        return Outcome(entry, refusal=refusal.message)
    return Outcome(entry, slot=slot.span, booking_id=booking_id)


def _slot(session: Session, day_id: int, entry: Entry, now: datetime) -> OpenSlot:
    slots = slots_to_book(session, day_id, now=now)
    if entry.starts_at is None:
        free = next((it for it in slots if it.free > 0 and entry.room in ("", it.room)), None)
        if free is None:
            raise RuleBroken("当天没有空余名额了。请改到其他接待日，或在页面上登记候补。")
        return free
    here = [it for it in slots if it.starts_at == entry.starts_at and entry.room in ("", it.room)]
    if not here:
        there = "、".join(dict.fromkeys(f"{it.starts_at:%H:%M}" for it in slots)) or "（当天没有时段）"
        room = f"{entry.room}的" if entry.room else ""
        raise RuleBroken(f"当天没有{room} {entry.starts_at:%H:%M} 的时段，有：{there}。")
    return next((it for it in here if it.free > 0), here[0])


def _order(entry: Entry, slot_id: int, codes: Mapping[str, str], token: str) -> BookingOrder:
    unknown = [f"第 {it.row} 行“{it.category or '空白'}”" for it in entry.matters if it.category not in codes]
    if unknown:
        raise RuleBroken(f"诉求类别不认识：{'、'.join(unknown)}。请填“设置 → 诉求类别”里的名称。")
    return BookingOrder(
        slot_id=slot_id,
        enterprise=EnterpriseGiven(
            name=entry.name,
            credit_code=entry.credit_code,
            registered_place=entry.registered_place,
            is_private=entry.is_private,
        ),
        visitor=VisitorGiven(
            name=entry.visitor,
            phone=entry.phone,
            identity=entry.identity,
            post=entry.post,
            id_number=entry.id_number,
        ),
        matters=tuple(MatterTold(it.kind, codes[it.category], it.title, it.detail) for it in entry.matters),
        origin=entry.origin,
        form_token=token[:64],
        companions=tuple(CompanionGiven(name) for name in entry.companions),
        override_reason=entry.reason,
        urgent_reason=entry.reason,
    )


def _category_codes(session: Session) -> Mapping[str, str]:
    """The codes of categories by everything somebody may write for one."""
    codes: dict[str, str] = {}
    for row in category_rows(session):
        for written in (row.code, row.name, row.full_name, row.full_name.replace(" ", "")):
            codes.setdefault(written, row.code)
    return codes


def _mark_of(table: BookingTable) -> str:
    """The same for the same rows, whatever file they came in."""
    text = json.dumps(table.rows, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:40]
