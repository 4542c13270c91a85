"""Slips whose kept PDF is on record, signed with an authority that is on record as well; and ways to tamper with files."""

import hashlib

from portal.domain.signing import KeyHolder, KeyOrigin
from portal.store.models.signing import SigningKey
from portal.store.models.slips import SlipVersion
from tests.documents.signing_builders import SINCE, UNTIL, the_authority
from tests.slip_builders import NOW


def the_authority_on_record(session):
    """Our authority, as the portal keeps it."""
    key = the_authority()
    session.add(
        SigningKey(
            holder=KeyHolder.AUTHORITY, standing_for="authority", origin=KeyOrigin.MADE, subject=key.name,
            serial=key.serial, certificate=key.certificate_pem, private_key="x", not_before=SINCE, not_after=UNTIL,
            made_at=NOW, made_by="系统",
        )
    )  # fmt: skip
    session.commit()


def keep_as(session, slip, data, *, version=None, code=None):
    """Put a file on record as the kept paper of a version; answers that version."""
    kept = session.get(SlipVersion, (slip.id, version or slip.paper_version))
    kept.kept_sha256, kept.kept_at, kept.kept_bytes = hashlib.sha256(data).hexdigest(), NOW, len(data)
    if code:
        kept.verify_code = code
    session.commit()
    return kept
