"""The append-only audit trail: every line is chained to the one before it and sealed in the same transaction.

The chain is an HMAC under a key kept outside the database, so that somebody who can write to the tables still
cannot write a line that verifies (GB/T 22239 8.1.4.3; domain 2.5, immutable timeline).
"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import bindparam, event, insert, inspect, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, SessionTransaction, UOWTransaction

from portal.clock import ZONE
from portal.domain.people import Actor
from portal.store.base import Base, table_of
from portal.store.models.audit import AuditHead, AuditLine
from portal.store.sealing import derived_key

GENESIS = "0" * 64
BATCH = 2_000


class UnauditedChange(RuntimeError):
    """Records were changed without an audit line: the service forgot to `record` its act."""


@dataclass(frozen=True, slots=True)
class Target:
    """A record by its table and id, where nobody has loaded it."""

    kind: str
    id: object


@dataclass(frozen=True, slots=True)
class _Act:
    actor: Actor
    at: datetime
    act: str
    target: Base | Target
    summary: str
    details: dict[str, Any]


def record(
    session: Session, actor: Actor, at: datetime, act: str, target: Base | Target, *, summary: str, **details: Any
) -> None:
    """Write down who did what to which record; sealed into the chain when the transaction commits.

    `summary` is one Chinese sentence for the timeline; neither it nor `details` may hold personal data.
    """
    session.info.setdefault("acts", []).append(_Act(actor, at.astimezone(ZONE), act, target, summary, details))


@contextmanager
def trial(session: Session) -> Iterator[None]:
    """Undo what is done inside, and what was recorded of it, if it is refused; what came before stays."""
    acts: list[_Act] = session.info.setdefault("acts", [])
    known = len(acts)
    try:
        with session.begin_nested():
            yield
    except BaseException:
        del acts[known:]
        raise


def record_now_and_then(
    session: Session,
    actor: Actor,
    at: datetime,
    act: str,
    target: Base,
    *,
    within: timedelta,
    summary: str,
    alike: dict[str, Any],
    **details: Any,
) -> bool:
    """Write down an act that repeats every few seconds only if its last line is older than `within`; whether it did.

    A line covers what follows only for the same account, act and record, and with the same `alike` among its details. The
    change of that record alone is then let through without a line of its own (docs/decisions/0016); any other is not.
    """
    known = inspect(target).identity
    lines = (
        select(AuditLine.details)
        .where(
            AuditLine.target_kind == type(target).__tablename__,
            AuditLine.target_id == str(known[0] if known else ""),
            AuditLine.account_id == actor.account_id,
            AuditLine.act == act,
            AuditLine.at > at - within,
            AuditLine.at <= at,
        )
        .order_by(AuditLine.id.desc())
        .limit(1)
    )
    kept = session.scalar(lines)
    if kept is not None and alike.items() <= json.loads(kept).items():
        session.info.setdefault("covered", []).append(target)
        return False
    record(session, actor, at, act, target, summary=summary, **alike, **details)
    return True


def tell_in_order(session: Session) -> None:
    """Put the acts of this transaction in the order of their time, for a story that was not told from its beginning."""
    session.info.get("acts", []).sort(key=lambda act: act.at)


def line_hash(key: bytes, previous: str, fields: dict[str, Any]) -> str:
    """The seal of a line over its own fields and the seal before it."""
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hmac.new(key, f"{previous}\n{text}".encode(), hashlib.sha256).hexdigest()


def seal_of(previous: str, fields: dict[str, Any]) -> str:
    """The seal this portal puts on a line that says this after one with that seal."""
    return line_hash(derived_key("audit-chain"), previous, fields)


def key_mark() -> str:
    """By which extracts tell whether they were sealed under this portal's key; says nothing about the key itself."""
    return seal_of(GENESIS, {"mark": "audit-chain"})


def plain_fields(line: Any) -> dict[str, Any]:
    """What a line says, as it is sealed and as an extract tells it."""
    return {
        "id": line.id,
        "at": line.at.isoformat(timespec="microseconds"),
        "account": line.account_id,
        "name": line.actor_name,
        "role": line.role,
        "act": line.act,
        "kind": line.target_kind,
        "target": line.target_id,
        "summary": line.summary,
        "details": line.details,
    }


@event.listens_for(Session, "after_flush")
def _notice_changes(session: Session, context: UOWTransaction) -> None:
    for changed in (*session.new, *session.dirty, *session.deleted):
        if not changed.bookkeeping and session.is_modified(changed, include_collections=False):
            session.info.setdefault("changed", []).append(changed)
    for gone in session.deleted:
        if not gone.bookkeeping:
            session.info.setdefault("changed", []).append(gone)


