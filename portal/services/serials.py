"""Running numbers without gaps, per paper, organ and year (domain 3.2)."""

from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.store.base import table_of
from portal.store.models.slips import Serial


def next_numbers(session: Session, paper: str, organ: str, year: int, count: int) -> range:
    """The next so many serials of a paper in a year, beginning with 1.

    One statement both counts and locks the counter's row until the transaction ends, also for the first number of a
    year: whoever comes second waits, and a transaction that fails gives its numbers back. So there is no gap and no
    number twice.
    """
    counted = _COUNTED[session.get_bind().dialect.name]
    told = {"paper": paper, "organ": organ, "year": year, "last": count, "more": count}
    last = int(session.execute(counted, told).scalar_one())
    return range(last - count + 1, last + 1)


def _counted(insert: Any) -> Any:
    serial = table_of(Serial)
    new = insert(serial).values({name: bindparam(name) for name in ("paper", "organ", "year", "last")})
    return new.on_conflict_do_update(
        index_elements=[serial.c.paper, serial.c.organ, serial.c.year], set_={"last": serial.c.last + bindparam("more")}
    ).returning(serial.c.last)


_COUNTED = {"sqlite": _counted(sqlite.insert), "postgresql": _counted(postgresql.insert)}
"""Put together once: every matter and every slip counts with it."""
