"""The portal's own certificate authority, and the keys that sign papers with it.

Certificates of an authority nobody outside has licensed: they show that a paper was not changed and whose key was used,
inside this office. They are not the third-party certification of the law (电子签名法 Art. 16), and no page may say so.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from portal.documents.words import day
from portal.domain.errors import RuleBroken

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
LEAST_RSA_BITS = 2048
LARGEST_KEY_FILE = 1 << 20
LONGEST_NAME = 64  # X.520 allows no more in a name's part


class Usage(StrEnum):
    """What a certificate of the portal's own authority is for; the word stands in its subject (OU)."""

    LEADER = "领导签批"
    ORGAN = "机关用印"
    TIME = "时间戳"


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """An opened key with its certificate, and the certificates between that and its root; never kept as it is."""

    certificate: x509.Certificate
    private_key: PrivateKey
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def certificate_pem(self) -> str:
        """The certificate as text."""
        return _pem(self.certificate)

    @property
    def chain_pem(self) -> str:
        """The other certificates as text, one after another."""
        return "".join(map(_pem, self.chain))

    @property
    def serial(self) -> str:
        """The certificate's number in hexadecimal, by which it is revoked."""
        return serial_of(self.certificate)

    @property
    def name(self) -> str:
        """Whom the certificate names."""
        return subject_part(self.certificate, NameOID.COMMON_NAME)

    @property
    def post(self) -> str:
        """The post the certificate names, if any."""
        return subject_part(self.certificate, NameOID.TITLE)

    @property
    def organisation(self) -> str:
        """The organisation the certificate names."""
        return subject_part(self.certificate, NameOID.ORGANIZATION_NAME)

    @property
    def since(self) -> datetime:
        """From when on the certificate holds."""
        return self.certificate.not_valid_before_utc

    @property
    def until(self) -> datetime:
        """Until when the certificate holds."""
        return self.certificate.not_valid_after_utc

    def locked(self, pin: str) -> bytes:
        """The private key as PKCS#8 text that only the PIN opens.

        A PIN has few digits, so the key is locked with what scrypt makes of it: each guess costs 16 MB and some 40 ms.
        """
        if not pin:
            raise RuleBroken("请设置签名密码。", field="pin")
        lock = BestAvailableEncryption(_stretched(pin, self.certificate))
        return self.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)

    def plain(self) -> bytes:
        """The private key as PKCS#8 bytes, for a caller who seals them."""
        return self.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def make_authority(*, name: str, organisation: str, since: datetime, until: datetime) -> SigningKey:
    """Make the authority: its own root, for certificates of leaders, organ and time stamps only (no further authority)."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _subject(name=name, organisation=organisation)
    builder = _certificate(subject, subject, key, since, until)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_key_usage(certifies=True), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    return SigningKey(builder.sign(key, hashes.SHA256()), key)


def issue(
    authority: SigningKey,
    usage: Usage,
    *,
    name: str,
    organisation: str,
    post: str = "",
    since: datetime,
    until: datetime,
) -> SigningKey:
    """Make a P-256 key and its certificate; it never outlives the authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _subject(name=name, organisation=organisation, usage=usage, post=post)
    until = min(until, authority.until)
    builder = _certificate(subject, authority.certificate.subject, key, since, until)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_key_usage(certifies=False), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.private_key.public_key()), critical=False
    )
    if usage is Usage.TIME:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return SigningKey(builder.sign(authority.private_key, hashes.SHA256()), key)


def open_plain(certificate_pem: str, key_der: bytes, chain_pem: str = "") -> SigningKey:
    """Open a key that was kept as `plain` bytes."""
    return _opened(certificate_pem, load_der_private_key(key_der, None), chain_pem)


def open_locked(certificate_pem: str, key_pem: bytes, pin: str, chain_pem: str = "") -> SigningKey:
    """Open a key that was `locked`; RuleBroken with the field `pin` when it is not the right PIN."""
    lock = _stretched(pin, x509.load_pem_x509_certificate(certificate_pem.encode()))
    try:
        key = load_pem_private_key(key_pem, lock)
    except ValueError as refusal:
        raise RuleBroken("签名密码不正确，请重新输入。", field="pin") from refusal
    return _opened(certificate_pem, key, chain_pem)


