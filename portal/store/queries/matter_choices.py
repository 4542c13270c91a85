"""What somebody can narrow a list of matters by: categories, and the names of who was chosen."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.people import Actor
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Category, Matter
from portal.store.models.people import Leader
from portal.store.queries.handling_facts import led_by_official
from portal.store.queries.visibility import visible_matters


def categories(session: Session) -> Sequence[tuple[str, str]]:
    """Codes and names of the categories to filter by, each parent followed by what is below it, indented."""
    rows = session.execute(
        select(Category.code, Category.name, Category.parent_code)
        .where(Category.active)
        .order_by(func.coalesce(Category.parent_code, Category.code), Category.parent_code.is_not(None), Category.code)
    )
    return [(code, f"　{name}" if parent else name) for code, name, parent in rows]


def enterprise_name(session: Session, actor: Actor, enterprise_id: int) -> str | None:
    """The name of an enterprise somebody filters by, if one of its matters is visible to them."""
    return session.scalar(
        select(Enterprise.name)
        .join(Matter, Matter.enterprise_id == Enterprise.id)
        .where(Enterprise.id == enterprise_id, visible_matters(actor))
        .limit(1)
    )


def official_name(session: Session, actor: Actor, leader_id: int) -> str | None:
    """The name of a lead official somebody filters by, if a matter that is visible to them is led by them."""
    return session.scalar(
        select(Leader.name).where(
            Leader.id == leader_id,
            select(Matter.id).where(led_by_official(leader_id), visible_matters(actor)).correlate(None).exists(),
        )
    )
