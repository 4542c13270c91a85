"""Who comes on the day, with what, and what the day's summary must say of it; everything invented."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from portal.services.booking_sheets import COLUMNS
from tests.documents.test_tables import a_workbook

ROOMS = ("一号接待室", "二号接待室")
TIMES = ("09:00", "09:40", "10:20", "11:00", "11:40", "14:00")


class Way(Enum):
    """How an enterprise comes to its place."""

    TABLE = "imported"
    FORM = "by the form"
    WAITING = "from the waiting list"
    WALK_IN = "without a booking"


class End(Enum):
    """How its day ends."""

    RECEIVED = "received"
    NO_SHOW = "did not come"
    LEFT = "left before it was called"
    CANCELLED = "cancelled the day before"


@dataclass(frozen=True)
class Said:
    """One matter; an `answer` settles it in the room, without one it is assigned."""

    kind: str
    category: str
    title: str
    answer: str = ""


@dataclass
class Firm:
    """One enterprise: who comes, what it brings and what it only tells in the room."""

    number: int
    way: Way
    end: End
    slot: int
    brought: Sequence[Said]
    told: list[Said] = field(default_factory=list)
    code: str = ""
    booking_id: int = 0
    persons: int = 1

    @property
    def name(self) -> str:
        return f"安澜{'甲乙丙丁戊己庚辛壬癸子丑寅卯'[self.number]}记精密示例制造有限公司"

    @property
    def visitor(self) -> str:
        return f"申示{'甲乙丙丁戊己庚辛壬癸子丑寅卯'[self.number]}"

    @property
    def phone(self) -> str:
        return f"138000057{self.number:02}"

    @property
    def room(self) -> str:
        return ROOMS[self.slot % 2]

    @property
    def starts_at(self) -> str:
        return TIMES[self.slot // 2]

    @property
    def matters(self) -> list[Said]:
        """Everything it said, in the order in which it was told."""
        return [*self.brought, *self.told]

    @property
    def is_received(self) -> bool:
        return self.end is End.RECEIVED


_HEARD = (
    ("问题", "验收办证", "加快一期项目竣工验收", "已约定下周联合现场核实。"),
    ("建议", "费用减免", "城市建设配套费分期缴纳", "现行政策允许分期缴纳，会后指导申请。"),
    ("问题", "政策兑现", "兑现二期厂房建设补贴", ""),
    ("咨询", "数字化转型", "技改补贴如何申报", "已当场说明三级政策，提供申报指南。"),
    ("问题", "供电", "高峰时段供电不稳定", ""),
    ("建议", "道路交通", "增设园区公交班次", ""),
)


def _said(number: int) -> Said:
    kind, category, title, answer = _HEARD[number % len(_HEARD)]
    return Said(kind, category, f"{title}（第 {number + 1} 件）", answer)


@dataclass
class Cast:
    """All who come: `enterprises` of them (at least four, an even number) with `matters` in all."""

    enterprises: int
    matters: int
    firms: list[Firm] = field(default_factory=list)

    def __post_init__(self) -> None:
        last, waiting, form = self.enterprises - 1, self.enterprises - 2, self.enterprises - 3
        ways = {last: Way.WALK_IN, waiting: Way.WAITING, form: Way.FORM}
        ends = {0: End.LEFT, form: End.NO_SHOW}
        saying = iter(range(self.matters + 2))
        for number in range(self.enterprises):
            brought = [_said(next(saying)), _said(next(saying))]
            way, end = ways.get(number, Way.TABLE), ends.get(number, End.RECEIVED)
            self.firms.append(Firm(number, way, end, number, brought))
        received = self.received
        for number in range(self.matters - 2 * self.enterprises):
            received[number % len(received)].told.append(_said(next(saying)))
        for firm in received[::2]:
            firm.persons = 2
        # whose place the waiting enterprise gets
        self.cancelled = Firm(self.enterprises, Way.TABLE, End.CANCELLED, waiting, [_said(0)])

    @property
    def received(self) -> list[Firm]:
        return [it for it in self.firms if it.is_received]

    @property
    def booked(self) -> list[Firm]:
        """Those who have a place before the day begins."""
        return [it for it in self.firms if it.way is not Way.WALK_IN]

    def by(self, way: Way) -> list[Firm]:
        return [it for it in self.firms if it.way is way]

    def ending(self, end: End) -> Firm:
        """The one whose day ends like this."""
        return next(it for it in self.firms if it.end is end)

    def in_room(self, room: str) -> list[Firm]:
        """Those received in a room, in the order in which they are called."""
        return [it for it in self.received if it.room == room]

    def table(self) -> bytes:
        """The workbook in which most of them are handed in, as the office fills the template."""
        names = [it.label for it in COLUMNS]
        rows = [names]
        for firm in [*self.by(Way.TABLE), self.cancelled]:
            for place, said in enumerate(firm.brought):
                row = {"性质": said.kind, "类别": said.category, "诉求标题": said.title}
                if place == 0:
                    row |= {
                        "时段": firm.starts_at, "接待室": firm.room, "企业名称": firm.name, "注册地": "云山市安澜区澄江路9号",
                        "来访人": firm.visitor, "联系电话": firm.phone, "身份": "法定代表人",
                        "随行人员": "随示例" if firm.persons == 2 else "",
                    }  # fmt: skip
                rows.append([row.get(name, "") for name in names])
        return a_workbook(rows)

    def figures(self) -> dict[str, int]:
        """What the summary of the day must say."""
        heard = [said for firm in self.received for said in firm.matters]
        return {
            "批次": len({(it.slot) for it in self.received}),
            "家次": len(self.received),
            "人次": sum(it.persons for it in self.received),
            "其中现场来访": 1,
            "爽约": 1,
            "未接待离开": 1,
            "收集诉求": len(heard),
            "问题": sum(it.kind == "问题" for it in heard),
            "建议": sum(it.kind == "建议" for it in heard),
            "咨询": sum(it.kind == "咨询" for it in heard),
            "现场办结": sum(bool(it.answer) for it in heard),
            "待交办": sum(not it.answer for it in heard),
            "未处置": 0,
        }
