"""What is written down of the confirmed list of a day."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.list_lock import ListFacts
from portal.store.models.reception import ReceptionDay


def list_facts(session: Session, day_id: int) -> ListFacts:
    """When the list of a day was locked and opened by hand. Raises NotFound."""
    row = session.execute(
        select(ReceptionDay.day, ReceptionDay.list_locked_at, ReceptionDay.list_opened_at).where(
            ReceptionDay.id == day_id
        )
    ).first()
    if row is None:
        raise NotFound("没有找到这个接待日。请从接待日列表进入。")
    return ListFacts(*row)
