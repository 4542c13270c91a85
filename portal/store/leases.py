"""Leases: work that one process at a time may be at, on this machine or another; a killed process blocks nobody for long."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from portal.store.models.messages import Lease
from portal.store.upserts import insert_into


@dataclass(frozen=True, slots=True)
class LeaseRow:
    """Who is at a piece of work, until when, and when it was last finished."""

    holder: str
    until: datetime
    done_at: datetime | None


def lease(session: Session, name: str) -> LeaseRow | None:
    """The lease of that name, or None when nobody has ever taken it."""
    row = session.execute(select(Lease.holder, Lease.until, Lease.done_at).where(Lease.name == name)).first()
    return LeaseRow(*row) if row else None


def take(session: Session, name: str, holder: str, length: timedelta, *, at: datetime) -> bool:
    """Take the lease, or renew one's own; False while another holds it. `at` is the running clock's, not the office's.

    A lease that ends later than any could was taken before the machine's clock was set back: it counts as lapsed.
    """
    until = at + length
    free = or_(Lease.holder == holder, Lease.until <= at, Lease.until > until + length)
    lapsed = update(Lease).where(Lease.name == name, free).values(holder=holder, until=until)
    if session.scalars(lapsed.returning(Lease.name)).first():
        return True
    new = insert_into(session, Lease).values(name=name, holder=holder, until=until)
    return session.scalars(new.on_conflict_do_nothing().returning(Lease.name)).first() is not None


def release(session: Session, name: str, holder: str, *, at: datetime, done: bool) -> None:
    """Give the lease back, noting whether the work was finished."""
    values = {"until": at} | ({"done_at": at} if done else {})
    session.execute(update(Lease).where(Lease.name == name, Lease.holder == holder).values(values))
