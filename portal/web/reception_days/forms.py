"""Forms of reception days."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    MonthField,
    RadioField,
    SelectField,
    StringField,
    SubmitField,
    TextAreaField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import NumberRange, Optional
from wtforms.widgets import HiddenInput

from portal.domain.day_changes import ChangeKind
from portal.domain.errors import RuleBroken
from portal.domain.office import OfficeRules
from portal.domain.planned_days import MONTHS_AT_ONCE, OnHoliday
from portal.domain.receiving import rooms_in
from portal.domain.reception_rules import (
    LAST,
    MOST_A_YEAR,
    MonthDay,
    NthWeekday,
    ReceptionRule,
    YearlyTimes,
    parse_rule,
)
from portal.domain.workdays import WEEKDAY_NAMES
from portal.services.day_changes import LONGEST_REST_DAY_REASON, Wish
from portal.services.day_plans import DayLayout, PlanOrder
from portal.services.reception_days import MOST_SEATS
from portal.store.queries.day_furniture import SlotTemplateRow
from portal.web.forms import PortalForm, a_mode, a_room_list, at_most, required

MONTH_DAY, WEEKDAY, DATES, YEARLY = "monthday", "weekday", "dates", "yearly"
TEMPLATE_FIELDS = ("starts_at", "slot_minutes", "gap_minutes", "slots", "seats", "break_from", "break_minutes", "mode")
"""What a slot template says of a day; the forms call it the same."""

PLACES = ((1, "第 1 个"), (2, "第 2 个"), (3, "第 3 个"), (4, "第 4 个"), (LAST, "最后一个"))


def a_number(label: str, least: int, most: int, *, hint: str = "") -> IntegerField:
    """A whole number in bounds."""
    message = f"请填写 {least} 至 {most} 的整数。"
    return IntegerField(
        label,
        [required(message), NumberRange(least, most, message=message)],
        description=hint,
        render_kw={"min": least, "max": most},
    )


class VersionForm(PortalForm):
    """A press of one button on a record that was seen in some version."""

    version = IntegerField(validators=[required("页面不完整，请重新打开后再试。")], widget=HiddenInput())


class LayoutForm(PortalForm):
    """How a new day is furnished; a template fills in the slots, and what it filled in may be changed."""

    template = SelectField("套用时段模板", [Optional()], validate_choice=False)
    use_template = SubmitField("套用")
    venue = StringField("接待地点", [required("请填写接待地点。"), at_most(120)])
    starts_at = TimeField("开始时间", [required("请填写开始时间，例如 09:20。")])
    slot_minutes = a_number("每个时段", 5, 480)
    gap_minutes = a_number("时段间隔", 0, 240)
    slots = a_number("时段数", 1, 40)
    seats = a_number("每个时段名额", 1, MOST_SEATS)
    break_from = TimeField("中途休息从", [Optional()], description="例如 12:00；没有休息请留空。")
    break_minutes = IntegerField(
        "休息时长", [Optional(), NumberRange(0, 480, message="请填写 0 至 480 的整数。")], default=0
    )
    rooms = a_room_list()
    mode = a_mode()

    def offer(self, templates: Iterable[SlotTemplateRow]) -> None:
        """Give the form the templates that may be chosen."""
        self.templates = {str(it.id): it for it in templates}
        choices = [SelectChoice(key, it.name) for key, it in self.templates.items()]
        self.template.choices = [SelectChoice("", "（不套用，自行填写）"), *choices]

    def filled_in(self) -> bool:
        """Whether the press only asked to fill in the chosen template; then its values stand in the fields."""
        if not self.use_template.data:
            return False
        chosen = self.templates.get(self.template.data or "")
        for name, value in _filled(chosen).items() if chosen is not None else ():
            self._fields[name].data, self._fields[name].raw_data = value, None
        return True

    def layout(self) -> DayLayout:
        """What was typed, as the service takes it."""
        return DayLayout(
            venue=self.venue.data,
            starts_at=self.starts_at.data,
            slot_minutes=self.slot_minutes.data,
            gap_minutes=self.gap_minutes.data,
            slots=self.slots.data,
            seats=self.seats.data,
            break_from=self.break_from.data,
            break_minutes=self.break_minutes.data or 0,
            rooms=rooms_in(self.rooms.data or ""),
            mode=self.mode.data,
        )


def template_layout(template: SlotTemplateRow) -> dict[str, str | int | time]:
    """What the slots of a new day begin with when the address names a template."""
    return {"template": str(template.id)} | _filled(template)


def _filled(template: SlotTemplateRow) -> dict[str, Any]:
    return {name: getattr(template, name) for name in TEMPLATE_FIELDS} | {"rooms": "、".join(template.rooms)}


def usual_layout(rules: OfficeRules, venue: str) -> dict[str, str | int | time]:
    """What the layout of a new day begins with."""
    return {
        "venue": venue,
        "starts_at": rules.default_start,
        "slot_minutes": rules.slot_minutes,
        "gap_minutes": rules.gap_minutes,
        "slots": rules.slots_a_day,
        "seats": rules.seats_a_slot,
    }


class PlanForm(LayoutForm):
    """Reception days of many months in one act (NX-02)."""

    rule = RadioField(
        "接待日定在",
        [required("请选择接待日规则。")],
        choices=[
            SelectChoice(MONTH_DAY, "每月某日"),
            SelectChoice(WEEKDAY, "每月第几个周几"),
            SelectChoice(DATES, "指定日期"),
            SelectChoice(YEARLY, "全年若干次，协商确定"),
        ],
        default=MONTH_DAY,
    )
    month_day = IntegerField(
        "每月几日",
        [Optional(), NumberRange(1, 31, message="请填写 1 至 31 的整数。")],
        default=15,
        description="选“每月某日”时填写；没有这一天的月份取最后一天。",
        render_kw={"min": 1, "max": 31},
    )
    place = SelectField(
        "第几个",
        choices=[SelectChoice(str(number), label) for number, label in PLACES],
        default="2",
        description="选“每月第几个周几”时填写。",
    )
    weekday = SelectField(
        "周几", choices=[SelectChoice(str(number), name) for number, name in enumerate(WEEKDAY_NAMES)], default="4"
    )
    dates = TextAreaField(
        "日期", [Optional(), at_most(1000)], description="选“指定日期”时填写，每行一个，例如 2027-03-15。"
    )
    times = IntegerField(
        "全年几次",
        [Optional(), NumberRange(1, MOST_A_YEAR, message=f"请填写 1 至 {MOST_A_YEAR} 的整数。")],
        default=4,
        description="选“全年若干次”时填写；先按全年均匀分布给出建议日期，协商后逐个改期。",
        render_kw={"min": 1, "max": MOST_A_YEAR},
    )
    first_month = MonthField("从哪个月起", [required("请选择起始月份，例如 2027-01。")])
    months = a_number("共几个月", 1, MONTHS_AT_ONCE)
    on_holiday = RadioField(
        "遇休息日",
        [required("请选择遇休息日怎么办。")],
        choices=[SelectChoice(it.value, it.label) for it in OnHoliday],
        default=OnHoliday.NEXT.value,
    )
    make_up_days = BooleanField("调休上班的周末可以安排接待", default=True)
    include_past = BooleanField("已过去的日期也建立（补录以前的接待日）")

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """A rule's own field is needed only when that rule is chosen."""
        valid = bool(super().validate(extra_validators))
        if self.rule.data == MONTH_DAY and self.month_day.data is None and not self.month_day.errors:
            self.month_day.errors = ["请填写每月几日，1 至 31。"]
            return False
        if self.rule.data == YEARLY and self.times.data is None and not self.times.errors:
            self.times.errors = [f"请填写全年几次，1 至 {MOST_A_YEAR}。"]
            return False
        if self.rule.data == DATES:
            try:
                parse_rule(self._dates_rule())
            except RuleBroken:
                self.dates.errors = ["请每行填写一个日期，写成 2027-03-15。"]
                return False
        return valid

    def _dates_rule(self) -> str:
        return f"dates:{','.join((self.dates.data or '').replace('，', ',').replace(',', ' ').split())}"

    def order(self) -> PlanOrder:
        """What was typed, as the service takes it."""
        return PlanOrder(
            rule=self._rule(),
            first_month=(self.first_month.data.year, self.first_month.data.month),
            months=self.months.data,
            on_holiday=OnHoliday(self.on_holiday.data),
            make_up_days=self.make_up_days.data,
            layout=self.layout(),
            include_past=self.include_past.data,
        )

    def _rule(self) -> ReceptionRule:
        if self.rule.data == MONTH_DAY:
            return MonthDay(self.month_day.data)
        if self.rule.data == WEEKDAY:
            return NthWeekday(int(self.place.data), int(self.weekday.data))
        if self.rule.data == YEARLY:
            return YearlyTimes(self.times.data)
        return parse_rule(self._dates_rule())


