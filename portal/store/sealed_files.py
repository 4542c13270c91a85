"""Papers kept for ever: sealed on the disk under the checksum of what they hold, and checked whenever they are read.

They name enterprises and visitors, so a stolen disk must not tell them (PIPL art. 51); and a paper that was altered, or put
in another's place, is refused instead of printed.
"""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from portal.store import uploads
from portal.store.sealing import NONCE_BYTES, derived_key

PURPOSE = "kept-files"


class Altered(Exception):
    """A kept paper is missing or not what it was; the message says which."""


def keep(folder: Path, data: bytes) -> str:
    """Keep some bytes for good and answer the sha256 of what they are; they are on the disk before this returns.

    Those that lie there already count as handed in now, so that nobody sweeps them before a record names them; those that
    were altered since are put right.
    """
    digest = hashlib.sha256(data).hexdigest()
    with suppress(Altered, FileNotFoundError):
        kept(folder, digest)
        os.utime(uploads.place_of(folder, digest))
        return digest
    nonce = os.urandom(NONCE_BYTES)
    sealed = nonce + AESGCM(derived_key(PURPOSE)).encrypt(nonce, data, digest.encode())
    uploads.put_as(folder, digest, sealed)
    return digest


def kept(folder: Path, sha256: str) -> bytes:
    """The bytes as they were kept. Raises Altered when they are gone, were changed, or the key is another."""
    try:
        sealed = uploads.place_of(folder, sha256).read_bytes()
    except FileNotFoundError:
        raise Altered(f"{sha256}: the kept paper is missing") from None
    try:
        data = AESGCM(derived_key(PURPOSE)).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], sha256.encode())
    except (InvalidTag, ValueError):
        raise Altered(f"{sha256}: the kept paper was altered") from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Altered(f"{sha256}: the kept paper is another")
    return data


def wipe(folder: Path, sha256: str) -> None:
    """Take some bytes off the disk; it does not matter if they are gone already."""
    uploads.wipe(folder, sha256)
