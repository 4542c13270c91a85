"""What becomes of a paper that somebody holds: is it ours, and does it still count (domain 7.3, 11.15).

Nothing here says that a signature has force of law; it says what the portal knows of the paper.
"""

from dataclasses import dataclass

from portal.domain.labelled import Labelled
from portal.domain.slips import SlipState


class Standing(Labelled):
    """The word that is said in large letters."""

    GENUINE = "genuine", "真"
    ORIGINAL = "original", "真"
    UNSIGNED = "unsigned", "真，待签批"
    SCAN = "scan", "签批原件扫描件"
    BLANK = "blank", "预留空白单"
    REGISTERED = "registered", "真，已登记"
    NEWER = "newer", "有新版"
    RETURNED = "returned", "修改中"
    REPLACED = "replaced", "已被取代"
    VOID = "void", "已作废"
    DOUBTFUL = "doubtful", "存疑"
    CHANGED = "changed", "已被改动"
    FOREIGN = "foreign", "不是本系统的单据"
    UNREADABLE = "unreadable", "无法核验"
    UNKNOWN = "unknown", "查无此单"

    @property
    def tone(self) -> str:
        """How it is coloured and which shape stands beside it; the word says the same without either."""
        return _TONES.get(self, "stop")

    @property
    def counts(self) -> bool:
        """Whether the paper may be relied on as it is."""
        return self in _COUNTS


_COUNTS = frozenset({Standing.GENUINE, Standing.ORIGINAL, Standing.SCAN, Standing.REGISTERED})
_TONES = {
    **dict.fromkeys(_COUNTS, "good"),
    **dict.fromkeys((Standing.UNSIGNED, Standing.BLANK, Standing.NEWER, Standing.RETURNED), "wait"),
    Standing.DOUBTFUL: "late",
    Standing.CHANGED: "late",
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """The word, and what it means for the person holding the paper."""

    standing: Standing
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionFacts:
    """What is known of one frozen version of a slip.

    `is_whole`: what is kept still has the fingerprint it was kept with. `signed_by_hand`: the leader's pen is on a print of
    this version, and that signature counts. `replaced_by`: the number of the slip that stands in for this one, empty while
    that has none; None when no slip does.
    """

    state: SlipState
    version: int
    latest: int
    is_whole: bool = True
    signed: bool = False
    signed_by_hand: bool = False
    replaced_by: str | None = None


UNKNOWN = Judgement(
    Standing.UNKNOWN,
    "系统中没有这个核验码。请核对输入是否有误；核对无误的，这张单不是本系统出具的，请勿采信。",
)
ALTERED = Judgement(Standing.DOUBTFUL, "这张单的存档内容与存档时的指纹不符。请勿采信，并联系区工商联核查。")


def judge_version(facts: VersionFacts) -> Judgement:
    """What becomes of a paper printed from this version of a slip.

    The print a leader signed by hand stays genuine as the signed original, though what the office entered from it is the
    newer version.
    """
    if not facts.is_whole:
        return ALTERED
    if facts.state is SlipState.VOID:
        return _void(facts.replaced_by)
    if facts.signed_by_hand:
        newer = f"系统中的登记件是第 {facts.latest} 版，批示内容以这张手写原件为准。"
        said = "这张单由本系统出具，领导在打印的这一版上手写签批，是签批原件。"
        return Judgement(Standing.ORIGINAL, said + (newer if facts.latest > facts.version else ""))
    if facts.state is SlipState.DRAFT:
        return Judgement(Standing.RETURNED, "这张单是真的，但已退回修改。请以修改后重新打印的一份为准。")
    if facts.version < facts.latest:
        return Judgement(
            Standing.NEWER,
            f"这张单是真的，但不是最新的一份：这是第 {facts.version} 版，现行第 {facts.latest} 版。请以最新的一份为准。",
        )
    if not facts.signed:
        return Judgement(
            Standing.UNSIGNED,
            "这张单由本系统出具，是送签的一份，系统中还没有登记签批。单上如已有签名，请等办公室登记后再核验。",
        )
    return Judgement(Standing.GENUINE, "这张单由本系统出具，是现行有效的一份。请核对纸面编号、日期与下面是否一致。")


def judge_companion(*, kind: str, is_whole: bool, is_void: bool, slip_is_void: bool) -> Judgement:
    """What becomes of a paper that goes with a slip."""
    if not is_whole:
        return ALTERED
    if is_void:
        return Judgement(Standing.VOID, f"这份{kind}是真的，但已经作废，不再有效。")
    if slip_is_void:
        return Judgement(Standing.VOID, f"这份{kind}是真的，但它所附的交办单已经作废，不再据此办理。")
    return Judgement(Standing.GENUINE, f"这份{kind}由本系统出具，现行有效。请核对纸面编号、日期与下面是否一致。")


def judge_reserved(*, is_void: bool, slip: VersionFacts | None) -> Judgement:
    """What becomes of a blank paper whose number was set aside; `slip` is what it was entered as, if it was."""
    if is_void:
        return Judgement(Standing.VOID, "这张预留空白单由本系统出具，但编号已经作废，不再使用。")
    if slip is None:
        return Judgement(
            Standing.BLANK,
            "这张空白单由本系统出具，编号已预留，内容还没有登记到系统。单上所写内容，本系统暂时不能证明。",
        )
    if slip.state is SlipState.VOID:
        return _void(slip.replaced_by)
    return Judgement(
        Standing.REGISTERED, "这张空白单由本系统出具，填写的内容已登记为下面的交办单，请与登记的内容核对。"
    )


def _void(replaced_by: str | None) -> Judgement:
    if replaced_by is None:
        return Judgement(Standing.VOID, "这张单是真的，但已经作废，不再有效。")
    other = replaced_by or "另一张单（尚未编号）"
    return Judgement(Standing.REPLACED, f"这张单是真的，但已经作废，由 {other} 取代。请以取代它的一张为准。")
