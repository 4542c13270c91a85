"""Whether the confirmed list of a day is locked, for whoever books, moves or looks (NX-20)."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.list_lock import ListLock, list_lock
from portal.services.calendars import calendar_now
from portal.store.queries.list_locks import list_facts
from portal.store.queries.office import office_rules


def lock_of_list(session: Session, day_id: int, *, now: datetime) -> ListLock:
    """How the list of a day stands now. Raises NotFound."""
    return list_lock(list_facts(session, day_id), office_rules(session), calendar_now(session), now.astimezone(ZONE))
