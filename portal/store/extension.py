"""The door to the database: the only file that knows flask_sqlalchemy, and the only one that commits."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from threading import Lock
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from portal.store.base import Base

BUSY_MILLISECONDS = 15_000

db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False})

_writing: ContextVar[bool] = ContextVar("writing", default=False)
_one_writer_a_process = Lock()
"""SQLite's own busy wait is unfair; queueing here first doubles the throughput of a process."""


def read() -> Session:
    """The session of this request, for looking only: nothing written through it is ever committed."""
    return db.session()


@contextmanager
def transaction() -> Iterator[Session]:
    """All or nothing: what happens inside is committed together with its audit lines, or not at all.

    On SQLite the write lock is taken at the beginning, so that reading first and writing afterwards cannot race.
    """
    session = db.session()
    session.rollback()
    single = session.get_bind().dialect.name == "sqlite"
    with _one_writer_a_process if single else nullcontext():
        token = _writing.set(True)
        try:
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            _writing.reset(token)
            session.info.pop("data_version", None)


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
