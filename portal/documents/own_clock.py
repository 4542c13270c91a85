"""The portal's own time stamps: after RFC 3161, without a network, worth as much as the portal's clock and no more."""

from datetime import datetime
from typing import Any

from asn1crypto import cms
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from pyhanko.keys.internal import (
    translate_pyca_cryptography_cert_to_asn1 as as_certificate,
)
from pyhanko.keys.internal import (
    translate_pyca_cryptography_key_to_asn1 as as_key,
)
from pyhanko.sign.general import as_signing_certificate_v2, simple_cms_attribute
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper

from portal.documents.certificates import SigningKey

POLICY = "2.25.305419896101112131415161718192021"
"""An identifier of our own (the UUID arc, which needs no registration) for stamps by the portal's own clock."""


class _OwnTimeStamps(DummyTimeStamper):
    """The library's stamper knows RSA only, whose key takes a tenth of a second to load; ours signs with P-256."""

    def __init__(self, key: SigningKey, moment: datetime) -> None:
        certificate = as_certificate(key.certificate)
        super().__init__(certificate, as_key(key.private_key), fixed_dt=moment)
        self._key = key.private_key

    def _build_tst_info(self, *wanted: Any) -> Any:
        info = super()._build_tst_info(*wanted)
        info["policy"] = POLICY
        return info

    def _sign_tst_info(self, tst_info_data: bytes, md_algorithm: str, dt: datetime) -> tuple[bytes, Any]:
        digest = hashes.Hash(hashes.SHA256())
        digest.update(tst_info_data)
        signed = cms.CMSAttributes(
            [
                simple_cms_attribute("content_type", "tst_info"),
                simple_cms_attribute("signing_certificate_v2", as_signing_certificate_v2(self.tsa_cert)),
                simple_cms_attribute("message_digest", digest.finalize()),
            ]
        )
        if md_algorithm.lower() != "sha256" or not isinstance(self._key, EllipticCurvePrivateKey):
            raise NotImplementedError(f"the portal's clock stamps with P-256 and SHA-256 only, at {dt}")
        return self._key.sign(signed.dump(), ECDSA(hashes.SHA256())), signed

    def _build_signed_data(self, *parts: Any) -> dict[str, Any]:
        data = super()._build_signed_data(*parts)
        data["signer_infos"][0]["signature_algorithm"] = {"algorithm": "sha256_ecdsa"}
        return data


def own_time_stamps(key: SigningKey, moment: datetime) -> DummyTimeStamper:
    """A stamper that stamps one moment with the portal's time-stamp key."""
    return _OwnTimeStamps(key, moment)
