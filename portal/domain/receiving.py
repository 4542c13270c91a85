"""How enterprises are received on a day: one by one or together, and who comes without a booking (QD-07, domain 2.2)."""

import re
from collections.abc import Sequence

from portal.domain.errors import Problem
from portal.domain.labelled import Labelled

MOST_ROOMS = 12
LONGEST_ROOM = 60


class ReceptionMode(Labelled):
    """How the enterprises of a slot are received (QD-07)."""

    SINGLE = "single", "逐家接待"
    GROUP = "group", "集体座谈"


class WalkIns(Labelled):
    """What happens with an enterprise that comes without a booking (domain 2.2: places differ)."""

    NEVER = "never", "不安排领导接待，登记诉求后另行约见"
    IF_FREE = "if_free", "有空余名额时接待，排在已预约企业之后"


class AskIdNumber(Labelled):
    """Whose identity number is written down (domain 7.1: only what is needed)."""

    NEVER = "never", "不登记"
    AUTHORISED = "authorised", "只登记授权代表的"
    EVERYBODY = "everybody", "每位来访人都登记"


def rooms_in(text: str) -> tuple[str, ...]:
    """The rooms somebody wrote down, parted by 、 or commas or on lines of their own."""
    return tuple(room for part in re.split(r"[、，,;；\n]+", text) if (room := " ".join(part.split())))


def room_problems(rooms: Sequence[str]) -> list[Problem]:
    """What is wrong with the rooms in which a day is held side by side; none at all means one room without a name."""
    twice = sorted({room for room in rooms if rooms.count(room) > 1})
    if twice:
        return [Problem("rooms", f"接待室“{twice[0]}”写了两次，请删去一个。")]
    if len(rooms) > MOST_ROOMS:
        return [Problem("rooms", f"最多 {MOST_ROOMS} 间接待室同时接待，现有 {len(rooms)} 间，请减少。")]
    long = next((room for room in rooms if len(room) > LONGEST_ROOM), None)
    return [Problem("rooms", f"接待室名称最多 {LONGEST_ROOM} 个字，请精简“{long[:10]}…”。")] if long else []
