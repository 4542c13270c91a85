"""Inserting where a row may be there already; each engine has its own statement for it, with the same methods."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.store.base import Base


def insert_into(session: Session, table: type[Base]) -> Any:
    """An insert that knows `on_conflict_do_nothing` and `on_conflict_do_update`, for the engine of this session."""
    engine = session.get_bind().dialect.name
    return sqlite.insert(table) if engine == "sqlite" else postgresql.insert(table)
