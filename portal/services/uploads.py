"""Papers people hand in: accepted for what they really are, kept before the record that names them (domain 2.2, 7.1).

They show persons and their papers, so they lie sealed on the disk as the portal's own papers do (PIPL art. 51).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePath
from typing import IO

from portal.domain.errors import CannotKeep, NotFound, RuleBroken
from portal.store import sealed_files, uploads
from portal.store.giving_up import gave_up
from portal.store.models.files import StoredFile

MEGABYTE = 2**20
LONGEST_NAME = 120
ENDINGS: Mapping[str, str] = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}
KINDS = "PDF、JPG 或 PNG"


@dataclass(frozen=True, slots=True)
class AcceptedFile:
    """A paper whose bytes lie on the disk, and that no record names yet."""

    sha256: str
    name: str
    media_type: str
    size: int


def accept(folder: Path, name: str, stream: IO[bytes], *, megabytes: int, field: str) -> AcceptedFile:
    """Take a PDF, JPG or PNG of at most some megabytes; what it is, its bytes say and not its name.

    Raises RuleBroken on the form's field for anything else, CannotKeep when the disk is full.
    """
    data = stream.read(megabytes * MEGABYTE + 1)
    shown = tidy_name(name)
    if not data:
        raise RuleBroken(f"文件“{shown}”是空的，请重新选择。", field=field)
    if len(data) > megabytes * MEGABYTE:
        raise RuleBroken(f"文件“{shown}”超过 {megabytes} MB，请压缩或降低扫描分辨率后再传。", field=field)
    kind = media_type(data)
    if kind is None:
        raise RuleBroken(f"文件“{shown}”的内容不是{KINDS}（只看内容，不看扩展名），请扫描或另存后再传。", field=field)
    return AcceptedFile(keep(folder, data, field), _with_ending(shown, kind), kind, len(data))


def keep(folder: Path, data: bytes, field: str) -> str:
    """Seal the bytes of a paper and answer their sha256. Raises CannotKeep on the form's field when the disk is full."""
    try:
        return sealed_files.keep(folder, data)
    except OSError as trouble:
        told = gave_up(trouble)
        if told is None:
            raise
        raise CannotKeep(told.message, field=field) from trouble


def accepted_before(folder: Path, sha256: str, name: str) -> AcceptedFile | None:
    """A paper handed in with an earlier try of the same form, so that nobody has to choose it again."""
    try:
        data = opened(folder, sha256, "附件")
    except (ValueError, NotFound):
        return None
    kind = media_type(data)
    return AcceptedFile(sha256, _with_ending(tidy_name(name), kind), kind, len(data)) if kind else None


def opened(folder: Path, sha256: str, what: str) -> bytes:
    """The bytes of a paper, checked to be those that were handed in; `what` is its kind in words, for who asks for it.

    Raises NotFound when they are gone or were altered.
    """
    try:
        return sealed_files.kept(folder, sha256)
    except sealed_files.Altered:
        plain = _not_sealed_yet(folder, sha256)
        if plain is None:
            raise NotFound(f"{what}不在这台服务器上或已被改动，请联系系统管理员核对备份。") from None
        return plain


def _not_sealed_yet(folder: Path, sha256: str) -> bytes | None:
    """Bytes that were kept before papers people hand in were sealed; handed in again, they are."""
    try:
        data = uploads.place_of(folder, sha256).read_bytes()
    except OSError:
        return None
    return data if hashlib.sha256(data).hexdigest() == sha256 else None


def stored_file(accepted: AcceptedFile, *, now: datetime) -> StoredFile:
    """The record of an accepted paper; it is saved together with the record that refers to it."""
    return StoredFile(
        sha256=accepted.sha256,
        name=accepted.name,
        media_type=accepted.media_type,
        size=accepted.size,
        uploaded_at=now,
    )


def media_type(data: bytes) -> str | None:
    """What some bytes really are, by their beginning and end; None when they are none of the accepted kinds."""
    if data.startswith(b"%PDF-") and b"%%EOF" in data[-2048:]:
        return "application/pdf"
    if data.startswith(b"\xff\xd8\xff") and b"\xff\xda" in data:
        return "image/jpeg"  # telephones write more after the picture's end, so only its beginning is asked
    if data.startswith(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR") and b"IEND\xaeB`\x82" in data[-2048:]:
        return "image/png"
    return None


def tidy_name(name: str) -> str:
    """The name without folders or control signs, short enough to keep."""
    last = PurePath(name.replace("\\", "/")).name
    plain = "".join(sign for sign in last if sign.isprintable()).strip()
    return plain[-LONGEST_NAME:] or "未命名"


def _with_ending(name: str, kind: str) -> str:
    """Give the name the ending its content has, so that it opens in the right program."""
    path = PurePath(name)
    fits = path.suffix.lower() in {ENDINGS[kind], ".jpeg" if kind == "image/jpeg" else ENDINGS[kind]}
    return name if fits else f"{path.stem or name}{ENDINGS[kind]}"
