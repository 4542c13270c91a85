"""The day of a moment here in China, as the database can tell it: moments are kept in UTC without zone."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, String, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from portal.store.base import Instant


class day_of(FunctionElement[date]):  # noqa: N801 - used as a function of SQL
    """The calendar day of a moment; China has kept one zone, eight hours ahead, without summer time since 1991."""

    type = Date()
    inherit_cache = True

    def __init__(self, moment: ColumnElement[datetime] | Any) -> None:
        super().__init__(moment)


@compiles(day_of, "sqlite")
def _in_sqlite(element: day_of, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"date({compiler.process(element.clauses, **kwargs)}, '+8 hours')"


@compiles(day_of, "postgresql")
def _in_postgresql(element: day_of, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kwargs)} + interval '8 hours' AS date)"


class days_after(FunctionElement[date]):  # noqa: N801 - used as a function of SQL
    """The day so many calendar days after another."""

    type = Date()
    inherit_cache = True

    def __init__(self, day: ColumnElement[date] | Any, days: int) -> None:
        super().__init__(day, literal(days, Integer), literal(f"{days} days", String))


@compiles(days_after, "sqlite")
def _after_in_sqlite(element: days_after, compiler: SQLCompiler, **kwargs: Any) -> str:
    day, _, modifier = element.clauses
    return f"date({compiler.process(day, **kwargs)}, {compiler.process(modifier, **kwargs)})"


@compiles(days_after, "postgresql")
def _after_in_postgresql(element: days_after, compiler: SQLCompiler, **kwargs: Any) -> str:
    day, days, _ = element.clauses
    return f"({compiler.process(day, **kwargs)} + CAST({compiler.process(days, **kwargs)} AS integer))"


class hours_after(FunctionElement[datetime]):  # noqa: N801 - used as a function of SQL
    """The moment so many hours after another."""

    type = Instant()
    inherit_cache = True

    def __init__(self, moment: ColumnElement[datetime] | Any, hours: int) -> None:
        super().__init__(moment, literal(hours, Integer))


@compiles(hours_after, "sqlite")
def _hours_in_sqlite(element: hours_after, compiler: SQLCompiler, **kwargs: Any) -> str:
    moment, hours = (compiler.process(it, **kwargs) for it in element.clauses)
    return f"(strftime('%Y-%m-%d %H:%M:%f', {moment}, {hours} || ' hours') || '000')"


@compiles(hours_after, "postgresql")
def _hours_in_postgresql(element: hours_after, compiler: SQLCompiler, **kwargs: Any) -> str:
    moment, hours = (compiler.process(it, **kwargs) for it in element.clauses)
    return f"({moment} + make_interval(hours => CAST({hours} AS integer)))"
