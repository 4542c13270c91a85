"""A scene whose papers are kept: leaders with keys, slips signed each way, and where the files lie."""

from dataclasses import replace

from flask import Flask
from sqlalchemy.orm import Session

from portal.domain.people import Actor, Role
from portal.domain.signing import Proof, SignedHow
from portal.jobs.keeping import keeping_of
from portal.services import leader_keys, slip_drafts, slip_signing, slips
from portal.services.keeping import Keeping
from portal.services.slip_signing import Signing
from portal.store.models.people import Leader
from portal.store.models.slips import Slip
from tests.slip_builders import NOW, OFFICE, Scene, draft_of

PIN = "cun-2026"
STROKES = (tuple((float(x), 20.0 + x % 7) for x in range(12)), tuple((5.0 + x, 10.0 + 2 * x) for x in range(9)))


def keeping_for(app: Flask) -> Keeping:
    """Where the papers of this test are kept."""
    return keeping_of(app.config["SETTINGS"])


def actor_of(leader: Leader, account_id: int = 2) -> Actor:
    """The leader, signed in."""
    return Actor(account_id, leader.name, Role.LEADER, leader_ids=frozenset({leader.id}))


def give_key(session: Session, leader: Leader, pin: str = PIN) -> None:
    """The leader makes a key."""
    leader_keys.make_own_key(session, pin, actor=actor_of(leader), now=NOW)
    session.commit()


def a_decided_slip(session: Session, scene: Scene, *countersigners: Leader) -> tuple[Slip, str]:
    """A slip with the leader's decision on it, and the fingerprint of the paper to be signed."""
    slip = slip_drafts.draft_slip(session, scene.ids, actor=OFFICE, now=NOW)
    session.commit()
    draft = replace(draft_of(slip), countersigner_ids=tuple(it.id for it in countersigners))
    slip_drafts.edit_draft(session, slip.id, draft, actor=OFFICE, now=NOW)
    slips.number_slip(session, slip.id, actor=OFFICE, now=NOW)
    decided = slip_signing.decide(session, slip.id, scene.order(), actor=scene.signer, now=NOW)
    session.commit()
    return slip, decided.sha256


def sign_on_tablet(session: Session, scene: Scene, slip: Slip, sha256: str) -> None:
    """The signer writes on the screen."""
    signing = Signing(SignedHow.TABLET, sha256, Proof.PASSWORD, STROKES)
    slip_signing.sign(session, slip.id, signing, actor=scene.signer, now=NOW)
    session.commit()
