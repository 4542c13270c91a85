"""What stands in addresses: dates as 2026-12-15, numbers that a record could have; anything else is 404."""

from datetime import date

from flask import Flask
from werkzeug.routing import BaseConverter, IntegerConverter, ValidationError

GREATEST_NUMBER = 2**31 - 1
"""The greatest number of a record that both databases can be asked for."""


def number_in(text: object) -> int | None:
    """The whole number a form's field holds; None for what no record's number could be, so that it counts as not said."""
    digits = str(text)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= len(str(GREATEST_NUMBER))):
        return None
    number = int(digits)
    return number if number <= GREATEST_NUMBER else None


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


class NumberConverter(IntegerConverter):
    """A whole number that a record could have."""

    def to_python(self, value: str) -> int:
        """Read the number; one too great for any record is no address."""
        if len(value) > len(str(GREATEST_NUMBER)) or int(value) > GREATEST_NUMBER:
            raise ValidationError
        return int(value)


def add_converters(app: Flask) -> None:
    """Make `<date:…>` known to addresses, and `<int:…>` safe; must come before the blueprints."""
    app.url_map.converters["date"] = DateConverter
    app.url_map.converters["int"] = NumberConverter
