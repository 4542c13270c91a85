"""All papers of a day on one page, in the order they are needed: what each is for, and whether it can be printed now."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from flask import Response, current_app, url_for

from portal.domain.people import Actor, Role
from portal.domain.reception_days import HELD, DayState
from portal.domain.rota import DutySeat
from portal.services.day_summaries import may_read_summary
from portal.services.paper_heads import serves_on_day
from portal.services.registration_papers import MOST_BLANKS
from portal.store.extension import read
from portal.store.queries.reception_days import DayRow, day_on
from portal.web.access import allow, me
from portal.web.htmx import render
from portal.web.reception_days.blueprint import LOOKERS, bp

BLANKS_AT_ONCE = 5
"""How many blank forms are printed unless another number is asked for."""


@dataclass(frozen=True, slots=True)
class PaperLink:
    """A paper: `why_not` says why it cannot be printed now; `presses` are buttons, as the press is written down."""

    label: str
    purpose: str
    url: str = ""
    why_not: str = ""
    presses: tuple[tuple[str, str], ...] = ()
    more: tuple[tuple[str, str], ...] = ()
    blanks: int = 0


@bp.get("/<date:day>/papers")
@allow(*LOOKERS)
def papers(day: date) -> Response:
    """Everything that can be printed for a day, before it, on it and after it."""
    row, actor = day_on(read(), day), me()
    return render(
        "pages/reception_days/papers.html",
        day=row,
        groups=papers_of(row, actor),
        office=actor.role is Role.OFFICE,
        serves=serves_on_day(actor, row),
        most_blanks=MOST_BLANKS,
    )


def papers_of(row: DayRow, actor: Actor) -> list[tuple[str, list[PaperLink]]]:
    """The papers of a day this person may have, in three groups; a group without any is left out."""
    groups = (
        ("接待日之前", list(_before(row, actor))),
        ("接待当天", list(_on_the_day(row, actor))),
        ("接待日之后", list(_after(row, actor))),
    )
    return [(title, found) for title, found in groups if found]


def printable_now(row: DayRow, actor: Actor) -> int:
    """How many papers of a day this person can print now."""
    return sum(not it.why_not for _, found in papers_of(row, actor) for it in found)


def _before(row: DayRow, actor: Actor) -> Iterator[PaperLink]:
    office = actor.role is Role.OFFICE
    none_booked = _cancelled(row) or ("" if row.booked else "还没有企业预约。")
    over = "接待日已结束。" if row.state is DayState.CLOSED else ""
    if office or row.state is not DayState.PLANNED:
        draft = "（草稿）" if row.state is DayState.PLANNED else ""
        yield PaperLink(
            f"接待通告{draft}", "提前对外公布：时间、地点、接待领导、预约方式", _url("notice_pdf", row), _no_notice(row)
        )
    if office:
        yield PaperLink(
            "来访预约单", "交给已确认的企业：时间地点、携带材料、签到二维码，每家一页", _url("appointment_slips_pdf", row),
            none_booked or over,
        )  # fmt: skip
        letter = url_for("bookings.authorisation_letter_pdf")
        yield PaperLink("授权委托书（空白）", "法定代表人不能来时，交企业填写盖章", letter)
        sheet, book = _url("phone_list_pdf", row), _url("phone_list_xlsx", row)
        yield PaperLink(
            "电话通知单", "逐家电话通知；取完整号码会记入审计日志", sheet, none_booked,
            presses=(("打印（完整电话）", sheet), ("xlsx（完整电话）", book)),
            more=(("遮盖号码的一份", sheet),),
        )  # fmt: skip
    if serves_on_day(actor, row):
        yield PaperLink(
            "接待简报",
            "领导事先阅读：当日顺序，每家企业一页（诉求、核实、单位意见）",
            _url("brief_pdf", row),
            none_booked,
        )


def _on_the_day(row: DayRow, actor: Actor) -> Iterator[PaperLink]:
    if actor.role is not Role.OFFICE:
        return
    nobody = _cancelled(row) or ("" if row.turns else "还没有排定领导。")
    yield PaperLink("桌牌", "对折立在桌上，每位领导一张", _url("plates_pdf", row), nobody)
    yield PaperLink("签到表", "企业和参加单位签名，留有现场来访的空行", _url("sign_in_pdf", row), _cancelled(row))
    over = "接待日已结束。" if row.state is DayState.CLOSED else ""
    nobody = _cancelled(row) or over or ("" if row.booked else "还没有企业预约，可打印空白的。")
    forms = _url("registration_pdf", row)
    yield PaperLink(
        "来访登记表（已填预约内容）", "停电或断网时手写接待记录，每家一份，双面打印，事后录入", forms, nobody
    )
    yield PaperLink(
        "来访登记表（空白）", "现场来访或停电时从头手写，栏目顺序与录入页面一致", forms, _cancelled(row),
        blanks=BLANKS_AT_ONCE,
    )  # fmt: skip
    unheld = _cancelled(row) or ("" if row.state in HELD else "接待还没有开始。")
    yield PaperLink(
        "受理回执", "接待完毕的企业带走：事项编号、办理单位和期限、查询二维码、举报电话，每家一页",
        _url("acknowledgements_pdf", row), unheld,
    )  # fmt: skip


def _after(row: DayRow, actor: Actor) -> Iterator[PaperLink]:
    if may_read_summary(actor, row):
        waits = _cancelled(row) or ("" if row.state in HELD else "接待还没有开始。")
        unfinished = "（尚未结束）" if row.state is DayState.ONGOING else ""
        yield PaperLink(
            f"情况小结{unfinished}", "批次、家次、人次，问题和建议，每件诉求如何处置", _url("summary_pdf", row), waits,
            more=(("在页面上看，数字可点开", _url("summary", row)),),
        )  # fmt: skip
    if actor.role is not Role.OFFICE:
        return
    if slips := _elsewhere("slips.print_day", day=row.day.isoformat()):
        waits = "" if row.state in HELD else "接待开始后才有交办单。"
        yield PaperLink("当日交办单", "合并打印当日的交办单，供签批和存档", slips, _cancelled(row) or waits)


def _no_notice(row: DayRow) -> str:
    if not any(turn.seat is DutySeat.MAIN for turn in row.turns):
        return _cancelled(row) or "还没有安排主接待领导。"
    return _cancelled(row) or ("" if row.capacity else "还没有可预约的时段。")


def _cancelled(row: DayRow) -> str:
    return "接待日已取消。" if row.state is DayState.CANCELLED else ""


def _url(view: str, row: DayRow) -> str:
    return url_for(f"reception_days.{view}", day=row.day)


def _elsewhere(endpoint: str, **values: object) -> str:
    """An address in another area, nothing while that is not part of the portal."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else ""  # type: ignore[arg-type]
