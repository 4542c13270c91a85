"""Which commands there are."""

from importlib import import_module
from importlib.util import find_spec

from flask import Flask

GROUPS = ("serve", "users", "calendar", "days", "audit", "sample")


def add_commands(app: Flask) -> None:
    """Hang every command on the application."""
    for name in GROUPS:
        if find_spec(f"portal.cli.{name}") is None:
            continue
        app.cli.add_command(import_module(f"portal.cli.{name}").command)
