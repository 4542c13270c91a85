"""A place for the event loop the signature library starts for each signature, also where one runs already."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Done = TypeVar("Done")


def with_a_loop_of_its_own(act: Callable[[], Done]) -> Done:
    """Do this here, or in a thread of its own when this one already runs a loop; what it raises is raised here."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return act()
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(act).result()
