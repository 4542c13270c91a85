"""How involved a matter is, who settles it, and whether others have it too (JY-13, JY-22, PT-27)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, NotFound, RuleBroken
from portal.domain.matters import MatterClass, MatterLevel
from portal.domain.people import Action, Actor, must
from portal.store.audit_trail import record
from portal.store.models.matters import Matter
from portal.store.models.slips import SlipMatter
from portal.store.queries.slip_links import carriers

CHANGED = "您打开页面之后，别人已修改了这项诉求。您填写的内容仍在，请核对后再提交。"


@dataclass(frozen=True, slots=True)
class Classing:
    """What the office says of a matter: class A to D, level, common or its own."""

    matter_class: MatterClass | None = None
    level: MatterLevel | None = None
    is_common: bool = False

    @property
    def label(self) -> str:
        """In the office's words: A类、部门办、共性."""
        said = (self.matter_class and self.matter_class.label, self.level and self.level.label)
        return "、".join([*filter(None, said), "共性" if self.is_common else "个性"])


def classify_matters(
    session: Session,
    classes: Mapping[int, Classing],
    *,
    versions: Mapping[int, int] | None = None,
    actor: Actor,
    now: datetime,
) -> int:
    """Write down class, level and whether common of some matters; answers how many changed.

    A matter that shares a slip with other enterprises' stays common. Raises Conflict when somebody changed one meanwhile.
    """
    must(actor, Action.DRAFT_SLIP)
    found = session.scalars(
        select(Matter)
        .where(Matter.id.in_(classes))
        .order_by(Matter.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if len(found) != len(classes):
        raise NotFound("所选的诉求事项不存在，请重新选择。")
    changed = 0
    for matter in found:
        if versions is not None and versions.get(matter.id, matter.version) != matter.version:
            raise Conflict(CHANGED)
        wanted = classes[matter.id]
        if Classing(matter.matter_class, matter.level, matter.is_common) == wanted:
            continue
        if matter.is_common and not wanted.is_common and _shares_a_slip(session, matter):
            said = f"事项“{matter.title}”与别家企业的共性事项在同一张交办单上，不能改为个性。请先把它从那张单上去掉。"
            raise RuleBroken(said, field="is_common")
        matter.matter_class, matter.level, matter.is_common = wanted.matter_class, wanted.level, wanted.is_common
        said = f"标注诉求 {matter.number}：{wanted.label}"
        record(session, actor, now, "matter_classified", matter, summary=said)
        changed += 1
    session.flush()
    return changed


def _shares_a_slip(session: Session, matter: Matter) -> bool:
    slips = [it.slip_id for it in carriers(session, [matter.id])]
    counted = (
        select(func.count(func.distinct(func.coalesce(Matter.enterprise_id, 0))))
        .join(SlipMatter, SlipMatter.matter_id == Matter.id)
        .where(SlipMatter.slip_id.in_(slips))
        .group_by(SlipMatter.slip_id)
    )
    return any(it > 1 for it in session.scalars(counted))
