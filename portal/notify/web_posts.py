"""One request to a service on the web: no redirects, no long waiting, and no more of the answer than is needed."""

from collections.abc import Mapping
from dataclasses import dataclass

import urllib3
from urllib3.exceptions import HTTPError

CONNECT_SECONDS, READ_SECONDS = 5.0, 10.0
MOST_BYTES = 64 * 1024

_pool = urllib3.PoolManager(
    num_pools=4,
    timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
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


def ask(method: str, url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> WebAnswer:
    """Send one request and read the beginning of the answer. Raises NoAnswer."""
    try:
        answer = _pool.request(
            method, url, body=body, headers=dict(headers or {}), redirect=False, preload_content=False
        )
        try:
            said = answer.read(MOST_BYTES, decode_content=True)
        finally:
            answer.close()
    except (HTTPError, OSError, ValueError):
        raise NoAnswer from None
    return WebAnswer(answer.status, said.decode("utf-8", "replace"))
