"""Forms of the room: the record, what becomes of a matter, one told on the spot, who came."""

from collections.abc import Sequence
from typing import Any

from wtforms import (
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Optional

from portal.domain.matters import MatterKind
from portal.services.booking_orders import MatterTold
from portal.services.records import RecordText
from portal.store.queries.categories import CategoryRow
from portal.store.queries.receptions import RecordFacts
from portal.web.bookings.forms import categories_to_choose, words_of
from portal.web.forms import PortalForm, at_most, required

LONGEST = 8_000


class RecordForm(PortalForm):
    """What is said while an enterprise is received (NX-11); the matters stand above it, one by one."""

    inquiry = TextAreaField("询问情况", [Optional(), at_most(LONGEST)])
    department_reports = TextAreaField("部门汇报", [Optional(), at_most(LONGEST)])
    crux = TextAreaField("问题症结", [Optional(), at_most(LONGEST)])
    approach = TextAreaField("解决思路", [Optional(), at_most(LONGEST)])
    answer = TextAreaField("现场答复", [Optional(), at_most(LONGEST)])
    recorder = StringField("记录人", [Optional(), at_most(40)])

    @classmethod
    def of(cls, facts: RecordFacts) -> "RecordForm":
        """The form as the record stands."""
        return cls(formdata=None, **{name: getattr(facts, name) for name in RecordText.__slots__})

    def text(self) -> RecordText:
        """The record as the domain knows it."""
        return RecordText(**{name: self[name].data or "" for name in RecordText.__slots__})


class TellMatterForm(PortalForm):
    """A matter that was only told in the room."""

    category = SelectField("类别", [required("请选择类别。")], choices=[], default="")
    kind = RadioField(
        "性质", [required("请选择性质。")], choices=words_of(MatterKind), default=MatterKind.PROBLEM.value
    )
    title = StringField("标题", [required("请用一句话写明诉求。"), at_most(120)])
    detail = TextAreaField("具体情况", [Optional(), at_most(4000)])

    def __init__(self, categories: Sequence[CategoryRow], **given: Any) -> None:
        super().__init__(**given)
        self.category.choices = categories_to_choose(categories)

    def told(self) -> MatterTold:
        """The matter as the domain knows it."""
        return MatterTold(MatterKind(self.kind.data), self.category.data, self.title.data, self.detail.data or "")
