"""The slips of a year for the archive: what each file holds and lacks, the row of numbers, the audit lines (domain 2.5)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.clock import ZONE
from portal.domain.archiving import FileFacts, Missing, NumberUse, missing_in
from portal.domain.paper_kinds import PaperKind
from portal.domain.reserved_numbers import ReservedState
from portal.domain.retention import Retention
from portal.domain.signing import SignedHow
from portal.domain.slips import SlipState
from portal.store.audit_trail import GENESIS, plain_fields
from portal.store.models.audit import AuditLine
from portal.store.models.matters import Matter
from portal.store.models.papers import ReservedNumber, SlipPaper
from portal.store.models.signing import SlipScan, SlipSignature
from portal.store.models.slips import AssistingUnit, Serial, Slip, SlipMatter, SlipReceipt, SlipVersion

ABOUT_SLIPS = ("slip", "slip_paper", "slip_scan", "slip_signature", "reserved_number", "mandate", "signing_key")
"""Kinds of record whose audit lines a package tells in full; of all others it holds the seal alone."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """One slip of a year, as the archive sees it."""

    id: int
    number: str
    organ: str
    serial: int
    state: SlipState
    retention: Retention
    title: str
    matters: int
    signed_on: date | None
    signed_how: SignedHow | None
    has_scan: bool
    has_kept: bool
    units: int
    receipts: int
    version: int

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What its file lacks."""
        return missing_in(
            FileFacts(
                state=self.state,
                signed_how=self.signed_how,
                has_scan=self.has_scan,
                has_kept=self.has_kept,
                units=self.units,
                receipts=self.receipts,
            )
        )


@dataclass(frozen=True, slots=True)
class YearRow:
    """A year that has slips: how many of each retention class, and how many of them are void."""

    year: int
    items: Mapping[Retention, int]
    void: int

    @property
    def total(self) -> int:
        """All its slips, void ones included."""
        return sum(self.items.values())


@dataclass(frozen=True, slots=True)
class Records:
    """What a slip's file is made from, beside the slip itself."""

    versions: Sequence[SlipVersion]
    signatures: Sequence[SlipSignature]
    scans: Sequence[SlipScan]
    papers: Sequence[SlipPaper]
    replaces: str | None
    replaced_by: Sequence[str | None]


def archive_years(session: Session) -> Sequence[YearRow]:
    """The years with numbered slips, newest first, in one statement."""
    rows = session.execute(
        select(Slip.year, Slip.retention, Slip.state, func.count())
        .where(Slip.year.is_not(None))
        .group_by(Slip.year, Slip.retention, Slip.state)
    ).all()
    found: dict[int, dict[Retention, int]] = {}
    void: dict[int, int] = {}
    for year, retention, state, count in rows:
        if year is not None:
            of_year = found.setdefault(year, dict.fromkeys(Retention, 0))
            of_year[retention] += count
            void[year] = void.get(year, 0) + (count if state is SlipState.VOID else 0)
    return [YearRow(year, found[year], void[year]) for year in sorted(found, reverse=True)]


def files_of_year(session: Session, year: int, *, slip_ids: Sequence[int] | None = None) -> Sequence[FileRow]:
    """The numbered slips of a year in the order of their numbers, in one statement; `slip_ids` picks some of them."""
    first = (
        select(Matter.title)
        .join(SlipMatter, SlipMatter.matter_id == Matter.id)
        .where(SlipMatter.slip_id == Slip.id)
        .order_by(SlipMatter.position)
        .limit(1)
        .correlate(Slip)
        .scalar_subquery()
    )
    kept = (
        select(SlipVersion.version)
        .where(
            SlipVersion.slip_id == Slip.id,
            SlipVersion.version == Slip.paper_version,
            SlipVersion.kept_sha256.is_not(None),
        )
        .correlate(Slip)
        .exists()
    )
    scan = select(SlipScan.id).where(SlipScan.slip_id == Slip.id, SlipScan.void_at.is_(None)).correlate(Slip).exists()
    statement = select(
        Slip.id,
        Slip.number,
        Slip.organ,
        Slip.serial,
        Slip.state,
        Slip.retention,
        func.coalesce(first, ""),
        _count_of(SlipMatter.slip_id),
        Slip.signed_on,
        Slip.signed_how,
        scan,
        kept,
        _count_of(AssistingUnit.slip_id),
        _count_of(SlipReceipt.slip_id),
        Slip.version,
        Slip.lead_unit_id,
    ).where(Slip.year == year)
    if slip_ids is not None:
        statement = statement.where(Slip.id.in_(slip_ids))
    rows = session.execute(statement.order_by(Slip.organ, Slip.serial)).all()
    return [_file(*row) for row in rows]


