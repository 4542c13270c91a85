"""One request to a service on the web: no redirects, no long waiting, and no more of the answer than is needed."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic

import urllib3
from urllib3.exceptions import HTTPError

CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS = 5.0, 10.0, 20.0
"""For the connection, for each piece of the answer, and for all of them together."""

MOST_BYTES = 64 * 1024

_pool = urllib3.PoolManager(
    num_pools=4,
    retries=False,
    headers={"User-Agent": "reception-portal"},
)


class NoAnswer(Exception):
    """The service could not be reached, or the connection ended before it had answered; names no address."""


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """What the service said; a redirect is an answer like any other and is not followed."""

    status: int
    text: str

    @property
    def is_good(self) -> bool:
        """Whether the service says that it has understood."""
        return 200 <= self.status < 300


def ask(
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    seconds: float = READ_SECONDS,
    whole: float = WHOLE_SECONDS,
) -> WebAnswer:
    """Send one request and read the beginning of the answer. Raises NoAnswer, also for one that comes too slowly."""
    until = monotonic() + whole
    try:
        answer = _pool.request(
            method, url, body=body, headers=dict(headers or {}), redirect=False, preload_content=False,
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=seconds),
        )  # fmt: skip
        try:
            said = b""
            while len(said) < MOST_BYTES and (more := answer.read1(MOST_BYTES - len(said), decode_content=True)):
                said += more
                if monotonic() > until:
                    raise NoAnswer
        finally:
            answer.close()
    except (HTTPError, OSError, ValueError):
        raise NoAnswer from None
    return WebAnswer(answer.status, said.decode("utf-8", "replace"))
