"""The organ's signature over a package's checksums: plain bytes, checked with openssl as well as here.

No time is in it and no force of law is claimed: it shows that the list of checksums is the one the organ's key signed.
"""

from collections.abc import Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from portal.documents.archive_check import SignatureCheck
from portal.documents.certificates import SigningKey, Usage, certificates_in, subject_part

NOT_OURS = "签名的证书不是本系统的认证机构签发给出具单位的，不能认可。"
NOT_VALID = "签名与校验清单不符：清单被改动过，或签名不是这一份的。"
UNREADABLE = "签名或证书已损坏，无法读取。"


def sign_bytes(key: SigningKey, data: bytes) -> bytes:
    """The signature over some bytes, SHA-256, as `openssl dgst` checks it."""
    if isinstance(key.private_key, ec.EllipticCurvePrivateKey):
        return key.private_key.sign(data, ec.ECDSA(hashes.SHA256()))
    return key.private_key.sign(data, padding.PKCS1v15(), hashes.SHA256())


def signature_check(authorities: Sequence[str]) -> SignatureCheck:
    """A check that believes the organ's certificates of these authorities, given as PEM."""
    known = [certificate for pem in authorities for certificate in certificates_in(pem)]

    def check(data: bytes, signature: bytes, pem: bytes) -> str:
        try:
            certificate, *_ = certificates_in(pem.decode("ascii"))
        except ValueError:
            return UNREADABLE
        if not any(_issued(authority, certificate) for authority in known):
            return NOT_OURS
        if subject_part(certificate, NameOID.ORGANIZATIONAL_UNIT_NAME) != Usage.ORGAN:
            return NOT_OURS
        return "" if _signed(certificate, data, signature) else NOT_VALID

    return check


def _issued(authority: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _signed(certificate: x509.Certificate, data: bytes, signature: bytes) -> bool:
    key = certificate.public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
        else:
            return False
    except InvalidSignature:
        return False
    return True
