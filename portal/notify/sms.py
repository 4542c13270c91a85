"""Text messages through whatever HTTP gateway the place has: its request is a template in the settings."""

import json
import re
from dataclasses import dataclass, field
from urllib.parse import quote

from portal.config import Settings, read_headers
from portal.notify.mail import NotNow, Refused, Unreachable
from portal.notify.web_posts import NoAnswer, WebAnswer, ask

_PLACES = re.compile(r"\{(phone|text|code)\}")
_TYPES = {"json": "application/json; charset=utf-8", "form": "application/x-www-form-urlencoded; charset=utf-8"}
SETTINGS_WRONG = frozenset({401, 403, 404, 405, 407})
BUSY = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Gateway:
    """How the gateway wants to be asked; `is_json` says how what is put into the template is escaped."""

    url: str = field(repr=False)
    method: str
    body: str = field(repr=False)
    is_json: bool
    headers: dict[str, str] = field(repr=False)
    good: str | None


@dataclass(frozen=True, slots=True)
class Text:
    """One text message; neither the number nor the text is ever shown in a log."""

    phone: str = field(repr=False)
    text: str = field(repr=False)
    code: str = field(repr=False)


_gateway: Gateway | None = None


def connect(gateway: Gateway | None) -> None:
    """Give the process its gateway, or none, once, at composition."""
    global _gateway  # noqa: PLW0603 - one instance, one gateway, one process
    _gateway = gateway


def gateway() -> Gateway | None:
    """The gateway text messages go through; None when none is set up."""
    return _gateway


def gateway_of(settings: Settings) -> Gateway | None:
    """The gateway the settings describe (checked when they were read)."""
    if settings.sms_url is None or settings.sms_body is None:
        return None
    return Gateway(
        settings.sms_url,
        settings.sms_method,
        settings.sms_body,
        settings.sms_type == "json",
        read_headers(settings.sms_headers),
        settings.sms_ok,
    )


def send_text(gateway: Gateway, text: Text) -> None:
    """Hand a text message over; the gateway has taken it when this returns. Raises Refused, NotNow or Unreachable.

    When the connection ends before the answer nobody knows: that is Unreachable, and the next attempt may be a double.
    """
    filled = _filled(gateway, text)
    headers = {"Content-Type": _TYPES["json" if gateway.is_json else "form"]} | gateway.headers
    try:
        if gateway.method == "GET":
            joint = "&" if "?" in gateway.url else "?"
            answer = ask("GET", f"{gateway.url}{joint}{filled}", headers=gateway.headers)
        else:
            answer = ask("POST", gateway.url, body=filled.encode(), headers=headers)
    except NoAnswer:
        raise Unreachable("短信网关没有应答") from None
    _must_be_taken(gateway, answer)


def _must_be_taken(gateway: Gateway, answer: WebAnswer) -> None:
    """Only a definite no is Refused: then somebody calls. What passes, or is the settings' fault, is tried again."""
    if answer.status in SETTINGS_WRONG or 300 <= answer.status < 400:
        raise Unreachable(f"短信网关不接受请求（{answer.status}），请检查网关设置")
    if answer.status >= 500 or answer.status in BUSY:
        raise NotNow(f"短信网关暂时不能发送（{answer.status}）")
    if not answer.is_good:
        raise Refused(f"短信网关没有接受这条短信（{answer.status}）")
    if gateway.good is not None and re.search(gateway.good, answer.text) is None:
        raise Refused("短信网关的应答表示没有发送成功")


def _filled(gateway: Gateway, text: Text) -> str:
    values = {"phone": text.phone, "text": text.text, "code": text.code}

    def put(place: re.Match[str]) -> str:
        value = values[place[1]]
        return json.dumps(value, ensure_ascii=False)[1:-1] if gateway.is_json else quote(value, safe="")

    return _PLACES.sub(put, gateway.body)
