"""Forms about receipts: whom a slip is handed to, what the receipt table of a paper says, why that is put right."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, time

from flask import request
from wtforms import DateField, HiddenField, SelectField, StringField, TextAreaField, TimeField
from wtforms.fields import SelectChoice
from wtforms.validators import Optional

from portal.domain.errors import Problem
from portal.domain.receipts import LONGEST_NAME, LONGEST_REASON, PaperReceipt
from portal.domain.workdays import is_in_living_memory
from portal.services.slip_receipts import Handler
from portal.store.queries.receipts import ReceiptRow
from portal.web.forms import PortalForm, at_most, printable, required, trimmed
from portal.web.slips.forms import chosen_id


class HandOnForm(PortalForm):
    """Whom a slip is handed to inside the unit."""

    name = StringField(
        "经办人", [Optional(), at_most(LONGEST_NAME), printable], description="选了账号可以不填，按账号姓名登记。"
    )
    account_id = SelectField(
        "本单位账号", [Optional()], coerce=chosen_id, description="选了账号，对方会收到一条带链接的消息。"
    )

    def offer(self, accounts: Sequence[tuple[int, str]]) -> None:
        """Say which accounts the unit has."""
        self.account_id.choices = [
            SelectChoice("", "不选"), *(SelectChoice(str(number), name) for number, name in accounts)
        ]  # fmt: skip

    def handler(self) -> Handler:
        """Who was named."""
        return Handler(self.name.data or "", self.account_id.data)


class CorrectionForm(PortalForm):
    """What the paper really says, and why it was entered otherwise."""

    seen = HiddenField()
    received_by = StringField("签收人", [required("请按纸面填写签收人姓名。"), at_most(LONGEST_NAME), printable])
    received_on = DateField("签收日期", [required("请填写纸面上的签收日期。")])
    hour = TimeField("签收时刻", [Optional()], description="纸面没有写的留空。")
    reason = TextAreaField("更正原因", [required("请写明更正原因。"), at_most(LONGEST_REASON)])

    def receipt(self, slip_id: int, unit_id: int) -> PaperReceipt:
        """What was entered."""
        return PaperReceipt(slip_id, unit_id, self.received_by.data or "", self.received_on.data, self.hour.data)


class WithdrawalForm(PortalForm):
    """Why a paper receipt is taken back."""

    seen = HiddenField()
    reason = TextAreaField(
        "撤销原因", [required("请写明撤销原因。"), at_most(LONGEST_REASON)], description="例如：登记到了另一张单上。"
    )


class PaperForm(PortalForm):
    """The day on which the papers were signed, for every row that names none of its own."""

    day = DateField("签收日期", [Optional()], description="下面没有另填日期的各行，都用这一天。")


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One unit on one slip in the form, with what was typed and what is wrong with it."""

    row: ReceiptRow
    by: str = ""
    on: str = ""
    hour: str = ""
    problem: Problem | None = field(default=None)

    @property
    def key(self) -> str:
        """What the names of its inputs end with."""
        return f"{self.row.slip_id}-{self.row.unit_id}"

    @property
    def is_filled(self) -> bool:
        """Whether anything was typed."""
        return bool(self.by or self.on or self.hour)

    def receipt(self, day: date | None) -> PaperReceipt:
        """What was typed as a receipt; `day` stands in for a date that was left out."""
        return PaperReceipt(
            self.row.slip_id, self.row.unit_id, self.by, _day(self.on) if self.on else day, _hour(self.hour)
        )


def typed_lines(rows: Sequence[ReceiptRow]) -> list[PaperLine]:
    """The rows with what the request brings for each, and with what cannot be a date or an hour marked."""
    lines = []
    for row in rows:
        line = PaperLine(row)
        by, on, hour = (str(trimmed(request.form.get(f"{name}-{line.key}", "")))[:200] for name in ("by", "on", "hour"))
        line = replace(line, by=by, on=on, hour=hour)
        lines.append(replace(line, problem=_unreadable(line)))
    return lines


def _unreadable(line: PaperLine) -> Problem | None:
    if line.on and _day(line.on) is None:
        return Problem("received_on", "日期应写作 2026-11-23，请检查。")
    if line.hour and _hour(line.hour) is None:
        return Problem("hour", "时刻应写作 09:20，请检查。")
    return None


def _day(text: str) -> date | None:
    with suppress(ValueError):
        day = date.fromisoformat(text)
        return day if is_in_living_memory(day) else None
    return None


def _hour(text: str) -> time | None:
    with suppress(ValueError):
        return time.fromisoformat(text).replace(tzinfo=None)
    return None
