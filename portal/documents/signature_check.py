"""Whether one signature in a PDF holds: only for `pades_check`, which loads this with the PDF library."""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from asn1crypto import cms, parser
from cryptography import x509
from cryptography.x509.oid import NameOID
from pyhanko.keys.internal import translate_pyca_cryptography_cert_to_asn1 as as_certificate
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from portal.documents.certificates import Usage, serial_of, subject_part
from portal.documents.own_clock import POLICY
from portal.documents.own_loop import with_a_loop_of_its_own
from portal.documents.pdf_verdict import Change, Clock, SignatureVerdict, Trust

for _library in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_library).setLevel(logging.CRITICAL)
"""What is wrong with a file is the answer, and no trouble of the portal's: the library would log pages about each."""

STAMP = "signature_time_stamp_token"
SIGNED_DATA, SIGNER, STAMPED = b"\x02\x31\x30\xa0\x31", b"\x02\x30\x30\xa0\x30\x04", b"\xa1"
CHANGED = "签名所覆盖的内容被改动过，签名无效。"
ADDED = "签名之后文件被追加或改动了其他内容。"
STRANGER = "签名证书不是本系统签发，也不在信任名单内，不能确认签名人。"
CLAIMED = "签名时间由签名人一方记录，没有时间戳佐证。"
OWN_CLOCK = "时间戳由本系统出具，只说明本系统当时的时钟。"
STAMP_UNKNOWN = "附有时间戳，但其证书不受信任，时间仅供参考。"
STAMP_CHANGED = "所附时间戳与签名不符。"
EXPIRED = "证书现已过期，签名时尚在有效期内。"
NOT_YET = "签名时间晚于核验时间，请核对时钟。"
REVOKED_AFTER = "证书后来已吊销，签名在吊销之前，仍然有效。"
REVOKED_BEFORE = "签名时证书已被吊销，签名无效。"


def signature_verdict(signature: EmbeddedPdfSignature, pdf: bytes, trust: Trust) -> SignatureVerdict:
    """Check one signature against the roots we know, at the time it was made; raises whatever the library does."""
    certificate = x509.load_der_x509_certificate(signature.signer_cert.dump())
    claimed = _with_zone(signature.self_reported_timestamp)
    stamped = _with_zone(_stamped_at(signature.signer_info))
    context, stamp_context = (
        _context(trust, stamped or claimed or trust.moment),
        _context(trust, stamped or trust.moment),
    )
    status = with_a_loop_of_its_own(
        partial(validate_pdf_signature, signature, context, ts_validation_context=stamp_context)
    )
    ours = status.trusted and _is_among(status.validation_path, trust.authorities)
    clock, remarks = _clock(status, trust)
    signed_at = stamped if clock is not Clock.CLAIMED else claimed or stamped
    intact = status.intact and status.valid and _is_tidy(signature, pdf, strict=ours) and STAMP_CHANGED not in remarks
    trusted, more = _trusted(status, certificate, signed_at, trust)
    change = _change(status)
    if not intact:
        remarks.insert(0, CHANGED)
    elif change is Change.OTHER:
        remarks.insert(0, ADDED)
    return SignatureVerdict(
        field=signature.field_name,
        intact=intact,
        trusted=trusted,
        usage=_usage(certificate) if ours else None,
        name=subject_part(certificate, NameOID.COMMON_NAME),
        post=subject_part(certificate, NameOID.TITLE),
        organisation=subject_part(certificate, NameOID.ORGANIZATION_NAME),
        serial=serial_of(certificate),
        reason=str(signature.sig_object.get("/Reason", "")),
        signed_at=signed_at.astimezone(trust.moment.tzinfo) if signed_at else None,
        clock=clock,
        covers_file=status.coverage is SignatureCoverageLevel.ENTIRE_FILE,
        change=change,
        certifies=signature.docmdp_level is not None and "/Reference" in signature.sig_object,
        remarks=(*remarks, *more),
    )


def _context(trust: Trust, moment: datetime) -> ValidationContext:
    roots = [as_certificate(certificate) for certificate in (*trust.authorities, *trust.other_roots, *trust.known)]
    return ValidationContext(trust_roots=roots, moment=moment, allow_fetching=False, revocation_mode="soft-fail")


