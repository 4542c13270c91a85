"""Who signed a slip, how, on which version and how that was proved; who is still asked to; what stands void."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, aliased

from portal.domain.people import Actor
from portal.domain.signing import SIGNED_STATES, Proof, SignatureRole, SignedHow
from portal.domain.slips import SlipState
from portal.store.models.people import Leader
from portal.store.models.signing import Mandate, SlipScan, SlipSignature
from portal.store.models.slips import Countersigner, Slip

SHORT = 16
"""So much of a fingerprint is enough to compare by eye."""


@dataclass(frozen=True, slots=True)
class SignatureRow:
    """A signature as a slip's page tells it; `leader` is whose it is, `name` who wrote it."""

    id: int
    version: int
    role: SignatureRole
    leader_id: int
    leader: str
    by_leader_id: int
    name: str
    post: str
    mandate_id: int | None
    mandate_from: date | None
    mandate_until: date | None
    mandate_basis: str | None
    how: SignedHow
    proof: Proof
    signed_on: date
    signed_at: datetime
    document_sha256: str
    certificate_serial: str | None
    recorded_by: str
    void_at: datetime | None
    void_reason: str

    @property
    def stands(self) -> bool:
        """Whether it still counts."""
        return self.void_at is None

    @property
    def is_for_another(self) -> bool:
        """Whether it was written under a mandate."""
        return self.by_leader_id != self.leader_id

    @property
    def titled(self) -> str:
        """刘某某（区长）, or who signed for whom: 刘某某（代）."""
        if self.is_for_another:
            return f"{self.name}（代{self.leader}）"
        return f"{self.name}（{self.post}）" if self.post else self.name

    @property
    def fingerprint(self) -> str:
        """The beginning of the fingerprint of what was signed."""
        return self.document_sha256[:SHORT]


@dataclass(frozen=True, slots=True)
class CountersignerRow:
    """A leader asked to sign as well, and whether that was done."""

    leader_id: int
    name: str
    post: str
    signed: bool


@dataclass(frozen=True, slots=True)
class ScanRow:
    """A scan of a slip signed by hand."""

    id: int
    slip_id: int
    version: int
    sha256: str
    name: str
    media_type: str
    size: int
    pages: int
    code_read: str
    match_reason: str
    attached_at: datetime
    attached_by: str
    void_at: datetime | None
    void_reason: str

    @property
    def stands(self) -> bool:
        """Whether it still counts."""
        return self.void_at is None


@dataclass(frozen=True, slots=True)
class SlipSignatures:
    """All there is to say of how a slip was signed."""

    signatures: tuple[SignatureRow, ...] = ()
    countersigners: tuple[CountersignerRow, ...] = ()
    scans: tuple[ScanRow, ...] = ()

    @property
    def signer(self) -> SignatureRow | None:
        """The signature the slip stands on."""
        return next((it for it in self.signatures if it.stands and it.role is SignatureRole.SIGNER), None)

    @property
    def missing(self) -> tuple[CountersignerRow, ...]:
        """Who was asked to sign as well and has not yet."""
        return tuple(it for it in self.countersigners if not it.signed)

    @property
    def waits_for_scan(self) -> bool:
        """Whether it was signed by hand and nothing shows it yet."""
        by_hand = self.signer is not None and self.signer.how is SignedHow.HAND
        return by_hand and not any(it.stands for it in self.scans)

    def asks(self, actor: Actor) -> CountersignerRow | None:
        """The countersignature this person is still asked for."""
        return next((it for it in self.missing if it.leader_id in actor.leader_ids), None)


def signatures_on(session: Session, slip_id: int) -> SlipSignatures:
    """How one slip was signed, the latest first; for whoever may see the slip. Three statements."""
    leader = aliased(Leader)
    rows = session.execute(
        select(
            SlipSignature.id,
            SlipSignature.version,
            SlipSignature.role,
            SlipSignature.leader_id,
            leader.name,
            SlipSignature.by_leader_id,
            SlipSignature.name,
            SlipSignature.post,
            SlipSignature.mandate_id,
            Mandate.from_on,
            Mandate.until_on,
            Mandate.basis,
            SlipSignature.how,
            SlipSignature.proof,
            SlipSignature.signed_on,
            SlipSignature.signed_at,
            SlipSignature.document_sha256,
            SlipSignature.certificate_serial,
            SlipSignature.recorded_by,
            SlipSignature.void_at,
            SlipSignature.void_reason,
        )
        .join(leader, leader.id == SlipSignature.leader_id)
        .outerjoin(Mandate, Mandate.id == SlipSignature.mandate_id)
        .where(SlipSignature.slip_id == slip_id)
        .order_by(SlipSignature.id)
    )
    signatures = tuple(SignatureRow(*row) for row in rows)
    done = {it.leader_id for it in signatures if it.stands and it.role is SignatureRole.COUNTERSIGNER}
    asked = session.execute(
        select(Countersigner.leader_id, Leader.name, Countersigner.post)
        .join(Leader, Leader.id == Countersigner.leader_id)
        .where(Countersigner.slip_id == slip_id)
        .order_by(Countersigner.position)
    )
    countersigners = tuple(CountersignerRow(number, name, post, number in done) for number, name, post in asked)
    return SlipSignatures(signatures, countersigners, tuple(scans_on(session, slip_id)))


def scans_on(session: Session, slip_id: int) -> Sequence[ScanRow]:
    """The scans of a slip, struck ones too, in the order they came."""
    rows = session.execute(
        select(
            SlipScan.id,
            SlipScan.slip_id,
            SlipScan.version,
            SlipScan.sha256,
            SlipScan.name,
            SlipScan.media_type,
            SlipScan.size,
            SlipScan.pages,
            SlipScan.code_read,
            SlipScan.match_reason,
            SlipScan.attached_at,
            SlipScan.attached_by,
            SlipScan.void_at,
            SlipScan.void_reason,
        )
        .where(SlipScan.slip_id == slip_id)
        .order_by(SlipScan.id)
    )
    return [ScanRow(*row) for row in rows]


def waits_for_countersigning(leader_ids: frozenset[int]) -> ColumnElement[bool]:
    """As a clause over `Slip`: signed, not issued yet, and one of these leaders is asked to sign as well and has not."""
    done = select(SlipSignature.id).where(
        SlipSignature.slip_id == Slip.id,
        SlipSignature.leader_id == Countersigner.leader_id,
        SlipSignature.role == SignatureRole.COUNTERSIGNER,
        SlipSignature.void_at.is_(None),
    )
    asked = select(Countersigner.leader_id).where(
        Countersigner.slip_id == Slip.id,
        Countersigner.leader_id.in_(leader_ids),
        ~done.correlate(Slip, Countersigner).exists(),
    )
    return and_(Slip.state == SlipState.SIGNED, asked.correlate(Slip).exists())


def waits_for_signing(leader_ids: frozenset[int], countersigner_ids: frozenset[int]) -> ColumnElement[bool]:
    """As a clause over `Slip`: it waits for the signature of one of the first, or the countersignature of one of the others."""
    return or_(
        and_(Slip.state == SlipState.AWAITING_SIGNATURE, Slip.signer_id.in_(leader_ids)),
        waits_for_countersigning(countersigner_ids),
    )


def waits_for_scan() -> ColumnElement[bool]:
    """As a clause over `Slip`: signed by hand, and no scan of it stands."""
    scanned = select(SlipScan.id).where(SlipScan.slip_id == Slip.id, SlipScan.void_at.is_(None))
    return and_(Slip.state.in_(SIGNED_STATES), Slip.signed_how == SignedHow.HAND, ~scanned.correlate(Slip).exists())
