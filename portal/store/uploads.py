"""Files people hand in, on disk: under their checksum in the instance folder, outside anything the web serves."""

import os
import re
import secrets
from pathlib import Path

_SHA256 = re.compile(r"[0-9a-f]{64}")


def put_as(folder: Path, digest: str, data: bytes) -> None:
    """Put some bytes on the disk under a checksum, all of them or none, over whatever lies there."""
    path = place_of(folder, digest)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{digest}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    for each in (path.parent, folder):
        _sync(each)


def wipe(folder: Path, sha256: str) -> None:
    """Take some bytes off the disk; it does not matter if they are gone already."""
    path = place_of(folder, sha256)
    path.unlink(missing_ok=True)
    if path.parent.exists():
        _sync(path.parent)


def place_of(folder: Path, sha256: str) -> Path:
    """Where the bytes with this checksum lie. Raises ValueError for anything that is no checksum."""
    if not _SHA256.fullmatch(sha256):
        raise ValueError("not a checksum")
    return folder / sha256[:2] / sha256


def _sync(folder: Path) -> None:
    """A new name is on the disk only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
