"""What the press process is asked to do, and how it does it: one part of a batch at a time, sealed on the disk.

A part is a sealed tar: the papers, then `lines.json`, which says of every slip what the list beside the batch will say.
"""

import hashlib
import io
import json
import os
import shutil
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from pathlib import Path
from tempfile import mkdtemp
from typing import IO

from portal.documents.assignment_slip import assignment_slips, placed_assignment_slip
from portal.documents.batch_lists import Line, csv_list, json_list, left_out_list
from portal.documents.sheets import AssignmentSlipSheet
from portal.documents.typesetter import bind_files, pages_of
from portal.store.sealed_streams import sealed, unsealed

LINES = "lines.json"


@dataclass(frozen=True, slots=True)
class Made:
    """What lies on the disk now: pages, checksum and size of what is in the sealed file, and the papers that are missing."""

    pages: int
    sha256: str
    size: int
    left_out: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """One slip for the press: a sheet to set, or a kept file to take as it is; with neither, `line` says why."""

    line: Line
    sheet: AssignmentSlipSheet | None = None
    kept: bytes | None = None


@dataclass(frozen=True, slots=True)
class SetPart:
    """Set some slips, each as a file of its own or all of them as one."""

    pieces: tuple[Piece, ...]
    title: str
    apart: bool
    target: Path
    key: bytes

    def carry_out(self) -> Made:
        """Set them and seal what comes of it."""
        with sealed(self.target, self.key) as file, tarfile.open(fileobj=file, mode="w|") as tar:
            if self.apart:
                lines = [self._apart(tar, piece) for piece in self.pieces]
            else:
                lines = self._together(tar)
            _put(tar, LINES, json.dumps([asdict(it) for it in lines], ensure_ascii=False).encode())
        return Made(sum(it.pages for it in lines), file.sha256, file.size)

    def _apart(self, tar: tarfile.TarFile, piece: Piece) -> Line:
        if piece.kept is not None:
            data, pages = piece.kept, pages_of(piece.kept)
        elif piece.sheet is not None:
            paper = placed_assignment_slip(piece.sheet)
            data, pages = paper.pdf, paper.pages
        else:
            return piece.line
        _put(tar, piece.line.file, data)
        return replace(piece.line, sha256=hashlib.sha256(data).hexdigest(), bytes=len(data), pages=pages)

    def _together(self, tar: tarfile.TarFile) -> list[Line]:
        """The pages of all are told with the first line, so that they add up."""
        first, *others = [replace(piece.line, file="") for piece in self.pieces]
        pages = 0
        for number, data in enumerate(self._runs()):
            _put(tar, f"papers-{number:03}.pdf", data)
            pages += pages_of(data)
        return [replace(first, pages=pages), *others]

    def _runs(self) -> Iterator[bytes]:
        """What stands between two kept files is set at once: its faces are then embedded only once."""
        for is_kept, run in groupby((it for it in self.pieces if it.sheet or it.kept), key=lambda it: bool(it.kept)):
            if is_kept:
                yield from (it.kept for it in run if it.kept)
            else:
                yield assignment_slips([it.sheet for it in run if it.sheet], title=self.title)


@dataclass(frozen=True, slots=True)
class Bind:
    """Bind all parts into one PDF; what could not be printed is listed on its last page."""

    parts: tuple[Path, ...]
    title: str
    target: Path
    folder: Path
    key: bytes

    def carry_out(self) -> Made:
        """The parts lie open in a folder of one's own only while they are bound."""
        left_out: list[tuple[str, str]] = []
        with opened_folder(self.folder) as folder:
            files: list[Path] = []
            for part in self.parts:
                for name, data in _taken(part, self.key):
                    if name == LINES:
                        left_out += _left_out(_lines(data))
                    else:
                        files.append(folder / f"{len(files):06}.pdf")
                        files[-1].write_bytes(data)
            if left_out:
                files.append(folder / "left-out.pdf")
                files[-1].write_bytes(left_out_list(self.title, left_out))
            bound = folder / "bound.pdf"
            pages = bind_files(files, bound, title=self.title)
            with sealed(self.target, self.key) as file, bound.open("rb") as plain:
                shutil.copyfileobj(plain, file, 2**20)
        return Made(pages, file.sha256, file.size, tuple(left_out))


@dataclass(frozen=True, slots=True)
class Pack:
    """Pack the single files of all parts into one zip, with the list of what is in it for people and for programs."""

    parts: tuple[Path, ...]
    title: str
    target: Path
    key: bytes

    def carry_out(self) -> Made:
        """Written from beginning to end, so nothing lies open anywhere."""
        with sealed(self.target, self.key) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as packed:
            lines = pack(packed, (it for part in self.parts for it in _taken(part, self.key)), self.title)
        return Made(sum(it.pages for it in lines), file.sha256, file.size, tuple(_left_out(lines)))


Order = SetPart | Bind | Pack


def pack(packed: zipfile.ZipFile, files: Iterable[tuple[str, bytes]], title: str) -> list[Line]:
    """Put files into a zip, and behind them the list of what they are."""
    lines: list[Line] = []
    for name, data in files:
        if name == LINES:
            lines += _lines(data)
        else:
            packed.writestr(name, data)
    packed.writestr("manifest.csv", csv_list(lines), zipfile.ZIP_DEFLATED)
    packed.writestr("manifest.json", json_list(lines, title), zipfile.ZIP_DEFLATED)
    return lines


@contextmanager
def opened_folder(folder: Path) -> Iterator[Path]:
    """A folder nobody else may look into, wiped afterwards; one left by a killed process is wiped by the next."""
    with ExitStack() as stack:
        made = Path(mkdtemp(prefix="open-", dir=folder))
        stack.callback(shutil.rmtree, made, ignore_errors=True)
        os.chmod(made, 0o700)  # noqa: PTH101 - the folder was made a line above
        yield made


def _taken(part: Path, key: bytes) -> Iterator[tuple[str, bytes]]:
    with unsealed(part, key) as file, tarfile.open(fileobj=file, mode="r|") as tar:
        for member in tar:
            inside = tar.extractfile(member)
            if inside is not None:
                yield member.name, inside.read()
        _read_on(file)


def _read_on(file: IO[bytes]) -> None:
    """To the very end: only there an altered last piece would show."""
    while file.read(2**20):
        pass


def _put(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    tar.addfile(member, io.BytesIO(data))


def _lines(data: bytes) -> list[Line]:
    return [Line(**it) for it in json.loads(data)]


def _left_out(lines: Sequence[Line]) -> list[tuple[str, str]]:
    return [(it.number, it.trouble) for it in lines if it.trouble]
