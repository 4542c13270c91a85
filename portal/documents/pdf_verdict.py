"""What a check says about a PDF and each signature in it."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from cryptography import x509

from portal.documents.certificates import Usage, certificates_in


class Clock(StrEnum):
    """Whose word a signing time is."""

    CLAIMED = "签名人声称的时间"
    OWN = "本系统时间戳"
    OTHER = "外部时间戳服务"


class Change(StrEnum):
    """What was added to the file after a signature."""

    NONE = "无"
    SIGNED = "仅追加了签名"
    OTHER = "追加或改动了其他内容"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureVerdict:
    """One signature.

    `usage` is what our own authority issued the certificate for, None for anybody else's; `intact` means the signed
    bytes are those signed; `trusted` that the certificate leads to a root we know and held at the signing time.
    """

    field: str
    intact: bool
    trusted: bool = False
    usage: Usage | None = None
    name: str = ""
    post: str = ""
    organisation: str = ""
    serial: str = ""
    reason: str = ""
    signed_at: datetime | None = None
    clock: Clock = Clock.CLAIMED
    covers_file: bool = False
    change: Change = Change.OTHER
    certifies: bool = False
    remarks: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether it holds: unchanged, of somebody known, and nothing but signatures came after it."""
        return self.intact and self.trusted and self.change is not Change.OTHER


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfVerdict:
    """A whole file.

    `problem` says why it could not be read, empty if it could. `ours`: the organ certified it with a certificate of our
    authority. `unchanged`: there are signatures, each is intact, and nothing but signatures was added. `slip` and
    `verify_code` are what the file says of itself, worth believing only if it is `ours` and `unchanged`. An earlier
    revision of a signed paper is itself a good file: `empty_fields` shows who has not signed in it.
    """

    problem: str = ""
    signatures: tuple[SignatureVerdict, ...] = ()
    appended_later: bool = False
    empty_fields: tuple[str, ...] = ()
    slip: bytes | None = None
    verify_code: str = ""

    @property
    def unsigned(self) -> bool:
        """Whether it can be read and nobody signed it."""
        return not self.problem and not self.signatures

    @property
    def ours(self) -> bool:
        """Whether the organ certified it with a certificate of our authority."""
        return any(it.certifies and it.usage is Usage.ORGAN and it.intact and it.trusted for it in self.signatures)

    @property
    def unchanged(self) -> bool:
        """Whether the file is what was signed, to the last byte."""
        return bool(self.signatures) and not self.appended_later and all(it.intact for it in self.signatures)

    @property
    def is_genuine(self) -> bool:
        """Whether it is ours, unchanged, and everybody who signed is known: a stranger may sign in an empty field."""
        return self.ours and self.unchanged and all(it.is_good for it in self.signatures)


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom a check believes: our authorities, other roots, single known signers, and which certificates were revoked when."""

    authorities: tuple[x509.Certificate, ...]
    other_roots: tuple[x509.Certificate, ...]
    moment: datetime
    revoked: Mapping[str, datetime] = field(default_factory=dict)
    known: tuple[x509.Certificate, ...] = ()


def trust_of(
    authorities: Sequence[str],
    other_roots: Sequence[str],
    moment: datetime,
    revoked: Mapping[str, datetime],
    known: Sequence[str] = (),
) -> Trust:
    """Read the certificates from their texts; each text may hold several."""
    return Trust(
        tuple(certificate for pem in authorities for certificate in certificates_in(pem)),
        tuple(certificate for pem in other_roots for certificate in certificates_in(pem)),
        moment,
        revoked,
        tuple(certificate for pem in known for certificate in certificates_in(pem)),
    )


def verdict_text(verdict: PdfVerdict) -> str:
    """A verdict as JSON, to hand it from one process to another."""
    return json.dumps(asdict(verdict), default=_as_json)


def verdict_from(text: bytes) -> PdfVerdict:
    """The verdict that was written as JSON."""
    told = json.loads(text)
    return PdfVerdict(
        **told
        | {
            "signatures": tuple(map(_signature_from, told["signatures"])),
            "empty_fields": tuple(told["empty_fields"]),
            "slip": base64.b64decode(told["slip"]) if told["slip"] is not None else None,
        }
    )


def _as_json(value: object) -> str:
    match value:
        case datetime():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode()
    raise TypeError(type(value))


def _signature_from(told: dict[str, Any]) -> SignatureVerdict:
    return SignatureVerdict(
        **told
        | {
            "usage": Usage(told["usage"]) if told["usage"] is not None else None,
            "signed_at": datetime.fromisoformat(told["signed_at"]) if told["signed_at"] is not None else None,
            "clock": Clock(told["clock"]),
            "change": Change(told["change"]),
            "remarks": tuple(told["remarks"]),
        }
    )