def _with_zone(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _stamped_at(signer_info: Any) -> datetime | None:
    """The time in the stamp a signature carries, whoever made it."""
    for attribute in signer_info["unsigned_attrs"] or ():
        if attribute["type"].native == STAMP:
            content = attribute["values"][0]["content"]["encap_content_info"]["content"]
            moment: datetime = content.parsed["gen_time"].native
            return moment
    return None


def _is_among(path: Any, certificates: Iterable[x509.Certificate]) -> bool:
    """Whether a chain ends in one of the certificates."""
    root = path.trust_anchor.authority.public_key.dump() if path is not None else b""
    return any(root == as_certificate(certificate).public_key.dump() for certificate in certificates)


def _clock(status: PdfSignatureStatus, trust: Trust) -> tuple[Clock, list[str]]:
    stamp = status.timestamp_validity
    if stamp is None:
        return Clock.CLAIMED, [CLAIMED]
    if not (stamp.intact and stamp.valid):
        return Clock.CLAIMED, [STAMP_CHANGED]
    if not stamp.trusted:
        return Clock.CLAIMED, [STAMP_UNKNOWN]
    if _is_among(stamp.validation_path, trust.authorities):
        return Clock.OWN, [OWN_CLOCK]
    return Clock.OTHER, []


def _trusted(
    status: PdfSignatureStatus, certificate: x509.Certificate, signed_at: datetime | None, trust: Trust
) -> tuple[bool, list[str]]:
    """Whether the signer is known and the certificate held when it signed, and what is to be said about it."""
    believed = _is_among(status.validation_path, (*trust.authorities, *trust.other_roots)) or certificate in trust.known
    if not status.trusted or not believed:
        return False, [STRANGER]
    remarks = []
    if signed_at and signed_at > trust.moment:
        remarks.append(NOT_YET)
    if certificate.not_valid_after_utc < trust.moment:
        remarks.append(EXPIRED)
    revoked_at = trust.revoked.get(serial_of(certificate))
    if revoked_at is None:
        return True, remarks
    if signed_at is not None and signed_at < revoked_at:
        return True, [*remarks, REVOKED_AFTER]
    return False, [*remarks, REVOKED_BEFORE]


def _change(status: PdfSignatureStatus) -> Change:
    if status.modification_level is ModificationLevel.NONE:
        return Change.NONE
    allowed = (ModificationLevel.LTA_UPDATES, ModificationLevel.FORM_FILLING)
    return Change.SIGNED if status.docmdp_ok and status.modification_level in allowed else Change.OTHER


def _usage(certificate: x509.Certificate) -> Usage | None:
    word = subject_part(certificate, NameOID.ORGANIZATIONAL_UNIT_NAME)
    return Usage(word) if word in list(Usage) else None


def _is_tidy(signature: EmbeddedPdfSignature, pdf: bytes, *, strict: bool) -> bool:
    """Whether the bytes no signature covers, those of the signature itself, are as they were written.

    A signature cannot cover itself, and a library reads over much that does not matter: capital hexadecimal digits,
    what follows the end of the structure, a version number. None of it can change what was signed. It is looked at all
    the same, strictly in our own signatures, so that no byte of our papers can be changed unnoticed.
    """
    _, start, end, _ = (int(part) for part in signature.byte_range)
    written, content = pdf[start:end], bytes(signature.pkcs7_content)
    if written not in (b"<%s>" % content.hex().encode(), b"<%s>" % content.hex().upper().encode()):
        return False
    message = cms.ContentInfo.load(content)
    own = message.dump()
    if content[len(own) :].strip(b"\x00"):
        return False
    return not strict or _is_plain(message["content"])


def _is_plain(data: Any) -> bool:
    """Whether a signature or time stamp of ours has the one shape we write.

    Each part is as the signer's part says, there is the signer's certificate alone, and nothing besides but a stamp.
    """
    signer = data["signer_infos"][0]
    is_stamp = data["encap_content_info"]["content_type"].native == "tst_info"
    (certificate,) = data["certificates"]
    added = list(signer["unsigned_attrs"] or ())
    return (
        _outline(data.contents) == SIGNED_DATA
        and _outline(signer.contents) in (SIGNER, SIGNER + STAMPED)
        and data["version"].native == ("v3" if is_stamp else "v1")
        and signer["version"].native == "v1"
        and len(data["signer_infos"]) == 1
        and [it.dump() for it in data["digest_algorithms"]] == [signer["digest_algorithm"].dump()]
        and signer["sid"].chosen["serial_number"].native == certificate.chosen.serial_number
        and len(added) <= 1
        and all(_is_plain_stamp(attribute) for attribute in added)
    )


def _outline(contents: bytes) -> bytes:
    """The first byte, kind and number, of each part that stands one after another."""
    kinds = bytearray()
    while contents:
        kinds += contents[:1]
        _, _, _, header, content, trailer = parser.parse(contents)
        contents = contents[len(header) + len(content) + len(trailer) :]
    return bytes(kinds)


def _is_plain_stamp(attribute: Any) -> bool:
    if attribute["type"].native != STAMP or len(attribute["values"]) != 1:
        return False
    token = attribute["values"][0]
    stamp = token["content"]
    return token["content_type"].native == "signed_data" and (not _is_own(stamp) or _is_plain(stamp))


def _is_own(stamp: Any) -> bool:
    """Whether the portal's own clock stamped: a service outside shapes its stamps as it likes."""
    return bool(stamp["encap_content_info"]["content"].parsed["policy"].native == POLICY)
