"""What the codes and the files of our papers stand for: what anybody holding one may learn, and no more (domain 7.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.domain.paper_kinds import PaperKind, UrgingColour
from portal.domain.reserved_numbers import ReservedState
from portal.domain.signing import KeyHolder, KeyOrigin, SignatureRole, SignedHow
from portal.domain.slips import SlipState
from portal.store.models.papers import ReservedNumber, SlipPaper
from portal.store.models.signing import SigningKey, SlipScan, SlipSignature
from portal.store.models.slips import Slip, SlipVersion


@dataclass(frozen=True, slots=True)
class VersionOnPaper:
    """A frozen version of a slip; `sheet` is for comparing with its fingerprint, never for showing."""

    slip_id: int
    number: str | None
    state: SlipState
    version: int
    latest: int
    why: str
    made_at: datetime
    sheet: str
    sha256: str
    kept_sha256: str | None
    verify_code: str
    issued_at: datetime | None


@dataclass(frozen=True, slots=True)
class CompanionOnPaper:
    """A paper that goes with a slip."""

    kind: PaperKind
    colour: UrgingColour | None
    number: str | None
    slip_number: str | None
    slip_state: SlipState
    made_at: datetime
    void_at: datetime | None
    sheet: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ReservedOnPaper:
    """A blank paper whose number was set aside, and the slip it was entered as."""

    number: str
    state: ReservedState
    reserved_at: datetime
    settled_at: datetime | None
    slip_id: int | None
    slip_number: str | None
    slip_state: SlipState | None


@dataclass(frozen=True, slots=True)
class ScanOnFile:
    """A scan of a paper signed by hand; `code` is that of the version it shows."""

    attached_at: datetime
    void_at: datetime | None
    code: str


@dataclass(frozen=True, slots=True)
class SignatureOnPaper:
    """A signature as it is on record: for which version, by whom as what, whether it still counts.

    `name` is shown to the public only where the office wants so.
    """

    version: int
    role: SignatureRole
    name: str
    post: str
    by_mandate: bool
    how: SignedHow
    signed_on: date
    signed_at: datetime
    document_sha256: str
    void_at: datetime | None


def version_with_code(session: Session, code: str) -> VersionOnPaper | None:
    """The version a verify code belongs to; codes are upper case."""
    row = session.execute(_versions().where(SlipVersion.verify_code == code)).first()
    return VersionOnPaper(*row) if row else None


def version_kept_as(session: Session, sha256: str) -> VersionOnPaper | None:
    """The version whose kept file these bytes are."""
    row = session.execute(_versions().where(SlipVersion.kept_sha256 == sha256)).first()
    return VersionOnPaper(*row) if row else None


def companion_with_code(session: Session, code: str) -> CompanionOnPaper | None:
    """The paper beside a slip that a verify code belongs to."""
    row = session.execute(
        select(
            SlipPaper.kind,
            SlipPaper.colour,
            SlipPaper.number,
            Slip.number,
            Slip.state,
            SlipPaper.made_at,
            SlipPaper.void_at,
            SlipPaper.sheet,
            SlipPaper.sha256,
        )
        .join(Slip, Slip.id == SlipPaper.slip_id)
        .where(SlipPaper.verify_code == code)
    ).first()
    return CompanionOnPaper(*row) if row else None


def reserved_with_code(session: Session, code: str) -> ReservedOnPaper | None:
    """The number set aside that a verify code belongs to."""
    row = session.execute(
        select(
            ReservedNumber.number,
            ReservedNumber.state,
            ReservedNumber.reserved_at,
            ReservedNumber.settled_at,
            ReservedNumber.slip_id,
            Slip.number,
            Slip.state,
        )
        .outerjoin(Slip, Slip.id == ReservedNumber.slip_id)
        .where(ReservedNumber.verify_code == code)
    ).first()
    return ReservedOnPaper(*row) if row else None


def scan_kept_as(session: Session, sha256: str) -> ScanOnFile | None:
    """The scan these bytes are; one that counts goes before one that does not."""
    row = session.execute(
        select(SlipScan.attached_at, SlipScan.void_at, SlipVersion.verify_code)
        .join(SlipVersion, (SlipVersion.slip_id == SlipScan.slip_id) & (SlipVersion.version == SlipScan.version))
        .where(SlipScan.sha256 == sha256)
        .order_by(SlipScan.void_at.is_not(None), SlipScan.id.desc())
        .limit(1)
    ).first()
    return ScanOnFile(*row) if row else None


def signatures_on_record(session: Session, slip_id: int) -> Sequence[SignatureOnPaper]:
    """Every signature a slip has had, also those that count no more, in the order they were given."""
    rows = session.execute(
        select(
            SlipSignature.version,
            SlipSignature.role,
            SlipSignature.name,
            SlipSignature.post,
            SlipSignature.mandate_id.is_not(None),
            SlipSignature.how,
            SlipSignature.signed_on,
            SlipSignature.signed_at,
            SlipSignature.document_sha256,
            SlipSignature.void_at,
        )
        .where(SlipSignature.slip_id == slip_id)
        .order_by(SlipSignature.id)
    )
    return [SignatureOnPaper(*row) for row in rows]


def replacement_of(session: Session, slip_id: int) -> tuple[int, str | None, SlipState] | None:
    """The slip that stands in for a void one: one that holds goes before one that is void as well, the newest first."""
    row = session.execute(
        select(Slip.id, Slip.number, Slip.state)
        .where(Slip.replaces_id == slip_id)
        .order_by(Slip.state == SlipState.VOID, Slip.id.desc())
        .limit(1)
    ).first()
    return (row[0], row[1], row[2]) if row else None


def authorities(session: Session) -> tuple[str, ...]:
    """The certificates of every authority the portal ever had, as PEM: old papers need the old ones."""
    wanted = select(SigningKey.certificate).where(SigningKey.holder == KeyHolder.AUTHORITY)
    return tuple(session.scalars(wanted.order_by(SigningKey.id.desc())))


def brought_certificates(session: Session) -> tuple[str, ...]:
    """The certificates leaders brought, as PEM; without their chains, whose authorities name others as well."""
    wanted = select(SigningKey.certificate).where(SigningKey.origin == KeyOrigin.LOADED)
    return tuple(session.scalars(wanted.order_by(SigningKey.id)))


def revoked_keys(session: Session) -> Mapping[str, datetime]:
    """When each certificate that was revoked ceased to count, by its serial."""
    wanted = select(SigningKey.serial, SigningKey.ended_at).where(SigningKey.revoked, SigningKey.ended_at.is_not(None))
    return {serial: ended for serial, ended in session.execute(wanted) if ended is not None}


def _versions() -> Select[
    tuple[int, str | None, SlipState, int, int, str, datetime, str, str, str | None, str, datetime | None]
]:
    newest = select(func.max(SlipVersion.version)).where(SlipVersion.slip_id == Slip.id).correlate(Slip)
    return select(
        Slip.id,
        Slip.number,
        Slip.state,
        SlipVersion.version,
        newest.scalar_subquery(),
        SlipVersion.why,
        SlipVersion.made_at,
        SlipVersion.sheet,
        SlipVersion.sha256,
        SlipVersion.kept_sha256,
        SlipVersion.verify_code,
        Slip.issued_at,
    ).join(Slip, Slip.id == SlipVersion.slip_id)
