"""Whether a year's package is what was handed over: every file by its checksum, the signature, the numbers, the audit lines.

Works without the portal's database. Files are read in pieces, so a large package, or a hostile one, does not fill the memory.
"""

import hashlib
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from portal.documents.archive_package import AUDIT, CERTIFICATE, METADATA, NUMBERS, SIGNATURE, SUMS, UNSUMMED

PIECE = 1 << 20
LARGEST_LIST = 64 << 20
LONGEST_LINE = 1 << 20
MOST_PROBLEMS = 50
_SUM = re.compile(r"([0-9a-f]{64})  (.+)")

Seal = Callable[[str, dict[str, Any]], str]
SignatureCheck = Callable[[bytes, bytes, bytes], str]
"""Checksums, signature, certificate: answers what is wrong, empty when it holds."""


@dataclass(slots=True)
class PackageVerdict:
    """What a check found; `problems` is empty when the package is whole."""

    problems: list[str] = field(default_factory=list)
    files: int = 0
    items: int = 0
    numbers: int = 0
    audit_lines: int = 0
    audit_sealed: bool = False
    signed: bool = False
    fingerprint: str = ""
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def fault(self, text: str) -> None:
        """Note something wrong; a package that is wrong throughout need not be listed in full."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(text)


def check_package(
    source: IO[bytes],
    *,
    signature_check: SignatureCheck | None = None,
    seal: Seal | None = None,
    audit_key: str = "",
) -> PackageVerdict:
    """Check a package; never raises for what the package holds.

    `signature_check` knows whose signature is believed. `seal` makes the seal of an audit line under the portal's own key,
    `audit_key` tells that key from others: only the portal that wrote the lines can check their seals.
    """
    verdict = PackageVerdict()
    try:
        with zipfile.ZipFile(source) as package:
            _check(package, verdict, signature_check, seal, audit_key)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError):
        verdict.fault("文件已损坏，不是完整的归档包。")
    return verdict


def _check(
    package: zipfile.ZipFile,
    verdict: PackageVerdict,
    signature_check: SignatureCheck | None,
    seal: Seal | None,
    audit_key: str,
) -> None:
    names = package.namelist()
    verdict.files = len(names)
    if len(set(names)) != len(names):
        verdict.fault("包内有同名的文件，不是本系统生成的归档包。")
        return
    if SUMS not in names:
        verdict.fault(f"包内没有校验清单 {SUMS}，不是本系统生成的归档包。")
        return
    sums = _small(package, SUMS)
    verdict.fingerprint = hashlib.sha256(sums).hexdigest()
    _check_sums(package, set(names), _listed(sums, verdict), verdict)
    if SIGNATURE in names and CERTIFICATE in names:
        _check_signature(package, sums, verdict, signature_check)
    for name in (METADATA, NUMBERS, AUDIT):
        if name not in names:
            verdict.fault(f"缺少文件 {name}。")
    if verdict.is_whole:
        _check_contents(package, verdict, seal, audit_key)


def _listed(sums: bytes, verdict: PackageVerdict) -> dict[str, str]:
    listed = {}
    for line in sums.decode(errors="replace").splitlines():
        match = _SUM.fullmatch(line)
        if match is None:
            verdict.fault(f"校验清单 {SUMS} 有一行格式不对。")
        else:
            listed[match[2]] = match[1]
    return listed


def _check_sums(package: zipfile.ZipFile, names: set[str], listed: dict[str, str], verdict: PackageVerdict) -> None:
    for name in sorted(names - UNSUMMED - set(listed)):
        verdict.fault(f"多出的文件，不在校验清单内：{name}")
    for name in sorted(set(listed) - names):
        verdict.fault(f"缺少文件：{name}")
    for name, wanted in listed.items():
        if name in names and _digest(package, name) != wanted:
            verdict.fault(f"内容被改动：{name}")


def _check_signature(
    package: zipfile.ZipFile, sums: bytes, verdict: PackageVerdict, check: SignatureCheck | None
) -> None:
    if check is None:
        return
    wrong = check(sums, _small(package, SIGNATURE), _small(package, CERTIFICATE))
    if wrong:
        verdict.fault(wrong)
    else:
        verdict.signed = True


def _check_contents(package: zipfile.ZipFile, verdict: PackageVerdict, seal: Seal | None, audit_key: str) -> None:
    try:
        verdict.about = json.loads(_small(package, METADATA))
        verdict.items = int(verdict.about["items"])
        _check_numbers(json.loads(_small(package, NUMBERS)), verdict)
        same_key = bool(audit_key) and verdict.about.get("audit_key") == audit_key
        _check_audit(package, verdict, seal if same_key else None)
        verdict.audit_sealed = same_key and seal is not None
    except (KeyError, TypeError, ValueError, AttributeError):
        verdict.fault("包内的数据文件格式不对，不是本系统生成的归档包。")


def _check_numbers(rows: list[dict[str, Any]], verdict: PackageVerdict) -> None:
    """The numbers of each organ code run from 1 without a gap."""
    verdict.numbers = len(rows)
    last: dict[str, int] = {}
    for row in rows:
        organ, serial = row["organ"], row["serial"]
        if serial != last.get(organ, 0) + 1 or not row["number"]:
            verdict.fault(f"编号不连续：{organ} 第 {last.get(organ, 0) + 1} 号没有说明去向。")
        last[organ] = serial


def _check_audit(package: zipfile.ZipFile, verdict: PackageVerdict, seal: Seal | None) -> None:
    """The year's lines follow one another; a line given in full bears the seal of what it says, also in a slip's own extract."""
    seals: dict[int, str] = {}
    before: tuple[int, str] | None = None
    for line in _lines(package, AUDIT):
        verdict.audit_lines += 1
        if before is not None and (line["id"] != before[0] + 1 or ("act" in line and line["previous"] != before[1])):
            verdict.fault(f"审计记录在第 {line['id']} 行与前一行不衔接。")
            return
        if "act" in line:
            seals[line["id"]] = line["hash"]
            _check_line(line, seal, verdict)
        before = (line["id"], line["hash"])
    for name in package.namelist():
        if name.endswith(f"/{AUDIT}"):
            for line in _lines(package, name):
                _check_line(line, seal, verdict)
                if line["id"] in seals and seals[line["id"]] != line["hash"]:
                    verdict.fault(f"{name} 第 {line['id']} 行与全年审计记录不一致。")


def _check_line(line: dict[str, Any], seal: Seal | None, verdict: PackageVerdict) -> None:
    if seal is None:
        return
    fields = {name: value for name, value in line.items() if name not in ("previous", "hash")}
    if seal(line["previous"], fields) != line["hash"]:
        verdict.fault(f"审计记录第 {line['id']} 行与其校验值不符。")


def _lines(package: zipfile.ZipFile, name: str) -> Iterator[dict[str, Any]]:
    with package.open(name) as file:
        while text := file.readline(LONGEST_LINE):
            yield json.loads(text)


def _digest(package: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    try:
        with package.open(name) as file:
            while piece := file.read(PIECE):
                digest.update(piece)
    except (zipfile.BadZipFile, zlib.error):  # the zip's own check of this file
        return ""
    return digest.hexdigest()


def _small(package: zipfile.ZipFile, name: str) -> bytes:
    with package.open(name) as file:
        data = file.read(LARGEST_LIST + 1)
    if len(data) > LARGEST_LIST:
        raise ValueError("larger than any list of ours")
    return data
