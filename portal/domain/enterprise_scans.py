"""What a scanner or a paste put into the search for an enterprise: a business licence, or our own slip (domain 8)."""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote

LONGEST = 1000
"""Signs looked at; no licence says more before its code."""

_UNSEEN = re.compile(r"[\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\x00-\x08\x0e-\x1f\x7f]")
_CREDIT_CODE = re.compile(r"(?<![0-9A-Z])[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}(?![0-9A-Z])")
_BOOKING_CODE = re.compile(r"[1-9]\d{9}")
_LICENCE_NAME = re.compile(r"(?:企业|单位|市场主体)?名\s*称\s*[:：=]\s*([^\n,，;；、&]{2,60})")
_LABELS = re.compile(r"\s+(?:类\s*型|住\s*所|法定代表人|统一社会信用代码|注册|成立|经营).*")


@dataclass(frozen=True, slots=True)
class EnterpriseScan:
    """What was understood: a credit code, with the enterprise's name if the licence says it, or the code of a booking."""

    credit_code: str = ""
    name: str = ""
    booking_code: str = ""

    def __bool__(self) -> bool:
        """Whether it was a scan at all, and not just words somebody typed."""
        return bool(self.credit_code or self.booking_code)


def read_enterprise_scan(typed: str) -> EnterpriseScan:
    """Understand what came in: the address or text of a licence's QR code, a bare credit code, the digits of our slip.

    A credit code counts wherever it stands in the text (GB 32100-2015: no I, O, S, V, Z; signs 3 to 8 are the registry's
    digits); its check digit is not asked, as genuine codes have been seen to fail (domain 8).
    """
    plain = _UNSEEN.sub("", unicodedata.normalize("NFKC", unquote(typed[:LONGEST]))).strip()
    code = _CREDIT_CODE.search(plain.upper()) or _CREDIT_CODE.fullmatch(re.sub(r"[\s\-]", "", plain.upper()))
    if code:
        named = _LICENCE_NAME.search(plain)
        return EnterpriseScan(credit_code=code[0], name=_LABELS.sub("", named[1]).strip() if named else "")
    digits = re.sub(r"[\s\-]", "", plain)
    if digits.isascii() and _BOOKING_CODE.fullmatch(digits):
        return EnterpriseScan(booking_code=digits)
    return EnterpriseScan()
