"""`days`: reception days from the machine itself."""

import re

import click

from portal import clock
from portal.cli.answers import json_option, refusals, tell
from portal.domain.people import Actor
from portal.domain.planned_days import OnHoliday
from portal.domain.reception_days import DayState
from portal.domain.reception_rules import parse_rule
from portal.domain.workdays import weekday_name
from portal.services.day_plans import DayLayout, Outcome, PlanOrder, Proposal, plan_reception_days, proposed_days
from portal.store.extension import read, transaction
from portal.store.queries.office import office_rules
from portal.store.queries.reception_days import usual_venue


class _Month(click.ParamType[tuple[int, int]]):
    """A month as YYYY-MM."""

    name = "YYYY-MM"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Read the month, or leave with the usage status."""
        match = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", str(value))
        if match is None or not 1950 <= int(match[1]) <= 2100:
            self.fail(f"“{value}”不是月份，应写成 2027-01。", param, ctx)
        return int(match[1]), int(match[2])


@click.group("days")
def command() -> None:
    """接待日。"""


@command.command("plan")
@click.option(
    "--rule",
    required=True,
    help="monthday:15、weekday:2fri、weekday:lastfri、dates:2026-01-05,2026-02-05 或 yearly:4（全年4次，建议日期）。",
)
@click.option("--from", "first_month", type=_Month(), required=True, help="从哪个月起。")
@click.option("--months", type=click.IntRange(1, 60), required=True, help="几个月。")
@click.option(
    "--on-holiday",
    type=click.Choice([it.value for it in OnHoliday]),
    required=True,
    help="遇休息日：顺延、提前、不安排或由办公室逐日确定。",
)
@click.option("--make-up-days", type=click.Choice(["yes", "no"]), default="yes", help="调休上班日可否安排，默认可以。")
@click.option("--apply", "applies", is_flag=True, help="建立这些接待日；已有的保持不变，过去的日期也建立，便于补录。")
@json_option
def plan(
    rule: str,
    first_month: tuple[int, int],
    months: int,
    on_holiday: str,
    make_up_days: str,
    *,
    applies: bool,
    as_json: bool,
) -> None:
    """编排若干个月的接待日：默认只列出，加 --apply 才建立。"""
    with refusals():
        rules = office_rules(read())
        order = PlanOrder(
            rule=parse_rule(rule),
            first_month=first_month,
            months=months,
            on_holiday=OnHoliday(on_holiday),
            make_up_days=make_up_days == "yes",
            layout=DayLayout(
                venue=usual_venue(read(), rules.federation),
                starts_at=rules.default_start,
                slot_minutes=rules.slot_minutes,
                gap_minutes=rules.gap_minutes,
                slots=rules.slots_a_day,
                seats=rules.seats_a_slot,
            ),
            include_past=True,
        )
        if applies:
            with transaction() as session:
                proposals = plan_reception_days(session, order, actor=Actor.system(), now=clock.now())
        else:
            proposals = proposed_days(read(), order, today=clock.today())
    data = {
        "rule": order.rule.text,
        "from": f"{first_month[0]}-{first_month[1]:02}",
        "months": months,
        "on_holiday": on_holiday,
        "make_up_days": order.make_up_days,
        "applied": applies,
        "created": sum(it.outcome is Outcome.NEW for it in proposals) if applies else 0,
        "days": [_as_data(it) for it in proposals],
    }
    tell(data, "\n".join([*(_as_text(it) for it in proposals), _total(proposals, applies=applies)]), as_json=as_json)


def _as_data(it: Proposal) -> dict[str, object]:
    planned = it.planned
    return {
        "day": planned.day.isoformat() if planned.day else None,
        "nominal": planned.nominal.isoformat(),
        "why": planned.why,
        "predicted": planned.predicted,
        "outcome": it.outcome.value,
        "state": it.standing.value if it.standing else None,
        "moved_to": it.moved_to.isoformat() if it.moved_to else None,
    }


def _as_text(it: Proposal) -> str:
    planned = it.planned
    when = f"{planned.day.isoformat()} {weekday_name(planned.day)}" if planned.day else f"{'—':<14}"
    guess = "（放假安排尚未公布，按预测）" if planned.predicted else ""
    standing = "" if it.standing is None else f"，{DayState(it.standing).label}"
    moved = f"至{it.moved_to.isoformat()}" if it.moved_to else ""
    return f"{when}\t{it.outcome.label}{standing}{moved}\t{planned.why}{guess}"


def _total(proposals: list[Proposal], *, applies: bool) -> str:
    new = sum(it.outcome is Outcome.NEW for it in proposals)
    standing = sum(it.outcome is Outcome.STANDING for it in proposals)
    kept = f"，已有 {standing} 个保持不变" if standing else ""
    left = sum(it.outcome is Outcome.OPEN for it in proposals)
    kept += f"，{left} 个日期待定，请在页面上逐日增加" if left else ""
    return f"已建立 {new} 个接待日{kept}。" if applies else f"可建立 {new} 个接待日{kept}。加 --apply 建立。"
