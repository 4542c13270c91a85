"""The portal's own keys: its authority, the organ that issues papers, the clock; made when first needed, and renewed.

Their certificates are those of an authority nobody outside has licensed; no page claims more (domain 7.3, 11.15).
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.documents import certificates
from portal.documents.certificates import Usage
from portal.domain.errors import Conflict, NotFound, RuleBroken
from portal.domain.people import Action, Actor, must
from portal.domain.signing import KeyHolder, KeyOrigin
from portal.domain.signing_keys import WARNED_BEFORE
from portal.store.audit_trail import Target, record
from portal.store.models.signing import SigningKey
from portal.store.queries.office import office_rules
from portal.store.upserts import insert_into

AUTHORITY_YEARS = 30
"""As long as the longest usual retention: whoever checks an old paper finds the authority still in date."""

OF_THE_OFFICE: Mapping[KeyHolder, Usage] = {KeyHolder.ORGAN: Usage.ORGAN, KeyHolder.TIMESTAMP: Usage.TIME}
SHORTEST_REASON, LONGEST_REASON = 4, 200
RENEWED = "证书将到期，自动更换"
AUTHORITY_ENDED = "签发它的认证机构密钥已吊销"
NO_KEY = "没有找到这把签名密钥，可能已经删除。请从密钥清单进入。"


@dataclass(frozen=True, slots=True)
class OfficeKeys:
    """What signs in the name of the organ: its key, the key of the portal's clock, the picture of the seal if there is one."""

    organ: certificates.SigningKey
    clock: certificates.SigningKey
    seal_sha256: str | None


def office_keys(session: Session, *, now: datetime) -> OfficeKeys | None:
    """The office's keys, opened; None when some have to be made or renewed first (`make_office_keys`).

    Raises ValueError when they cannot be opened: altered, or sealed with another data key.
    """
    rows = _standing(session)
    if any(_is_due(rows.get(holder), now) for holder in (KeyHolder.AUTHORITY, *OF_THE_OFFICE)):
        return None
    organ, clock = rows[KeyHolder.ORGAN], rows[KeyHolder.TIMESTAMP]
    return OfficeKeys(opened(organ), opened(clock), organ.picture_sha256)


def make_office_keys(session: Session, *, now: datetime) -> None:
    """Make the authority and the office's keys where they are missing, and renew what soon ends.

    Two at once agree on one: the schema lets one key stand for each purpose, and the second takes the first one's.
    """
    rules = office_rules(session)
    since = datetime.combine(now.date(), time.min, now.tzinfo)
    rows = _standing(session)
    if _is_due(rows.get(KeyHolder.AUTHORITY), now):
        made = certificates.make_authority(
            name=f"{rules.issuing_organ}单据认证（内部）",
            organisation=rules.issuing_organ,
            since=since,
            until=years_after(since, AUTHORITY_YEARS),
        )
        _replace(session, KeyHolder.AUTHORITY, rows.get(KeyHolder.AUTHORITY), made, now=now)
        rows = _standing(session)
    authority = opened(rows[KeyHolder.AUTHORITY])
    for holder, usage in OF_THE_OFFICE.items():
        if _is_due(rows.get(holder), now):
            made = certificates.issue(
                authority,
                usage,
                name=rules.issuing_organ if holder is KeyHolder.ORGAN else f"{rules.issuing_organ}时间戳（本系统时钟）",
                organisation=rules.issuing_organ,
                since=since,
                until=years_after(since, rules.certificate_years),
            )
            _replace(session, holder, rows.get(holder), made, now=now)


def authority_to_issue(session: Session, *, now: datetime) -> certificates.SigningKey:
    """The authority, opened to issue a certificate; made first if there is none. Needs a transaction that writes."""
    if office_keys(session, now=now) is None:
        make_office_keys(session, now=now)
    return opened(_standing(session)[KeyHolder.AUTHORITY])


