"""`./manage bench [名称] [--json]`: measure, tell, and end with status 1 when a work could not be done."""

import argparse
import sys

from tests.bench import closed_loop_year, handling_pages, kills, long_print, numbering, races, works
from tests.bench.measure import WrongAnswer
from tests.bench.printing import batch_job
from tests.bench.report import as_json, as_table
from tests.live.processes import DidNotStart
from tests.servers import ServerMissing

RACES, KILL, DAY_PLAY, NUMBERING, BATCH_JOB = "races", "kill", "day_play", "numbering", "batch_job"
PAGES, YEAR, LONG_PRINT = "handling_pages", "closed_loop_year", "long_print"


def main() -> int:
    """Measure what is named, or everything but the comparison of servers and the long proofs."""
    parser = argparse.ArgumentParser(prog="./manage bench", description="性能测量，只用本机回环地址，自行结束。")
    choices = [*works.ALL, "servers", BATCH_JOB, RACES, KILL, DAY_PLAY, NUMBERING, PAGES, YEAR, LONG_PRINT]
    parser.add_argument(
        "name",
        nargs="?",
        choices=choices,
        help="只测一项；不写则全测（servers、batch_job、races、kill、day_play、numbering、handling_pages、"
        "closed_loop_year、long_print 除外）",
        metavar="名称",
    )
    parser.add_argument("--json", action="store_true", dest="as_json", help="以 JSON 输出")
    parser.add_argument("--rounds", type=int, default=200, help="races：每个入口的轮数，默认 200")
    parser.add_argument("--attempts", type=int, default=12, help="races：每轮同时多少人，默认 12")
    parser.add_argument(
        "--entrance", action="append", choices=list(races.WORDS), default=[], help="races：只测这个入口，可写多次"
    )
    parser.add_argument(
        "--engine",
        choices=races.ENGINES,
        help="races、kill、numbering、handling_pages、closed_loop_year：只测一种数据库",
    )
    parser.add_argument("--kills", type=int, default=20, help="kill、closed_loop_year：断电多少次，默认 20")
    parser.add_argument("--bookings", type=int, default=kills.BOOKINGS, help="kill：登记多少家，默认 500")
    parser.add_argument("--slips", type=int, help="numbering：印发多少张，默认 1000；long_print：打印多少张，默认 5000")
    parser.add_argument(
        "--matters",
        type=int,
        help="handling_pages：台账里有多少项，默认 100000；closed_loop_year：一年多少件，默认 500",
    )
    parser.add_argument("--seed", type=int, default=closed_loop_year.SEED, help="closed_loop_year：随机数种子")
    asked = parser.parse_args()
    long = {
        RACES: _races,
        KILL: _kills,
        DAY_PLAY: _day_play,
        NUMBERING: _numbering,
        PAGES: _pages,
        YEAR: _year,
        LONG_PRINT: _long_print,
    }
    return long.get(asked.name, _works)(asked)


def _day_play(asked: argparse.Namespace) -> int:
    from tests.bench.day_play import measure_day  # noqa: PLC0415 - only this one wants a browser

    return measure_day(as_json_text=asked.as_json)


def _kills(asked: argparse.Namespace) -> int:
    engines = [asked.engine] if asked.engine else races.ENGINES
    found = kills.kills(bookings=asked.bookings, times=asked.kills, engines=engines)
    print(kills.as_json(found) if asked.as_json else kills.as_table(found))
    return int(not all(it.whole for it in found))


def _numbering(asked: argparse.Namespace) -> int:
    engines = [asked.engine] if asked.engine else races.ENGINES
    found = numbering.numbering(slips=asked.slips or numbering.SLIPS, kills=asked.kills, engines=engines)
    print(numbering.as_json(found) if asked.as_json else numbering.as_table(found))
    return int(not all(it.whole for it in found))


def _pages(asked: argparse.Namespace) -> int:
    engines = [asked.engine] if asked.engine else races.ENGINES
    found = handling_pages.handling_pages(matters=asked.matters or handling_pages.MATTERS, engines=engines)
    print(handling_pages.as_json(found) if asked.as_json else handling_pages.as_table(found))
    return int(any(it.status != 200 for it in found))


def _year(asked: argparse.Namespace) -> int:
    engines = [asked.engine] if asked.engine else races.ENGINES
    found = closed_loop_year.years(
        matters=asked.matters or closed_loop_year.MATTERS, seed=asked.seed, kills=asked.kills, engines=engines
    )
    print(closed_loop_year.as_json(found) if asked.as_json else closed_loop_year.as_table(found))
    return int(any(it.wrong for it in found))


def _long_print(asked: argparse.Namespace) -> int:
    found = long_print.long_prints(slips=asked.slips or long_print.SLIPS)
    print(long_print.as_json(found) if asked.as_json else long_print.as_table(found))
    return int(any(it.wrong for it in found))


def _races(asked: argparse.Namespace) -> int:
    engines = [asked.engine] if asked.engine else races.ENGINES
    found = races.races(rounds=asked.rounds, attempts=asked.attempts, entrances=asked.entrance, engines=engines)
    print(races.as_json(found) if asked.as_json else races.as_table(found))
    return int(any(it.wrong for it in found))


def _works(asked: argparse.Namespace) -> int:
    chosen = (
        {asked.name: {**works.ALL, "servers": works.servers, BATCH_JOB: batch_job}[asked.name]}
        if asked.name
        else works.ALL
    )
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
