"""`./manage bench [名称] [--json]`: measure, tell, and end with status 1 when a work could not be done."""

import argparse
import sys

from tests.bench import races, works
from tests.bench.measure import WrongAnswer
from tests.bench.report import as_json, as_table
from tests.live.processes import DidNotStart
from tests.servers import ServerMissing

RACES = "races"


def main() -> int:
    """Measure what is named, or everything but the comparison of servers and the long proofs."""
    parser = argparse.ArgumentParser(prog="./manage bench", description="性能测量，只用本机回环地址，自行结束。")
    choices = [*works.ALL, "servers", RACES]
    parser.add_argument(
        "name", nargs="?", choices=choices, help="只测一项；不写则全测（servers、races 除外）", metavar="名称"
    )
    parser.add_argument("--json", action="store_true", dest="as_json", help="以 JSON 输出")
    parser.add_argument("--rounds", type=int, default=200, help="races：每个入口的轮数，默认 200")
    parser.add_argument("--attempts", type=int, default=12, help="races：每轮同时多少人，默认 12")
    parser.add_argument(
        "--entrance", action="append", choices=list(races.WORDS), default=[], help="races：只测这个入口，可写多次"
    )
    parser.add_argument("--engine", choices=races.ENGINES, help="races：只测一种数据库")
    asked = parser.parse_args()
    return _races(asked) if asked.name == RACES else _works(asked)


def _races(asked: argparse.Namespace) -> int:
    engines = [asked.engine] if asked.engine else races.ENGINES
    found = races.races(rounds=asked.rounds, attempts=asked.attempts, entrances=asked.entrance, engines=engines)
    print(races.as_json(found) if asked.as_json else races.as_table(found))
    return int(any(it.wrong for it in found))


def _works(asked: argparse.Namespace) -> int:
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
