"""What every table stands on: the declarative base and the column types of this office."""

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import Enum as PyEnum
from typing import cast

from sqlalchemy import DateTime, Enum, MetaData, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from portal.clock import ZONE


class Base(DeclarativeBase):
    """Tables of the portal; constraints carry names so that migrations and refusals can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )

    bookkeeping = False
    """True on tables whose changes are no act of the office (sign-ins, counters): they need no audit line."""


class Instant(TypeDecorator[datetime]):
    """A moment, kept in UTC without zone on both engines and handed out in China's zone."""

    impl = DateTime
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What the values are, for those who read them back from an address."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a moment without zone: nobody could say which one it is."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Hand the moment out in China's zone."""
        return None if value is None else value.replace(tzinfo=UTC).astimezone(ZONE)


def table_of(model: type[Base]) -> Table:
    """The plain table of a model: for statements that are put together once and know nothing of objects."""
    return cast("Table", model.__table__)


def words(kind: type[PyEnum], *, name: str | None = None) -> Enum:
    """A column that holds one of a fixed set of words, checked by the database as well.

    The check is called after the words; a table that holds the same words twice gives each its own `name`.
    """
    return Enum(
        kind,
        native_enum=False,
        length=32,
        create_constraint=True,
        name=name or kind.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )


def one_of(column: str, members: Iterable[PyEnum]) -> str:
    """The SQL text `column IN (…)` over enum members, for check constraints and partial indexes."""
    listed = ", ".join(sorted(f"'{member.value}'" for member in members))
    return f"{column} IN ({listed})"
