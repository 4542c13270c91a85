"""Which commands there are; each is loaded when it is called, so that serving pages does not pay for them."""

from importlib import import_module

import click
from flask import Flask
from flask.cli import AppGroup

MODULES = {
    "serve": "serve",
    "user": "users",
    "calendar": "calendar",
    "days": "days",
    "audit": "audit",
    "bookings": "bookings",
    "duty": "duty",
    "jobs": "jobs",
    "matters": "matters",
    "sample": "sample",
    "slips": "slips",
}


class Commands(AppGroup):
    """The application's commands by name, each in its own module, and `db` of the migration library."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app.name)
        self.app = app

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, as `--help` shows them."""
        return sorted({"db", *MODULES, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of that name, loading its module."""
        if name == "db" and name not in self.commands:
            import_module("portal.cli.migrating").know_migrations(self.app)
        if name not in MODULES:
            return super().get_command(ctx, name)
        found = import_module(f"portal.cli.{MODULES[name]}").command
        return found if isinstance(found, click.Command) else None


def add_commands(app: Flask) -> None:
    """Give the application its commands."""
    app.cli = Commands(app)
