"""Forms of a booking that is there: moving it, ending it, preparing it."""

from collections.abc import Collection, Iterable, Sequence
from typing import TypeVar

from wtforms import (
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from portal.domain.labelled import Labelled
from portal.domain.refusals import RefusalGround
from portal.services.booking_orders import SHORTEST_REASON
from portal.store.queries.categories import CategoryRow
from portal.store.queries.people import UnitRow
from portal.web.forms import PortalForm, SelectManyField, at_most, fail, required
from portal.web.refusals import grounds_to_choose

W = TypeVar("W", bound=Labelled)


def one_of(words: type[W], said: object, otherwise: W) -> W:
    """The word somebody chose; what is no such word has its own error, so that the rest can be checked all the same."""
    return next((word for word in words if word.value == said), otherwise)


def words_of(kind: Iterable[Labelled]) -> list[SelectChoice]:
    """Choices of a fixed set of words."""
    return [SelectChoice(value=word.value, label=word.label) for word in kind]


def categories_to_choose(rows: Sequence[CategoryRow]) -> list[SelectChoice]:
    """Categories of two levels: the upper one heads its group and may be chosen itself."""
    parents = {row.parent_code for row in rows if row.parent_code}
    chosen = [SelectChoice(value="", label="请选择")]
    for row in rows:
        label = f"{row.name}（不细分）" if row.code in parents else row.name
        group = row.parent or (row.name if row.code in parents else None)
        chosen.append(SelectChoice(value=row.code, label=label, optgroup=group))
    return chosen


class MoveForm(PortalForm):
    """Another slot."""

    slot = RadioField("改到", [required("请选择时段。")], coerce=int, validate_choice=False, choices=[])
    urgent_reason = StringField(
        "改约的理由",
        [Optional(), at_most(200)],
        description="原接待日或新接待日的预约已截止、名单已锁定的，写明缘由（不少于 4 个字）；其他情形可不填。",
    )
    version = IntegerField(widget=HiddenInput())


class CancelForm(PortalForm):
    """Why a booking is cancelled."""

    reason = TextAreaField(
        "取消原因", [required("请写明取消的原因。"), at_most(200)], description="例如：企业来电说明当日不能到场。"
    )
    version = IntegerField(widget=HiddenInput())


class RefuseForm(PortalForm):
    """On which ground a booking is refused, and where the enterprise should turn (domain 11.6)."""

    ground = SelectField(
        "不予受理的情形",
        [required("请选择情形；都不合适时选“其他”。")],
        choices=grounds_to_choose("请选择"),
        description="告知书上按此表述。",
    )
    reason = TextAreaField(
        "具体理由",
        [at_most(120)],
        description="选填。例如哪个法院已立案、哪份文书已答复；选“其他”时必填。涉密的不要写内容。",
    )
    channel = StringField(
        "应走的渠道", [at_most(40)], description="选填，将告知企业；留空即用所选情形的渠道，选“其他”时必填。"
    )
    version = IntegerField(widget=HiddenInput())

    def validate_reason(self, reason: TextAreaField) -> None:
        """A ground that says nothing itself needs words."""
        if self.ground.data == RefusalGround.OTHER.value and len(reason.data or "") < SHORTEST_REASON:
            fail(f"选“其他”时请写明理由，不少于 {SHORTEST_REASON} 个字。")

    def validate_channel(self, channel: StringField) -> None:
        """A ground that leads nowhere needs a channel."""
        if self.ground.data == RefusalGround.OTHER.value and not channel.data:
            fail("选“其他”时请写明企业应走的渠道。")

    def chosen(self) -> RefusalGround:
        """The ground as the domain knows it."""
        return RefusalGround(self.ground.data)


class UnitsForm(PortalForm):
    """The units asked to sit in (NX-06)."""

    units = SelectManyField(
        "参加单位", coerce=int, option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )

    def offer(self, units: Sequence[UnitRow], usual: Collection[int] = ()) -> None:
        """Offer the district's units, those usual for the categories of the matters first."""
        self.units.choices = [
            SelectChoice(value=it.id, label=f"{it.short_name}（按类别建议）" if it.id in usual else it.short_name)
            for it in sorted(units, key=lambda it: it.id not in usual)
        ]
