"""The statistics line of a span of days (NX-22): every figure with its formula and the rows behind it."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, url_for

from portal import clock
from portal.domain.figures import share
from portal.domain.matters import MatterKind, MatterState
from portal.domain.people import Role
from portal.domain.slips import SlipState
from portal.store.extension import read
from portal.store.queries.statistics import MonthCount, Statistics, held_days, statistics
from portal.store.queries.visibility import SEES_ALL
from portal.web.access import allow, me
from portal.web.htmx import render
from portal.web.statistics.blueprint import asked_span, bp

OTHER_KINDS = (MatterKind.CRITICISM, MatterKind.ENQUIRY, MatterKind.COMPLAINT)
LOOSEST = "只表示已按接待日工作程序办理，不等于办结、解决或企业满意。"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as the page shows it; `note` holds numerator and denominator of a rate."""

    label: str
    value: str
    unit: str
    formula: str
    url: str | None = None
    note: str | None = None
    tone: str | None = None


@bp.get("/")
@allow(Role.OFFICE, Role.LEADER, Role.SECRETARY, Role.SUPERVISOR)
def figures() -> Response:
    """What the reception days brought in a year, or any other span."""
    first, last = asked_span()
    found = statistics(read(), me(), first, last, today=clock.today())
    year = first.year if (first, last) == (date(first.year, 1, 1), date(first.year, 12, 31)) else None
    return render(
        "pages/statistics/figures.html",
        "fragments/statistics/_figures.html",
        first=first,
        last=last,
        year=year,
        found=found,
        days=held_days(read(), me(), first, last),
        matters_of=lambda day: _matters(day, day),
        groups=_groups(found, first, last),
        by_category=[
            {"label": it.name, "values": [it.matters], "url": _matters(first, last, category=it.code)}
            for it in found.categories
        ],
        by_month=[
            {
                "label": f"{it.year}年{it.month}月" if first.year != last.year else f"{it.month}月",
                "values": [it.problems, it.others],
                "url": _matters(max(first, _month_start(it)), min(last, _month_end(it))),
            }
            for it in found.months
        ],
        scope="全区" if me().role in SEES_ALL else "您当班、接待、签批或牵头的",
    )


def _month_start(it: MonthCount) -> date:
    return date(it.year, it.month, 1)


def _month_end(it: MonthCount) -> date:
    return date(it.year, it.month, monthrange(it.year, it.month)[1])


def _matters(first: date, last: date, **words: Any) -> str:
    words |= {"from": first.isoformat(), "until": last.isoformat(), "received": 1}
    return url_for("matters.listing", **words)


def _groups(it: Statistics, first: date, last: date) -> list[tuple[str, list[Figure]]]:
    days = "#held-days" if it.days else None
    return [
        (
            "接待",
            [
                Figure(
                    "接待次数", str(it.days), "次", "已开始或已结束的接待日天数；计划、已发布、已取消的不算。", days
                ),
                Figure("接待批次", str(it.batches), "批", "实际接待了企业的时段数；同一时段接待多家算一批。", days),
                Figure("接待企业", str(it.visits), "家次", "已到访的预约数，同一家企业来几次算几次。", days),
                Figure("去重企业", str(it.enterprises), "家", "已到访的企业数，同一家企业只算一次。", days),
                Figure(
                    "接待人次",
                    str(it.persons),
                    "人次",
                    "已到访企业的到场人数之和：点过人数的按实到，没有点的按来访人 1 名加登记的随行人员。",
                    days,
                ),
            ],
        ),
        ("诉求", _matter_figures(it, first, last)),
        ("办理", [*_handling_figures(it, first, last), *_slip_figures(it, first, last)]),
    ]


