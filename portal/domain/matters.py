"""Matters an enterprise brings: kinds, states, the pre-check, and how each leaves the room (NX-09, NX-11, NX-17)."""

from dataclasses import dataclass

from portal.domain.errors import Problem
from portal.domain.labelled import Labelled
from portal.domain.workflow import Workflow, steps


class MatterKind(Labelled):
    """What a matter is (QD-09, PT-20, NX-22); statistics keep problems and suggestions apart."""

    PROBLEM = "problem", "问题"
    SUGGESTION = "suggestion", "建议"
    CRITICISM = "criticism", "批评"
    ENQUIRY = "enquiry", "咨询"
    COMPLAINT = "complaint", "投诉"


class MatterState(Labelled):
    """Where a matter stands, from its registration to its closing (domain 9); being overdue is no state, it is computed."""

    REGISTERED = "registered", "已登记"
    SETTLED = "settled", "现场办结"
    AWAITING_ASSIGNMENT = "awaiting_assignment", "待交办"
    ASSIGNED = "assigned", "已交办"
    HANDLING = "handling", "在办"
    OBJECTED = "objected", "退回待裁定"
    SUSPENDED = "suspended", "中止"
    LONG_TERM = "long_term", "挂账"
    PROPOSED = "proposed", "待单位审签"
    CONFIRMING = "confirming", "待企业确认"
    REVIEWING = "reviewing", "待审核"
    APPROVING = "approving", "待销号审批"
    CLOSED = "closed", "已销号"
    WITHDRAWN = "withdrawn", "企业撤回"
    REFUSED = "refused", "不予受理"


class MatterClass(Labelled):
    """How involved a matter is (domain 2.3: C simple, B across departments, A complex or historic; JY-13 adds D)."""

    A = "A", "A类"
    B = "B", "B类"
    C = "C", "C类"
    D = "D", "D类"


class MatterLevel(Labelled):
    """Who settles a matter (JY-22): 一般问题当场办、常规问题部门办、重大问题领导办."""

    ON_THE_SPOT = "on_the_spot", "当场办"
    UNIT = "unit", "部门办"
    LEADER = "leader", "领导办"


class Check(Labelled):
    """The answer to one question of the pre-check 真实、合法、合理 (NX-17)."""

    UNKNOWN = "unknown", "待核实"
    YES = "yes", "是"
    NO = "no", "否"


class Disposition(Labelled):
    """How a matter leaves the room (QD-11, NX-12, domain 9)."""

    SETTLE = "settle", "现场答复办结"
    ASSIGN = "assign", "交办"
    REFUSE = "refuse", "不予受理"

    @property
    def state(self) -> MatterState:
        """The state the matter is in afterwards."""
        return _STATE_AFTER[self]


_STATE_AFTER = {
    Disposition.SETTLE: MatterState.SETTLED,
    Disposition.ASSIGN: MatterState.AWAITING_ASSIGNMENT,
    Disposition.REFUSE: MatterState.REFUSED,
}

MATTER_STEPS = Workflow(
    "诉求事项",
    steps(
        {
            ("现场办结", MatterState.SETTLED): (MatterState.REGISTERED, MatterState.AWAITING_ASSIGNMENT),
            ("转交办", MatterState.AWAITING_ASSIGNMENT): (
                MatterState.REGISTERED,
                MatterState.ASSIGNED,
                MatterState.HANDLING,
            ),
            ("列入交办单", MatterState.ASSIGNED): (MatterState.AWAITING_ASSIGNMENT,),
            ("不予受理", MatterState.REFUSED): (MatterState.REGISTERED, MatterState.AWAITING_ASSIGNMENT),
            ("重新处置", MatterState.REGISTERED): (
                MatterState.SETTLED,
                MatterState.AWAITING_ASSIGNMENT,
                MatterState.REFUSED,
            ),
        }
    ),
)
"""The way to a unit; from there on domain/matter_course decides. A matter goes back to 待交办 when its slip is voided."""


def advance(state: MatterState, target: MatterState) -> MatterState:
    """Answer the target if the matter may go there, or raise RuleBroken."""
    return MATTER_STEPS.advance(state, target)


def disposition_problems(disposition: Disposition, answer: str) -> list[Problem]:
    """What must be written down before a matter leaves the room.

    On-site settling needs the answer given (QD-11); refusing needs the reason and the proper channel (domain 11.11).
    """
    if answer.strip() or disposition is Disposition.ASSIGN:
        return []
    if disposition is Disposition.SETTLE:
        return [Problem("answer", "现场办结须填写答复内容，请记录当场如何答复企业。")]
    return [Problem("answer", "不予受理须说明理由，并告知企业应走的渠道（如诉讼、仲裁、复议、信访等）。")]


ON_THE_WAY = (
    MatterState.ASSIGNED,
    MatterState.HANDLING,
    MatterState.OBJECTED,
    MatterState.SUSPENDED,
    MatterState.LONG_TERM,
    MatterState.PROPOSED,
    MatterState.CONFIRMING,
    MatterState.REVIEWING,
    MatterState.APPROVING,
)
"""A unit has it, or somebody owes the next step to its closing."""
WITH_A_UNIT = (*ON_THE_WAY, MatterState.CLOSED)


@dataclass(frozen=True, slots=True)
class Category:
    """One entry of the two-level category tree; the first two digits of a code are its parent's."""

    code: str
    name: str

    @property
    def parent(self) -> str | None:
        """The code of the upper level, None on the upper level itself."""
        return self.code[:2] if len(self.code) > 2 else None


_STARTER = {
    "用地规划": ("用地保障", "规划调整", "厂房空间"),
    "融资资金": ("贷款融资", "上市指导", "资金周转"),
    "奖补政策兑现": ("奖补资金", "政策兑现", "费用减免"),
    "审批验收办证": ("行政审批", "施工消防", "验收办证"),
    "用工人才": ("用工紧缺", "人才引育"),
    "水电气要素": ("供电", "供水供气"),
    "账款拖欠": ("机关事业单位欠款", "企业间欠款"),
    "市场开拓招商": ("市场开拓", "招商引资"),
    "科技与数字化": ("数字化转型", "技术对接", "成果转化"),
    "涉企执法与权益": ("涉企执法", "权益保护"),
    "基础配套": ("道路交通", "停车配套"),
    "经营管理与其他": ("经营管理", "培育辅导", "其他"),
}


def starter_categories() -> tuple[Category, ...]:
    """The suggested twelve categories and their second level, parents first (JY-16, domain 9, 11.13)."""
    listed: list[Category] = []
    for place, (name, children) in enumerate(_STARTER.items(), start=1):
        listed.append(Category(f"{place:02}", name))
        listed += [Category(f"{place:02}{child:02}", text) for child, text in enumerate(children, start=1)]
    return tuple(listed)
