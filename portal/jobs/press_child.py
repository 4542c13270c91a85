"""The press process: takes orders over a pipe until it is closed. Started by `portal.jobs.press` only.

It runs behind everything else, holds no database and no settings, and ends when the process that started it does.
"""

import gc
import os
import sys
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection

from portal.documents.typesetter import warm
from portal.jobs.press_orders import SetPart

COLLECT_EVERY = 50_000
"""A part makes some hundred thousand objects that live until it is done, so rubbish is looked for afterwards, all at once."""


def serve(connection: Connection) -> None:
    """Carry out one order after another; what goes wrong is told to whoever gave it."""
    warmed = False
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            order = connection.recv()
            try:
                if isinstance(order, SetPart) and not warmed:
                    warm()
                    warmed = True
                answer: tuple[str, object] = ("made", order.carry_out())
            except OSError as trouble:
                answer = ("disk", trouble.errno)
            except Exception:  # noqa: BLE001 - told to the other side, which logs it
                answer = ("failed", traceback.format_exc(limit=20))
            connection.send(answer)
            del order, answer
            gc.collect()


if __name__ == "__main__":
    os.nice(int(sys.argv[2]))
    gc.set_threshold(COLLECT_EVERY, 20, 20)
    serve(Connection(int(sys.argv[1])))
