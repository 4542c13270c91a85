"""`duty`: the rota from the machine itself; it needs no database."""

import json
from typing import IO

import click

from portal.cli.answers import json_option, refusals, tell
from portal.domain.errors import RuleBroken
from portal.domain.solving.answer import as_data
from portal.domain.solving.problem import Problem, Solution
from portal.domain.solving.reading import problem_of
from portal.domain.solving.solve import solve as solved

STATUSES = {
    "optimal": "已证明最优",
    "feasible": "时间用完，未能证明最优",
    "infeasible": "规则不能同时做到，已按次序放宽",
}


@click.group("duty")
def command() -> None:
    """轮值。"""


@command.command("solve")
@click.argument("file", type=click.File("r", encoding="utf-8-sig"))
@json_option
def solve(file: IO[str], *, as_json: bool) -> None:
    """求解轮值题目（JSON 文件，- 为标准输入），列出安排、理由和未获安排者的原因。

    文件也可以是多道题目的数组，逐一求解。席位可写 name（名称）、count（人数）；rules 除 min_gap_days、chiefs、
    chief_every_days、max_per_leader 外，可写 chief_seats（主要领导须任的席位）和 min_per_leader（每人至少几次）。
    规则不能同时做到时，依次放宽：每人至少、主要领导间隔、每人最多、轮值间隔，最后才让席位空缺。
    """
    with refusals():
        data = _read(file)
        several = isinstance(data, list)
        problems = _problems(data) if isinstance(data, list) else [problem_of(data)]
        answers = [(problem, solved(problem)) for problem in problems]
    told = [as_data(problem, solution) for problem, solution in answers]
    text = "\n\n".join(_as_text(problem, solution) for problem, solution in answers)
    tell(told if several else told[0], text, as_json=as_json)


def _read(file: IO[str]) -> object:
    try:
        return json.load(file)
    except UnicodeDecodeError:
        raise RuleBroken("文件不是 UTF-8 编码的 JSON，请另存为 UTF-8 后再试。") from None
    except json.JSONDecodeError as wrong:
        raise RuleBroken(f"文件不是 JSON：第 {wrong.lineno} 行第 {wrong.colno} 列有误，请改正后再试。") from None
    except ValueError:
        raise RuleBroken("文件里有一个数太长，读不了，请改正后再试。") from None
    except RecursionError:
        raise RuleBroken("文件嵌套过深，不是轮值题目。") from None


def _problems(data: list[object]) -> list[Problem]:
    problems = []
    for number, it in enumerate(data, start=1):
        try:
            problems.append(problem_of(it))
        except RuleBroken as refusal:
            raise RuleBroken(f"第 {number} 道题目：{refusal.message}") from None
    return problems


def _as_text(problem: Problem, solution: Solution) -> str:
    names = {it.id: it.name for it in problem.leaders}
    labels = {it.id: it.label for it in problem.seats} | {"total": "合计"}
    lines = [f"{STATUSES[solution.status]}，用时 {solution.seconds:.2f} 秒。"]
    lines += [f"{it.day}\t{labels[it.seat]}\t{names[it.leader]}\t{it.why}" for it in solution.plan]
    lines += [f"{it.day}\t{labels[it.seat]}\t（空缺）\t{it.why}" for it in solution.unfilled]
    spreads = "，".join(f"{labels[name]} {float(it):g} 次" for name, it in solution.spread.items())
    lines.append(f"最多与最少之差：{spreads}。分管不对应 {solution.mismatches} 项。")
    lines += [
        f"变动：{it.day} {labels[it.seat]}由{names[it.from_]}改为{names[it.to] if it.to else '空缺'}。"
        for it in solution.changed
    ]
    return "\n".join([*lines, *(f"放宽：{it}" for it in solution.relaxed)])