def revoke_key(
    session: Session, key_id: int, reason: str, *, version: int | None = None, actor: Actor, now: datetime
) -> SigningKey:
    """Revoke any key (吊销): what it signs from now on is not believed; what it signed before stays.

    With the authority go all keys it has issued. The office's own keys are made anew when they are next needed.
    """
    must(actor, Action.REVOKE_KEYS)
    key = session.scalar(select(SigningKey).where(SigningKey.id == key_id).with_for_update())
    if key is None:
        raise NotFound(NO_KEY)
    if version is not None and key.version != version:
        raise Conflict("您打开页面之后，这把密钥已有变化。请核对最新内容后再提交。")
    if key.ended_at is not None:
        raise Conflict(f"这把密钥已于 {key.ended_at:%Y-%m-%d} 停用，不必再吊销。")
    end_key(key, checked_reason(reason), revoked=True, now=now)
    if key.holder is KeyHolder.AUTHORITY:
        issued = select(SigningKey).where(SigningKey.ended_at.is_(None), SigningKey.origin == KeyOrigin.MADE)
        for other in session.scalars(issued.with_for_update()):
            if other.id != key.id:
                end_key(other, AUTHORITY_ENDED, revoked=True, now=now)
                record(session, actor, now, "key_revoked", other, summary=_said("吊销", other), serial=other.serial)
    record(
        session, actor, now, "key_revoked", key, summary=_said("吊销", key), serial=key.serial, reason=reason.strip()
    )
    return key


def set_seal(session: Session, sha256: str | None, *, actor: Actor, now: datetime) -> None:
    """Set the picture of the organ's seal, kept under this checksum; None: the portal draws one."""
    must(actor, Action.KEEP_SETTINGS)
    authority_to_issue(session, now=now)
    organ = session.scalars(
        select(SigningKey).where(SigningKey.standing_for == KeyHolder.ORGAN.value).with_for_update()
    ).one()
    if organ.picture_sha256 != sha256:
        organ.picture_sha256 = sha256
        said = "设置单据用印的印章图样" if sha256 else "改用系统绘制的印章图样"
        record(session, actor, now, "seal_set", organ, summary=said, sha256=sha256)


def opened(row: SigningKey) -> certificates.SigningKey:
    """A key of the portal itself, ready to sign. Raises ValueError when what is kept of it is damaged."""
    return certificates.open_plain(row.certificate, b64decode(row.private_key), row.chain)


def end_key(key: SigningKey, reason: str, *, revoked: bool, now: datetime) -> None:
    """End a key; the caller writes down who did it."""
    key.standing_for, key.ended_at, key.ended_reason, key.revoked = None, now, reason, revoked


def checked_reason(reason: str) -> str:
    """The reason of an end, without the blanks around it; RuleBroken when it says nothing."""
    reason = reason.strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise RuleBroken(f"请写明原因，{SHORTEST_REASON} 至 {LONGEST_REASON} 个字。", field="reason")
    return reason


def years_after(start: datetime, years: int) -> datetime:
    """The same day some years later; 29 February becomes 1 March."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return start.replace(year=start.year + years, month=3, day=1)


def _standing(session: Session) -> dict[KeyHolder, SigningKey]:
    wanted = [KeyHolder.AUTHORITY.value, *(holder.value for holder in OF_THE_OFFICE)]
    found = session.scalars(
        select(SigningKey).where(SigningKey.standing_for.in_(wanted)).execution_options(populate_existing=True)
    )
    return {key.holder: key for key in found}


def _is_due(row: SigningKey | None, now: datetime) -> bool:
    return row is None or row.not_after <= now + WARNED_BEFORE


def _replace(
    session: Session, holder: KeyHolder, old: SigningKey | None, made: certificates.SigningKey, *, now: datetime
) -> None:
    """Put a key in an old one's place; whoever comes second leaves what the first has made."""
    system = Actor.system()
    if old is not None:
        ended = session.execute(
            update(SigningKey)
            .where(SigningKey.id == old.id, SigningKey.ended_at.is_(None))
            .values(standing_for=None, ended_at=now, ended_reason=RENEWED, version=SigningKey.version + 1)
            .returning(SigningKey.id)
        )
        if ended.first() is not None:
            record(session, system, now, "key_ended", old, summary=_said("更换", old), serial=old.serial)
    new = insert_into(session, SigningKey).values(
        holder=holder,
        standing_for=holder.value,
        origin=KeyOrigin.MADE,
        subject=made.name,
        serial=made.serial,
        certificate=made.certificate_pem,
        chain=made.chain_pem,
        private_key=b64encode(made.plain()).decode(),
        locked=False,
        picture_sha256=old.picture_sha256 if old is not None else None,
        not_before=made.since,
        not_after=made.until,
        made_at=now,
        made_by=system.name,
    )
    row = session.execute(new.on_conflict_do_nothing(index_elements=["standing_for"]).returning(SigningKey.id)).first()
    if row is not None:
        target = Target(SigningKey.__tablename__, row[0])
        record(session, system, now, "key_made", target, summary=f"生成签名密钥：{holder.label}", serial=made.serial)


def _said(act: str, key: SigningKey) -> str:
    return f"{act}签名密钥：{key.holder.label}（{key.subject}）"
