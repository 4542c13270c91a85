"""The check of a PDF that anybody handed in: in a process of its own, so that no file can hold up the portal."""

import json
import logging
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime

from portal.documents.bounded import Bounds, TooMuch, run_bounded
from portal.documents.pades_check import BEYOND_BOUNDS, refused_at_once
from portal.documents.pdf_verdict import PdfVerdict, verdict_from
from portal.domain.errors import Busy

log = logging.getLogger("portal.documents")

BOUNDS = Bounds(seconds=12, processor_seconds=10, memory=512 << 20, niceness=10)
AT_ONCE = 2
TRY_AGAIN = "现在核验文件的人较多，这份文件还没有核验。请等一分钟再试。"

_places = threading.BoundedSemaphore(AT_ONCE)


def check_bounded(
    pdf: bytes,
    authorities: Sequence[str],
    *,
    moment: datetime,
    other_roots: Sequence[str] = (),
    known: Sequence[str] = (),
    revoked: Mapping[str, datetime] | None = None,
    bounds: Bounds = BOUNDS,
) -> PdfVerdict:
    """Say what a file is, as `pades_check.check` does; a file that takes too much is a file that cannot be checked.

    Raises Busy while as many files as may be are being checked by this process.
    """
    refused = refused_at_once(pdf)
    if refused is not None:
        return refused
    trusted = {
        "authorities": list(authorities),
        "other_roots": list(other_roots),
        "known": list(known),
        "moment": moment.isoformat(),
        "revoked": {serial: at.isoformat() for serial, at in (revoked or {}).items()},
    }
    return _asked(json.dumps(trusted).encode() + b"\n" + pdf, bounds)


def _asked(data: bytes, bounds: Bounds) -> PdfVerdict:
    if not _places.acquire(blocking=False):
        raise Busy(TRY_AGAIN)
    try:
        status, answer = run_bounded("portal.documents.check_reading", (), data, bounds)
    except TooMuch:
        return PdfVerdict(problem=BEYOND_BOUNDS)
    except OSError:  # the machine has no memory or no process to spare
        log.exception("no process for the check of a file")
        raise Busy(TRY_AGAIN) from None
    finally:
        _places.release()
    if status:
        log.warning("the check of a file ended with status %s", status)
        return PdfVerdict(problem=BEYOND_BOUNDS)
    return verdict_from(answer)
