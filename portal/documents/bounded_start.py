"""Sets the bounds and becomes the program: run as a program itself, by `bounded` only.

Called with the seconds of processor time, the bytes of memory, the niceness, the program's module and its arguments.
"""

import os
import resource
import runpy
import sys
from pathlib import Path


def _bound(kind: int, most: int) -> None:
    resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    seconds, memory, niceness = map(int, sys.argv[1:4])
    _bound(resource.RLIMIT_CORE, 0)
    _bound(resource.RLIMIT_AS, memory)
    _bound(resource.RLIMIT_CPU, seconds)
    os.nice(niceness)
    sys.path.insert(0, str(Path(__file__).parents[2]))
    del sys.argv[:4]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
