"""Running numbers without gaps, per paper, organ and year (domain 3.2)."""

from sqlalchemy.orm import Session

from portal.store.models.slips import Serial
from portal.store.upserts import insert_into


def next_number(session: Session, paper: str, organ: str, year: int) -> int:
    """The next serial of a paper in a year, beginning with 1.

    One statement both counts and locks the counter's row until the transaction ends, also for the first number of a
    year: whoever comes second waits, and a transaction that fails gives its number back. So there is no gap and no
    number twice.
    """
    new = insert_into(session, Serial).values(paper=paper, organ=organ, year=year, last=1)
    counted = new.on_conflict_do_update(
        index_elements=[Serial.paper, Serial.organ, Serial.year], set_={"last": Serial.last + 1}
    ).returning(Serial.last)
    return int(session.execute(counted).scalar_one())
