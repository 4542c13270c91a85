"""Personal data at rest: sealed with AES-256-GCM under a key kept outside the database (PIPL art. 51)."""

import os
from base64 import b64decode, b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

NONCE_BYTES = 12

_master: bytes | None = None
_derived: dict[str, bytes] = {}


def unlock(master: bytes) -> None:
    """Give the process the instance's data key, once, at composition."""
    global _master  # noqa: PLW0603 - one instance, one key, one process
    _master = master
    _derived.clear()


def derived_key(purpose: str) -> bytes:
    """A 32-byte key for one purpose, so that no two uses share one. Raises RuntimeError before `unlock`."""
    if _master is None:
        raise RuntimeError("the data key has not been loaded: call unlock() first")
    known = _derived.get(purpose)
    if known is None:
        known = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(_master)
        _derived[purpose] = known
    return known


class Sealed(TypeDecorator[str]):
    """A text column whose value is unreadable in the database file; the place is bound in, so values cannot be moved."""

    impl = String
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__(512)
        self.place = place

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Seal with a fresh nonce: equal texts look different."""
        if value is None:
            return None
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(derived_key("personal-data")).encrypt(nonce, value.encode(), self.place.encode())
        return b64encode(nonce + sealed).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Open; a value moved from another column or altered is refused."""
        if value is None:
            return None
        raw = b64decode(value)
        try:
            key = derived_key("personal-data")
            return AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], self.place.encode()).decode()
        except InvalidTag:
            raise ValueError(
                f"{self.place}: the sealed value was altered or the data key is not the one it was sealed with"
            ) from None


class SealedText(Sealed):
    """The same for texts of any length, such as a key or the strokes of a signature."""

    impl = Text
    cache_ok = True

    def __init__(self, place: str) -> None:
        TypeDecorator.__init__(self)
        self.place = place
