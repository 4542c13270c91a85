"""The office's own words for its papers: what is in force, and every version there was."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.paper_kinds import PaperKind
from portal.store.models.papers import PaperText

STANDARD_VERSION = 0
"""Stands for the standard words, which are in force until the office writes its own."""


@dataclass(frozen=True, slots=True)
class TextVersion:
    """One version of a paper's words; `texts` holds every part of it."""

    kind: PaperKind
    version: int
    texts: Mapping[str, str]
    why: str
    made_by: str
    made_at: datetime


def texts_in_force(session: Session, kind: PaperKind, at: datetime | None = None) -> Mapping[str, str]:
    """The office's words for a paper by part, now or at a moment, in one statement; empty while the standard ones hold."""
    newest = select(PaperText.texts).where(PaperText.kind == kind).order_by(PaperText.version.desc()).limit(1)
    if at is not None:
        newest = newest.where(PaperText.made_at <= at)
    text = session.scalar(newest)
    return json.loads(text) if text else {}


def newest_version(session: Session, kind: PaperKind) -> int:
    """The number of the version in force, 0 for the standard words."""
    return session.scalar(select(func.max(PaperText.version)).where(PaperText.kind == kind)) or STANDARD_VERSION


def text_versions(session: Session, kind: PaperKind) -> Sequence[TextVersion]:
    """Every version of a paper's words, the newest first."""
    found = session.scalars(select(PaperText).where(PaperText.kind == kind).order_by(PaperText.version.desc()))
    return [_row(it) for it in found]


def text_version(session: Session, kind: PaperKind, version: int) -> TextVersion:
    """One version. Raises NotFound."""
    found = session.get(PaperText, (kind, version))
    if found is None:
        raise NotFound(f"没有找到{kind.label}用语的第 {version} 版。")
    return _row(found)


def versions_in_force(session: Session) -> Mapping[PaperKind, TextVersion]:
    """The version in force of every paper that has words of the office's own, in one statement."""
    newest = select(PaperText.kind, func.max(PaperText.version).label("version")).group_by(PaperText.kind).subquery()
    found = session.scalars(
        select(PaperText).join(newest, (newest.c.kind == PaperText.kind) & (newest.c.version == PaperText.version))
    )
    return {it.kind: _row(it) for it in found}


def _row(it: PaperText) -> TextVersion:
    return TextVersion(it.kind, it.version, json.loads(it.texts), it.why, it.made_by, it.made_at)
