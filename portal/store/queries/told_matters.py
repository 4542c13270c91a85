"""The matters of bookings as they were told, with their pre-check and what became of them in the room (NX-09, NX-17)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.matters import Check, MatterKind, MatterState
from portal.store.models.matters import Category, Matter


@dataclass(frozen=True, slots=True)
class ToldMatter:
    """A matter of a booking with its pre-check and what became of it in the room."""

    id: int
    version: int
    number: str
    position: int
    kind: MatterKind
    category_code: str
    category: str
    title: str
    detail: str
    state: MatterState
    is_true: Check
    is_lawful: Check
    is_reasonable: Check
    check_note: str
    urgent: bool
    grave: bool
    hard: bool
    on_site_answer: str
    answered_by: str
    ended_reason: str

    @property
    def pressing(self) -> tuple[str, ...]:
        """急, 重, 难, as far as they apply (NX-19)."""
        said = (("急", self.urgent), ("重", self.grave), ("难", self.hard))
        return tuple(word for word, holds in said if holds)

    @property
    def is_checked(self) -> bool:
        """Whether all three questions of the pre-check have been answered (NX-17)."""
        return Check.UNKNOWN not in (self.is_true, self.is_lawful, self.is_reasonable)

    @property
    def check_words(self) -> str:
        """真实、合法、不合理, as the pre-check found; what is still open says so."""
        said = (("真实", self.is_true), ("合法", self.is_lawful), ("合理", self.is_reasonable))
        put = {Check.YES: "{}", Check.NO: "不{}", Check.UNKNOWN: "{}待核实"}
        return "、".join(put[answer].format(word) for word, answer in said)

    @property
    def is_sound(self) -> bool:
        """Whether all three questions have been answered with yes (NX-17)."""
        return self.is_true is self.is_lawful is self.is_reasonable is Check.YES


def matters_of_booking(session: Session, booking_id: int) -> Sequence[ToldMatter]:
    """The matters of a booking as they were told, one by one (NX-09)."""
    rows = session.execute(_matters_told().where(Matter.booking_id == booking_id).order_by(Matter.position, Matter.id))
    return [ToldMatter(*row) for row in rows]


def matter_told(session: Session, matter_id: int) -> tuple[int, ToldMatter]:
    """A matter that was told with a booking, and the booking's id. Raises NotFound."""
    row = session.execute(
        _matters_told().add_columns(Matter.booking_id).where(Matter.id == matter_id, Matter.booking_id.is_not(None))
    ).first()
    if row is None:
        raise NotFound("没有找到这项诉求。请从诉求事项列表进入。")
    return row[-1], ToldMatter(*row[:-1])


def _matters_told() -> Select[Any]:
    return select(
        Matter.id, Matter.version, Matter.number, Matter.position, Matter.kind, Category.code, Category.name,
        Matter.title, Matter.detail, Matter.state, Matter.is_true, Matter.is_lawful, Matter.is_reasonable,
        Matter.check_note, Matter.urgent, Matter.grave, Matter.hard, Matter.on_site_answer, Matter.answered_by,
        Matter.ended_reason,
    ).join(Category, Category.code == Matter.category_code)  # fmt: skip


def matters_of_bookings(session: Session, booking_ids: Sequence[int]) -> dict[int, list[ToldMatter]]:
    """The matters of several bookings as they were told, by booking, in one statement."""
    rows = session.execute(
        _matters_told()
        .add_columns(Matter.booking_id)
        .where(Matter.booking_id.in_(booking_ids))
        .order_by(Matter.position, Matter.id)
    )
    found: dict[int, list[ToldMatter]] = {}
    for row in rows:
        found.setdefault(row[-1], []).append(ToldMatter(*row[:-1]))
    return found
