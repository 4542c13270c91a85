"""Whether a PDF is one of ours, unchanged, and who signed it: without a network, for any bytes whatever.

Stricter than an ordinary reader: poppler's pdfsig still calls a signature valid when pages were added behind it.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from portal.documents.assignment_slip import CODE_KEYWORD, DATA_NAME
from portal.documents.pdf_verdict import Change, PdfVerdict, SignatureVerdict, Trust, trust_of

LARGEST = 20 << 20
LARGEST_UNPACKED = 64 << 20
LARGEST_DATA = 4 << 20
MOST_SIGNATURES, MOST_REVISIONS, MOST_OBJECTS = 20, 60, 60_000
HEADER_WITHIN = 1024
NO_PDF = "不是 PDF 文件。"
TOO_LARGE = "文件过大（超过 20 MB），本系统出具的单据没有这么大。"
ENCRYPTED = "文件已加密，无法核验；本系统出具的单据不加密。"
DAMAGED = "文件已损坏或不完整，无法核验。"
TOO_MUCH = "文件内容异常庞大或层次过多，不是本系统出具的单据。"
UNREADABLE = "签名数据已损坏，无法读取。"
BEYOND_BOUNDS = "这个文件无法在限定时间内核验，请联系工商联办公室。"


def check(
    pdf: bytes,
    authorities: Sequence[str],
    *,
    moment: datetime,
    other_roots: Sequence[str] = (),
    known: Sequence[str] = (),
    revoked: Mapping[str, datetime] | None = None,
) -> PdfVerdict:
    """Say what a file is; never raises, whatever the bytes are.

    `authorities` are our own roots as PEM, `other_roots` further ones believed (a time stamp service). `known` are the very
    certificates leaders brought: each is believed for itself, and nobody else whom its authority names. `revoked` tells for
    a certificate's serial when it was revoked.
    """
    refused = refused_at_once(pdf)
    if refused is not None:
        return refused
    trust = trust_of(authorities, other_roots, moment, revoked or {}, known)
    try:
        return _checked(pdf, trust)
    except MemoryError:
        return PdfVerdict(problem=BEYOND_BOUNDS)
    except Exception:  # noqa: BLE001 - a hostile file makes the library fail in any way; the answer is the same
        return PdfVerdict(problem=DAMAGED)


def refused_at_once(pdf: bytes) -> PdfVerdict | None:
    """What is said of a file that need not be opened: too large, or no PDF."""
    if len(pdf) > LARGEST:
        return PdfVerdict(problem=TOO_LARGE)
    if b"%PDF-" not in pdf[:HEADER_WITHIN]:
        return PdfVerdict(problem=NO_PDF)
    return None


def _checked(pdf: bytes, trust: Trust) -> PdfVerdict:
    reader = _reader(pdf)
    if reader.encrypted:
        return PdfVerdict(problem=ENCRYPTED)
    fields = list(_signature_fields(reader))
    signed = [(name, field) for name, value, field in fields if value is not None]
    if len(signed) > MOST_SIGNATURES or reader.total_revisions > MOST_REVISIONS:
        return PdfVerdict(problem=TOO_MUCH)
    if int(reader.trailer["/Size"]) > MOST_OBJECTS:
        return PdfVerdict(problem=TOO_MUCH)
    signatures = tuple(_signature(reader, pdf, name, field, trust) for name, field in signed)
    return PdfVerdict(
        signatures=signatures,
        appended_later=bool(signatures)
        and (not any(it.covers_file for it in signatures) or any(it.change is Change.OTHER for it in signatures)),
        empty_fields=tuple(name for name, value, _ in fields if value is None),
        slip=_data(reader),
        verify_code=_code(reader),
    )


def _reader(pdf: bytes) -> Any:
    from pyhanko.pdf_utils.decode_limits import DecodeLimits, DocumentDecodeBudget  # noqa: PLC0415
    from pyhanko.pdf_utils.misc import PdfReadError  # noqa: PLC0415
    from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: PLC0415

    limits = DecodeLimits(document_budget=DocumentDecodeBudget(base_allowance=LARGEST_UNPACKED, max_ratio=1))
    try:
        return PdfFileReader(io.BytesIO(pdf), decode_limits=limits)
    except PdfReadError:  # other people's files are often a little untidy
        return PdfFileReader(io.BytesIO(pdf), strict=False, decode_limits=limits)


def _signature_fields(reader: Any) -> Iterator[tuple[str, Any, Any]]:
    from pyhanko.sign.fields import enumerate_sig_fields  # noqa: PLC0415

    for name, value, reference in enumerate_sig_fields(reader):
        yield str(name), value, reference


def _signature(reader: Any, pdf: bytes, name: str, field: Any, trust: Trust) -> SignatureVerdict:
    from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature  # noqa: PLC0415

    from portal.documents.signature_check import signature_verdict  # noqa: PLC0415

    try:
        return signature_verdict(EmbeddedPdfSignature(reader, field, name), pdf, trust)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - see check
        return SignatureVerdict(field=name, intact=False, remarks=(UNREADABLE,))


def _data(reader: Any) -> bytes | None:
    """The slip's data attached to the file."""
    try:
        names = reader.root["/Names"]["/EmbeddedFiles"]["/Names"]
        for place in range(0, min(len(names), 20), 2):
            if str(names[place]) == DATA_NAME:
                data = bytes(names[place + 1]["/EF"]["/F"].data)
                return data if len(data) <= LARGEST_DATA else None
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - what is not there or not readable is not there
        return None
    return None


def _code(reader: Any) -> str:
    """The verify code the file is marked with."""
    try:
        keywords = str(reader.trailer["/Info"]["/Keywords"])
    except Exception:  # noqa: BLE001 - see above
        return ""
    return keywords.removeprefix(CODE_KEYWORD) if keywords.startswith(CODE_KEYWORD) else ""
