"""A leader's own key: made under a PIN that only the leader knows, or loaded from a certificate file; renewed and ended."""

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.documents import certificates
from portal.documents.certificates import Usage
from portal.domain.errors import Conflict, NotAllowed, RuleBroken
from portal.domain.people import Action, Actor, locked_until, must
from portal.domain.signing import KeyHolder, KeyOrigin
from portal.domain.signing_keys import pin_problems
from portal.services.signing_keys import authority_to_issue, checked_reason, end_key, years_after
from portal.store.audit_trail import Target, record
from portal.store.models.people import Leader, SignInFailure
from portal.store.models.signing import SigningKey
from portal.store.queries.office import office_rules
from portal.store.queries.people import posts_held
from portal.store.queries.signing_keys import PIN_FAILURES
from portal.store.sealing import derived_key

NO_OWN_KEY = "您还没有可用的签名密钥。请先在“我的账号 → 签名密钥”里制作或导入，再用数字证书签名。"
EXPIRED = "您的签名证书已过期。请先在“我的账号 → 签名密钥”里更换，再用数字证书签名。"
RENEWED = "更换为新的签名密钥"


def make_own_key(session: Session, pin: str, *, actor: Actor, now: datetime) -> SigningKey:
    """Make the leader a key locked with the PIN, in the place of any earlier one; the PIN itself is kept nowhere."""
    leader = _leader_of(session, actor)
    _must_be_strong(pin)
    rules = office_rules(session)
    made = certificates.issue(
        authority_to_issue(session, now=now),
        Usage.LEADER,
        name=leader.name,
        post=posts_held(session, {leader.id}, now.date()).get(leader.id, ""),
        organisation=rules.issuing_organ,
        since=now,
        until=years_after(now, rules.certificate_years),
    )
    return _keep(session, leader, made, pin, KeyOrigin.MADE, actor=actor, now=now)


def keep_loaded_key(
    session: Session, loaded: certificates.SigningKey, pin: str, *, actor: Actor, now: datetime
) -> SigningKey:
    """Keep a key the leader brought, locked with the PIN (`certificates.key_from_pkcs12` read it, outside a transaction).

    Raises RuleBroken on `file` for a certificate that names somebody else or is on record already.
    """
    leader = _leader_of(session, actor)
    _must_be_strong(pin)
    if leader.name not in loaded.name:
        raise RuleBroken(
            f"证书上的姓名是“{loaded.name or '空白'}”，与您的姓名不一致，不能用作您的签名证书。", field="file"
        )
    if session.scalar(select(SigningKey.id).where(SigningKey.serial == loaded.serial)) is not None:
        raise RuleBroken("这张证书已经登记过，不能重复导入。请更换证书，或由本系统制作。", field="file")
    return _keep(session, leader, loaded, pin, KeyOrigin.LOADED, actor=actor, now=now)


def end_own_key(session: Session, reason: str, *, actor: Actor, now: datetime) -> SigningKey:
    """End one's own key, for instance because somebody may know the PIN: it signs no more."""
    leader = _leader_of(session, actor)
    key = _standing(session, leader.id)
    if key is None:
        raise Conflict("您没有可用的签名密钥，不必停用。")
    end_key(key, checked_reason(reason), revoked=True, now=now)
    record(
        session, actor, now, "key_revoked", key,
        summary=f"停用本人的签名密钥（{key.subject}）", serial=key.serial, reason=key.ended_reason,
    )  # fmt: skip
    return key


