"""Robots of DingTalk and WeCom groups: which addresses are theirs, how a post is signed, and what their answers mean."""

import base64
import hashlib
import hmac
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import parse_qs, quote, urlsplit

from portal.domain.messages import Channel
from portal.notify.letters import SAMPLE_MARK, Line
from portal.notify.mail import NotNow, NotSent, Refused
from portal.notify.web_posts import NoAnswer, ask

HOSTS = {Channel.DINGTALK: "oapi.dingtalk.com", Channel.WECOM: "qyapi.weixin.qq.com"}
PATHS = {Channel.DINGTALK: "/robot/send", Channel.WECOM: "/cgi-bin/webhook/send"}
KEYS = {Channel.DINGTALK: "access_token", Channel.WECOM: "key"}
MOST_BYTES = {Channel.DINGTALK: 18_000, Channel.WECOM: 2_000}
"""What one text may take; WeCom cuts at 2048 bytes, DingTalk at 20000."""

TOO_OFTEN = frozenset({130101, 130102, 410100, 45009, 45033, 45047})
"""Error codes by which the two services say that a robot posts too often (at most 20 a minute each)."""


class OverLimit(NotSent):
    """The service says that the robot posts too often; it listens again after ten minutes."""


@dataclass(frozen=True, slots=True)
class RobotAddress:
    """Where a robot takes posts, and how it knows them for ours."""

    channel: Channel
    url: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)
    keyword: str = ""


def address_problem(channel: Channel, url: str, allowed: Collection[str]) -> str | None:
    """Why a post may not go to this address, in a sentence; None when it may (no server of the place can be reached so).

    `allowed` are the further hosts of the settings, with their port where it is not the usual one. Plain http is for those of
    them on this machine only.
    """
    host = HOSTS[channel]
    example = f"应以 https://{host}{PATHS[channel]}?{KEYS[channel]}= 开头，请从群机器人设置里完整复制"
    if any(ord(letter) <= 32 or ord(letter) > 126 or letter == "\\" for letter in url):
        return f"地址里有空格或不能用的字符。{example}。"
    try:
        parts = urlsplit(url)
        name, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return f"地址格式不对。{example}。"
    if (
        parts.username is not None
        or parts.password is not None
        or parts.fragment
        or parts.scheme not in ("https", "http")
    ):
        return f"地址格式不对。{example}。"
    if name == host and port in (None, 443) and parts.scheme == "https":
        return _path_problem(channel, parts.path, parts.query, example)
    place = name if port is None else f"{name}:{port}"
    if place not in allowed:
        return f"只能用{channel.label}机器人自己的地址。{example}；单位自建的转发地址须由系统管理员列入 PORTAL_ROBOT_HOSTS。"
    if parts.scheme == "http" and not _is_this_machine(name):
        return "地址须以 https:// 开头；http:// 只能用于本机。"
    return None


def _path_problem(channel: Channel, path: str, query: str, example: str) -> str | None:
    if path != PATHS[channel] or not parse_qs(query).get(KEYS[channel]):
        return f"地址不完整。{example}。"
    return None


def _is_this_machine(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def fitting(channel: Channel, lines: Sequence[Line], *, frame: str) -> int:
    """How many of these lines, from the first on, go into one post; at least one. `frame` is what else is in it."""
    room, used, number = MOST_BYTES[channel] - len(frame.encode()) - 40, 0, 0
    for number, line in enumerate(lines, start=1):
        used += len(_told(line).encode()) + 2
        if used > room:
            return max(number - 1, 1)
    return number


def digest(
    channel: Channel, lines: Sequence[Line], *, organ: str, address: str, keyword: str = "", sample: bool = False
) -> str:
    """One text that tells everything that waits for a group; `address` is the portal's own, `keyword` the robot's."""
    told = [_told(line) for line in lines]
    if len(told) > 1:
        told = [f"{number}. {text}" for number, text in enumerate(told, start=1)]
    text = "\n".join([head(organ, keyword, sample=sample), *told])
    links = list(dict.fromkeys(f"{address}{line.url}" for line in lines if line.url))
    whole = text + "".join(f"\n查看：{link}" for link in links[:1])
    most = MOST_BYTES[channel]
    return whole if len(whole.encode()) <= most else text.encode()[:most].decode(errors="ignore")


def head(organ: str, keyword: str, *, sample: bool) -> str:
    """The first line of every post: who speaks, and the word by which the robot knows it."""
    known = "" if not keyword or keyword in organ else f"〔{keyword}〕"
    return f"{SAMPLE_MARK if sample else ''}{organ}民营企业接待日提醒{known}"


def _told(line: Line) -> str:
    return f"{line.subject}。{line.body}" if line.body else line.subject


def signed(robot: RobotAddress, at: datetime) -> str:
    """The address with the moment and the signature, where the robot wants one (HMAC-SHA256 over moment and secret)."""
    if robot.channel is not Channel.DINGTALK or not robot.secret:
        return robot.url
    stamp = str(int(at.timestamp() * 1000))
    seal = hmac.new(robot.secret.encode(), f"{stamp}\n{robot.secret}".encode(), hashlib.sha256).digest()
    joint = "&" if "?" in robot.url else "?"
    return f"{robot.url}{joint}timestamp={stamp}&sign={quote(base64.b64encode(seal), safe='')}"


def post(robot: RobotAddress, text: str, *, allowed: Iterable[str], at: datetime) -> None:
    """Post one text into the group; it is there when this returns. Raises OverLimit, NotNow, or Refused for the address."""
    if address_problem(robot.channel, robot.url, tuple(allowed)) is not None:
        raise Refused("群机器人的地址不在允许范围内，请修改地址")
    body = json.dumps({"msgtype": "text", "text": {"content": text}}, ensure_ascii=False).encode()
    try:
        answer = ask("POST", signed(robot, at), body=body, headers={"Content-Type": "application/json; charset=utf-8"})
    except NoAnswer:
        raise NotNow("群机器人服务没有应答") from None
    if answer.status == 429:
        raise OverLimit("群机器人发送过于频繁，10 分钟后再发")
    if 300 <= answer.status < 400:
        raise NotNow(f"群机器人的地址要转到别处（{answer.status}），没有发送，请检查地址")
    if not answer.is_good:
        raise NotNow(f"群机器人服务不接受（{answer.status}）")
    _must_be_zero(answer.text)


def _must_be_zero(said: str) -> None:
    """Both services answer 200 whatever happened; what happened is in `errcode`."""
    try:
        code = json.loads(said)["errcode"]
    except (ValueError, KeyError, TypeError):
        raise NotNow("群机器人服务的应答看不懂，请检查地址") from None
    if code in TOO_OFTEN:
        raise OverLimit(f"群机器人发送过于频繁（{code}），10 分钟后再发")
    if code != 0:
        raise NotNow(f"群机器人服务没有接受（错误码 {_number(code)}）{HINTS.get(code, '')}")


def _number(code: object) -> str:
    return str(code) if isinstance(code, int) else "不明"


HINTS = {
    310000: "，请检查加签密钥或关键词",
    300001: "，请检查地址",
    300005: "，请检查地址",
    93000: "，机器人可能已被移出群，请检查地址",
    40058: "，内容不合要求",
}