def records_of(session: Session, slip: Slip) -> Records:
    """Everything that is on record beside a slip, oldest first."""

    def all_of(kind: Any, order: Any) -> Sequence[Any]:
        return session.scalars(select(kind).where(kind.slip_id == slip.id).order_by(order)).all()

    replaced = session.scalars(select(Slip.number).where(Slip.replaces_id == slip.id).order_by(Slip.id)).all()
    return Records(
        versions=all_of(SlipVersion, SlipVersion.version),
        signatures=all_of(SlipSignature, SlipSignature.id),
        scans=all_of(SlipScan, SlipScan.id),
        papers=all_of(SlipPaper, SlipPaper.id),
        replaces=session.scalar(select(Slip.number).where(Slip.id == slip.replaces_id)) if slip.replaces_id else None,
        replaced_by=replaced,
    )


def number_uses(session: Session, year: int) -> Iterator[NumberUse]:
    """Every slip number of a year somebody can account for: by a slip, else by its being set aside."""
    used = set()
    for organ, serial, number, state in session.execute(
        select(Slip.organ, Slip.serial, Slip.number, Slip.state).where(Slip.year == year, Slip.serial.is_not(None))
    ):
        used.add((organ, serial))
        yield NumberUse(organ, serial or 0, number or "", f"交办单（{state.label}）")
    aside = select(ReservedNumber.organ, ReservedNumber.serial, ReservedNumber.number, ReservedNumber.state)
    for organ, serial, number, kept_as in session.execute(
        aside.where(ReservedNumber.year == year, ReservedNumber.paper == PaperKind.SLIP.value)
    ):
        if (organ, serial) not in used:
            word = "预留号，已作废" if kept_as is ReservedState.VOID else "预留号，未使用"
            yield NumberUse(organ, serial, number, word)


def last_serials(session: Session, year: int) -> Sequence[tuple[str, int]]:
    """The last slip number given out in a year, by organ code."""
    rows = session.execute(
        select(Serial.organ, Serial.last).where(Serial.paper == PaperKind.SLIP.value, Serial.year == year)
    )
    return [(organ, last) for organ, last in rows]


def audit_of_slip(session: Session, slip_id: int, paper_ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    """The audit lines of a slip and of the papers beside it, each with its seal and the seal before it."""
    mine: ColumnElement[bool] = and_(AuditLine.target_kind == "slip", AuditLine.target_id == str(slip_id))
    if paper_ids:
        beside = and_(AuditLine.target_kind == "slip_paper", AuditLine.target_id.in_([str(it) for it in paper_ids]))
        mine = or_(mine, beside)
    before = aliased(AuditLine)
    rows = session.execute(
        select(AuditLine, before.hash)
        .outerjoin(before, before.id == AuditLine.id - 1)
        .where(mine)
        .order_by(AuditLine.id)
    )
    for line, previous in rows:
        yield plain_fields(line) | {"previous": previous or GENESIS, "hash": line.hash}


def audit_of_year(session: Session, year: int) -> Iterator[dict[str, Any]]:
    """All audit lines written in a year, in order: those about slips in full, of the others the seal alone."""
    start, end = (datetime(it, 1, 1, tzinfo=ZONE) for it in (year, year + 1))
    first, last = session.execute(
        select(func.min(AuditLine.id), func.max(AuditLine.id)).where(AuditLine.at >= start, AuditLine.at < end)
    ).one()
    if first is None:
        return
    previous = session.scalar(select(AuditLine.hash).where(AuditLine.id == first - 1)) or GENESIS
    lines = select(AuditLine).where(AuditLine.id >= first, AuditLine.id <= last).order_by(AuditLine.id)
    for line in session.execute(lines.execution_options(yield_per=1_000)).scalars():
        if line.target_kind in ABOUT_SLIPS:
            yield plain_fields(line) | {"previous": previous, "hash": line.hash}
        else:
            yield {"id": line.id, "hash": line.hash}
        previous = line.hash
        session.expunge(line)


def _count_of(slip_id: Any) -> Any:
    return select(func.count()).where(slip_id == Slip.id).correlate(Slip).scalar_subquery()


def _file(*row: Any) -> FileRow:
    *known, units, receipts, version, lead = row
    named: dict[str, Any] = {"units": units + (lead is not None), "receipts": receipts, "version": version}
    return FileRow(**dict(zip(_KNOWN, known, strict=True)), **named)


_KNOWN = (
    "id", "number", "organ", "serial", "state", "retention", "title", "matters", "signed_on", "signed_how", "has_scan", "has_kept",
)  # fmt: skip
"""The first columns of a row, as the statement asks for them."""
