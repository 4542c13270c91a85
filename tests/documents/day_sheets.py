"""Invented enterprises and matters for the papers of a reception day, from nothing to far too much."""

from datetime import date, datetime
from typing import Any

from portal.clock import ZONE
from portal.documents.day_sheets import BriefEnterprise, BriefMatter, BriefOpinion, DutyLeader

LONG_NAME = ("内蒙古自治区呼伦贝尔市额尔古纳恩和俄罗斯族民族乡北方生态农牧业综合开发集团股份有限公司云溪分公司" * 3)[
    :100
]
RARE = "示堃玥珺喆祎旸赟曌䶮㛃䶮𬭎"
HEAD: dict[str, Any] = {
    "district": "安澜区",
    "held_on": date(2026, 12, 15),
    "venue": "区工商联会议室",
    "printed_at": datetime(2026, 12, 14, 9, 0, tzinfo=ZONE),
}
LEADERS = (
    DutyLeader(seat="主接待", name="吴示宁", post="区委书记"),
    DutyLeader(seat="参加", name="郑示和", post="区委常委、常务副区长"),
)


def a_brief_matter(ordinal: int, *, times: int = 1, **given: Any) -> BriefMatter:
    """A matter with its check, one answer of a unit and one that is still to come; `times` makes it longer."""
    answer = BriefOpinion(
        unit="区住房和城乡建设局",
        due_on=date(2026, 12, 14),
        text="第二批资金已列入预算，待下达指标后拨付。" * times,
        policy_basis="《若干措施》第八条",
    )
    return BriefMatter(
        **{
            "ordinal": ordinal,
            "title": f"加快第{ordinal}期项目竣工验收及不动产登记",
            "kind": "问题",
            "category": "验收办证",
            "flags": ("急", "难"),
            "detail": "厂房已竣工，因测绘数据差异，规划核实尚未完成，无法办理不动产权证和抵押融资。" * times,
            "checked": ("真实：是", "合法：是", "合理：待核实"),
            "finding": "测绘差异约32平方米，可按竣工实测办理。",
            "opinions": (answer, BriefOpinion(unit="区自然资源规划分局", due_on=date(2026, 12, 14))),
        }
        | given
    )


def a_brief_enterprise(number: int, matters: int = 2, *, times: int = 1, **given: Any) -> BriefEnterprise:
    """An enterprise that was there before, with some matters."""
    return BriefEnterprise(
        **{
            "number": number,
            "hours": "9:00—9:40 第二会议室",
            "name": f"安澜第{number}示例有限公司",
            "credit_code": "91110000101623741K",
            "place": "云山市安澜区安澜大道1号",
            "industry": "精密制造",
            "legal_representative": "申示例",
            "origin": "企业申请",
            "visitor": "申示例　董事长",
            "identity": "法定代表人",
            "phone": "138****5678",
            "companions": ("郑示和（财务总监）", "孙示安"),
            "units": ("区住房和城乡建设局", "区财政局"),
            "earlier": "此前接待2次，最近一次2026年9月15日；提出诉求1件：",
            "earlier_matters": ("2026年9月15日　奖补资金拨付（已交办，区财政局承办）",),
            "matters": tuple(a_brief_matter(place + 1, times=times) for place in range(matters)),
        }
        | given
    )
