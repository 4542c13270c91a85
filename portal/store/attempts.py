"""Statements the schema may refuse: tried one by one, undone one by one."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session


@contextmanager
def attempt(session: Session) -> Iterator[None]:
    """Undo what is executed inside, and only that, if the database refuses it with IntegrityError.

    The savepoint is the connection's own and the statements are executed, not flushed: so neither the objects of the
    session nor the acts it has still to record notice a refusal.
    """
    session.flush()
    with session.connection().begin_nested():
        yield
