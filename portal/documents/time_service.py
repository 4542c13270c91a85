"""Time stamps from a service outside (RFC 3161)."""

from typing import Any

import urllib3
from asn1crypto import tsp
from pyhanko.sign.timestamps.api import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError

ASKED, ANSWERED = "application/timestamp-query", "application/timestamp-reply"
LONGEST_ANSWER = 64 << 10


class OutsideTimeStamps(TimeStamper):
    """Asks a service once for each stamp; raises TimestampRequestError when it gives none."""

    def __init__(self, url: str, timeout: float) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # the one of the library
        self._url, self._timeout = url, timeout

    async def async_request_tsa_response(self, req: Any) -> Any:
        """Send one question, wait for the answer."""
        try:
            with urllib3.PoolManager(retries=False, timeout=self._timeout) as pool:
                answer = pool.request(
                    "POST", self._url, body=req.dump(), headers={"Content-Type": ASKED}, preload_content=False
                )
                body = answer.read(LONGEST_ANSWER)
                answer.release_conn()
            if answer.status != 200 or answer.headers.get("Content-Type") != ANSWERED:
                raise TimestampRequestError(f"the service answered {answer.status}")
            return tsp.TimeStampResp.load(body)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as refusal:
            raise TimestampRequestError("no time stamp") from refusal
