"""What somebody can do with a slip now, and why not the rest (look: 只列允许的动作, 不能做的说明为什么)."""

from dataclasses import dataclass

from flask import url_for

from portal.domain.people import Action, Actor, Role, may
from portal.domain.slips import SlipState
from portal.store.queries.signatures import SlipSignatures
from portal.store.queries.slip_pages import SlipPage


@dataclass(frozen=True, slots=True)
class Offer:
    """One act: a page to open, or with `press` a button that does it at once; or the reason why it cannot be done."""

    label: str
    url: str = ""
    press: bool = False
    primary: bool = False
    danger: bool = False
    reason: str | None = None


OVER = {
    SlipState.CLOSED: "已经办结，不能作废或分办。仍有问题的，打开事项重新办理，或再次批示另行交办。",
    SlipState.RETURNED: "单位已全部退回，不必作废。事项回到待交办，另拟一张即可。",
}
"""Why a slip that has come to its end is neither void any more nor shared out."""


def offers(slip: SlipPage, signatures: SlipSignatures, actor: Actor) -> list[Offer]:
    """The acts of this person on this slip, the next step first."""
    if actor.role is Role.OFFICE:
        return _for_the_office(slip, signatures)
    if actor.role is Role.UNIT:
        return _for_a_unit(slip, actor)
    if may(actor, Action.SIGN_SLIP):
        return _for_a_leader(slip, signatures, actor)
    return []


def signs(slip: SlipPage, actor: Actor) -> bool:
    """Whether this person signs the slip, or has a mandate to, and it waits for that."""
    return (
        may(actor, Action.SIGN_SLIP)
        and slip.state is SlipState.AWAITING_SIGNATURE
        and slip.signer is not None
        and slip.signer.id in actor.leader_ids | actor.stands_in_for
    )


def _for_the_office(slip: SlipPage, signatures: SlipSignatures) -> list[Offer]:
    state, found = slip.state, list[Offer]()
    if state is SlipState.AWAITING_SIGNATURE:
        found.append(Offer("登记手写签批", url_for("slips.record_signature", slip_id=slip.id), primary=True))
        found.append(Offer("退回修改", url_for("slips.send_back", slip_id=slip.id)))
    if state is SlipState.SIGNED:
        found += _before_issue(slip, signatures)
    elif state in (SlipState.DRAFT, SlipState.AWAITING_SIGNATURE):
        found.append(Offer("印发", reason="领导签批后才能印发。"))
    if state not in (SlipState.DRAFT, SlipState.VOID):
        missing = signatures.waits_for_scan
        scan = Offer("补附扫描件" if missing else "附扫描件", url_for("slips.scan", slip_id=slip.id), primary=missing)
        found.append(scan)
    if state is SlipState.VOID:
        if slip.number is not None:
            found.append(Offer("重拟替代的一张", url_for("slips.replace", slip_id=slip.id)))
        found.append(Offer("作废", reason="已经作废，编号保留。需要重新交办的，重拟一张或从事项另拟。"))
    elif state in OVER:
        found.append(Offer("作废", reason=OVER[state]))
    else:
        found.append(Offer("分办给另一单位", url_for("slips.split", slip_id=slip.id)))
        if slip.number is not None:
            found.append(Offer("作废并重拟", url_for("slips.replace", slip_id=slip.id), danger=True))
        found.append(Offer("作废", url_for("slips.void", slip_id=slip.id), danger=True))
    return found


def _before_issue(slip: SlipPage, signatures: SlipSignatures) -> list[Offer]:
    """A signed slip goes out once everybody who was asked to has signed it as well."""
    back = Offer("退回修改", url_for("slips.send_back", slip_id=slip.id))
    if not signatures.missing:
        return [Offer("印发", url_for("slips.issue", slip_id=slip.id), press=True, primary=True), back]
    names = "、".join(it.name for it in signatures.missing)
    return [
        Offer("登记纸面会签", url_for("slips.record_countersignature", slip_id=slip.id)),
        Offer("印发", reason=f"还缺{names}会签。"),
        back,
    ]


def _for_a_unit(slip: SlipPage, actor: Actor) -> list[Offer]:
    """Signing and handing on stand on top of the page, large; here is only why there is nothing to sign."""
    own = next((it for it in slip.units if it.id == actor.unit_id), None)
    if own is None or slip.state is SlipState.VOID:
        return [Offer("签收", reason="这张单已作废，不必签收。")]
    if own.received_at is not None:
        return [Offer("签收", reason=f"本单位已由{own.received_by}签收。")]
    return []


def _for_a_leader(slip: SlipPage, signatures: SlipSignatures, actor: Actor) -> list[Offer]:
    back = Offer("退回修改", url_for("slips.send_back", slip_id=slip.id))
    if signs(slip, actor):
        found = [Offer("批示", url_for("slips.decide", slip_id=slip.id))]
        if is_decided(slip):
            found = [Offer("签批", url_for("slips.sign", slip_id=slip.id), primary=True), *found]
        return [*found, back]
    if slip.state is SlipState.AWAITING_SIGNATURE:
        return [Offer("签批", reason=f"由{slip.signer.titled if slip.signer else '指定的领导'}签批。")]
    if slip.state is SlipState.SIGNED:
        asked = signatures.asks(actor)
        found = [Offer("会签", url_for("slips.countersign", slip_id=slip.id), primary=True)] if asked else []
        own = slip.signer is not None and slip.signer.id in actor.leader_ids | actor.stands_in_for
        return [*found, back] if own else found
    return []


def is_decided(slip: SlipPage) -> bool:
    """Whether everything is on the slip that a signature needs."""
    return bool(slip.instruction.strip() and slip.lead_official and slip.lead_unit_id)