class NewDayForm(LayoutForm):
    """One more day by hand (NX-21, NX-22)."""

    day = DateField("日期", [required("请选择日期。")])
    reason = StringField(
        "安排理由", [Optional(), at_most(150)], description="休息日或已过去的日期必须写明，其他日期可以不写。"
    )


class ChangeDayForm(VersionForm):
    """Place, beginning and theme of a day."""

    venue = StringField("接待地点", [required("请填写接待地点。"), at_most(120)])
    starts_at = TimeField("开始时间", [required("请填写开始时间，例如 09:20。")])
    theme = StringField("主题", [Optional(), at_most(120)], description="例如“融资专场”；没有可以不填。")


class SlotForm(VersionForm):
    """One more slot of a day; it stands on one page with the form of the day, hence ids of its own."""

    version = IntegerField(
        validators=[required("页面不完整，请重新打开后再试。")], widget=HiddenInput(), id="slot_version"
    )
    starts_at = TimeField("开始时间", [required("请填写开始时间，例如 09:20。")], id="slot_starts_at")
    minutes = a_number("时长", 5, 480)
    seats = a_number("名额", 1, MOST_SEATS)
    room = StringField("接待室", [Optional(), at_most(60)], description="同一时间另设一室时填写，例如“二号接待室”。")
    mode = a_mode()
    theme = StringField(
        "座谈主题",
        [Optional(), at_most(120)],
        description="集体座谈时填写，例如“培育新质生产力”。",
        id="slot_theme",
    )


