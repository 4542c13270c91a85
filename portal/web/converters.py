"""Dates in addresses: `/calendar/<date:day>` takes 2026-12-15 and nothing else; other text is 404."""

from datetime import date

from flask import Flask
from werkzeug.routing import BaseConverter, ValidationError


class DateConverter(BaseConverter):
    """An ISO date, both ways."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        """Read the date; a day that does not exist is no address."""
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValidationError from None

    def to_url(self, value: date) -> str:
        """Write the date."""
        return value.isoformat()


def add_converters(app: Flask) -> None:
    """Make `<date:…>` known to addresses; must come before the blueprints."""
    app.url_map.converters["date"] = DateConverter
