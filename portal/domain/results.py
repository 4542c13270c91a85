"""What came of a matter, and what the enterprise says of it: four different things (domain 5.1, 11.6, SD-10 to SD-13).

Completed is not solved, solved is not satisfied, satisfied is not closed; each has its own field and its own figure.
"""

from dataclasses import dataclass
from datetime import date

from portal.domain.errors import Problem
from portal.domain.labelled import Labelled

SHORTEST_RESULT = 10
SHORTEST_REASON = 4


class ResultCode(Labelled):
    """The result a unit reports (= SD-10 to SD-13)."""

    SOLVED = "solved", "已解决"
    PARTLY_SOLVED = "partly_solved", "部分解决"
    PLANNED = "planned", "列入计划"
    SUBMITTED = "submitted", "上报争取"
    EXPLAINED = "explained", "不符合政策已解释"
    REFERRED = "referred", "转法定途径"

    @property
    def is_solved(self) -> bool:
        """Whether it counts as solved: an explanation completes a matter and does not solve it."""
        return self is ResultCode.SOLVED

    @property
    def needs_a_basis(self) -> bool:
        """Whether law or policy has to be named (SD-13)."""
        return self in {ResultCode.EXPLAINED, ResultCode.REFERRED}


class Grade(Labelled):
    """How content the enterprise is (好差评, domain 5.1)."""

    VERY_CONTENT = "very_content", "非常满意"
    CONTENT = "content", "满意"
    FAIRLY_CONTENT = "fairly_content", "基本满意"
    DISCONTENT = "discontent", "不满意"
    VERY_DISCONTENT = "very_discontent", "非常不满意"

    @property
    def is_content(self) -> bool:
        """Counts for 企业满意率; the strict rate leaves 基本满意 out."""
        return self in {Grade.VERY_CONTENT, Grade.CONTENT, Grade.FAIRLY_CONTENT}

    @property
    def is_strictly_content(self) -> bool:
        """Counts for the strict rate."""
        return self in {Grade.VERY_CONTENT, Grade.CONTENT}


class Resolved(Labelled):
    """Whether the enterprise says its matter was resolved."""

    FULLY = "fully", "完全解决"
    PARTLY = "partly", "部分解决"
    NOT = "not", "没有解决"


class AskedHow(Labelled):
    """How the enterprise was asked, or told us."""

    LINK = "link", "企业扫码填写"
    PHONE = "phone", "电话询问"
    PAPER = "paper", "纸面反馈"
    ON_SITE = "on_site", "上门走访"


ASKED_BY_THE_OFFICE = (AskedHow.PHONE, AskedHow.PAPER, AskedHow.ON_SITE)
"""What the office enters for an enterprise; by the code on its paper an enterprise speaks for itself."""


class AnsweredHow(Labelled):
    """How the unit answered the enterprise."""

    WRITTEN = "written", "书面答复"
    IN_PERSON = "in_person", "当面答复"
    PHONE = "phone", "电话答复"
    NOT_YET = "not_yet", "尚未答复"


class ReviewPoint(Labelled):
    """What the federation's office checks before a matter may be closed (审核要点)."""

    FACTS = "facts", "事实清楚：办理过程与佐证材料相符"
    SOLVED = "solved", "结果属实：解决到什么程度，如实报送"
    LAWFUL = "lawful", "依据合法：法律、政策依据准确"
    FORMAT = "format", "手续完备：审签、企业意见、材料齐全"

    @property
    def short(self) -> str:
        """The point in four signs."""
        return self.label.partition("：")[0]


class ClosingStep(Labelled):
    """A step on the way from a result to the closing of its matter, as the office calls its queue."""

    HEAD = "head", "待审签"
    OPINION = "opinion", "待企业确认"
    REVIEW = "review", "待审核"
    APPROVAL = "approval", "待销号审批"


@dataclass(frozen=True, slots=True)
class FourWords:
    """办结、解决、满意、销号: four different things, each with its own day or answer (domain 11.6).

    Completed is a result its unit answers for, whatever it is; solved is what was reported and what the enterprise says of it;
    content is its grade; closed is the approval of a leader, and only that.
    """

    completed_on: date | None = None
    result: ResultCode | None = None
    resolved: Resolved | None = None
    grade: Grade | None = None
    closed_on: date | None = None

    @property
    def is_solved(self) -> bool | None:
        """Whether it counts as solved: reported so and not denied by the enterprise; None while nobody has reported."""
        if self.result is None or self.completed_on is None:
            return None
        return self.result.is_solved and self.resolved is not Resolved.NOT

    @property
    def is_content(self) -> bool | None:
        """Whether the enterprise is content; None while it has not said."""
        return None if self.grade is None else self.grade.is_content


def contests_result(grade: Grade | None, resolved: Resolved | None) -> bool:
    """Whether an enterprise that says this does not accept the result."""
    return resolved is Resolved.NOT or (grade is not None and not grade.is_content)


def result_problems(code: ResultCode, text: str, basis: str, *, evidence: int, needs_evidence: bool) -> list[Problem]:
    """What is missing before a result may be handed in (JY-26: without evidence nothing is closed)."""
    problems = []
    if len(text.strip()) < SHORTEST_RESULT:
        problems.append(Problem("told", f"请写明办理过程和结果，不少于 {SHORTEST_RESULT} 个字。"))
    if code.needs_a_basis and not basis.strip():
        problems.append(Problem("basis", f"办理结果为“{code.label}”的，须写明法律或政策依据。"))
    if needs_evidence and not evidence:
        problems.append(Problem("files", "请附上办理结果的佐证材料，例如批复、照片、转账凭证。"))
    return problems
