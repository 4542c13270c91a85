"""Invented papers that go with a slip."""

from datetime import date, datetime
from typing import Any

from portal.clock import ZONE
from portal.documents.companion_sheets import (
    SHEETS,
    CompanionSheet,
    Signed,
)
from portal.domain.paper_kinds import PaperKind, UrgingColour
from tests.documents.slip_sheets import MATTERS

SHARED: dict[str, Any] = {
    "slip_number": "云民接交〔2026〕15号",
    "district": "云溪区",
    "enterprise_name": "云溪区恒泰精密机械制造有限公司",
    "matters": MATTERS[:2],
    "lead_unit": "区住房和城乡建设局",
    "assisting_units": ("区财政局", "区自然资源规划分局"),
    "assigned_on": date(2026, 12, 16),
    "due_on": date(2027, 1, 6),
    "due_note": "15个工作日",
    "issuing_organ": "云溪区工商业联合会",
    "contact": "区工商联办公室 0830-4291234",
    "verify_code": "K7QM-4T2X-9HWD",
    "verify_url": "HTTP://127.0.0.1:8000/VERIFY/K7QM4T2X9HWD",
    "is_sample": True,
    "printed_at": datetime(2027, 1, 8, 10, 32, tzinfo=ZONE),
}
ORDER: dict[str, Any] = {
    "number": "云民接督〔2027〕2号",
    "reply_by": date(2027, 1, 15),
    "issued_on": date(2027, 1, 8),
    "copies_to": ("区委督查室", "区政府督查室"),
}
PERSON = Signed(opinion="情况属实，同意。", name="何志远", on=date(2027, 1, 5))
OWN: dict[PaperKind, dict[str, Any]] = {
    PaperKind.TRANSFER: ORDER,
    PaperKind.REMINDER: ORDER | {"overdue": "2个工作日"},
    PaperKind.SUPERVISION: ORDER | {"overdue": "5个工作日", "colour": UrgingColour.RED},
    PaperKind.RESULT_REPORT: {
        "reported_on": date(2027, 1, 5),
        "process": "12月18日与企业联系，12月22日会同区财政局、区自然资源规划分局到企业现场核对，12月30日召开协调会议定办理意见。",
        "result": "部分解决",
        "result_detail": "第二批奖补资金262万元已列入2027年一季度拨付计划；测绘差异按竣工实测办理，1月底前完成规划核实。",
        "legal_basis": "《中央财政支持住房租赁市场发展试点资金管理办法》第九条；《不动产登记暂行条例》第十七条。",
        "answered": True,
        "answered_how": "书面",
        "answered_on": date(2027, 1, 4),
        "grade": "满意",
        "enterprise": Signed(opinion="同意办理意见，希望按期拨付。", name="陈俊豪", on=date(2027, 1, 5)),
        "handler": "周敏",
        "handler_phone": "0830-4295678",
    },
    PaperKind.EXTENSION: {
        "applied_on": date(2027, 1, 4),
        "wanted_on": date(2027, 1, 27),
        "reason": "奖补资金拨付须经市级财政评审，评审安排在1月中旬，时限内无法完成。",
        "progress": "已完成资料复核并报送市财政局；测绘差异已按实测调整，规划核实正在办理。",
        "explained": True,
        "explained_on": date(2027, 1, 4),
        "handler": "周敏",
        "handler_phone": "0830-4295678",
        "head": PERSON,
    },
    PaperKind.OBJECTION: {
        "objected_on": date(2026, 12, 18),
        "received_on": date(2026, 12, 17),
        "ticked": ("不属本单位职责",),
        "explanation": "住房租赁试点奖补资金由财政部门管理和拨付，本单位只负责项目验收，验收已于2025年9月完成。",
        "legal_basis": "《区住房和城乡建设局职能配置、内设机构和人员编制规定》第三条。",
        "proposed_unit": "区财政局",
        "handler": "周敏",
        "handler_phone": "0830-4295678",
        "head": PERSON,
    },
    PaperKind.CLOSING: {
        "completed_on": date(2027, 1, 5),
        "result": "已解决",
        "summary": "第二批奖补资金262万元已于1月4日拨付到账；一期项目规划核实已完成，不动产权证已颁发。",
        "grade": "非常满意",
        "unit": Signed(opinion="办理事项已全部落实，申请销号。", name="周敏", on=date(2027, 1, 5)),
        "head": PERSON,
    },
    PaperKind.LOOK_BACK: {
        "closed_on": date(2027, 1, 8),
        "looked_on": date(2027, 4, 8),
        "result": "已解决",
        "way": "实地查看",
        "people": "区工商联 何志远、周敏；区政府督查室 罗成",
        "state": "落实到位",
        "findings": "奖补资金足额到账，不动产权证已用于抵押融资，企业二期项目已开工。未发现新的问题。",
        "grade": "满意",
        "outcome": "维持销号",
        "recorder": "周敏",
    },
}


def a_companion_sheet(kind: PaperKind, **changes: Any) -> CompanionSheet:
    """A paper of everyday length."""
    return SHEETS[kind](**(SHARED | OWN[kind] | changes))


def a_blank_companion_sheet(kind: PaperKind, **changes: Any) -> CompanionSheet:
    """A paper with nothing on it but whose it is."""
    return SHEETS[kind](
        **({"district": "云溪区", "issuing_organ": "云溪区工商业联合会", "is_blank_form": True} | changes)
    )
