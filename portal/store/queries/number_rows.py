"""The rows of numbers of a year, and what became of every number; those set aside, in a list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from portal.domain.numbering import RowCheck, checked_row
from portal.domain.paper_kinds import NUMBERED_KINDS, PaperKind
from portal.domain.reserved_numbers import ReservedState
from portal.domain.slips import SlipState
from portal.store.models.papers import ReservedNumber, SlipPaper
from portal.store.models.slips import Serial, Slip
from portal.store.paging import Page, Wanted, page_of


@dataclass(frozen=True, slots=True)
class NumberFate:
    """One number of a row: the paper that has it and where that stands, or why none has."""

    serial: int
    number: str
    became: str
    why: str
    at: datetime | None
    slip_id: int | None
    is_void: bool


@dataclass(frozen=True, slots=True)
class NumberRow:
    """All numbers of a kind of paper under one organ code in one year."""

    kind: PaperKind
    organ: str
    year: int
    last: int
    numbers: tuple[NumberFate, ...]
    check: RowCheck


@dataclass(frozen=True, slots=True)
class ReservedRow:
    """A number set aside, in a list."""

    id: int
    number: str
    state: ReservedState
    purpose: str
    reserved_by: str
    reserved_at: datetime
    settled_by: str
    settled_at: datetime | None
    void_reason: str
    slip_id: int | None
    version: int


@dataclass(frozen=True, slots=True)
class ReservedFilter:
    """What the list of numbers set aside is narrowed to."""

    state: ReservedState | None = None
    words: str = ""


RESERVED_SORTS: Mapping[str, ColumnElement[Any]] = {
    "number": ReservedNumber.year * 1_000_000 + ReservedNumber.serial,
    "reserved": ReservedNumber.reserved_at.expression,
}


def number_rows(session: Session, year: int, kinds: Sequence[PaperKind] = NUMBERED_KINDS) -> Sequence[NumberRow]:
    """The rows of a year, each number with what became of it, held against the counter."""
    found = session.execute(
        select(Serial.paper, Serial.organ, Serial.last)
        .where(Serial.year == year, Serial.paper.in_([it.value for it in kinds]))
        .order_by(Serial.paper, Serial.organ)
    ).all()
    rows = []
    for paper, organ, last in found:
        kind = PaperKind(paper)
        fates = _of_slips(session, organ, year) if kind is PaperKind.SLIP else _of_papers(session, kind, organ, year)
        fates += _of_reserved(session, kind, organ, year)
        fates.sort(key=lambda it: it.serial)
        rows.append(NumberRow(kind, organ, year, last, tuple(fates), checked_row(last, [it.serial for it in fates])))
    return sorted(rows, key=lambda it: NUMBERED_KINDS.index(it.kind))


def numbered_years(session: Session) -> Sequence[int]:
    """The years in which papers were numbered, the newest first."""
    papers = [it.value for it in NUMBERED_KINDS]
    return session.scalars(
        select(Serial.year).where(Serial.paper.in_(papers)).distinct().order_by(Serial.year.desc())
    ).all()


def reserved_rows(session: Session, asked: ReservedFilter, wanted: Wanted) -> Page[ReservedRow]:
    """One page of the numbers that were set aside; for the office."""
    page = page_of(session, _reserved(asked), wanted, keys=RESERVED_SORTS, identity=ReservedNumber.id.expression)
    return replace(page, rows=[ReservedRow(*row) for row in page.rows])


def all_reserved_rows(session: Session, asked: ReservedFilter) -> Sequence[ReservedRow]:
    """Every number of the list, in order: for export and for choosing."""
    found = session.execute(_reserved(asked).order_by(ReservedNumber.year, ReservedNumber.serial))
    return [ReservedRow(*row) for row in found]


def reserved_row(session: Session, reserved_id: int) -> ReservedRow | None:
    """One number that was set aside."""
    row = session.execute(_reserved(ReservedFilter()).where(ReservedNumber.id == reserved_id)).first()
    return ReservedRow(*row) if row else None


def _reserved(asked: ReservedFilter) -> Select[Any]:
    statement = select(
        ReservedNumber.id,
        ReservedNumber.number,
        ReservedNumber.state,
        ReservedNumber.purpose,
        ReservedNumber.reserved_by,
        ReservedNumber.reserved_at,
        ReservedNumber.settled_by,
        ReservedNumber.settled_at,
        ReservedNumber.void_reason,
        ReservedNumber.slip_id,
        ReservedNumber.version,
    )
    if asked.state is not None:
        statement = statement.where(ReservedNumber.state == asked.state)
    for word in asked.words.split():
        in_number = ReservedNumber.number.contains(word, autoescape=True)
        statement = statement.where(or_(in_number, ReservedNumber.purpose.contains(word, autoescape=True)))
    return statement


def _of_slips(session: Session, organ: str, year: int) -> list[NumberFate]:
    found = session.execute(
        select(Slip.serial, Slip.number, Slip.state, Slip.void_reason, Slip.numbered_at, Slip.id).where(
            Slip.organ == organ, Slip.year == year
        )
    )
    return [
        NumberFate(serial or 0, number or "", state.label, why, at, slip_id, state is SlipState.VOID)
        for serial, number, state, why, at, slip_id in found
    ]


def _of_papers(session: Session, kind: PaperKind, organ: str, year: int) -> list[NumberFate]:
    found = session.execute(
        select(
            SlipPaper.serial,
            SlipPaper.number,
            SlipPaper.void_at,
            SlipPaper.void_reason,
            SlipPaper.made_at,
            SlipPaper.slip_id,
        ).where(SlipPaper.kind == kind, SlipPaper.organ == organ, SlipPaper.year == year)
    )
    return [
        NumberFate(serial or 0, number or "", "作废" if void_at else "已出具", why, at, slip_id, void_at is not None)
        for serial, number, void_at, why, at, slip_id in found
    ]


def _of_reserved(session: Session, kind: PaperKind, organ: str, year: int) -> list[NumberFate]:
    """Those no paper has taken: used ones are told of by their paper."""
    found = session.execute(
        select(ReservedNumber).where(
            ReservedNumber.paper == kind.value,
            ReservedNumber.organ == organ,
            ReservedNumber.year == year,
            ReservedNumber.state != ReservedState.USED,
        )
    ).scalars()
    return [
        NumberFate(
            it.serial,
            it.number,
            "预留号作废" if it.state is ReservedState.VOID else "预留未用",
            it.void_reason or it.purpose,
            it.settled_at or it.reserved_at,
            None,
            it.state is ReservedState.VOID,
        )
        for it in found
    ]
