"""The units usually asked to sit in, by category (NX-06)."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.store.models.matters import Category, CategoryUnit
from portal.store.models.people import Unit


def usual_units(session: Session, codes: Collection[str]) -> dict[str, tuple[int, ...]]:
    """The units in office that are usually asked, for each of these categories, in the district's order.

    A category of the second level without units of its own has those of the one above it.
    """
    parents = dict(
        session.execute(select(Category.code, Category.parent_code).where(Category.code.in_(codes))).tuples().all()
    )
    wanted = {*parents, *(it for it in parents.values() if it is not None)}
    own: dict[str, list[int]] = {}
    for code, unit_id in session.execute(
        select(CategoryUnit.category_code, CategoryUnit.unit_id)
        .join(Unit, Unit.id == CategoryUnit.unit_id)
        .where(CategoryUnit.category_code.in_(wanted), Unit.active)
        .order_by(Unit.position, Unit.id)
    ):
        own.setdefault(code, []).append(unit_id)
    return {code: tuple(own.get(code) or own.get(parent or "") or ()) for code, parent in parents.items()}


def units_by_category(session: Session) -> dict[str, list[str]]:
    """The short names of the units of every category that has any of its own."""
    found: dict[str, list[str]] = {}
    for code, name in session.execute(
        select(CategoryUnit.category_code, Unit.short_name)
        .join(Unit, Unit.id == CategoryUnit.unit_id)
        .order_by(Unit.position, Unit.id)
    ):
        found.setdefault(code, []).append(name)
    return found


def unit_ids_of_category(session: Session, code: str) -> list[int]:
    """The units of one category's own."""
    statement = select(CategoryUnit.unit_id).where(CategoryUnit.category_code == code)
    return list(session.scalars(statement.order_by(CategoryUnit.unit_id)))