@event.listens_for(Session, "before_commit")
def _seal(session: Session) -> None:
    """Chain the acts of this transaction, last of all, so that the chain is held as shortly as possible."""
    if session.in_nested_transaction():
        return
    session.flush()
    acts: list[_Act] = session.info.pop("acts", [])
    covered: list[Base] = session.info.pop("covered", [])
    changed = {type(it).__name__ for it in session.info.pop("changed", []) if not any(it is other for other in covered)}
    if not acts:
        if changed and not session.info.get("unaudited"):
            raise UnauditedChange(f"{'、'.join(sorted(changed))} 有改动而没有审计记录:服务里缺少 record(...)。")
        return
    key = derived_key("audit-chain")
    head = session.execute(_HEAD_HELD).first()
    if head is None:
        raise RuntimeError("audit_head is missing: run the migrations")
    line_id, seal, lines = head.line_id, head.hash, []
    for act in acts:
        line_id += 1
        line = _line(line_id, act)
        line["hash"] = seal = line_hash(key, seal, plain_fields(SimpleNamespace(**line)))
        lines.append(line)
    session.execute(_NEW_LINES, lines)
    session.execute(_HEAD_MOVED, {"last": line_id, "seal": seal})


_HEAD = table_of(AuditHead)
_HEAD_HELD = select(_HEAD.c.line_id, _HEAD.c.hash).where(_HEAD.c.id == 1).with_for_update()
_HEAD_MOVED = update(_HEAD).where(_HEAD.c.id == 1).values(line_id=bindparam("last"), hash=bindparam("seal"))
_NEW_LINES = insert(table_of(AuditLine))
"""Every act of the office ends with these three, so they are put together once."""


def _line(line_id: int, act: _Act) -> dict[str, Any]:
    kind, target_id = _named(act.target)
    return {
        "id": line_id,
        "at": act.at,
        "account_id": act.actor.account_id,
        "actor_name": act.actor.name,
        "role": act.actor.role.value,
        "act": act.act,
        "target_kind": kind,
        "target_id": target_id,
        "summary": act.summary,
        "details": json.dumps(act.details, ensure_ascii=False, sort_keys=True, default=str),
    }


def _named(target: Base | Target) -> tuple[str, str]:
    if isinstance(target, Target):
        return target.kind, str(target.id)
    identity = inspect(target).identity
    return type(target).__tablename__, str(identity[0]) if identity else ""


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, ended: SessionTransaction) -> None:
    """Forget what a given-up transaction did; giving up a savepoint only takes back what the act was tried with."""
    if ended.parent is None:
        session.info.pop("acts", None)
        session.info.pop("changed", None)
        session.info.pop("covered", None)


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """The first place where the trail no longer holds."""

    line_id: int
    why: str


def verify(session: Session) -> tuple[int, BrokenLine | None]:
    """Walk the whole chain; answer how many lines hold and the first that does not."""
    key = derived_key("audit-chain")
    previous, expected = GENESIS, 1
    for line in _lines(session):
        if line is None:
            return expected - 1, BrokenLine(expected, f"第 {expected} 行的内容已无法读取，被改动过。")
        if line.id != expected:
            return expected - 1, BrokenLine(expected, f"第 {expected} 行缺失，其后是第 {line.id} 行。")
        seal = line_hash(key, previous, plain_fields(line))
        if not hmac.compare_digest(str(line.hash).encode(), seal.encode()):
            return expected - 1, BrokenLine(line.id, f"第 {line.id} 行与其校验值不符，内容或顺序被改动过。")
        previous, expected = line.hash, expected + 1
    head = session.get(AuditHead, 1, populate_existing=True)
    if head is None or (head.line_id, head.hash) != (expected - 1, previous):
        return expected - 1, BrokenLine(expected, f"第 {expected - 1} 行之后的记录被删去，与链首登记的行数不符。")
    return expected - 1, None


def _lines(session: Session) -> Iterator[Any]:
    """Every line as it stands in the database, in order; None in place of one that cannot even be read."""
    last, size = 0, BATCH
    while True:
        statement = select(*table_of(AuditLine).columns).where(AuditLine.id > last).order_by(AuditLine.id)
        try:
            found = session.execute(statement.limit(size)).all()
        except (ValueError, DBAPIError) as trouble:
            if isinstance(trouble, DBAPIError) and "decode" not in str(trouble.orig):
                raise
            if size == 1:
                yield None
                return
            size = 1  # line by line from here, to name the one
            continue
        yield from found
        if len(found) < size:
            return
        last = found[-1].id
