from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, load_pem_private_key, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from portal.documents.certificates import Usage, issue, key_from_pkcs12, make_authority, open_locked, open_plain
from portal.domain.errors import RuleBroken
from tests.documents.signing_builders import ORGAN, OURS, SIGNED_AT, SINCE, UNTIL, a_key, the_authority


def a_pkcs12(key=None, *, password=b"geheim", usage=True, since=SINCE, until=UNTIL):
    """A leader's own certificate from an authority of somebody else."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "孙国强")])
    issuer = the_authority("别家认证中心")
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(since)
        .not_valid_after(until)
    )
    if usage is not None:
        builder = builder.add_extension(
            x509.KeyUsage(
                digital_signature=True, content_commitment=usage, key_encipherment=False, data_encipherment=False,
                key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
            ),
            critical=True,
        )  # fmt: skip
    certificate = builder.sign(issuer.private_key, hashes.SHA256())
    return pkcs12.serialize_key_and_certificates(
        b"k", key, certificate, [issuer.certificate], BestAvailableEncryption(password)
    )


def test_the_authority_certifies_and_nothing_else():
    certificate = the_authority().certificate
    extension = certificate.extensions.get_extension_for_class
    assert extension(x509.BasicConstraints).value.ca
    usage = extension(x509.KeyUsage).value
    assert usage.key_cert_sign
    assert usage.crl_sign
    assert not usage.digital_signature
    certificate.verify_directly_issued_by(certificate)
    assert (the_authority().name, the_authority().organisation) == (OURS, ORGAN)


@pytest.mark.parametrize("usage", list(Usage))
def test_a_certificate_says_whom_it_names_and_what_for(usage):
    key = a_key(usage)
    key.certificate.verify_directly_issued_by(the_authority().certificate)
    (unit,) = key.certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    assert unit.value == usage.value
    assert (key.name, key.since, key.until) == ("孙国强", SINCE, UNTIL)
    assert key.post == ("区长" if usage is Usage.LEADER else "")
    flags = key.certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert flags.digital_signature
    assert flags.content_commitment
    assert not flags.key_cert_sign
    assert not key.certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_only_the_time_stamp_unit_may_stamp_time():
    stamps = a_key(Usage.TIME).certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert stamps.critical
    assert list(stamps.value) == [ExtendedKeyUsageOID.TIME_STAMPING]
    with pytest.raises(x509.ExtensionNotFound):
        a_key().certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)


def test_a_certificate_never_outlives_its_authority():
    key = issue(
        the_authority(), Usage.LEADER, name="甲", organisation="乙", since=SINCE, until=UNTIL + timedelta(days=400)
    )
    assert key.until == UNTIL


def test_no_two_certificates_have_the_same_serial():
    assert a_key(name="甲").serial != a_key(name="乙").serial


def test_a_very_long_post_is_cut_to_what_a_certificate_holds():
    key = issue(the_authority(), Usage.LEADER, name="甲", post="区" * 90, organisation="乙", since=SINCE, until=UNTIL)
    assert len(key.post) == 64


def test_a_locked_key_opens_with_its_pin_only():
    key = a_key()
    locked = key.locked("246810")
    opened = open_locked(key.certificate_pem, locked, "246810")
    assert opened.plain() == key.plain()
    assert (opened.name, opened.serial) == (key.name, key.serial)
    for wrong in ("246811", "", "246810 "):
        with pytest.raises(RuleBroken, match="签名密码不正确") as refusal:
            open_locked(key.certificate_pem, locked, wrong)
        assert refusal.value.field == "pin"


def test_the_pin_itself_does_not_open_the_key_so_guessing_it_is_slow():
    with pytest.raises(ValueError, match="password"):
        load_pem_private_key(a_key().locked("246810"), b"246810")


def test_a_key_is_not_locked_with_nothing():
    with pytest.raises(RuleBroken) as refusal:
        a_key().locked("")
    assert refusal.value.field == "pin"


def test_a_plain_key_opens_again():
    key = a_key(Usage.ORGAN)
    assert open_plain(key.certificate_pem, key.plain()).private_key.public_key() == key.certificate.public_key()


def test_a_key_does_not_print_its_secret():
    assert "private" not in repr(a_key())


@pytest.mark.parametrize(
    "make", [lambda: rsa.generate_private_key(65537, 2048), lambda: ec.generate_private_key(ec.SECP384R1())]
)
def test_a_leaders_own_certificate_is_loaded_with_its_chain(make):
    key = key_from_pkcs12(a_pkcs12(make()), "geheim", now=SIGNED_AT)
    assert key.name == "孙国强"
    assert [certificate.subject for certificate in key.chain] == [the_authority("别家认证中心").certificate.subject]
    assert "BEGIN CERTIFICATE" in key.chain_pem


@pytest.mark.parametrize(
    "make,password,field,sentence",
    [
        (a_pkcs12, "falsch", "password", "证书密码不正确"),
        (a_pkcs12, "", "password", "证书密码不正确"),
        (lambda: b"hello", "x", "file", "不是证书文件"),
        (lambda: b"", "x", "file", "不是证书文件"),
        (lambda: b"0" * (2 << 20), "x", "file", "过大"),
        (lambda: a_pkcs12()[:300], "geheim", "file", "重新导出"),
        (lambda: a_pkcs12(until=SIGNED_AT - timedelta(days=1)), "geheim", "file", "已于2026年12月15日过期"),
        (lambda: a_pkcs12(since=SIGNED_AT + timedelta(days=1)), "geheim", "file", "自2026年12月17日起"),
        (lambda: a_pkcs12(usage=False), "geheim", "file", "不可否认"),
        (lambda: a_pkcs12(usage=None), "geheim", "file", "不可否认"),
        (lambda: a_pkcs12(ed25519.Ed25519PrivateKey.generate()), "geheim", "file", "密钥类型"),
        (lambda: a_pkcs12(ec.generate_private_key(ec.SECP256K1())), "geheim", "file", "密钥类型"),
        (lambda: a_pkcs12(dsa.generate_private_key(1024)), "geheim", "file", "密钥类型"),
    ],
)  # fmt: skip
def test_a_certificate_file_that_cannot_sign_is_refused_with_what_to_do(make, password, field, sentence):
    with pytest.raises(RuleBroken, match=sentence) as refusal:
        key_from_pkcs12(make(), password, now=SIGNED_AT)
    assert refusal.value.field == field


def test_a_certificate_file_without_key_is_refused():
    data = pkcs12.serialize_key_and_certificates(b"k", None, a_key().certificate, None, BestAvailableEncryption(b"x"))
    with pytest.raises(RuleBroken, match="没有私钥"):
        key_from_pkcs12(data, "x", now=SIGNED_AT)


def test_an_authority_makes_no_further_authority():
    root = make_authority(name="甲", organisation="乙", since=SINCE, until=UNTIL)
    assert root.certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0
