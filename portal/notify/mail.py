"""Mail over SMTP: one letter, accepted by the server, refused for good, or to be tried again."""

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import unquote, urlsplit

SECONDS = 10.0
"""How long one answer of the server is waited for; a whole letter takes a few of them."""

PORTS = {"smtp": 25, "smtps": 465}
SENDER_NAME = "民营企业接待日门户"


class NotSent(Exception):
    """The server did not take a letter; the message says why in the office's words and names no address."""


class Refused(NotSent):
    """The server will never take this letter."""


class NotNow(NotSent):
    """The server may take this letter later."""


class Unreachable(NotSent):
    """The server cannot be used at all at this moment, for whatever letter."""


@dataclass(frozen=True, slots=True)
class PostOffice:
    """The mail server and who the portal is to it."""

    host: str
    port: int
    sender: str
    tls_at_once: bool = False
    starttls: bool = False
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one person; `identity` is the same for every attempt at it, so that a mail program can tell doubles."""

    to: str = field(repr=False)
    subject: str
    text: str
    identity: str
    at: datetime


def post_office(url: str, sender: str) -> PostOffice:
    """Read `smtp://user:password@host:587?starttls=1` or `smtps://…` (checked when the settings were)."""
    parts = urlsplit(url)
    return PostOffice(
        host=parts.hostname or "",
        port=parts.port or PORTS[parts.scheme],
        sender=sender,
        tls_at_once=parts.scheme == "smtps",
        starttls=parts.query == "starttls=1",
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def send(office: PostOffice, letter: Letter) -> None:
    """Hand a letter over; it is sent when this returns. Raises Refused, NotNow or Unreachable.

    When the connection is lost after the letter was handed over and before the server has answered, nobody knows:
    that is Unreachable, and the next attempt may be a double with the same identity.
    """
    try:
        server = _connected(office)
    except smtplib.SMTPAuthenticationError as trouble:
        raise Unreachable(f"邮件服务器不接受用户名或密码（{trouble.smtp_code}）") from None
    except smtplib.SMTPNotSupportedError:
        raise Unreachable("邮件服务器不支持所设置的加密或登录方式") from None
    except (OSError, smtplib.SMTPException):
        raise Unreachable("连不上邮件服务器") from None
    try:
        server.send_message(_message(office, letter), office.sender, [letter.to])
    except smtplib.SMTPRecipientsRefused as trouble:
        code = next(iter(trouble.recipients.values()))[0]
        raise _refusal(code, "邮件服务器不接受这个收件人") from None
    except smtplib.SMTPSenderRefused as trouble:
        raise Unreachable(f"邮件服务器不接受发件地址（{trouble.smtp_code}）") from None
    except smtplib.SMTPResponseException as trouble:
        raise _refusal(trouble.smtp_code, "邮件服务器没有收下邮件") from None
    except (OSError, smtplib.SMTPException):
        raise Unreachable("与邮件服务器的连接中断") from None
    finally:
        with suppress(OSError, smtplib.SMTPException):
            server.quit()
        server.close()


def _connected(office: PostOffice) -> smtplib.SMTP:
    if office.tls_at_once:
        context = ssl.create_default_context()
        server: smtplib.SMTP = smtplib.SMTP_SSL(office.host, office.port, timeout=SECONDS, context=context)
    else:
        server = smtplib.SMTP(office.host, office.port, timeout=SECONDS)
    try:
        if office.starttls:
            server.starttls(context=ssl.create_default_context())
        if office.user:
            server.login(office.user, office.password)
    except BaseException:
        server.close()
        raise
    return server


def _refusal(code: int, why: str) -> NotSent:
    kind = Refused if 500 <= code < 600 else NotNow
    return kind(f"{why}（{code}）")


def _message(office: PostOffice, letter: Letter) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(SENDER_NAME, addr_spec=office.sender)
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = letter.at
    message["Message-ID"] = f"<{letter.identity}@{office.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text, charset="utf-8", cte="base64")
    return message
