"""Signatures on slips, the scans of what was signed by hand, mandates, and the keys that sign."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.signing import KeyHolder, KeyOrigin, Proof, SignatureRole, SignedHow
from portal.store.base import Base, Instant, words
from portal.store.models.people import Leader
from portal.store.sealing import SealedText


class SlipSignature(Base):
    """Somebody's signature on one version of a slip, bound to the fingerprint of exactly what that version says.

    `leader_id` is whose signature it is, `by_leader_id` who wrote it: another leader only under a mandate. A signature whose
    slip was changed afterwards stays on record with `void_at`.
    """

    __tablename__ = "slip_signature"
    __table_args__ = (
        ForeignKeyConstraint(
            ["slip_id", "version", "document_sha256"],
            ["slip_version.slip_id", "slip_version.version", "slip_version.sha256"],
            name="signature_on_a_version",
        ),
        CheckConstraint("(void_at IS NULL) = (void_reason = '')", name="void_with_a_reason"),
        CheckConstraint("by_leader_id = leader_id OR mandate_id IS NOT NULL", name="for_another_by_mandate"),
        CheckConstraint("(how = 'certificate') = (certificate_serial IS NOT NULL)", name="certificate_named"),
        CheckConstraint("(how = 'tablet') = (strokes IS NOT NULL)", name="tablet_with_strokes"),
        CheckConstraint("(strokes IS NULL) = (strokes_sha256 IS NULL)", name="strokes_whole"),
        Index("ix_slip_signature_of_version", "slip_id", "version"),
        Index(
            "ix_slip_signature_one_a_leader",
            "slip_id",
            "leader_id",
            "role",
            unique=True,
            sqlite_where=text("void_at IS NULL"),
            postgresql_where=text("void_at IS NULL"),
        ),
        Index(
            "ix_slip_signature_one_signer",
            "slip_id",
            unique=True,
            sqlite_where=text("role = 'signer' AND void_at IS NULL"),
            postgresql_where=text("role = 'signer' AND void_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slip_id: Mapped[int] = mapped_column(ForeignKey("slip.id"))
    version: Mapped[int]
    role: Mapped[SignatureRole] = mapped_column(words(SignatureRole))
    leader_id: Mapped[int] = mapped_column(ForeignKey("leader.id"), index=True)
    by_leader_id: Mapped[int] = mapped_column(ForeignKey("leader.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    post: Mapped[str] = mapped_column(String(80), default="")
    mandate_id: Mapped[int | None] = mapped_column(ForeignKey("mandate.id"), index=True)
    how: Mapped[SignedHow] = mapped_column(words(SignedHow))
    proof: Mapped[Proof] = mapped_column(words(Proof))
    signed_on: Mapped[date]
    signed_at: Mapped[datetime] = mapped_column(Instant)
    document_sha256: Mapped[str] = mapped_column(String(64))
    strokes: Mapped[str | None] = mapped_column(SealedText("slip_signature.strokes"))
    strokes_sha256: Mapped[str | None] = mapped_column(String(64))
    certificate_serial: Mapped[str | None] = mapped_column(String(64))
    recorded_by: Mapped[str] = mapped_column(String(40))
    void_at: Mapped[datetime | None] = mapped_column(Instant)
    void_reason: Mapped[str] = mapped_column(String(200), default="")

    leader: Mapped[Leader] = relationship(foreign_keys=leader_id, lazy="raise_on_sql")
    by_leader: Mapped[Leader] = relationship(foreign_keys=by_leader_id, lazy="raise_on_sql")


class SlipScan(Base):
    """A scan of a slip signed by hand, matched to the printed version by the code on it, or by hand when it cannot be read."""

    __tablename__ = "slip_scan"
    __table_args__ = (
        ForeignKeyConstraint(
            ["slip_id", "version"], ["slip_version.slip_id", "slip_version.version"], name="scan_of_a_version"
        ),
        UniqueConstraint("slip_id", "sha256", name="one_scan_once"),
        CheckConstraint("(void_at IS NULL) = (void_reason = '')", name="void_with_a_reason"),
        CheckConstraint("code_read <> '' OR match_reason <> ''", name="matched_by_code_or_reason"),
        Index(
            "ix_slip_scan_of_one_slip",
            "sha256",
            unique=True,
            sqlite_where=text("void_at IS NULL"),
            postgresql_where=text("void_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slip_id: Mapped[int] = mapped_column(ForeignKey("slip.id"), index=True)
    version: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]
    pages: Mapped[int] = mapped_column(default=1)
    code_read: Mapped[str] = mapped_column(String(16), default="")
    match_reason: Mapped[str] = mapped_column(String(200), default="")
    attached_at: Mapped[datetime] = mapped_column(Instant)
    attached_by: Mapped[str] = mapped_column(String(40))
    void_at: Mapped[datetime | None] = mapped_column(Instant)
    void_reason: Mapped[str] = mapped_column(String(200), default="")


class Mandate(Base):
    """A leader lets another leader sign slips for a time (委托签批); both ends of the time count."""

    __tablename__ = "mandate"
    __table_args__ = (
        CheckConstraint("from_on <= until_on", name="ends_after_it_begins"),
        CheckConstraint("leader_id <> delegate_id", name="to_another"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_by = '')", name="revoked_by_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    leader_id: Mapped[int] = mapped_column(ForeignKey("leader.id"), index=True)
    delegate_id: Mapped[int] = mapped_column(ForeignKey("leader.id"), index=True)
    from_on: Mapped[date]
    until_on: Mapped[date]
    basis: Mapped[str] = mapped_column(String(200), default="")
    made_by: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_by: Mapped[str] = mapped_column(String(40), default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    leader: Mapped[Leader] = relationship(foreign_keys=leader_id, lazy="raise_on_sql")
    delegate: Mapped[Leader] = relationship(foreign_keys=delegate_id, lazy="raise_on_sql")


class SigningKey(Base):
    """A key that signs, with its certificate; a leader's is locked with a PIN that nobody else knows.

    `standing_for` is empty once the key has ended: `authority`, `organ`, `timestamp` or `leader:5` have one standing key each.
    `picture_sha256` names the picture set beside a signature: the organ's seal, a leader's own.
    """

    __tablename__ = "signing_key"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (standing_for IS NOT NULL)", name="ended_or_standing"),
        CheckConstraint("(ended_at IS NULL) = (ended_reason = '')", name="ended_with_a_reason"),
        CheckConstraint("(holder = 'leader') = (leader_id IS NOT NULL)", name="of_a_leader_or_not"),
        CheckConstraint("holder <> 'leader' OR locked", name="leaders_key_is_locked"),
        CheckConstraint("not_before < not_after", name="valid_for_a_time"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    holder: Mapped[KeyHolder] = mapped_column(words(KeyHolder))
    leader_id: Mapped[int | None] = mapped_column(ForeignKey("leader.id"), index=True)
    standing_for: Mapped[str | None] = mapped_column(String(24), unique=True)
    origin: Mapped[KeyOrigin] = mapped_column(words(KeyOrigin))
    subject: Mapped[str] = mapped_column(String(200))
    serial: Mapped[str] = mapped_column(String(64), unique=True)
    certificate: Mapped[str] = mapped_column(Text)
    chain: Mapped[str] = mapped_column(Text, default="")
    private_key: Mapped[str] = mapped_column(SealedText("signing_key.private_key"))
    locked: Mapped[bool] = mapped_column(default=False)
    picture_sha256: Mapped[str | None] = mapped_column(String(64))
    not_before: Mapped[datetime] = mapped_column(Instant)
    not_after: Mapped[datetime] = mapped_column(Instant)
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(String(40))
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_reason: Mapped[str] = mapped_column(String(200), default="")
    revoked: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    leader: Mapped[Leader | None] = relationship(lazy="raise_on_sql")
