"""A package signed by the organ: found whole with the authority's certificate, refused after a careful forgery."""

import io
import shutil
import subprocess
import zipfile

import pytest

from portal.documents.archive_check import check_package
from portal.documents.archive_signature import signature_check
from portal.services.archive_years import organ_seal
from tests.archives import a_package, a_year
from tests.documents.signing_builders import SIGNED_AT, a_key, checked, organ_key, the_authority
from tests.services.test_archives import repacked, summed


def by(key, session):
    return a_package(session, seal=organ_seal(key, now=SIGNED_AT))


def verdict_on(data, authority=None):
    believed = signature_check([(authority or the_authority()).certificate_pem])
    return check_package(io.BytesIO(data), signature_check=believed)


def test_a_signed_package_is_found_signed_and_its_transfer_list_certified(session):
    a_year(session)
    data, made = by(organ_key(), session)
    assert made.signed
    assert (verdict_on(data).problems, verdict_on(data).signed) == ([], True)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert checked(package.read("归档移交清单.pdf")).is_genuine


def test_openssl_finds_the_same(session, tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not on this machine")
    a_year(session)
    data, _ = by(organ_key(), session)
    zipfile.ZipFile(io.BytesIO(data)).extractall(tmp_path)

    def openssl(*words):
        return subprocess.run(["openssl", *words], cwd=tmp_path, capture_output=True, text=True, check=False)

    (tmp_path / "organ.pub").write_text(openssl("x509", "-in", "certificate.pem", "-pubkey", "-noout").stdout)
    words = ("dgst", "-sha256", "-verify", "organ.pub", "-signature", "SHA256SUMS.sig", "SHA256SUMS")
    assert "Verified OK" in openssl(*words).stdout
    (tmp_path / "SHA256SUMS").write_bytes((tmp_path / "SHA256SUMS").read_bytes() + b" ")
    assert openssl(*words).returncode != 0


@pytest.mark.parametrize("key", [lambda: organ_key("别家认证中心"), a_key])
def test_a_signature_of_strangers_or_of_a_leader_is_not_the_organs(session, key):
    a_year(session)
    data, _ = by(key(), session)
    assert any("不能认可" in it for it in verdict_on(data).problems)


def test_a_forger_who_makes_the_checksums_fit_is_found_by_the_signature(session):
    a_year(session)
    data, _ = by(organ_key(), session)

    def change(files):
        signed = {name: files[name] for name in ("SHA256SUMS.sig", "certificate.pem")}
        others = {name: it for name, it in files.items() if name not in signed}
        return summed(others | {"说明.txt": "另一份说明".encode()}) | signed

    forged = repacked(data, change)
    assert check_package(io.BytesIO(forged)).problems == []
    assert any("签名与校验清单不符" in it for it in verdict_on(forged).problems)


@pytest.mark.parametrize("name", ["SHA256SUMS.sig", "certificate.pem"])
def test_a_damaged_signature_is_refused_without_an_exception(session, name):
    a_year(session)
    data, _ = by(organ_key(), session)
    assert not verdict_on(repacked(data, lambda files: files | {name: b"\xff\x00"})).is_whole
