"""Keys that sign: their certificates for everybody, the list for the security administrator, never the keys themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.signing import KeyHolder, KeyOrigin
from portal.domain.signing_keys import USABLE, WARNED_BEFORE, KeyState, key_state
from portal.store.models.people import Leader
from portal.store.models.signing import SigningKey
from portal.store.paging import Page, Wanted, page_of

PIN_FAILURES = "PIN:"
"""Wrong PINs are counted beside wrong passwords, under names that begin so."""

KEY_SORTS: Mapping[str, ColumnElement[Any]] = {
    "made": SigningKey.made_at.expression,
    "until": SigningKey.not_after.expression,
    "subject": SigningKey.subject.expression,
}


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as people see it: whose it is, how long it holds, how it ended."""

    id: int
    version: int
    holder: KeyHolder
    origin: KeyOrigin
    subject: str
    leader: str
    serial: str
    not_before: datetime
    not_after: datetime
    made_at: datetime
    made_by: str
    ended_at: datetime | None
    ended_reason: str
    revoked: bool

    def state(self, now: datetime) -> KeyState:
        """How the key stands."""
        return key_state(not_after=self.not_after, ended_at=self.ended_at, revoked=self.revoked, now=now)

    def is_usable(self, now: datetime) -> bool:
        """Whether it signs."""
        return self.state(now) in USABLE

    def days_left(self, now: datetime) -> int:
        """Calendar days until the certificate ends."""
        return (self.not_after.date() - now.date()).days


def _rows() -> Select[Any]:
    return select(
        SigningKey.id,
        SigningKey.version,
        SigningKey.holder,
        SigningKey.origin,
        SigningKey.subject,
        func.coalesce(Leader.name, ""),
        SigningKey.serial,
        SigningKey.not_before,
        SigningKey.not_after,
        SigningKey.made_at,
        SigningKey.made_by,
        SigningKey.ended_at,
        SigningKey.ended_reason,
        SigningKey.revoked,
    ).outerjoin(Leader, Leader.id == SigningKey.leader_id)


def key_of_leader(session: Session, leader_id: int) -> KeyRow | None:
    """The key a leader has now, in date or not; None without one."""
    row = session.execute(_rows().where(SigningKey.standing_for == f"leader:{leader_id}")).first()
    return KeyRow(*row) if row else None


def keys_of_leader(session: Session, leader_id: int) -> Sequence[KeyRow]:
    """Every key a leader has had, the latest first."""
    rows = session.execute(_rows().where(SigningKey.leader_id == leader_id).order_by(SigningKey.id.desc()))
    return [KeyRow(*row) for row in rows]


def key_row(session: Session, key_id: int) -> KeyRow:
    """One key. Raises NotFound."""
    row = session.execute(_rows().where(SigningKey.id == key_id)).first()
    if row is None:
        raise NotFound("没有找到这把签名密钥。请从密钥清单进入。")
    return KeyRow(*row)


def key_page(
    session: Session, wanted: Wanted, *, holder: KeyHolder | None, state: KeyState | None, q: str, now: datetime
) -> Page[KeyRow]:
    """One page of all keys there have ever been."""
    statement = _rows().where(*_asked(holder, state, q, now))
    page = page_of(session, statement, wanted, keys=KEY_SORTS, identity=SigningKey.id.expression)
    return Page([KeyRow(*row) for row in page.rows], wanted, page.next_key, page.previous_key, page.total)


def all_key_rows(
    session: Session, *, holder: KeyHolder | None, state: KeyState | None, q: str, now: datetime
) -> Sequence[KeyRow]:
    """The same without pages, the newest first."""
    rows = session.execute(_rows().where(*_asked(holder, state, q, now)).order_by(SigningKey.id.desc()))
    return [KeyRow(*row) for row in rows]


def certificate_of(session: Session, key_id: int) -> str:
    """The certificate of a key with those between it and its root, as PEM; the private key is never handed out."""
    row = session.execute(select(SigningKey.certificate, SigningKey.chain).where(SigningKey.id == key_id)).first()
    if row is None:
        raise NotFound("没有找到这把签名密钥。请从密钥清单进入。")
    return f"{row.certificate}{row.chain}"


def authority_certificate(session: Session) -> str | None:
    """The certificate of the authority that stands, as PEM; None before it was first needed."""
    return session.scalar(select(SigningKey.certificate).where(SigningKey.standing_for == KeyHolder.AUTHORITY.value))


def seal_picture_sha256(session: Session) -> str | None:
    """Which picture of the organ's seal is set; None: the portal draws one."""
    return session.scalar(select(SigningKey.picture_sha256).where(SigningKey.standing_for == KeyHolder.ORGAN.value))


def _asked(holder: KeyHolder | None, state: KeyState | None, q: str, now: datetime) -> list[ColumnElement[bool]]:
    clauses: list[ColumnElement[bool]] = []
    if holder is not None:
        clauses.append(SigningKey.holder == holder)
    if state is not None:
        clauses.append(_in_state(state, now))
    if q:
        clauses.append(
            or_(
                SigningKey.subject.contains(q, autoescape=True),
                Leader.name.contains(q, autoescape=True),
                SigningKey.serial.contains(q.lower(), autoescape=True),
            )
        )
    return clauses


def _in_state(state: KeyState, now: datetime) -> ColumnElement[bool]:
    stands, soon = SigningKey.ended_at.is_(None), now + WARNED_BEFORE
    clauses: Mapping[KeyState, ColumnElement[bool]] = {
        KeyState.STANDING: and_(stands, SigningKey.not_after > soon),
        KeyState.EXPIRING: and_(stands, SigningKey.not_after > now, SigningKey.not_after <= soon),
        KeyState.EXPIRED: and_(stands, SigningKey.not_after <= now),
        KeyState.ENDED: and_(~stands, ~SigningKey.revoked),
        KeyState.REVOKED: SigningKey.revoked.is_(True),
    }
    return clauses[state]
