"""The office's own rules, and the version of everything."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.office import OfficeRules
from portal.store.models.audit import AuditHead
from portal.store.models.office import OfficeSetting

_HEAD = AuditHead.__table__.c  # plain columns: the mapper has nothing to add, and this is asked on every request
_VERSION = select(_HEAD.line_id).where(_HEAD.id == 1)
_RULES = select(OfficeSetting.name, OfficeSetting.value)
"""Asked on every request, or after every change, so they are put together only once."""


def data_version(session: Session) -> int:
    """The number of the last audit line: as every state change writes one, an equal version means equal data."""
    return session.scalar(_VERSION) or 0


def office_rules(session: Session) -> OfficeRules:
    """The rules in force: the defaults with the office's changes laid over them."""
    stored = session.execute(_RULES)
    return OfficeRules.from_stored({row.name: row.value for row in stored})
