"""Reading a problem in the form that was promised (contract 6); what is wrong is said by entry."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import count
from math import isfinite
from typing import Any, TypeVar
from unicodedata import category

from portal.domain.errors import RuleBroken
from portal.domain.solving.checking import check
from portal.domain.solving.problem import Assignment, Leave, Person, Problem, Rules, SeatWanted, Wanted

T = TypeVar("T")
_MOST_SECONDS = 3600
_MOST_DAYS = 36_600
_FIRST_YEAR, _LAST_YEAR = 1900, 2999
_GREATEST_SEED = 2**31 - 1
_LEAST_WEIGHT, _GREATEST_WEIGHT = 0.01, 100
_MOST_DIGITS = 20
_RULES = {"min_gap_days", "chiefs", "chief_every_days", "chief_seats", "max_per_leader", "min_per_leader"}


def problem_of(data: object) -> Problem:
    """The problem a person has written; days come in any order. Raises RuleBroken naming the entry that is wrong."""
    table = _table(data, "题目")
    leaders = tuple(_each(table, "leaders", _person))
    seats = tuple(_each(table, "seats", _seat))
    problem = Problem(
        days=_days(table),
        seats=seats,
        leaders=leaders,
        leaves=tuple(_each(table, "leaves", _leave)),
        wanted=tuple(_each(table, "wanted", _wanted)),
        fixed=tuple(_each(table, "fixed", _assignment)),
        previous=tuple(_each(table, "previous", _assignment)),
        rules=_rules(table),
        seed=_whole(table.get("seed", 0), "seed", most=_GREATEST_SEED),
        time_limit_s=_seconds(table.get("time_limit_s", 10)),
    )
    check(problem)
    return problem


def _days(table: Mapping[str, Any]) -> tuple[date, ...]:
    if "days" not in table:
        raise RuleBroken("题目没有 days（接待日），请列出要排的日期。")
    days = [_near_date(it, f"days 第 {at} 项") for at, it in zip(count(1), _list(table["days"], "days"), strict=False)]
    return tuple(sorted(days))


def _seat(it: Mapping[str, Any], where: str) -> SeatWanted:
    pool = it.get("pool")
    return SeatWanted(
        id=_word(it.get("id"), f"{_spaced(where)}的 id"),
        pool=None if pool is None else frozenset(_words(pool, f"{_spaced(where)}的 pool")),
        count=_whole(it.get("count", 1), f"{_spaced(where)}的 count", least=1, most=1000),
        name=_text(it.get("name"), f"{_spaced(where)}的 name"),
    )


def _person(it: Mapping[str, Any], where: str) -> Person:
    own = _word(it.get("id"), f"{_spaced(where)}的 id")
    where = f"领导 {own}"
    person = Person(
        id=own,
        name=_text(it.get("name"), f"{_spaced(where)}的 name") or own,
        post=_text(it.get("post"), f"{_spaced(where)}的 post"),
        weight=_weight(it.get("weight", 1), f"{_spaced(where)}的 weight"),
        portfolios=frozenset(_words(it.get("portfolios") or [], f"{_spaced(where)}的 portfolios")),
        from_=_maybe_date(it.get("from"), f"{_spaced(where)}的 from"),
        until=_maybe_date(it.get("until"), f"{_spaced(where)}的 until"),
        history={
            seat: _whole(turns, f"{_spaced(where)}的 history.{seat}", most=1_000_000)
            for seat, turns in _table(it.get("history") or {}, f"{_spaced(where)}的 history").items()
        },
        last_turn=None if it.get("last_turn") is None else _near_date(it["last_turn"], f"{_spaced(where)}的 last_turn"),
    )
    if person.from_ and person.until and person.until < person.from_:
        raise RuleBroken(f"{_spaced(where)}的任期止于 {person.until}，早于起始日 {person.from_}，请核对。")
    return person


def _leave(it: Mapping[str, Any], where: str) -> Leave:
    leave = Leave(
        _word(it.get("leader"), f"{_spaced(where)}的 leader"),
        _date(it.get("from"), f"{_spaced(where)}的 from"),
        _date(it.get("until"), f"{_spaced(where)}的 until"),
    )
    if leave.until < leave.from_:
        raise RuleBroken(f"{where}（{leave.leader}）止于 {leave.until}，早于起始日 {leave.from_}，请核对。")
    return leave


def _wanted(it: Mapping[str, Any], where: str) -> Wanted:
    names = _words(it.get("portfolios"), f"{_spaced(where)}的 portfolios")
    return Wanted(_date(it.get("day"), f"{_spaced(where)}的 day"), tuple(dict.fromkeys(names)))


def _assignment(it: Mapping[str, Any], where: str) -> Assignment:
    return Assignment(
        _date(it.get("day"), f"{_spaced(where)}的 day"),
        _word(it.get("seat"), f"{_spaced(where)}的 seat"),
        _word(it.get("leader"), f"{_spaced(where)}的 leader"),
    )


def _rules(table: Mapping[str, Any]) -> Rules:
    rules = _table(table.get("rules") or {}, "rules")
    for name in rules:
        if name not in _RULES:
            raise RuleBroken(f"rules 中没有“{name}”这条规则，可写的是：{'、'.join(sorted(_RULES))}。")

    def number(name: str, least: int = 0) -> int | None:
        value = rules.get(name)
        return None if value is None else _whole(value, f"rules.{name}", least=least, most=_MOST_DAYS)

    seats = rules.get("chief_seats")
    return Rules(
        min_gap_days=number("min_gap_days") or 0,
        max_per_leader=number("max_per_leader"),
        chiefs=tuple(dict.fromkeys(_words(rules.get("chiefs") or [], "rules.chiefs"))),
        chief_every_days=number("chief_every_days", least=1),
        chief_seats=None if seats is None else frozenset(_words(seats, "rules.chief_seats")),
        min_per_leader=number("min_per_leader"),
    )


def _spaced(where: str) -> str:
    """The entry as it stands before a Chinese word."""
    return f"{where} " if where[-1:].isascii() else where


def _short(number: float) -> str:
    """A number as it can be shown."""
    told = str(number)
    return told if len(told) <= _MOST_DIGITS else f"{told[:_MOST_DIGITS]}…"


def _each(table: Mapping[str, Any], name: str, read: Callable[[Mapping[str, Any], str], T]) -> Iterable[T]:
    if name not in table and name in ("seats", "leaders"):
        raise RuleBroken(f"题目没有 {name}，请写明{'席位' if name == 'seats' else '可以轮值的领导'}。")
    for at, it in enumerate(_list([] if table.get(name) is None else table[name], name), start=1):
        where = f"{name} 第 {at} 项"
        yield read(_table(it, where), where)


def _table(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise RuleBroken(f"{_spaced(where)}应是 JSON 对象（花括号）。")
    return value


def _list(value: object, where: str) -> Sequence[Any]:
    if not isinstance(value, list):
        raise RuleBroken(f"{_spaced(where)}应是 JSON 数组（方括号）。")
    return value


def _words(value: object, where: str) -> list[str]:
    return [_word(it, where) for it in _list(value, where)]


def _word(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise RuleBroken(f"{_spaced(where)}应是文字，不能为空。")
    if any(category(it) in ("Cc", "Cs") for it in value):  # controls, and halves of characters: nobody can print them
        raise RuleBroken(f"{_spaced(where)}含有不能显示的字符，请重新输入。")
    return value


def _text(value: object, where: str) -> str:
    return "" if value is None or value == "" else _word(value, where)


def _date(value: object, where: str) -> date:
    try:
        day = date.fromisoformat(_word(value, where))
    except ValueError:
        day = None
    if day is None or day.isoformat() != value:  # 20270115 and 2027-W02-5 are dates to Python, not to people
        raise RuleBroken(f"{where}“{value}”不是日期，应写成 2027-01-15。")
    return day


def _near_date(value: object, where: str) -> date:
    """A day that can be reckoned with."""
    day = _date(value, where)
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise RuleBroken(f"{_spaced(where)}是 {day}，年份应在 {_FIRST_YEAR} 到 {_LAST_YEAR} 之间。")
    return day


def _maybe_date(value: object, where: str) -> date | None:
    return None if value is None else _date(value, where)


def _whole(value: object, where: str, *, least: int = 0, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        raise RuleBroken(f"{_spaced(where)}应是整数。")
    if not least <= value <= most:
        raise RuleBroken(f"{_spaced(where)}是 {_short(value)}，应在 {least} 到 {most} 之间。")
    return int(value)


def _number(value: object, where: str) -> int | float:
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or (isinstance(value, float) and not isfinite(value))
    ):
        raise RuleBroken(f"{_spaced(where)}应是数字。")
    return value


def _weight(value: object, where: str) -> Fraction:
    """A weight to six decimal places, which is finer than any office divides duties."""
    number = _number(value, where)
    if number > 0 and not _LEAST_WEIGHT <= number <= _GREATEST_WEIGHT:
        raise RuleBroken(f"{_spaced(where)}是 {_short(number)}，应在 {_LEAST_WEIGHT} 到 {_GREATEST_WEIGHT} 之间。")
    return Fraction(str(number)).limit_denominator(1_000_000)


def _seconds(value: object) -> float:
    seconds = _number(value, "time_limit_s")
    if not 0 < seconds <= _MOST_SECONDS:
        raise RuleBroken(f"time_limit_s 是 {_short(seconds)}，应大于 0，不超过 {_MOST_SECONDS} 秒。")
    return float(seconds)
