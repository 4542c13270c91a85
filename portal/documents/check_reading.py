"""Checks a PDF in a process of its own, within bounds: run as a program by `bounded_check` only.

On its standard input come a line of JSON that says whom to believe, then the file; the verdict is written as JSON.
"""

import json
import logging
import sys
from datetime import datetime

from portal.documents.pades_check import check
from portal.documents.pdf_verdict import verdict_text

LARGEST_ANSWER = 8 << 20
TOO_LARGE = 3


def main() -> int:
    """Answers the exit status."""
    asked, _, pdf = sys.stdin.buffer.read().partition(b"\n")
    trusted = json.loads(asked)
    verdict = check(
        pdf,
        trusted["authorities"],
        moment=datetime.fromisoformat(trusted["moment"]),
        other_roots=trusted["other_roots"],
        known=trusted["known"],
        revoked={serial: datetime.fromisoformat(at) for serial, at in trusted["revoked"].items()},
    )
    text = verdict_text(verdict)
    if len(text) > LARGEST_ANSWER:
        return TOO_LARGE
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    logging.disable()
    sys.exit(main())