def open_key(
    look: Session,
    write: Callable[[Callable[[Session], None]], None],
    leader_id: int,
    pin: str,
    *,
    actor: Actor,
    now: datetime,
) -> certificates.SigningKey:
    """Open a leader's key to sign with; wrong PINs are counted like wrong passwords, and then lock the key for a while.

    The attempt is charged before it is made, so that many at once cannot try more than one after another could. Raises
    RuleBroken on `pin`.
    """
    row = look.scalar(select(SigningKey).where(SigningKey.standing_for == f"leader:{leader_id}"))
    if row is None:
        raise RuleBroken(NO_OWN_KEY, field="pin")
    if row.not_after <= now:
        raise RuleBroken(EXPIRED, field="pin")
    if not pin:
        raise RuleBroken("请输入签名口令。", field="pin")
    certificate, locked, chain = row.certificate, row.private_key, row.chain
    key_id, counted = row.id, _counted_as(row.serial)
    policy = office_rules(look).sign_in
    left = 0

    def charge(session: Session) -> None:
        nonlocal left
        failure = session.get(SignInFailure, counted, with_for_update=True, populate_existing=True)
        if failure is None:
            failure = SignInFailure(username=counted, failures=0, last_at=now)
            session.add(failure)
        until = locked_until(failure.failures, failure.last_at, policy)
        if until is not None and until > now:
            raise RuleBroken(f"签名口令连续输错次数过多，已暂时锁定，请于 {until:%H:%M} 后再试。", field="pin")
        if failure.last_at + timedelta(minutes=policy.lock_minutes) <= now:
            failure.failures = 0
        failure.failures, failure.last_at = failure.failures + 1, now
        left = policy.failures - failure.failures

    write(charge)
    try:
        key = certificates.open_locked(certificate, locked.encode(), pin, chain)
    except RuleBroken as refusal:
        if left <= 0:
            write(lambda session: _note_lock(session, key_id, actor=actor, now=now))
        more = f"还可以试 {left} 次。" if left > 0 else f"已锁定 {policy.lock_minutes} 分钟。"
        raise RuleBroken(f"签名口令不正确，{more}忘记口令的，请停用后重新制作。", field="pin") from refusal
    write(lambda session: _forget_failures(session, counted))
    return key


def must_still_stand(session: Session, serial: str) -> None:
    """Raise RuleBroken on `pin` when a key was ended or revoked while a paper was being signed with it."""
    standing = select(SigningKey.id).where(SigningKey.serial == serial, SigningKey.ended_at.is_(None))
    if session.scalar(standing.with_for_update()) is None:
        raise RuleBroken("您的签名密钥刚刚停用或吊销，没有签。请核实后更换密钥再签。", field="pin")


def _note_lock(session: Session, key_id: int, *, actor: Actor, now: datetime) -> None:
    target = Target(SigningKey.__tablename__, key_id)
    record(session, actor, now, "pin_locked", target, summary="连续输错签名口令，密钥暂时锁定")


def _forget_failures(session: Session, counted: str) -> None:
    failure = session.get(SignInFailure, counted)
    if failure is not None:
        session.delete(failure)


def _counted_as(serial: str) -> str:
    """The name failures are counted under: nobody can type it as a user name and so lock another's key."""
    return PIN_FAILURES + sha256(derived_key("pin-failures") + serial.encode()).hexdigest()[:32]


def _must_be_strong(pin: str) -> None:
    problems = pin_problems(pin)
    if problems:
        raise RuleBroken("".join(problems), field="pin")


def _leader_of(session: Session, actor: Actor) -> Leader:
    must(actor, Action.KEEP_OWN_KEY)
    if len(actor.leader_ids) != 1:
        raise NotAllowed("您的账号没有对应到一位领导，不能管理签名密钥。请联系系统管理员变更账号归属。")
    (leader_id,) = actor.leader_ids
    return session.get_one(Leader, leader_id)


def _standing(session: Session, leader_id: int) -> SigningKey | None:
    statement = select(SigningKey).where(SigningKey.standing_for == f"leader:{leader_id}")
    return session.scalar(statement.with_for_update().execution_options(populate_existing=True))


def _keep(
    session: Session,
    leader: Leader,
    key: certificates.SigningKey,
    pin: str,
    origin: KeyOrigin,
    *,
    actor: Actor,
    now: datetime,
) -> SigningKey:
    old = _standing(session, leader.id)
    if old is not None:
        end_key(old, RENEWED, revoked=False, now=now)
        record(session, actor, now, "key_ended", old, summary=f"更换签名密钥（{old.subject}）", serial=old.serial)
        session.flush()
    kept = SigningKey(
        holder=KeyHolder.LEADER,
        leader_id=leader.id,
        standing_for=f"leader:{leader.id}",
        origin=origin,
        subject=key.name[:200],
        serial=key.serial,
        certificate=key.certificate_pem,
        chain=key.chain_pem,
        private_key=key.locked(pin).decode(),
        locked=True,
        not_before=key.since,
        not_after=key.until,
        made_at=now,
        made_by=actor.name,
    )
    session.add(kept)
    session.flush()
    done = "制作" if origin is KeyOrigin.MADE else "导入"
    record(
        session, actor, now, "key_made", kept,
        summary=f"{done}签名密钥（{kept.subject}）", serial=kept.serial, until=kept.not_after,
    )  # fmt: skip
    return kept
