"""How service tests act: as the portal does, so that a change without its audit line is refused here too."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from portal.store.extension import db, transaction


@contextmanager
def audited() -> Iterator[Session]:
    """A transaction in which the set-up's leave to write without audit lines does not hold."""
    leave = db.session().info.pop("unaudited", None)
    try:
        with transaction() as session:
            yield session
    finally:
        if leave is not None:
            db.session().info["unaudited"] = leave
