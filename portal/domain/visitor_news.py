"""What an enterprise is told about its booking: no person's name and no telephone number in any of it (domain 8, PIPL)."""

from dataclasses import dataclass
from datetime import date, datetime, time

from portal.domain.labelled import Labelled
from portal.domain.refusals import RefusalGround
from portal.domain.workdays import day_text


class Occasion(Labelled):
    """Something about a booking that the enterprise must know; the label is the heading of the news."""

    BOOKED = "booked", "预约已登记"
    CONFIRMED = "confirmed", "预约已确认"
    CHANGED = "changed", "接待时间有变"
    PLACE_CHANGED = "place_changed", "接待地点有变"
    CANCELLED = "cancelled", "预约已取消"
    REFUSED = "refused", "预约不予受理"
    LISTED = "listed", "已列入候补"
    OFFERED = "offered", "候补名额待答复"
    LAPSED = "lapsed", "候补名额已释放"
    REMINDER = "reminder", "接待临近"
    DAY_MOVED = "day_moved", "接待日改期"
    DAY_CANCELLED = "day_cancelled", "接待日取消"


@dataclass(frozen=True, slots=True)
class Visit:
    """A booking as far as the enterprise is told of it; `until` is when an offer of a place lapses."""

    enterprise: str
    day: date
    starts_at: time
    venue: str
    code: str
    room: str = ""
    until: datetime | None = None
    ground: RefusalGround | None = None

    def when(self, today: date) -> str:
        """12月15日 周二 09:20."""
        return visit_time(self.day, self.starts_at, today)

    @property
    def place(self) -> str:
        """The venue, and the room where there are several."""
        return f"{self.venue}（{self.room}）" if self.room else self.venue


def visit_time(day: date, starts_at: time, today: date) -> str:
    """A day and an hour as they are told: 12月15日 周二 09:20."""
    return f"{day_text(day, today)} {starts_at:%H:%M}"


def news(occasion: Occasion, visit: Visit, *, before: str = "", today: date) -> tuple[str, str]:
    """Heading and text of what an enterprise is told; `before` is the time, or the day, that no longer holds."""
    when, which_day = visit.when(today), day_text(visit.day, today)
    number = f"预约号{visit.code}"
    come = f"地点：{visit.place}。请准时到场，凭{number}签到。"
    texts = {
        Occasion.BOOKED: f"贵企业预约的{when}接待已登记，正在审核，结果另行通知。{number}。",
        Occasion.CONFIRMED: f"贵企业预约的{when}接待已确认。{come}",
        Occasion.CHANGED: f"贵企业的接待时间由{before}改为{when}。{come}",
        Occasion.PLACE_CHANGED: f"贵企业{when}的接待改了地点。{come}",
        Occasion.CANCELLED: f"贵企业预约的{when}接待已取消。如需另约时间，请与我会联系。",
        Occasion.REFUSED: f"贵企业预约的{when}接待不予受理。{_ground(visit.ground)}",
        Occasion.LISTED: f"{which_day}接待日名额已满，贵企业已列入候补，有名额空出时按先后顺序通知。{number}。",
        Occasion.OFFERED: f"{when}有名额空出，现为贵企业保留。{_deadline(visit.until, today)}",
        Occasion.LAPSED: "为贵企业保留的候补名额因到期没有答复，已经释放。如仍需到访，请与我会联系。",
        Occasion.REMINDER: f"贵企业预约的接待在{when}进行。{come}如不能到场，请尽早告知我会。",
        Occasion.DAY_MOVED: f"原定{before}的接待日改期，贵企业的接待改到{when}。{come}",
        Occasion.DAY_CANCELLED: f"{which_day}的接待日取消，贵企业的预约随之取消。如需改约其他接待日，请与我会联系。",
    }
    told_when = which_day if occasion in _OF_THE_DAY else when
    return f"{occasion.label}：{told_when}", f"{visit.enterprise}：{texts[occasion]}"


_OF_THE_DAY = frozenset({Occasion.LISTED, Occasion.LAPSED, Occasion.DAY_CANCELLED})


def _deadline(until: datetime | None, today: date) -> str:
    if until is None:
        return "请尽快答复是否接受。"
    return f"请在{visit_time(until.date(), until.time(), today)}前答复是否接受，到期没有答复即释放。"


def _ground(ground: RefusalGround | None) -> str:
    if ground is None or ground is RefusalGround.OTHER:
        return "理由和其他反映渠道请见不予受理告知单。"
    channel = f"办理渠道：{ground.channel}。" if ground.channel else ""
    return f"理由：{ground.label}。{channel}"
