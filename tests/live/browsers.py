"""Browsers: one that clicks through pages, and a crowd of connections that asks as fast as it is answered."""

import re
import selectors
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Self
from urllib.parse import urlencode

from tests.live.processes import HOST

FORM = "application/x-www-form-urlencoded"
TOKEN = re.compile(r'name="csrf_token"[^>]*?value="([^"]+)"')


@dataclass(frozen=True)
class Answer:
    """What came back; status 0 means that the connection broke before a whole answer had come."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float = 0.0

    @property
    def text(self) -> str:
        """The page."""
        return self.body.decode()

    @property
    def place(self) -> str:
        """Where a redirect leads."""
        return self.headers.get("location", "")


class Browser:
    """One person's browser: keeps the connection, the cookies and the security token of the last form seen."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self.token = ""
        self._connection = HTTPConnection(HOST, port, timeout=60)

    def get(self, path: str) -> Answer:
        """Open a page."""
        return self._ask("GET", path)

    def post(self, path: str, fields: dict[str, str]) -> Answer:
        """Send a form of the page opened last."""
        return self._ask("POST", path, urlencode({"csrf_token": self.token, **fields}))

    def sign_in(self, username: str, password: str) -> "Browser":
        """Sign in through the page, as a person does."""
        self.get("/login")
        answer = self.post("/login?next=/account/", {"username": username, "password": password})
        if answer.status != 303:
            raise RuntimeError(f"{username} could not sign in: {answer.status} {answer.text[:2000]}")
        self.get("/account/")
        return self

    def close(self) -> None:
        """Close the connection; cookies stay."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *trouble: object) -> None:
        self.close()

    @property
    def cookie(self) -> str:
        """The cookie header."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def bytes_of_get(self, path: str) -> bytes:
        """The request for a page with this browser's cookies, for a crowd to send."""
        return f"GET {path} HTTP/1.1\r\nHost: {HOST}:{self.port}\r\nCookie: {self.cookie}\r\n\r\n".encode()

    def bytes_of_post(self, path: str, fields: dict[str, str], *, headers: Mapping[str, str] | None = None) -> bytes:
        """The request that sends a form with this browser's cookies and token, for a crowd to send."""
        body = urlencode({"csrf_token": self.token, **fields})
        more = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {HOST}:{self.port}\r\nCookie: {self.cookie}\r\n{more}"
            f"Content-Type: {FORM}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return (head + body).encode()

    def _ask(self, method: str, path: str, body: str | None = None) -> Answer:
        headers = {"Cookie": self.cookie} if self.cookies else {}
        if body is not None:
            headers["Content-Type"] = FORM
        begun = time.perf_counter()
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        content = response.read()
        took = time.perf_counter() - begun
        for line in response.headers.get_all("Set-Cookie", []):
            name, _, rest = line.partition("=")
            self.cookies[name.strip()] = rest.partition(";")[0]
        if found := TOKEN.search(content.decode(errors="replace")):
            self.token = found.group(1)
        return Answer(response.status, {name.lower(): value for name, value in response.headers.items()}, content, took)


# --- a crowd -----------------------------------------------------------------------


@dataclass
class _Line:
    """One keep-alive connection of the crowd and the answer it is receiving."""

    connection: socket.socket
    number: int = -1
    sent_at: float = 0.0
    received: bytearray = field(default_factory=bytearray)


@dataclass(frozen=True)
class Heard:
    """The answer to the `number`-th request of a crowd."""

    number: int
    answer: Answer


def crowd(
    port: int,
    requests: Iterable[bytes],
    *,
    connections: int = 8,
    seconds: float = 60,
    on_answer: Callable[[Heard], None] = lambda _: None,
) -> list[Heard]:
    """Send the requests over so many keep-alive connections, each its next one when answered.

    All connections are open before the first request leaves; with as many connections as requests, all leave at once.
    Ends when the requests end, when the time is over (what is under way is still awaited, at most a minute), or when
    every connection has broken. One thread without any HTTP library, to leave the processors to the server.
    """
    waiting: Iterator[tuple[int, bytes]] = iter(enumerate(requests))
    lines = [_Line(socket.create_connection((HOST, port), timeout=60)) for _ in range(connections)]
    heard: list[Heard] = []
    until = time.perf_counter() + seconds
    with selectors.DefaultSelector() as eyes:
        for line in lines:
            line.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if _send_next(line, waiting, until):
                eyes.register(line.connection, selectors.EVENT_READ, line)
        while eyes.get_map():
            ready = eyes.select(timeout=60)
            if not ready:
                raise TimeoutError("the server has been silent for a minute")
            for key, _ in ready:
                line = key.data
                answer = _receive(line)
                if answer is None:
                    continue
                heard.append(Heard(line.number, answer))
                on_answer(heard[-1])
                if answer.status == 0 or not _send_next(line, waiting, until):
                    eyes.unregister(line.connection)
    for line in lines:
        line.connection.close()
    return heard


def _send_next(line: _Line, waiting: Iterator[tuple[int, bytes]], until: float) -> bool:
    if time.perf_counter() >= until:
        return False
    for number, request in waiting:
        line.number, line.sent_at = number, time.perf_counter()
        line.received.clear()
        with suppress(OSError):  # the reader will find the connection closed, and count the request as unanswered
            line.connection.sendall(request)
        return True
    return False


def _receive(line: _Line) -> Answer | None:
    """The whole answer once it is there, None while more is to come."""
    try:
        piece = line.connection.recv(262_144)
    except OSError:
        piece = b""
    line.received += piece
    head, blank, body = bytes(line.received).partition(b"\r\n\r\n")
    if blank:
        status, *rest = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest)}
        if "content-length" in headers:
            whole = len(body) >= int(headers["content-length"])
        else:
            whole = body.endswith(b"0\r\n\r\n") or status.split()[1] in {"204", "304"}
        if whole:
            return Answer(int(status.split()[1]), headers, body, time.perf_counter() - line.sent_at)
    return None if piece else Answer(0, {}, b"", time.perf_counter() - line.sent_at)
