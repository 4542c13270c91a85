"""The press process: takes orders over a pipe until it is closed. Started by `portal.jobs.press` only.

It runs behind everything else, holds no database and no settings, and ends when the process that started it does.
"""

import os
import sys
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection

NICENESS = 10


def serve(connection: Connection) -> None:
    """Carry out one order after another; what goes wrong is told to whoever gave it."""
    from portal.documents.typesetter import warm  # noqa: PLC0415 - the pipe is there first

    warm()
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            order = connection.recv()
            try:
                answer: tuple[str, object] = ("made", order.carry_out())
            except OSError as trouble:
                answer = ("disk", trouble.errno)
            except Exception:  # noqa: BLE001 - told to the other side, which logs it
                answer = ("failed", traceback.format_exc(limit=20))
            connection.send(answer)


if __name__ == "__main__":
    os.nice(NICENESS)
    serve(Connection(int(sys.argv[1])))
