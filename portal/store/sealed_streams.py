"""Large files at rest, sealed piece by piece: writing and reading one takes a piece of memory, however long it is.

Each piece is sealed with its place and whether it is the last, so pieces cannot be exchanged and an end cut off is found
(PIPL art. 51). A process that only makes papers gets the one key it needs instead of the master key.
"""

import hashlib
import io
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from portal.store.sealed_files import Altered
from portal.store.sealing import derived_key

PURPOSE = "print-jobs"
PIECE = 2**20
MARK = b"PSS1"
PREFIX_BYTES, TAG_BYTES = 8, 16
MORE, LAST = b"more", b"last"


def stream_key() -> bytes:
    """The key of these files; for handing on to the process that sets papers."""
    return derived_key(PURPOSE)


class SealedWriter(io.RawIOBase):
    """What is written here lies sealed on the disk; `sha256` and `size` are those of the bytes as they were written."""

    def __init__(self, file: IO[bytes], key: bytes) -> None:
        super().__init__()
        self._file, self._cipher, self._prefix = file, AESGCM(key), secrets.token_bytes(PREFIX_BYTES)
        self._waiting, self._count, self._digest = bytearray(), 0, hashlib.sha256()
        self.size = 0
        file.write(MARK + self._prefix)

    def writable(self) -> bool:
        """It only takes."""
        return True

    def write(self, data: Any, /) -> int:
        """Take some bytes; whole pieces go to the disk at once."""
        taken = memoryview(data).cast("B")
        self._digest.update(taken)
        self.size += len(taken)
        self._waiting += taken
        while len(self._waiting) > PIECE:
            self._seal(bytes(self._waiting[:PIECE]), MORE)
            del self._waiting[:PIECE]
        return len(taken)

    def finish(self) -> None:
        """Seal what is left as the last piece."""
        self._seal(bytes(self._waiting), LAST)
        self._waiting.clear()

    @property
    def sha256(self) -> str:
        """The checksum of everything written so far, in hexadecimal."""
        return self._digest.hexdigest()

    def _seal(self, piece: bytes, place: bytes) -> None:
        nonce = self._prefix + self._count.to_bytes(4, "big")
        self._file.write(self._cipher.encrypt(nonce, piece, place))
        self._count += 1


@contextmanager
def sealed(path: Path, key: bytes | None = None) -> Iterator[SealedWriter]:
    """Write a sealed file, all of it or none, over whatever lies there; it is on the disk before this ends."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            writer = SealedWriter(file, key or stream_key())
            yield writer
            writer.finish()
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def pieces(path: Path, key: bytes | None = None) -> Iterator[bytes]:
    """The bytes of a sealed file, piece by piece. Raises Altered when it is gone, was changed or ends too early."""
    cipher, length = AESGCM(key or stream_key()), PIECE + TAG_BYTES
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise Altered(f"{path.name}: the file is missing") from None
    with file:
        head = file.read(len(MARK) + PREFIX_BYTES)
        if len(head) < len(MARK) + PREFIX_BYTES or not head.startswith(MARK):
            raise Altered(f"{path.name}: not one of our files")
        count, here = 0, file.read(length)
        while here:
            following = file.read(length)
            try:
                yield cipher.decrypt(head[len(MARK) :] + count.to_bytes(4, "big"), here, MORE if following else LAST)
            except InvalidTag:
                raise Altered(f"{path.name}: the file was altered") from None
            count, here = count + 1, following
        if not count:
            raise Altered(f"{path.name}: the file ends too early")


class SealedReader(io.RawIOBase):
    """A sealed file to be read from its beginning to its end."""

    def __init__(self, path: Path, key: bytes | None = None) -> None:
        super().__init__()
        self._pieces, self._left = pieces(path, key), memoryview(b"")

    def readable(self) -> bool:
        """It only gives."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer as far as the present piece reaches; 0 at the end."""
        wanted = memoryview(buffer).cast("B")
        while not self._left:
            following = next(self._pieces, None)
            if following is None:
                return 0
            self._left = memoryview(following)
        count = min(len(wanted), len(self._left))
        wanted[:count] = self._left[:count]
        self._left = self._left[count:]
        return count


def unsealed(path: Path, key: bytes | None = None) -> io.BufferedReader:
    """A sealed file to read from beginning to end. Raises Altered while reading."""
    return io.BufferedReader(SealedReader(path, key), PIECE)
