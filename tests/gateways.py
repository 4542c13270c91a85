"""A real web server on this machine that plays DingTalk, WeCom and a gateway of text messages, as told."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from time import sleep
from urllib.parse import parse_qs, urlsplit

SECRET = "SEC-示例-not-a-real-one"


@dataclass
class Asked:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str

    @property
    def content(self) -> str:
        """The text of a robot's post."""
        return str(json.loads(self.body)["text"]["content"])


@dataclass
class Gateway:
    """What came in, and how the server answers: a status, a text, some seconds late, or not at all.

    `before` runs when a request is complete, `after` when it was noted and before it is answered.
    """

    port: int = 0
    secret: str | None = None
    status: int = 200
    text: str = '{"errcode":0,"errmsg":"ok"}'
    headers: dict[str, str] = field(default_factory=dict)
    breaks_off: bool = False
    late: float = 0.0
    taken: list[Asked] = field(default_factory=list)
    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None
    lock: Lock = field(default_factory=Lock)

    @property
    def url(self) -> str:
        """Its address, as it would stand in the settings of a robot."""
        return f"http://127.0.0.1:{self.port}/robot/send?access_token=t0ken"

    @property
    def host(self) -> str:
        """Its place in PORTAL_ROBOT_HOSTS."""
        return f"127.0.0.1:{self.port}"

    def says(self, asked: Asked) -> str:
        """The answer; DingTalk's own when the signature is wrong."""
        if self.secret is not None:
            stamp = asked.query.get("timestamp", "")
            seal = hmac.new(self.secret.encode(), f"{stamp}\n{self.secret}".encode(), hashlib.sha256).digest()
            if asked.query.get("sign") != base64.b64encode(seal).decode():
                return '{"errcode":310000,"errmsg":"sign not match"}'
        return self.text


@contextmanager
def a_gateway(**given: object) -> Iterator[Gateway]:
    """The server for as long as the block lasts."""
    gateway = Gateway(**given)  # type: ignore[arg-type]

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def _answer(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            asked = Asked(self.command, parts.path, query, dict(self.headers), body)
            gateway.before()
            if gateway.breaks_off:
                self.close_connection = True
                return
            with gateway.lock:
                gateway.taken.append(asked)
            gateway.after()
            sleep(gateway.late)
            said = gateway.says(asked).encode()
            self.send_response(gateway.status)
            for name, value in gateway.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said)))
            with suppress(OSError):  # who asked may be gone
                self.end_headers()
                self.wfile.write(said)

        do_GET = do_POST = _answer  # noqa: N815 - so they are called

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    gateway.port = server.server_port
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