def _matter_figures(it: Statistics, first: date, last: date) -> list[Figure]:
    origin = "已到访企业提出的诉求，按接待日期统计。"
    others = sum(it.kinds[kind] for kind in OTHER_KINDS)
    parts = "、".join(f"{kind.label} {it.kinds[kind]}" for kind in OTHER_KINDS)
    return [
        Figure("收集诉求", str(it.matters), "件", origin, _matters(first, last)),
        Figure(
            "其中问题",
            str(it.kinds[MatterKind.PROBLEM]),
            "个",
            f"类型为“问题”的诉求。{origin}",
            _matters(first, last, kind="problem"),
        ),
        Figure(
            "其中建议",
            str(it.kinds[MatterKind.SUGGESTION]),
            "条",
            f"类型为“建议”的诉求。{origin}",
            _matters(first, last, kind="suggestion"),
        ),
        Figure("其他", str(others), "件", f"批评、咨询、投诉之和。{origin}", note=parts),
    ]


def _handling_figures(it: Statistics, first: date, last: date) -> list[Figure]:
    def counted(state: MatterState, formula: str, note: str | None = None) -> Figure:
        url = _matters(first, last, state=state.value)
        return Figure(state.label, str(it.states[state]), "件", formula, url, note)

    settled, assigned, refused = it.states[MatterState.SETTLED], it.assigned, it.states[MatterState.REFUSED]
    handled = f"现场办结 {settled} + 已交办 {assigned} + 不予受理 {refused}"
    return [
        counted(MatterState.SETTLED, "接待当场答复并办结的诉求。"),
        Figure(
            "已交办",
            str(assigned),
            "件",
            "已由领导签批、列入交办单的诉求，包括在办、待确认和已销号的。",
            _matters(first, last, assigned="1"),
        ),
        counted(MatterState.AWAITING_ASSIGNMENT, "已决定交办、领导尚未签批的诉求。"),
        counted(MatterState.REFUSED, "说明理由、告知渠道后不予受理的诉求。", _grounds(it)),
        counted(MatterState.REGISTERED, "已登记、尚未确定处置方式的诉求。"),
        counted(MatterState.WITHDRAWN, "企业自己撤回、不再办理的诉求，不计入办理率的分子。"),
        Figure(
            "办理率",
            share(it.handled, it.matters),
            "",
            f"（现场办结＋已交办＋不予受理）÷ 收集诉求。{LOOSEST}",
            _matters(first, last),
            f"（{handled}）÷ {it.matters}",
        ),
        Figure(
            "现场办结率",
            share(settled, it.matters),
            "",
            "现场办结 ÷ 收集诉求。",
            _matters(first, last, state="settled"),
            f"{settled} ÷ {it.matters}",
        ),
        Figure(
            "逾期事项",
            str(it.overdue),
            "件",
            "办结时限已过、单位负责人还没有审签报送结果的诉求；中止、挂账的不算。",
            _matters(first, last, overdue=1),
            tone="late" if it.overdue else None,
        ),
    ]


def _grounds(it: Statistics) -> str | None:
    """On which grounds matters were refused, each with its count."""
    return (
        "；".join(f"{ground.label if ground else '未分情形'} {count}" for ground, count in it.grounds.items()) or None
    )


def _slip_figures(it: Statistics, first: date, last: date) -> list[Figure]:
    span: dict[str, Any] = {"from": first.isoformat(), "until": last.isoformat()}
    return [
        Figure(
            "交办单",
            str(it.numbered),
            "份",
            "已编号且未作废的交办单（待签批、已签批、已印发、已签收、已办结、已退回），按接待日期统计；退回修改中的不算。",
            url_for("slips.listing", **span),
            f"另有作废 {it.slips[SlipState.VOID]} 份",
        ),
        Figure(
            "签收率",
            share(it.signed_for, it.issued),
            "",
            "牵头单位已签收 ÷ 已印发（含已签收、已办结、已退回）。",
            url_for("slips.listing", received=1, **span),
            f"{it.signed_for} ÷ {it.issued}",
        ),
    ]


from portal.web.statistics import handling  # noqa: E402, F401 - it adds its pages to the blueprint
