"""The server program as the office meets it on a bad day: a worker that dies, a client that never finishes."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from http.client import HTTPException

import pytest

from tests.live.browsers import Browser, crowd
from tests.live.districts import District
from tests.live.processes import HOST, Running, children

pytestmark = pytest.mark.timeout(900)  # a start of real servers, perhaps beside other tests

PAGE = f"GET /login HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
UNFINISHED_HEAD = b"GET /login HTTP/1.1\r\nHost: portal\r\nX-Never-Ends: "
UNFINISHED_FORM = (
    b"POST /login HTTP/1.1\r\nHost: portal\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 5000\r\n\r\nusername="
)


@pytest.fixture(scope="module")
def running(sqlite_district: District) -> Iterator[Running]:
    """A server with two worker processes."""
    with sqlite_district.served(workers=2) as started:
        yield started


@pytest.mark.parametrize("unfinished, clients", [(UNFINISHED_HEAD, 200), (UNFINISHED_FORM, 12)], ids=["head", "form"])
def test_clients_that_never_finish_do_not_keep_others_waiting(running: Running, unfinished: bytes, clients: int):
    with ExitStack() as stack:
        for _ in range(clients):
            slow = stack.enter_context(socket.create_connection((HOST, running.port), timeout=100))
            slow.sendall(unfinished)
        answers = crowd(running.port, [PAGE] * 20, connections=4)
    assert [it.answer.status for it in answers] == [200] * 20


def answered(port: int, attempts: int = 20) -> int:
    """The status of the first answer; a connection the dying worker had taken is given up and made again."""
    for _ in range(attempts):
        with suppress(ConnectionError, HTTPException), Browser(port) as browser:
            return browser.get("/login").status
        time.sleep(0.1)
    return 0


def test_a_worker_that_dies_is_replaced_while_the_other_goes_on(running: Running):
    workers = children(running.process.pid)
    victim = min(workers)
    os.kill(victim, signal.SIGKILL)
    assert answered(running.port) == 200
    until = time.monotonic() + 200
    while len(now := children(running.process.pid) - {victim}) < len(workers) and time.monotonic() < until:
        time.sleep(0.1)
    assert len(now) == len(workers)
