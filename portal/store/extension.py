"""The door to the database: the only file that knows flask_sqlalchemy, and the only one that commits."""

import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from contextvars import ContextVar
from threading import Lock
from typing import Any, TypeVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.domain.errors import Busy
from portal.store.base import Base
from portal.store.giving_up import gave_up

BUSY_MILLISECONDS = 15_000
"""How long a writer waits for others, on either engine, before it gives up."""

TRIES = 6
PATIENCE_SECONDS = 10.0
"""Work the database gave up on is begun again at most so often, and not when so much time has passed already."""

Done = TypeVar("Done")

db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False})

log = logging.getLogger("portal")

_writing: ContextVar[bool] = ContextVar("writing", default=False)
_one_writer_a_process = Lock()
"""SQLite's own busy wait is unfair; queueing here first doubles the throughput of a process."""


def read() -> Session:
    """The session of this request, for looking only: nothing written through it is ever committed."""
    return db.session()


@contextmanager
def transaction() -> Iterator[Session]:
    """All or nothing: what happens inside is committed together with its audit lines, or not at all.

    On SQLite the write lock is taken at the beginning, so that reading first and writing afterwards cannot race. Raises
    CannotKeep when the disk is full or the database away, Busy when others were in the way: `write` tries again then.
    """
    session = db.session()
    session.rollback()
    single = session.get_bind().dialect.name == "sqlite"
    with _one_writer_a_process if single else nullcontext():
        token = _writing.set(True)
        try:
            yield session
            session.commit()
        except BaseException as trouble:
            session.rollback()
            if isinstance(trouble, DBAPIError) and (told := gave_up(trouble)):
                log.warning("the database gave up: %s", trouble.orig)
                raise told from trouble
            raise
        finally:
            _writing.reset(token)
            session.info.pop("data_version", None)


def write(act: Callable[[Session], Done]) -> Done:
    """Do this in a transaction, and from its beginning again when the database gave up on it because of others.

    So the act must not leave anything behind outside the session that a second time would double. Raises Busy when it
    does not succeed in the end; nothing was changed then.
    """
    begun = time.monotonic()
    for tried in range(1, TRIES + 1):
        try:
            with transaction() as session:
                return act(session)
        except Busy:
            if tried == TRIES or time.monotonic() - begun > PATIENCE_SECONDS:
                raise
        time.sleep(random.uniform(0, 0.02 * 2**tried))  # noqa: S311 - only to keep two writers apart
    raise AssertionError("unreachable")


def gather_statistics() -> bool:
    """Let SQLite count its rows, so that it knows which index leads there sooner; PostgreSQL does so by itself.

    Answers whether there was anything to do. Without the counts it takes the index of a unit where that of a slip is meant.
    """
    if db.session.get_bind().dialect.name != "sqlite":
        return False
    with transaction() as session:
        session.execute(text("PRAGMA analysis_limit=1000"))
        session.execute(text("ANALYZE"))
    return True


@contextmanager
def rehearsal() -> Iterator[Session]:
    """A transaction that is always given up: what would become of an act is found out by doing it."""
    with suppress(_Over), transaction() as session:
        yield session
        raise _Over


class _Over(Exception):
    """The rehearsal is over."""


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, record: Any) -> None:
    """Foreign keys on, a log that survives kill -9 and power loss, and transactions begun by us alone."""
    if type(connection).__module__ != "sqlite3":
        return
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA cache_size=-32000")
    cursor.close()


@event.listens_for(Engine, "begin")
def _begin(connection: Any) -> None:
    """Take SQLite's write lock at once when the transaction is going to write."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if _writing.get() else "BEGIN")
