"""Long lists by key: a page costs the same at the end of a million rows as at the beginning.

OFFSET reads everything it skips (38 ms at page 20,000 of a million rows); a key does not (0.1 ms).
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, func, or_, select
from sqlalchemy.orm import Session

T = TypeVar("T")

PAGE_ROWS = 50
COUNT_CAP = 1_001
"""Counting further costs 70-270 ms over a million rows, and nobody reads the figure: it is shown as 1000+."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which page of a list somebody asks for; `after` and `before` are keys from an earlier page."""

    sort: str
    descending: bool = False
    after: str | None = None
    before: str | None = None
    size: int = PAGE_ROWS


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of rows with the keys of its neighbours; `total` is capped at COUNT_CAP."""

    rows: Sequence[T]
    wanted: Wanted
    next_key: str | None
    previous_key: str | None
    total: int


def page_of(
    session: Session,
    statement: Select[Any],
    wanted: Wanted,
    *,
    keys: Mapping[str, ColumnElement[Any]],
    identity: ColumnElement[int],
) -> Page[Any]:
    """Run a statement for one page, sorted by `keys[wanted.sort]` and then by identity.

    The sort expressions must never be NULL (coalesce them); a key that cannot be read counts as the first page.
    """
    key = keys.get(wanted.sort)
    if key is None:
        key = next(iter(keys.values()))
    backwards = wanted.before is not None
    falling = wanted.descending != backwards
    mark = _read(wanted.before or wanted.after, key)
    limited = statement.add_columns(key.label("page_key"), identity.label("page_id"))
    if mark is not None:
        value, number = mark
        further = (key < value, identity < number) if falling else (key > value, identity > number)
        limited = limited.where(or_(further[0], and_(key == value, further[1])))
    order = (key.desc(), identity.desc()) if falling else (key.asc(), identity.asc())
    found = session.execute(limited.order_by(*order).limit(wanted.size + 1)).all()
    more, found = len(found) > wanted.size, found[: wanted.size]
    found = found[::-1] if backwards else found
    first, last = (_write(found[0]), _write(found[-1])) if found else (None, None)
    has_next = more if not backwards else True
    has_previous = more if backwards else mark is not None
    counted = up_to_cap(statement)
    return Page(
        rows=[row[:-2] for row in found],
        wanted=wanted,
        next_key=last if has_next else None,
        previous_key=first if has_previous else None,
        total=session.scalar(counted) or 0,
    )


def up_to_cap(statement: Select[Any] | CompoundSelect[Any]) -> Select[tuple[int]]:
    """A statement that counts the rows of another, as far as COUNT_CAP."""
    return select(func.count()).select_from(statement.order_by(None).limit(COUNT_CAP).subquery())


def _write(row: Any) -> str:
    value, number = row[-2], row[-1]
    plain = value.isoformat() if isinstance(value, (date, datetime)) else value
    return urlsafe_b64encode(json.dumps([plain, number], ensure_ascii=False).encode()).decode().rstrip("=")


def _read(text: str | None, key: ColumnElement[Any]) -> tuple[Any, int] | None:
    if not text:
        return None
    try:
        value, number = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        kind = key.type.python_type
        if kind in (date, datetime):
            value = kind.fromisoformat(value)
        number = int(number)
    except (ValueError, TypeError, NotImplementedError, OverflowError, RecursionError):
        return None
    return (value, number) if _fits(value, kind) and _fits(number, int) else None


def _fits(value: Any, kind: type) -> bool:
    """Whether a value read from an address can be compared with a column that holds this kind, on both engines."""
    if kind is datetime:
        return value.tzinfo is not None and date.min.year < value.year < date.max.year
    if issubclass(kind, int):
        return isinstance(value, int) and abs(value) < 2**63
    return isinstance(value, kind if kind is date else str if issubclass(kind, str) else (str, int, float))
