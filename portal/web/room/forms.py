"""Forms of the room: the record, what becomes of a matter, one told on the spot, who came."""

import secrets
from collections.abc import Sequence
from typing import Any

from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from portal.domain.matters import MatterKind
from portal.services.booking_orders import MatterTold
from portal.services.records import PARTS, RecordText
from portal.store.queries.categories import CategoryRow
from portal.store.queries.records import RecordFacts
from portal.store.queries.told_matters import ToldMatter
from portal.web.bookings.forms import categories_to_choose, words_of
from portal.web.forms import as_typed, at_most, required
from portal.web.matters.forms import LateEntryForm

LONGEST = 8_000


class RecordForm(LateEntryForm):
    """What is said while an enterprise is received (NX-11); the matters stand above it, one by one.

    Each part brings along the text it was begun from, so that what two write at once is merged.
    """

    inquiry = TextAreaField("询问情况", [Optional(), at_most(LONGEST)], filters=(as_typed,))
    department_reports = TextAreaField("部门汇报", [Optional(), at_most(LONGEST)], filters=(as_typed,))
    crux = TextAreaField("问题症结", [Optional(), at_most(LONGEST)], filters=(as_typed,))
    approach = TextAreaField("解决思路", [Optional(), at_most(LONGEST)], filters=(as_typed,))
    answer = TextAreaField("现场答复", [Optional(), at_most(LONGEST)], filters=(as_typed,))
    recorder = StringField("记录人", [Optional(), at_most(40)])
    base_inquiry = HiddenField(filters=(as_typed,))
    base_department_reports = HiddenField(filters=(as_typed,))
    base_crux = HiddenField(filters=(as_typed,))
    base_approach = HiddenField(filters=(as_typed,))
    base_answer = HiddenField(filters=(as_typed,))
    base_recorder = HiddenField()

    @classmethod
    def of(cls, facts: RecordFacts) -> "RecordForm":
        """The form as the record stands."""
        parts = {name: getattr(facts, name) for name in PARTS}
        return cls(formdata=None, **parts, **{f"base_{name}": text for name, text in parts.items()})

    def text(self) -> RecordText:
        """The record as somebody wrote it."""
        return RecordText(**{name: self[name].data or "" for name in PARTS})

    def base(self) -> RecordText:
        """What it was begun from."""
        return RecordText(**{name: self[f"base_{name}"].data or "" for name in PARTS})


class TellMatterForm(LateEntryForm):
    """A matter that was only told in the room; its token makes sending it twice the same as once."""

    form_token = HiddenField()
    late_reason = StringField("补录原因", [Optional(), at_most(200)], id="told_late_reason")  # the record has one too
    category = SelectField("类别", [required("请选择类别。")], choices=[], default="")
    kind = RadioField(
        "性质", [required("请选择性质。")], choices=words_of(MatterKind), default=MatterKind.PROBLEM.value
    )
    title = StringField("标题", [required("请用一句话写明诉求。"), at_most(120)])
    detail = TextAreaField("具体情况", [Optional(), at_most(4000)])

    def __init__(self, categories: Sequence[CategoryRow], **given: Any) -> None:
        super().__init__(**given)
        self.category.choices = categories_to_choose(categories)
        if not self.form_token.data:
            self.form_token.data = secrets.token_urlsafe(24)

    @property
    def token(self) -> str | None:
        """The form's token."""
        return (self.form_token.data or "")[:64] or None

    def told(self) -> MatterTold:
        """The matter as the domain knows it."""
        return MatterTold(MatterKind(self.kind.data), self.category.data, self.title.data, self.detail.data or "")


class EditMatterForm(LateEntryForm):
    """A matter corrected or completed in the room, with what it was when somebody began."""

    category = SelectField("类别", [required("请选择类别。")], choices=[])
    kind = RadioField("性质", [required("请选择性质。")], choices=words_of(MatterKind))
    title = StringField("标题", [required("请用一句话写明诉求。"), at_most(120)])
    detail = TextAreaField("具体情况", [Optional(), at_most(4000)])
    base_category = HiddenField()
    base_kind = HiddenField()
    base_title = HiddenField()
    base_detail = HiddenField()

    def __init__(self, categories: Sequence[CategoryRow], matter: ToldMatter, *, sent: bool = False) -> None:
        stands = {
            "category": matter.category_code, "kind": matter.kind.value, "title": matter.title, "detail": matter.detail,
        }  # fmt: skip
        given = {} if sent else {"formdata": None, **stands, **{f"base_{name}": it for name, it in stands.items()}}
        super().__init__(prefix=f"edit{matter.id}-", **given)
        self.category.choices = categories_to_choose(categories)

    def told(self) -> MatterTold:
        """The matter as somebody wants it."""
        return MatterTold(MatterKind(self.kind.data), self.category.data, self.title.data, self.detail.data or "")

    def base(self) -> MatterTold | None:
        """What it was when somebody began; None when the form did not say so."""
        if self.base_kind.data not in {kind.value for kind in MatterKind}:
            return None
        kind, code = MatterKind(self.base_kind.data), self.base_category.data or ""
        return MatterTold(kind, code, self.base_title.data or "", self.base_detail.data or "")