def key_from_pkcs12(data: bytes, password: str, *, now: datetime) -> SigningKey:
    """Load a key and certificate a leader already has (.p12, .pfx).

    Raises RuleBroken with the field `password` or `file` for a wrong password, a file that is none, a key or usage that
    cannot sign papers, and a certificate that does not hold now.
    """
    if len(data) > LARGEST_KEY_FILE:
        raise RuleBroken("证书文件过大，请选择 .p12 或 .pfx 证书文件。", field="file")
    if not data.startswith(b"\x30"):
        raise RuleBroken("不是证书文件，请选择 .p12 或 .pfx 证书文件。", field="file")
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(data, password.encode() or None)
    except ValueError as refusal:
        if "password" in str(refusal).lower():
            raise RuleBroken("证书密码不正确，请重新输入。", field="password") from refusal
        raise RuleBroken("证书文件已损坏或不是 .p12、.pfx 格式，请重新导出后再选。", field="file") from refusal
    except Exception as refusal:  # the library names neither what it cannot read nor how it fails
        raise RuleBroken("证书文件无法读取，请重新导出后再选。", field="file") from refusal
    if key is None or certificate is None:
        raise RuleBroken("证书文件里没有私钥或没有证书，请连同私钥一起导出。", field="file")
    _must_sign_papers(certificate, now)
    return SigningKey(certificate, _supported(key), tuple(others))


def certificates_in(pem: str) -> tuple[x509.Certificate, ...]:
    """The certificates written one after another in a text."""
    return tuple(x509.load_pem_x509_certificates(pem.encode())) if pem.strip() else ()


def serial_of(certificate: x509.Certificate) -> str:
    """The certificate's number as the portal writes it."""
    return f"{certificate.serial_number:x}"


def subject_part(certificate: x509.Certificate, part: x509.ObjectIdentifier) -> str:
    """One part of whom the certificate names; empty if it does not say."""
    found = certificate.subject.get_attributes_for_oid(part)
    return str(found[0].value) if found else ""


def _opened(certificate_pem: str, key: object, chain_pem: str) -> SigningKey:
    certificate = x509.load_pem_x509_certificate(certificate_pem.encode())
    return SigningKey(certificate, _supported(key), certificates_in(chain_pem))


def _supported(key: object) -> PrivateKey:
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, CURVES):
        return key
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= LEAST_RSA_BITS:
        return key
    raise RuleBroken("不支持此证书的密钥类型，请使用 RSA（2048 位以上）或 P-256、P-384、P-521 证书。", field="file")


def _must_sign_papers(certificate: x509.Certificate, now: datetime) -> None:
    if now < certificate.not_valid_before_utc:
        raise RuleBroken(
            f"证书自{day(_here(certificate.not_valid_before_utc, now))}起才有效，请更换证书。", field="file"
        )
    if now > certificate.not_valid_after_utc:
        raise RuleBroken(f"证书已于{day(_here(certificate.not_valid_after_utc, now))}过期，请更换证书。", field="file")
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        usage = None
    except ValueError as damage:
        raise RuleBroken("证书内容有误，请更换证书。", field="file") from damage
    if usage is None or not (usage.digital_signature and usage.content_commitment):
        raise RuleBroken("证书用途不含“数字签名”和“不可否认”，不能用于签批，请更换签名证书。", field="file")


def _here(moment: datetime, now: datetime) -> datetime:
    return moment.astimezone(now.tzinfo)


def _stretched(pin: str, certificate: x509.Certificate) -> bytes:
    salt = certificate.fingerprint(hashes.SHA256())
    return hashlib.scrypt(pin.encode(), salt=salt, n=1 << 14, r=8, p=1, maxmem=1 << 26, dklen=32).hex().encode()


def _subject(*, name: str, organisation: str, usage: Usage | None = None, post: str = "") -> x509.Name:
    parts = (
        (NameOID.COUNTRY_NAME, "CN"),
        (NameOID.ORGANIZATION_NAME, organisation[:LONGEST_NAME]),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, usage or ""),
        (NameOID.TITLE, post[:LONGEST_NAME]),
        (NameOID.COMMON_NAME, name[:LONGEST_NAME]),
    )
    return x509.Name([x509.NameAttribute(kind, str(value)) for kind, value in parts if value])


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: PrivateKey, since: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
    )


def _key_usage(*, certifies: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certifies,
        content_commitment=not certifies,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certifies,
        crl_sign=certifies,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()
