"""A matter in the hands of its units, and the people who take it to its end."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.people import Actor, Role
from portal.domain.results import AskedHow, Grade, Resolved, ResultCode
from portal.services import closing, result_opinions, results, slip_receipts
from portal.services.result_opinions import Opinion
from portal.services.results import ResultProposed
from portal.services.uploads import AcceptedFile
from portal.store.models.matters import Matter
from portal.store.models.slips import Slip
from tests.slip_builders import NOW, OFFICE, Scene, a_scene, an_issued_slip

EVIDENCE = AcceptedFile("0" * 64, "批复.pdf", "application/pdf", 1_234)
SOLVED = ResultProposed(ResultCode.SOLVED, "已会同有关单位办理完毕，补贴资金已拨付到账。", files=(EVIDENCE,))
CONTENT = Opinion(Grade.CONTENT, Resolved.FULLY, AskedHow.PHONE, by="企业负责人")
CONTESTED = Opinion(Grade.DISCONTENT, Resolved.NOT, AskedHow.PHONE, by="企业负责人", words="款项至今没有到账")


@dataclass(frozen=True)
class InHand:
    """A matter its lead unit has signed for, and everybody who has a part in it."""

    scene: Scene
    slip: Slip
    matter: Matter

    @property
    def handler(self) -> Actor:
        return Actor(31, "经办人", Role.UNIT, unit_id=self.scene.units[0].id)

    @property
    def head(self) -> Actor:
        return Actor(32, "单位负责人", Role.UNIT, unit_id=self.scene.units[0].id, heads_unit=True)

    @property
    def helper(self) -> Actor:
        return Actor(33, "配合单位", Role.UNIT, unit_id=self.scene.units[1].id)

    @property
    def signer(self) -> Actor:
        return self.scene.signer


def a_matter_in_hand(session: Session, *, now: datetime = NOW, **given: object) -> InHand:
    """An issued slip its lead unit has signed for; its first matter."""
    scene = a_scene(session, **given)
    slip = an_issued_slip(session, scene)
    in_hand = InHand(scene, slip, scene.matters[0])
    slip_receipts.receive_slip(session, slip.id, actor=in_hand.handler, now=now)
    session.commit()
    return in_hand


def to_review(session: Session, it: InHand, *, now: datetime = NOW) -> None:
    """Propose, sign and confirm."""
    results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=now)
    results.head_signs(session, it.matter.id, actor=it.head, now=now)
    result_opinions.give_opinion(session, it.matter.id, CONTENT, actor=OFFICE, now=now)


def closed(session: Session, it: InHand, *, now: datetime = NOW) -> None:
    """All the way to 已销号."""
    to_review(session, it, now=now)
    closing.review(session, it.matter.id, passed=True, actor=OFFICE, now=now)
    closing.approve_closing(session, it.matter.id, approved=True, actor=it.signer, now=now)
