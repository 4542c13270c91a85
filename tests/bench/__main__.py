"""`./manage bench [名称] [--json]`: measure, tell, and end with status 1 when a work could not be done."""

import argparse
import sys

from tests.bench import works
from tests.bench.measure import WrongAnswer
from tests.bench.report import as_json, as_table
from tests.live.processes import DidNotStart
from tests.servers import ServerMissing


def main() -> int:
    """Measure what is named, or everything but the comparison of servers."""
    parser = argparse.ArgumentParser(prog="./manage bench", description="性能测量，只用本机回环地址，自行结束。")
    parser.add_argument("name", nargs="?", choices=[*works.ALL, "servers"], help="只测一项；不写则全测（servers 除外）")
    parser.add_argument("--json", action="store_true", dest="as_json", help="以 JSON 输出")
    asked = parser.parse_args()
    chosen = {asked.name: {**works.ALL, "servers": works.servers}[asked.name]} if asked.name else works.ALL
    figures, failed = [], 0
    for name, work in chosen.items():
        print(f"正在测量 {name}……", file=sys.stderr, flush=True)
        try:
            measured = work()
        except (WrongAnswer, AssertionError, DidNotStart, ServerMissing) as trouble:
            print(f"{name} 没有测成：{trouble}", file=sys.stderr)
            failed = 1
        else:
            figures += [it for it in measured if it.name != "hello" or name in ("hello", asked.name)]
    print(as_json(figures) if asked.as_json else as_table(figures))
    return failed


if __name__ == "__main__":
    sys.exit(main())
