"""Invented rota problems of every kind, the same one for the same number."""

from datetime import date, timedelta
from random import Random
from typing import Any

PORTFOLIOS = ("用地", "用工", "融资", "环保", "规划", "市场")
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张"


def invented(number: int) -> dict[str, Any]:
    """A problem of 2 to 12 days, up to 3 seats and 12 leaders; about every other one cannot keep all its rules."""
    dice = Random(number)
    return a_rota(dice, days=dice.randint(2, 12), leaders=dice.randint(3, 12), seats=dice.randint(1, 3))


def tiny(number: int) -> dict[str, Any]:
    """A problem so small that every plan can be tried."""
    dice = Random(number)
    leaders = dice.randint(2, 4)
    days = dice.randint(1, 4 if leaders < 4 else 3)
    return a_rota(dice, days=days, leaders=leaders, seats=dice.randint(1, 2), several=False)


def district(number: int, *, days: int, leaders: int, weekly: bool = False) -> dict[str, Any]:
    """A district as they are: three seats, a gap, two chiefs once a year, 8 % leave, two portfolios asked for a day."""
    dice = Random(number)
    portfolios = [f"分管{at}" for at in range(12)]
    dates = [
        date(2027, 1, 15) + timedelta(weeks=at) if weekly else date(2027 + at // 12, at % 12 + 1, 15)
        for at in range(days)
    ]
    people = [
        {"id": f"L{at:02}", "name": f"{at}示", "portfolios": dice.sample(portfolios, dice.choice([1, 2, 2, 3]))}
        for at in range(leaders)
    ]
    return {
        "days": [str(it) for it in dates],
        "seats": [{"id": it} for it in ("main", "accompanying", "standby")],
        "leaders": people,
        "leaves": [
            {"leader": it["id"], "from": str(day), "until": str(day)}
            for it in people
            for day in dates
            if dice.random() < 0.08
        ],
        "wanted": [{"day": str(day), "portfolios": dice.sample(portfolios, 2)} for day in dates],
        "rules": {"min_gap_days": 30 if weekly else 45, "chiefs": ["L00", "L01"], "chief_every_days": 366},
        "time_limit_s": 30,
    }


def a_rota(dice: Random, *, days: int, leaders: int, seats: int, several: bool = True) -> dict[str, Any]:
    step = dice.choice([7, 14, 30, 31])
    dates = [date(2027, 1, 15) + timedelta(days=step * at + dice.randint(0, 3)) for at in range(days)]
    people = [_leader(dice, at, dates, step) for at in range(leaders)]
    ids = [it["id"] for it in people]
    problem: dict[str, Any] = {
        "days": [it.isoformat() for it in dice.sample(dates, days)],
        "seats": [_seat(dice, it, ids, several=several) for it in ("main", "accompanying", "standby")[:seats]],
        "leaders": people,
        "leaves": [
            {"leader": it, "from": day.isoformat(), "until": (day + timedelta(days=dice.randint(0, 20))).isoformat()}
            for it in ids
            for day in dates
            if dice.random() < 0.08
        ],
        "wanted": [
            {"day": day.isoformat(), "portfolios": dice.sample(PORTFOLIOS, dice.randint(1, 2))}
            for day in dates
            if dice.random() < 0.6
        ],
        "rules": _rules(dice, ids, step),
        "seed": dice.randint(0, 3),
        "time_limit_s": 30,
    }
    problem["fixed"] = _turns(dice, problem, dates, part=dice.choice([0, 0, 0.15]))
    problem["previous"] = _turns(dice, problem, dates, part=dice.choice([0, 0, 0.9]), strict=False)
    return problem


def _leader(dice: Random, at: int, dates: list[date], step: int) -> dict[str, Any]:
    joins = dice.random() < 0.1
    leaves = dice.random() < 0.1
    history = {seat: dice.randint(0, 2) for seat in ("main", "accompanying", "standby")} if dice.random() < 0.5 else {}
    return {
        "id": f"L{at + 1}",
        "name": f"{SURNAMES[at]}示",
        "post": "副区长",
        "weight": dice.choice([1, 1, 1, 0.5, 1.5]) if dice.random() < 0.4 else 1.0,
        "portfolios": dice.sample(PORTFOLIOS, dice.randint(0, 2)),
        "from": dice.choice(dates).isoformat() if joins else None,
        "until": None if joins or not leaves else dice.choice(dates).isoformat(),
        "history": history,
        "last_turn": (dates[0] - timedelta(days=dice.randint(1, 3 * step))).isoformat()
        if dice.random() < 0.5
        else None,
    }


def _seat(dice: Random, name: str, ids: list[str], *, several: bool) -> dict[str, Any]:
    seat: dict[str, Any] = {"id": name}
    if dice.random() < 0.3:
        seat["pool"] = sorted(dice.sample(ids, dice.randint(1, len(ids))))
    if several and dice.random() < 0.15:
        seat["count"] = 2
    return seat


def _rules(dice: Random, ids: list[str], step: int) -> dict[str, Any]:
    return {
        "min_gap_days": dice.choice([0, 0, step - 5, step + 4, 2 * step + 8]),
        "chiefs": dice.sample(ids, dice.randint(0, 2)),
        "chief_every_days": dice.choice([None, 2 * step + 5, 3 * step + 5, 4 * step]),
        "max_per_leader": dice.choice([None, None, 1, 2, 4]),
        "min_per_leader": dice.choice([None, None, None, 1]),
    }


def _turns(
    dice: Random, problem: dict[str, Any], dates: list[date], *, part: float, strict: bool = True
) -> list[dict[str, Any]]:
    """Some turns; `strict` ones keep leave, term and pool, as fixed ones must."""
    away = {(it["leader"], day) for it in problem["leaves"] for day in dates if it["from"] <= str(day) <= it["until"]}
    found = []
    for day in dates:
        free = [
            it
            for it in problem["leaders"]
            if (it["from"] or "") <= str(day) <= (it["until"] or "9999") and (it["id"], day) not in away
        ]
        for seat in problem["seats"]:
            those = [it for it in free if it["id"] in seat.get("pool", [it["id"]])]
            if dice.random() < part:
                chosen = dice.choice(those if strict else problem["leaders"]) if those else None
                if chosen is not None:
                    free = [it for it in free if it is not chosen]
                    found.append({"day": str(day), "seat": seat["id"], "leader": chosen["id"]})
    return found
