"""The register of units: kept by the system administrator; a retired unit stays on old papers (NX-06)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.documents.fonts import must_be_printable
from portal.domain.accounts import AccountState
from portal.domain.errors import NotFound, RuleBroken
from portal.domain.people import Action, Actor, must
from portal.domain.units import UnitKind
from portal.services.initials import initials
from portal.store.audit_trail import record
from portal.store.models.people import Account, Unit


@dataclass(frozen=True, slots=True)
class UnitEntry:
    """What the register says of a unit; `position` orders the lists, the smallest first."""

    name: str
    short_name: str
    kind: UnitKind
    position: int = 0


def add_unit(session: Session, entry: UnitEntry, *, actor: Actor, now: datetime) -> Unit:
    """Enter a unit. Raises RuleBroken for a name already in the register or one that cannot be printed."""
    must(actor, Action.KEEP_UNITS)
    _check(session, entry)
    unit = Unit(initials="", active=True)
    _write(unit, entry)
    session.add(unit)
    record(session, actor, now, "unit_added", unit, summary=f"新增单位 {unit.name}")
    return unit


def edit_unit(session: Session, unit_id: int, entry: UnitEntry, *, actor: Actor, now: datetime) -> Unit:
    """Correct a unit's entry; papers already printed keep the name they were printed with."""
    must(actor, Action.KEEP_UNITS)
    unit = _unit(session, unit_id)
    _check(session, entry, own=unit_id)
    before = unit.name
    _write(unit, entry)
    summary = f"修改单位 {unit.name}" if before == unit.name else f"单位 {before} 改名为 {unit.name}"
    record(session, actor, now, "unit_edited", unit, summary=summary)
    return unit


def retire_unit(session: Session, unit_id: int, *, actor: Actor, now: datetime) -> Unit:
    """Stop offering a unit. Raises RuleBroken while an account of it can still sign in."""
    must(actor, Action.KEEP_UNITS)
    unit = _unit(session, unit_id)
    accounts = session.scalar(
        select(func.count()).where(Account.unit_id == unit_id, Account.state != AccountState.DISABLED)
    )
    if accounts:
        raise RuleBroken(f"{unit.name}还有 {accounts} 个可用的账号。请先停用这些账号，再停用单位。")
    unit.active = False
    record(session, actor, now, "unit_retired", unit, summary=f"停用单位 {unit.name}")
    return unit


def restore_unit(session: Session, unit_id: int, *, actor: Actor, now: datetime) -> Unit:
    """Offer a retired unit again."""
    must(actor, Action.KEEP_UNITS)
    unit = _unit(session, unit_id)
    unit.active = True
    record(session, actor, now, "unit_restored", unit, summary=f"恢复单位 {unit.name}")
    return unit


def _write(unit: Unit, entry: UnitEntry) -> None:
    unit.name, unit.short_name = entry.name, entry.short_name
    unit.kind, unit.position = entry.kind, entry.position
    unit.initials = f"{initials(entry.name)} {initials(entry.short_name)}"[:80]


def _check(session: Session, entry: UnitEntry, *, own: int | None = None) -> None:
    for field, text in (("name", entry.name), ("short_name", entry.short_name)):
        if not text.strip():
            raise RuleBroken("请填写单位名称。" if field == "name" else "请填写单位简称。", field=field)
        must_be_printable(text, field=field)
    taken = session.scalar(
        select(Unit.name)
        .where(or_(Unit.name == entry.name, Unit.short_name == entry.short_name), Unit.id != (own or 0))
        .limit(1)
    )
    if taken is not None:
        field = "name" if taken == entry.name else "short_name"
        raise RuleBroken(f"名录中已有“{taken}”（停用的也算），全称和简称都不能相同。", field=field)


def _unit(session: Session, unit_id: int) -> Unit:
    unit = session.get(Unit, unit_id)
    if unit is None:
        raise NotFound("没有找到这个单位。")
    return unit
