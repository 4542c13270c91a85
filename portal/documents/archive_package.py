"""A year's package for the archive: a zip written file by file, with checksums any machine can check (`sha256sum -c`).

Nothing is held but the file in hand and the list of checksums, so a large year needs no more memory than a small one; and
since nothing is ever written backwards, it may go straight into a sealed file.
"""

import hashlib
import io
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

SUMS, SIGNATURE, CERTIFICATE = "SHA256SUMS", "SHA256SUMS.sig", "certificate.pem"
ABOUT, METADATA, CATALOGUE, NUMBERS = "说明.txt", "metadata.json", "catalogue.xlsx", "numbers.json"
NUMBER_LIST, TRANSFER_LIST, AUDIT = "编号使用情况.xlsx", "归档移交清单.pdf", "audit.jsonl"
UNSUMMED = frozenset({SUMS, SIGNATURE, CERTIFICATE})
"""What cannot be among the checksums: they themselves, and what is made over them."""

PACKED_ALREADY = (".pdf", ".png", ".jpg", ".jpeg", ".xlsx", ".tif", ".tiff")
OWNER_ONLY = 0o100600 << 16
_UNSAFE = str.maketrans(dict.fromkeys('/\\:*?"<>|\n\r\t', "_"))


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """One file of the package."""

    path: str
    data: bytes


def safe_name(text: str) -> str:
    """A text as part of a path that every system can unpack."""
    return text.translate(_UNSAFE).strip(". ") or "_"


@dataclass(slots=True)
class Package:
    """The package while it is being written; `close` puts the checksums in, signed if there is a key."""

    target: IO[bytes]
    made_at: datetime
    _zip: zipfile.ZipFile = field(init=False)
    _sums: list[str] = field(init=False, default_factory=list)
    size: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._zip = zipfile.ZipFile(self.target, "w", allowZip64=True)

    @property
    def files(self) -> int:
        """How many files it holds so far."""
        return len(self._sums)

    def add(self, path: str, data: bytes) -> str:
        """Put in one file; answers its checksum."""
        return self.add_stream(path, (data,))

    def add_stream(self, path: str, chunks: Iterable[bytes]) -> str:
        """Put in one file piece by piece; answers its checksum."""
        digest = hashlib.sha256()
        with self._zip.open(self._entry(path), "w", force_zip64=True) as entry:
            for chunk in chunks:
                digest.update(chunk)
                self.size += len(chunk)
                entry.write(chunk)
        if path not in UNSUMMED:
            self._sums.append(f"{digest.hexdigest()}  {path}\n")
        return digest.hexdigest()

    def close(self, sign: Callable[[bytes], bytes] | None = None, certificate: str = "") -> str:
        """Put in the checksums and what signs them; answers the fingerprint of the checksums."""
        sums = "".join(self._sums).encode()
        fingerprint = self.add(SUMS, sums)
        if sign is not None:
            self.add(SIGNATURE, sign(sums))
            self.add(CERTIFICATE, certificate.encode())
        self._zip.close()
        return fingerprint

    def _entry(self, path: str) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(path, date_time=self.made_at.timetuple()[:6])
        entry.compress_type = zipfile.ZIP_STORED if path.lower().endswith(PACKED_ALREADY) else zipfile.ZIP_DEFLATED
        entry.external_attr = OWNER_ONLY
        return entry


def write_part(target: IO[bytes], files: Iterable[ArchiveFile]) -> int:
    """Write files one behind the other, to be put into the package later; answers how many."""
    count = 0
    with tarfile.open(fileobj=target, mode="w|", format=tarfile.PAX_FORMAT) as part:
        for count, file in enumerate(files, start=1):  # noqa: B007 - the count is the answer
            entry = tarfile.TarInfo(file.path)
            entry.size = len(file.data)
            part.addfile(entry, io.BytesIO(file.data))
    return count


def files_of_part(source: IO[bytes]) -> Iterator[ArchiveFile]:
    """The files of a part, in the order they were written; reads forwards only."""
    with tarfile.open(fileobj=source, mode="r|") as part:
        for entry in part:
            held = part.extractfile(entry)
            if held is not None:
                yield ArchiveFile(entry.name, held.read())
