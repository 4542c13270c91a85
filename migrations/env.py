"""Migrations run over the application's own engine and metadata, in one transaction where the engine can."""

from alembic import context
from flask import current_app

import portal.store.models  # noqa: F401 - registers the tables
from portal.store.base import Base
from portal.store.extension import db

config = context.config


def run() -> None:
    """Bring the database to the wanted revision."""
    given = config.attributes.get("connection")
    if given is not None:
        _over(given)
        return
    with current_app.app_context(), db.engine.connect() as connection:
        _over(connection)


def _over(connection) -> None:
    """Tables may be made anew on SQLite while no foreign key is looked at; afterwards all of them are."""
    single = connection.dialect.name == "sqlite"
    if single:
        _raw(connection).execute("PRAGMA foreign_keys=OFF")
    try:
        _migrate(connection)
        if single and (broken := _raw(connection).execute("PRAGMA foreign_key_check").fetchall()):
            raise RuntimeError(f"the migration left rows that refer to nothing: {broken[:5]}")
    finally:
        if single:
            _raw(connection).execute("PRAGMA foreign_keys=ON")


def _raw(connection):
    """The driver's own connection: the pragma is ignored inside a transaction, and ours begin by themselves."""
    return connection.connection.driver_connection


def _migrate(connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
