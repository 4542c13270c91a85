"""Categories of matters: the office names, orders and retires them; old matters keep theirs (JY-16, domain 9)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.errors import RuleBroken
from portal.domain.matters import starter_categories
from portal.domain.people import Action, Actor, must
from portal.store.audit_trail import record
from portal.store.models.matters import Category, CategoryUnit
from portal.store.models.people import Unit
from portal.store.queries.categories import category

SIBLINGS = 99
"""Codes have two digits a level."""


def adopt_starter_categories(session: Session, *, actor: Actor, now: datetime) -> int:
    """Take over the suggested categories that are not there yet; answers how many came in (domain 11.13)."""
    must(actor, Action.KEEP_SETTINGS)
    held = {code for (code,) in session.execute(select(Category.code))}
    names = {name for (name,) in session.execute(select(Category.name))}
    added: list[Category] = []
    places: dict[str | None, int] = {}
    for each in starter_categories():
        places[each.parent] = places.get(each.parent, 0) + 1
        if each.code in held or each.name in names or (each.parent is not None and each.parent not in held):
            continue
        held.add(each.code)
        added.append(Category(code=each.code, name=each.name, parent_code=each.parent, position=places[each.parent]))
        session.add(added[-1])
    if added:
        session.flush()
        record(session, actor, now, "categories_adopted", added[0], summary=f"采用建议的诉求类别 {len(added)} 个")
    return len(added)


def add_category(
    session: Session, name: str, *, parent_code: str | None = None, actor: Actor, now: datetime
) -> Category:
    """Add a category at the end of its level. Raises RuleBroken for a taken name or a third level."""
    must(actor, Action.KEEP_SETTINGS)
    _must_be_free(session, name)
    if parent_code is not None:
        upper = category(session, parent_code)
        if upper.parent_code is not None:
            raise RuleBroken("类别只分两级，不能在二级类别下再加。请选择一级类别。", field="parent_code")
        if not upper.active:
            raise RuleBroken(f"一级类别“{upper.name}”已停用，请先恢复，或选择另一个。", field="parent_code")
    siblings = _siblings(session, parent_code)
    number = max((int(each.code[-2:]) for each in siblings), default=0) + 1
    if number > SIBLINGS:
        raise RuleBroken(f"同一级最多 {SIBLINGS} 个类别，请先整理。", field="name")
    added = Category(
        code=f"{parent_code or ''}{number:02}",
        name=name,
        parent_code=parent_code,
        position=max((each.position for each in siblings), default=0) + 1,
    )
    session.add(added)
    record(session, actor, now, "category_added", added, summary=f"新增诉求类别“{name}”")
    return added


def rename_category(session: Session, code: str, name: str, *, actor: Actor, now: datetime) -> Category:
    """Call a category something else, on old matters too: the code stays."""
    must(actor, Action.KEEP_SETTINGS)
    found = category(session, code)
    if found.name == name:
        return found
    _must_be_free(session, name)
    old, found.name = found.name, name
    record(session, actor, now, "category_renamed", found, summary=f"诉求类别“{old}”改名为“{name}”")
    return found


def move_category(session: Session, code: str, *, up: bool, actor: Actor, now: datetime) -> Category:
    """Change places with the neighbour above or below; at the end of the list nothing happens."""
    must(actor, Action.KEEP_SETTINGS)
    found = category(session, code)
    siblings = _siblings(session, found.parent_code)
    here = siblings.index(found)
    there = here - 1 if up else here + 1
    if not 0 <= there < len(siblings):
        return found
    siblings[here], siblings[there] = siblings[there], siblings[here]
    for place, each in enumerate(siblings, start=1):
        each.position = place
    record(session, actor, now, "category_moved", found, summary=f"诉求类别“{found.name}”{'上' if up else '下'}移一位")
    return found


def retire_category(session: Session, code: str, *, actor: Actor, now: datetime) -> Category:
    """Stop offering a category, and with an upper one all under it; matters that have it keep it."""
    must(actor, Action.KEEP_SETTINGS)
    found = category(session, code)
    if not found.active:
        raise RuleBroken(f"类别“{found.name}”已经停用。")
    found.active = False
    for each in _siblings(session, code):
        each.active = False
    record(session, actor, now, "category_retired", found, summary=f"停用诉求类别“{found.name}”")
    return found


def restore_category(session: Session, code: str, *, actor: Actor, now: datetime) -> Category:
    """Offer a retired category again. Raises RuleBroken while the one above it is retired."""
    must(actor, Action.KEEP_SETTINGS)
    found = category(session, code)
    if found.parent_code is not None:
        upper = category(session, found.parent_code)
        if not upper.active:
            raise RuleBroken(f"请先恢复一级类别“{upper.name}”。")
    if not found.active:
        found.active = True
        record(session, actor, now, "category_restored", found, summary=f"恢复诉求类别“{found.name}”")
    return found


def set_usual_units(session: Session, code: str, unit_ids: Collection[int], *, actor: Actor, now: datetime) -> Category:
    """Say which units are usually asked about a category, and to sit in; those below without units of their own follow (NX-06)."""
    must(actor, Action.KEEP_SETTINGS)
    found = category(session, code)
    units = {it.id: it.short_name for it in session.scalars(select(Unit).where(Unit.id.in_(unit_ids), Unit.active))}
    if set(units) != set(unit_ids):
        raise RuleBroken("所选单位不存在或已停用，请重新选择。", field="units")
    held = {it.unit_id: it for it in session.scalars(select(CategoryUnit).where(CategoryUnit.category_code == code))}
    for unit_id in set(held) - set(units):
        session.delete(held[unit_id])
    session.add_all([CategoryUnit(category_code=code, unit_id=unit_id) for unit_id in set(units) - set(held)])
    if set(held) != set(units):
        names = "、".join(units.values()) or "无"
        record(
            session, actor, now, "category_units_set", found,
            summary=f"诉求类别“{found.name}”常请单位：{names[:300]}", units=sorted(units),
        )  # fmt: skip
    return found


def _siblings(session: Session, parent_code: str | None) -> list[Category]:
    statement = select(Category).where(Category.parent_code == parent_code)
    return list(session.scalars(statement.order_by(Category.position, Category.code)))


def _must_be_free(session: Session, name: str) -> None:
    if session.scalar(select(func.count()).where(Category.name == name)):
        raise RuleBroken(f"已有名为“{name}”的类别（停用的也算），请换一个名称。", field="name")
