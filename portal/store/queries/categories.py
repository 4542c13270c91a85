"""Categories of matters, two levels, in the office's order."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from portal.domain.errors import NotFound
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


def category_rows(session: Session, *, active_only: bool = True) -> Sequence[CategoryRow]:
    """Every category with its upper one before it; retired ones, and those under a retired one, only if asked for."""
    upper = aliased(Category)
    statement = select(Category.code, Category.name, Category.parent_code, upper.name, Category.active).outerjoin(
        upper, upper.code == Category.parent_code
    )
    if active_only:
        statement = statement.where(Category.active, func.coalesce(upper.active, True))
    order = (
        func.coalesce(upper.position, Category.position),
        func.coalesce(upper.code, Category.code),
        Category.parent_code.is_not(None),
        Category.position,
        Category.code,
    )
    return [CategoryRow(*row) for row in session.execute(statement.order_by(*order))]


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
