"""Which matters go on a slip: held, in the order of printing, and only those that may stand together (NX-14, NX-15, PT-27)."""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.domain.errors import Conflict, NotFound, RuleBroken, refuse
from portal.domain.matters import MatterState
from portal.domain.slip_matters import Raised, grouping_problems
from portal.store.models.matters import Matter
from portal.store.models.slips import Slip
from portal.store.queries.slip_links import Carrier, carriers

NO_DAY = "这项诉求不属于任何接待日，不能交办。请先登记到接待日。"


def matters_for_slip(
    session: Session, matter_ids: Sequence[int], slip: Slip | None = None, *, sharing: int | None = None
) -> list[Matter]:
    """The matters to put on a slip, held until the transaction ends.

    `slip` is the one they may be on already, `sharing` the first of the slips that share them on purpose (分办). Raises
    RuleBroken for matters that do not wait for a slip or do not belong together, Conflict for one that is on another slip.
    """
    if not matter_ids:
        raise RuleBroken("交办单至少要有一项诉求事项，请先选择待交办的事项。", field="matters")
    found = session.scalars(
        select(Matter)
        .where(Matter.id.in_(matter_ids))
        .options(joinedload(Matter.reception_day), joinedload(Matter.enterprise))
        .order_by(Matter.enterprise_id, Matter.position, Matter.id)
        .with_for_update(of=Matter)
    ).all()
    if len(found) != len(set(matter_ids)):
        raise NotFound("所选的诉求事项不存在，请重新选择。")
    if any(it.reception_day_id is None for it in found):
        raise RuleBroken(NO_DAY, field="matters")
    own = (slip.id, slip.split_from_id) if slip else ()
    family = {it for it in (sharing, *own) if it is not None}
    on = [it for it in carriers(session, matter_ids) if slip is None or it.slip_id != slip.id]
    for matter in found:
        _must_be_free(matter, [it for it in on if it.matter_id == matter.id], family)
    refuse(grouping_problems([Raised(it.id, it.reception_day_id, it.enterprise_id, it.is_common) for it in found]))
    if slip is not None and found[0].reception_day_id != slip.reception_day_id:
        raise RuleBroken("所选事项不属于这张交办单的接待日，请另拟一张。", field="matters")
    return list(found)


def _must_be_free(matter: Matter, on: Sequence[Carrier], family: Collection[int]) -> None:
    """A matter waits for a slip, or is shared with slips of the same family on purpose."""
    other = next((it for it in on if it.root not in family), None)
    if other is not None:
        said = f"事项“{matter.title}”已在{other.name}上，不能重复交办。确需两个单位分别牵头的，请从那张单“分办”。"
        raise Conflict(said, field="matters")
    shared = matter.state is MatterState.ASSIGNED and any(it.is_signed for it in on)
    if matter.state is not MatterState.AWAITING_ASSIGNMENT and not shared:
        said = f"事项“{matter.title}”现为“{matter.state.label}”，只有待交办的事项可以交办。"
        raise RuleBroken(said, field="matters")
