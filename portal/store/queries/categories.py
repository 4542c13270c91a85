"""Categories of matters, two levels, in the office's order."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.store.base import table_of
from portal.store.models.matters import Category, Matter


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """One category to choose or to list; `matters` is how many fall under it, where that was asked for."""

    code: str
    name: str
    parent_code: str | None
    parent: str | None
    active: bool
    matters: int = 0

    @property
    def full_name(self) -> str:
        """用地规划 / 厂房空间, as lists show a category of the second level."""
        return f"{self.parent} / {self.name}" if self.parent else self.name


_OWN, _UPPER = table_of(Category), table_of(Category).alias()
_ALL = (
    select(_OWN.c.code, _OWN.c.name, _OWN.c.parent_code, _UPPER.c.name, _OWN.c.active)
    .outerjoin_from(_OWN, _UPPER, _UPPER.c.code == _OWN.c.parent_code)
    .order_by(
        func.coalesce(_UPPER.c.position, _OWN.c.position),
        func.coalesce(_UPPER.c.code, _OWN.c.code),
        _OWN.c.parent_code.is_not(None),
        _OWN.c.position,
        _OWN.c.code,
    )
)
_IN_USE = _ALL.where(_OWN.c.active, func.coalesce(_UPPER.c.active, true()))
"""Put together once: every form with a category asks for them."""


def category_rows(session: Session, *, active_only: bool = True) -> Sequence[CategoryRow]:
    """Every category with its upper one before it; retired ones, and those under a retired one, only if asked for."""
    return [CategoryRow(*row) for row in session.execute(_IN_USE if active_only else _ALL)]


def matters_by_category(session: Session) -> dict[str, int]:
    """How many matters stand under each category code."""
    rows = session.execute(select(Matter.category_code, func.count()).group_by(Matter.category_code))
    return {row[0]: row[1] for row in rows}


def category(session: Session, code: str) -> Category:
    """A category by its code. Raises NotFound."""
    found = session.get(Category, code)
    if found is None:
        raise NotFound("没有找到这个类别，可能已被删去。")
    return found
