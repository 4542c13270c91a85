"""Enterprises: found by name, code or pinyin initials, and what each has brought to the reception days (一企一档)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, or_, select
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.matters import MatterKind, MatterState
from portal.domain.slips import SlipState
from portal.store.base import table_of
from portal.store.models.bookings import Booking
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Category, Matter
from portal.store.models.reception import ReceptionDay
from portal.store.models.slips import Slip, SlipMatter
from portal.store.paging import Page, Wanted, page_of

SORTS = ("name", "bookings", "matters", "latest")
EXPORTED = 20_000
NEVER = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class EnterpriseFacts:
    """What is written down about an enterprise."""

    id: int
    name: str
    credit_code: str
    registered_place: str
    is_private: bool
    industry: str
    legal_representative: str
    version: int


@dataclass(frozen=True, slots=True)
class EnterpriseRow:
    """An enterprise in the list; `latest` is the day it was last booked for, None if never."""

    id: int
    name: str
    credit_code: str
    registered_place: str
    industry: str
    bookings: int
    matters: int
    latest: date | None


@dataclass(frozen=True, slots=True)
class RaisedMatter:
    """A matter an enterprise raised, as its file lists it."""

    id: int
    number: str
    title: str
    kind: MatterKind
    category: str
    state: MatterState
    raised_on: date


@dataclass(frozen=True, slots=True)
class EnterpriseSlip:
    """A slip that carries a matter of the enterprise."""

    id: int
    number: str | None
    state: SlipState
    due_on: date | None
    drafted_at: datetime


def _facts() -> Select[Any]:
    return select(
        Enterprise.id,
        Enterprise.name,
        func.coalesce(Enterprise.credit_code, ""),
        Enterprise.registered_place,
        Enterprise.is_private,
        Enterprise.industry,
        Enterprise.legal_representative,
        Enterprise.version,
    )


def found_by(text: str) -> ColumnElement[bool]:
    """How people look an enterprise up: name, first letters of its pinyin, or the beginning of the credit code."""
    letters = text.lower()
    return or_(
        Enterprise.name.contains(text, autoescape=True),
        Enterprise.initials.contains(letters, autoescape=True) if letters.isascii() else false(),
        Enterprise.credit_code.startswith(text.upper(), autoescape=True),
    )


def enterprise_facts(session: Session, enterprise_id: int) -> EnterpriseFacts:
    """An enterprise by its id. Raises NotFound."""
    row = session.execute(_facts().where(Enterprise.id == enterprise_id)).first()
    if row is None:
        raise NotFound("没有找到这家企业。请从企业列表进入。")
    return EnterpriseFacts(*row)


def found_enterprises(session: Session, text: str, *, limit: int = 8) -> Sequence[EnterpriseFacts]:
    """What somebody may mean who types this; names that begin with it come first."""
    if not text.strip():
        return []
    wanted = text.strip()
    rows = session.execute(
        _facts()
        .where(found_by(wanted))
        .order_by(
            Enterprise.name.startswith(wanted, autoescape=True).desc(), func.length(Enterprise.name), Enterprise.id
        )
        .limit(limit)
    )
    return [EnterpriseFacts(*row) for row in rows]


def enterprise_named(session: Session, name: str) -> EnterpriseFacts | None:
    """The enterprise with exactly this name, or None."""
    row = session.execute(_facts().where(Enterprise.name == name)).first()
    return EnterpriseFacts(*row) if row else None


def enterprise_with_code(session: Session, credit_code: str) -> EnterpriseFacts | None:
    """The enterprise that holds this credit code, or None."""
    row = session.execute(_facts().where(Enterprise.credit_code == credit_code)).first() if credit_code else None
    return EnterpriseFacts(*row) if row else None


def enterprise_names(session: Session) -> Sequence[tuple[int, str]]:
    """Every name with its id, for the search for names that look alike."""
    return [(row[0], row[1]) for row in session.execute(_NAMES)]


_ENTERPRISE = table_of(Enterprise).c
_NAMES = select(_ENTERPRISE.id, _ENTERPRISE.name).order_by(_ENTERPRISE.id)


def _rows(text: str) -> Select[Any]:
    statement = select(
        Enterprise.id,
        Enterprise.name,
        func.coalesce(Enterprise.credit_code, ""),
        Enterprise.registered_place,
        Enterprise.industry,
        _bookings(),
        _matters(),
        _latest(),
    )
    return statement.where(found_by(text.strip())) if text.strip() else statement


def _bookings() -> Any:
    return select(func.count(Booking.id)).where(Booking.enterprise_id == Enterprise.id).scalar_subquery()


def _matters() -> Any:
    return select(func.count(Matter.id)).where(Matter.enterprise_id == Enterprise.id).scalar_subquery()


def _latest() -> Any:
    return (
        select(func.max(ReceptionDay.day))
        .join(Booking, Booking.reception_day_id == ReceptionDay.id)
        .where(Booking.enterprise_id == Enterprise.id)
        .scalar_subquery()
    )


def enterprises(session: Session, wanted: Wanted, *, text: str = "") -> Page[EnterpriseRow]:
    """One page of the list in two statements."""
    keys: dict[str, Any] = {
        "name": Enterprise.initials,
        "bookings": _bookings(),
        "matters": _matters(),
        "latest": func.coalesce(_latest(), NEVER),
    }
    page = page_of(session, _rows(text), wanted, keys=keys, identity=Enterprise.id.expression)
    return Page([EnterpriseRow(*row) for row in page.rows], wanted, page.next_key, page.previous_key, page.total)


def all_enterprises(session: Session, *, text: str = "") -> Sequence[EnterpriseRow]:
    """The whole list for a spreadsheet, at most 20,000 rows."""
    rows = session.execute(_rows(text).order_by(Enterprise.initials, Enterprise.id).limit(EXPORTED))
    return [EnterpriseRow(*row) for row in rows]


def matters_of_enterprise(session: Session, enterprise_id: int, *, limit: int = 100) -> Sequence[RaisedMatter]:
    """What the enterprise has raised, the newest first."""
    rows = session.execute(
        select(Matter.id, Matter.number, Matter.title, Matter.kind, Category.name, Matter.state, Matter.raised_on)
        .join(Category, Category.code == Matter.category_code)
        .where(Matter.enterprise_id == enterprise_id)
        .order_by(Matter.raised_on.desc(), Matter.id.desc())
        .limit(limit)
    )
    return [RaisedMatter(*row) for row in rows]


def slips_of_enterprise(session: Session, enterprise_id: int, *, limit: int = 100) -> Sequence[EnterpriseSlip]:
    """The slips that carry its matters, the newest first."""
    carries = (
        select(SlipMatter.slip_id)
        .join(Matter, Matter.id == SlipMatter.matter_id)
        .where(Matter.enterprise_id == enterprise_id, SlipMatter.slip_id == Slip.id)
        .exists()
    )
    rows = session.execute(
        select(Slip.id, Slip.number, Slip.state, Slip.due_on, Slip.drafted_at)
        .where(carries)
        .order_by(Slip.drafted_at.desc(), Slip.id.desc())
        .limit(limit)
    )
    return [EnterpriseSlip(*row) for row in rows]
