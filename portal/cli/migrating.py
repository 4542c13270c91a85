"""Migrations for the commands that need them; their library takes long to load, so pages never do."""

from flask import Flask
from flask_migrate import Migrate

from portal.store.extension import db
from portal.store.schema import FOLDER


def know_migrations(app: Flask) -> None:
    """Prepare the application for `flask db …` and for `flask_migrate.upgrade()`."""
    Migrate(app, db, directory=str(FOLDER), compare_type=True)