class CapsForm(VersionForm):
    """How many enterprises and matters a day takes at most."""

    version = IntegerField(
        validators=[required("页面不完整，请重新打开后再试。")], widget=HiddenInput(), id="caps_version"
    )
    most_groups = a_number("最多接待企业", 0, 200, hint="0 为只看名额。")
    most_matters = a_number("最多预约诉求", 0, 500, hint="0 为不限；当场提出的不受限制。")


class CancelForm(VersionForm):
    """Why a day is cancelled."""

    reason = TextAreaField("取消理由", [required("请写明取消理由。"), at_most(150)])

    def wish(self) -> Wish:
        """What was typed, as the service takes it."""
        return Wish(ChangeKind.CANCEL, self.reason.data)


class RedateForm(VersionForm):
    """To which date a day is moved, and why."""

    to_day = DateField("改到", [required("请选择改到哪一天。")])
    on_rest_day = StringField(
        "休息日仍要安排的理由",
        [Optional(), at_most(LONGEST_REST_DAY_REASON)],
        description="新日期是休息日时必须写明，工作日不填。",
    )
    reason = TextAreaField("改期理由", [required("请写明改期理由。"), at_most(150)])
    look = SubmitField("先看影响")

    def wish(self) -> Wish:
        """What was typed, as the service takes it."""
        return Wish(ChangeKind.REDATE, self.reason.data, self.to_day.data, self.on_rest_day.data or "")


class PaperApprovalForm(PortalForm):
    """Who approved a change on paper, and when."""

    approver = StringField(
        "批准领导",
        [required("请写明批准领导的姓名和职务。"), at_most(80)],
        description="姓名和职务，例如“郑示和 区长”。",
    )
    approved_on = DateField("批准日期", [required("请填写批准日期。")], description="纸面所签日期，不晚于今天。")


class DeclineForm(PortalForm):
    """Why a change is not approved."""

    remark = TextAreaField("不批准的意见", [required("请写明意见。"), at_most(150)])


def first_of_next_year(today: date) -> date:
    """Where planning usually begins: the coming January."""
    return date(today.year + 1, 1, 1)


class OpenListForm(PortalForm):
    """Why a locked list is opened again."""

    reason = TextAreaField(
        "理由", [required("请写明理由。"), at_most(150)], description="例如：领导要求增加一家企业。理由会记入审计日志。"
    )
    version = IntegerField(widget=HiddenInput())


class OrderForm(PortalForm):
    """The order of reception as the page proposed it."""

    seen = StringField(widget=HiddenInput())
