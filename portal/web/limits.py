"""Rate limits of the doors that need no sign-in."""

from flask import current_app
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, headers_enabled=True)


@limiter.request_filter
def switched_off() -> bool:
    """Whether the application asked counts nobody.

    Asked at each request: the one limiter serves every application of the process, and is told
    RATELIMIT_ENABLED only when one of them is made.
    """
    return not current_app.config["RATELIMIT_ENABLED"]


SIGN_IN = "300/minute"
"""Per address: a whole office may sit behind one; single names are locked by their own failures."""

VERIFY = "60/minute"
"""Per address: enough for an archive check by hand, hopeless for guessing 80-bit codes."""

VERIFY_FILE = "10/minute"
"""Per address: a file costs far more to check than a code."""

FEED = "120/minute"
"""Per address: a whole office's calendar programs may sit behind one; hopeless for guessing 256-bit tokens."""

FOLLOW = "60/minute"
"""Per address: a whole enterprise may sit behind one; hopeless for guessing 80-bit codes."""

FOLLOW_ACT = "20/minute"
"""Per address: what is written in an enterprise's own window, and tries of the second check."""
