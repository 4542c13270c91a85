"""Forms of what new days are furnished from: venues and slot templates."""

from collections.abc import Iterable
from dataclasses import fields

from wtforms import IntegerField, SelectField, StringField, TimeField
from wtforms.validators import NumberRange, Optional

from portal.domain.receiving import rooms_in
from portal.services.reception_days import MOST_SEATS
from portal.services.slot_templates import LONGEST_NAME as LONGEST_TEMPLATE
from portal.services.slot_templates import TemplateEntry
from portal.services.venues import LONGEST_ADDRESS, LONGEST_NAME, VenueEntry
from portal.store.queries.day_furniture import SlotTemplateRow
from portal.web.admin.forms import LAST_PLACE, a_number, offered
from portal.web.forms import PortalForm, a_mode, a_room_list, at_most, required


def _place_in_list() -> IntegerField:
    return a_number("排列顺序", 0, LAST_PLACE, "", hint="数字小的排在前面。")


class VenueForm(PortalForm):
    """A place to receive."""

    name = StringField(
        "场所名称",
        [required("请填写场所名称。"), at_most(LONGEST_NAME)],
        description="印在接待通告上，例如“区工商联会议室”。",
    )
    address = StringField(
        "详细地址", [Optional(), at_most(LONGEST_ADDRESS)], description="印在接待通告上，写到门牌和楼层。"
    )
    enterprise_id = SelectField(
        "所属企业", [Optional()], description="借用企业会议室开展接待时选择；不是企业的场所不选。"
    )
    position = _place_in_list()

    def offer(self, enterprises: Iterable[tuple[int, str]]) -> None:
        """Give the form the enterprises that may lend a room."""
        self.enterprise_id.choices = offered([("", "（不是企业的场所）"), *enterprises])

    def entry(self) -> VenueEntry:
        """What was typed, as the service takes it."""
        return VenueEntry(
            name=self.name.data,
            address=self.address.data or "",
            enterprise_id=int(self.enterprise_id.data) if self.enterprise_id.data else None,
            position=self.position.data,
        )


class SlotTemplateForm(PortalForm):
    """How a day is cut into slots."""

    name = StringField(
        "模板名称",
        [required("请填写模板名称。"), at_most(LONGEST_TEMPLATE)],
        description="例如“半天六场”“全天八场（午休）”。",
    )
    starts_at = TimeField("开始时间", [required("请填写开始时间，例如 09:20。")])
    slots = a_number("时段数", 1, 40, "个")
    slot_minutes = a_number("每个时段", 5, 480, "分钟")
    gap_minutes = a_number("时段间隔", 0, 240, "分钟")
    seats = a_number("每个时段名额", 1, MOST_SEATS, "个")
    break_from = TimeField(
        "中途休息从", [Optional()], description="例如 12:00。没有休息请留空；遇休息的时段顺延到休息之后。"
    )
    break_minutes = IntegerField(
        "休息时长", [Optional(), NumberRange(0, 480, message="请填写 0 至 480 的整数。")], default=0
    )
    rooms = a_room_list()
    mode = a_mode()
    position = _place_in_list()

    @classmethod
    def showing(cls, template: SlotTemplateRow) -> "SlotTemplateForm":
        """The form as the template stands."""
        names = {it.name for it in fields(template)} - {"rooms"}
        return cls(data={name: getattr(template, name) for name in names} | {"rooms": "、".join(template.rooms)})

    def entry(self) -> TemplateEntry:
        """What was typed, as the service takes it."""
        return TemplateEntry(
            name=self.name.data,
            starts_at=self.starts_at.data,
            slot_minutes=self.slot_minutes.data,
            slots=self.slots.data,
            gap_minutes=self.gap_minutes.data,
            seats=self.seats.data,
            break_from=self.break_from.data,
            break_minutes=self.break_minutes.data or 0,
            position=self.position.data,
            rooms=rooms_in(self.rooms.data or ""),
            mode=self.mode.data,
        )
