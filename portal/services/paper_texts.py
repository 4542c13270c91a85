"""The office's own words for its papers: kept in versions, none ever changed, the newest in force."""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.documents.paper_texts import Value, check_text, fill
from portal.domain.errors import Conflict, RuleBroken, refuse
from portal.domain.paper_kinds import PaperKind
from portal.domain.paper_texts import PARTS, standard_texts
from portal.domain.people import Action, Actor, must
from portal.store.audit_trail import record
from portal.store.models.papers import PaperText
from portal.store.queries.paper_texts import STANDARD_VERSION, newest_version, text_version, texts_in_force

LONGEST_WHY = 200
SHORTEST_WHY = 4
OVERTAKEN = "您打开页面之后，别人已修改了这份公文的用语。您填写的内容仍在，请与最新的一版核对后再保存。"
NOTHING_CHANGED = "与现行的用语完全相同，没有需要保存的改动。"


def worded_for(
    session: Session, kind: PaperKind, values: Mapping[str, Value], *, at: datetime | None = None
) -> tuple[tuple[str, str], ...]:
    """Every part of a paper in the words that are in force, or were `at` a moment, filled in.

    Kept with a sheet they never change again.
    """
    return fill(kind, texts_in_force(session, kind, at), values)


def whole_texts(kind: PaperKind, own: Mapping[str, str]) -> dict[str, str]:
    """Every part as it is written, the standard one where the office has none of its own."""
    return {name: own.get(name, default) for name, default in standard_texts(kind)}


def save_texts(
    session: Session,
    kind: PaperKind,
    texts: Mapping[str, str],
    why: str = "",
    *,
    seen: int | None,
    actor: Actor,
    now: datetime,
) -> PaperText:
    """Put new words for a paper in force as its next version; papers that were made before keep theirs.

    `seen` is the version the writer had on the screen (0: the standard words). Raises RuleBroken when any part is
    refused (nothing is kept then) or nothing changed, Conflict when somebody else saved meanwhile.
    """
    must(actor, Action.KEEP_SETTINGS)
    before = _held(session, kind, seen)
    wanted = {part.name: _plain(texts.get(part.name, before[part.name])) for part in PARTS[kind]}
    refuse([problem for name, text in wanted.items() for problem in check_text(kind, name, text)])
    if wanted == before:
        raise RuleBroken(NOTHING_CHANGED)
    changed = [part.label for part in PARTS[kind] if wanted[part.name] != before[part.name]]
    said = f"修改{kind.label}用语：{'、'.join(changed)}"
    return _next_version(session, kind, wanted, why.strip(), "paper_text_saved", said, seen=seen, actor=actor, now=now)


def go_back(
    session: Session, kind: PaperKind, version: int, why: str, *, seen: int | None, actor: Actor, now: datetime
) -> PaperText:
    """Put the words of an earlier version in force again, or the standard ones (version 0), as a new version with a reason.

    Raises RuleBroken without a reason or when these words are in force already, NotFound, Conflict.
    """
    must(actor, Action.KEEP_SETTINGS)
    before = _held(session, kind, seen)
    earlier = {} if version == STANDARD_VERSION else text_version(session, kind, version).texts
    wanted = whole_texts(kind, earlier)
    if not SHORTEST_WHY <= len(why.strip()) <= LONGEST_WHY:
        raise RuleBroken(f"请写明恢复的原因，{SHORTEST_WHY} 至 {LONGEST_WHY} 个字。", field="why")
    if wanted == before:
        raise RuleBroken("这一版与现行的用语完全相同，不必恢复。")
    name = "标准用语" if version == STANDARD_VERSION else f"第 {version} 版"
    return _next_version(
        session, kind, wanted, why.strip(), "paper_text_restored", f"{kind.label}用语恢复为{name}",
        seen=seen, actor=actor, now=now,
    )  # fmt: skip


def _held(session: Session, kind: PaperKind, seen: int | None) -> dict[str, str]:
    if seen is not None and seen != newest_version(session, kind):
        raise Conflict(OVERTAKEN)
    return whole_texts(kind, texts_in_force(session, kind))


def _next_version(
    session: Session,
    kind: PaperKind,
    texts: Mapping[str, str],
    why: str,
    act: str,
    summary: str,
    *,
    seen: int | None,
    actor: Actor,
    now: datetime,
) -> PaperText:
    """The version after the one the writer saw: whoever else saved it meanwhile has its number."""
    if len(why) > LONGEST_WHY:
        raise RuleBroken(f"修改说明最多 {LONGEST_WHY} 个字，请精简。", field="why")
    kept = PaperText(
        kind=kind,
        version=(newest_version(session, kind) if seen is None else seen) + 1,
        texts=json.dumps(dict(texts), ensure_ascii=False, sort_keys=True),
        why=why,
        made_by=actor.name,
        made_at=now,
    )
    try:
        with session.begin_nested():
            session.add(kept)
    except IntegrityError as lost:
        raise Conflict(OVERTAKEN) from lost
    record(
        session, actor, now, act, kept,
        summary=f"{summary}（第 {kept.version} 版）{f'：{why}' if why else ''}", version=kept.version,
    )  # fmt: skip
    return kept


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
