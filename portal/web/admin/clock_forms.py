"""The form of one row of the clock policy."""

from collections.abc import Iterable
from dataclasses import replace

from wtforms import HiddenField, IntegerField, SelectField
from wtforms.validators import InputRequired

from portal.domain.clock_policy import MEASURES
from portal.domain.clocks import Clock, Measure, OnRestDay, Overdue, Stage
from portal.domain.labelled import Labelled
from portal.web.admin.forms import offered
from portal.web.forms import PortalForm


def _a_count(label: str, hint: str = "") -> IntegerField:
    return IntegerField(
        label,
        [InputRequired("请填写整数。")],
        description=hint,
        default=0,
        render_kw={"min": 0, "inputmode": "numeric"},
    )


def _a_word(label: str, kind: type[Labelled], hint: str = "") -> SelectField:
    return SelectField(label, choices=_words(kind), coerce=kind, description=hint)


def _words(members: Iterable[Labelled]) -> list[tuple[str, str]]:
    return offered((it.value, it.label) for it in members)


class ClockForm(PortalForm):
    """How long a stage has, counted in what, and what follows."""

    seen = HiddenField()
    length = _a_count("时长")
    measure = _a_word("计量单位", Measure, "小时精确到时刻，逐时连续计算；其余按天，起算当天不计。")
    on_rest_day = _a_word("最后一天是休息日的", OnRestDay, "只管按自然日、按月计的时限；按工作日计的不会落在休息日。")
    extensions = _a_count("最多延期几次", "0 为不准延期。")
    extend_by = _a_count("每次最多延长", "与时长同一单位，不超过该类事项原来的时限。")
    ask_before = _a_count("申请须提前", "到期前多少个工作日提出，0 为到期当天仍可申请。")
    overdue = _a_word("逾期后", Overdue)

    @classmethod
    def showing(cls, clock: Clock, seen: str) -> "ClockForm":
        """The form of a stage, filled with what is in force; only what the stage can be counted in is offered."""
        form = cls(
            data={
                "seen": seen,
                "length": clock.length,
                "measure": clock.measure,
                "on_rest_day": clock.on_rest_day,
                "extensions": clock.extensions,
                "extend_by": clock.extend_by,
                "ask_before": clock.ask_before,
                "overdue": clock.overdue,
            }
        )
        form.measure.choices = _words(MEASURES[clock.stage])
        if clock.stage is not Stage.HANDLING:
            del form.extensions, form.extend_by, form.ask_before
        if set(MEASURES[clock.stage]) <= {Measure.WORKING_DAYS, Measure.HOURS}:
            del form.on_rest_day
        return form

    def wanted(self, held: Clock) -> Clock:
        """The row that was typed, laid over the one in force."""
        names = ("length", "measure", "on_rest_day", "extensions", "extend_by", "ask_before", "overdue")
        return replace(held, **{name: self._fields[name].data for name in names if name in self._fields})
