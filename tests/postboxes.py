"""A real mail server on this machine that takes letters, refuses them, puts them off, or breaks off."""

import email
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from tests.live.processes import HOST, free_port

USER, PASSWORD = "portal@example.gov.cn", "S3cret/+@"


@dataclass
class Postbox:
    """What the server has taken, and how it answers; `before_accepting` runs when a letter is complete."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    signed_in: list[bool] = field(default_factory=list)
    rcpt: dict[str, str] = field(default_factory=dict)
    mail: str = "250 OK"
    data: str = "250 OK"
    breaks_off: bool = False
    closed: bool = False
    before_accepting: Callable[[], None] = lambda: None
    after_accepting: Callable[[], None] = lambda: None

    @property
    def url(self) -> str:
        """The setting that leads here."""
        return f"smtp://{HOST}:{self.port}"

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: ARG002, N802
        """The sender is named; a closed server wants to know who speaks first."""
        if self.closed and not session.authenticated:
            return "530 sign in first"
        if self.mail.startswith("250"):
            envelope.mail_from = address
        return self.mail

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: ARG002, N802
        """A receiver is named."""
        answer = self.rcpt.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """The letter is complete."""
        self.before_accepting()
        if self.breaks_off:
            server.transport.abort()
            return "421 broken off"
        if self.data.startswith("250"):
            self.taken.append(email.message_from_bytes(envelope.content, policy=default))
            self.signed_in.append(bool(session.authenticated))
            self.after_accepting()
        return self.data


@contextmanager
def a_postbox(*, closed: bool = False) -> Iterator[Postbox]:
    """A mail server for as long as the block lasts; a closed one wants the user and the password."""
    box = Postbox(port=free_port())

    def check(*given: Any) -> AuthResult:
        data = given[-1]
        known = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=known, handled=known)

    controller = Controller(
        box, hostname=HOST, port=box.port, auth_require_tls=False, authenticator=check if closed else None
    )
    box.closed = closed
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
