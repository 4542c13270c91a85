"""Which papers are kept, what they carry, and which lag behind."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import ColumnElement, Row, Select, and_, or_, select
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.signing import ISSUED_STATES, SIGNED_STATES
from portal.store.models.files import StoredFile
from portal.store.models.signing import SlipScan, SlipSignature
from portal.store.models.slips import Slip, SlipVersion


@dataclass(frozen=True, slots=True)
class KeptRow:
    """The kept PDF of one version: its checksum, its size in bytes, and which signatures it carries so far."""

    slip_id: int
    version: int
    sha256: str
    size: int
    marks: tuple[str, ...]
    kept_at: datetime


def kept_row(session: Session, slip_id: int, version: int | None = None) -> KeptRow | None:
    """What is kept of the version in force, or of another one; None when nothing is."""
    wanted = _kept().where(SlipVersion.slip_id == slip_id)
    if version is None:
        wanted = wanted.join(Slip, _in_force())
    else:
        wanted = wanted.where(SlipVersion.version == version)
    row = session.execute(wanted).first()
    return _row(row) if row else None


def kept_rows(session: Session, slip_ids: Collection[int]) -> Mapping[int, KeptRow]:
    """What is kept of the versions in force, by slip; one statement however many slips."""
    rows = session.execute(_kept().join(Slip, _in_force()).where(SlipVersion.slip_id.in_(slip_ids)))
    return {row.slip_id: _row(row) for row in rows}


def kept_versions(session: Session, slip_id: int) -> Mapping[int, KeptRow]:
    """What is kept of each version of a slip, also of those that hold no more."""
    rows = session.execute(_kept().where(SlipVersion.slip_id == slip_id))
    return {row.version: _row(row) for row in rows}


def slips_behind(session: Session, since: date, *, limit: int) -> Sequence[int]:
    """Slips signed or issued since a day whose kept paper is missing or lacks a signature or the seal."""
    counted = (
        select(SlipSignature.id)
        .where(SlipSignature.slip_id == Slip.id, SlipSignature.signed_at > SlipVersion.kept_at)
        .exists()
    )
    unsealed = Slip.state.in_(ISSUED_STATES) & ~SlipVersion.kept_marks.contains("seal")
    lately = or_(Slip.signed_on >= since, Slip.issued_at >= datetime.combine(since, time.min, ZONE))
    return session.scalars(
        select(Slip.id)
        .join(SlipVersion, _in_force())
        .where(Slip.state.in_(SIGNED_STATES), lately, or_(SlipVersion.kept_sha256.is_(None), unsealed, counted))
        .order_by(Slip.id)
        .limit(limit)
    ).all()


def named_papers(session: Session, digests: Collection[str]) -> set[str]:
    """Which of some checksums a version names."""
    found = session.scalars(select(SlipVersion.kept_sha256).where(SlipVersion.kept_sha256.in_(digests)))
    return {digest for digest in found if digest is not None}


def named_scans(session: Session, digests: Collection[str]) -> set[str]:
    """Which of some checksums a scan on record names, also one that was struck."""
    return set(session.scalars(select(SlipScan.sha256).where(SlipScan.sha256.in_(digests))))


def named_files(session: Session, digests: Collection[str]) -> set[str]:
    """Which of some checksums a record of a file that people handed in names."""
    return set(session.scalars(select(StoredFile.sha256).where(StoredFile.sha256.in_(digests))))


def _kept() -> Select[tuple[int, int, str | None, int | None, str, datetime | None]]:
    return select(
        SlipVersion.slip_id,
        SlipVersion.version,
        SlipVersion.kept_sha256,
        SlipVersion.kept_bytes,
        SlipVersion.kept_marks,
        SlipVersion.kept_at,
    ).where(SlipVersion.kept_sha256.is_not(None))


def _in_force() -> ColumnElement[bool]:
    return and_(Slip.id == SlipVersion.slip_id, Slip.paper_version == SlipVersion.version)


def _row(row: Row[tuple[int, int, str | None, int | None, str, datetime | None]]) -> KeptRow:
    slip_id, version, digest, size, marks, kept_at = row
    assert digest is not None and kept_at is not None  # noqa: S101, PT018 - the statement asks for no others
    return KeptRow(slip_id, version, digest, size or 0, tuple(marks.split()), kept_at)
