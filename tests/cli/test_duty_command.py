import json
from pathlib import Path

import pytest

from portal.app import create_app
from portal.config import load_settings
from tests.domain.solving.problems import a_leader, a_problem
from tests.rota_checker import faults


@pytest.fixture
def run(tmp_path):
    """The commands of a portal whose database does not exist."""
    app = create_app(load_settings(instance=tmp_path / "instance", today="2026-11-22T09:00", sample=False))
    return lambda *words, **more: app.test_cli_runner().invoke(args=["duty", "solve", *words], **more)


@pytest.fixture
def written(tmp_path):
    def write(data) -> str:
        path = Path(tmp_path) / "problem.json"
        path.write_text(data if isinstance(data, str) else json.dumps(data, ensure_ascii=False), encoding="utf-8")
        return str(path)

    return write


def test_a_file_is_solved_without_a_database(run, written):
    answer = run(written(a_problem()), "--json")
    assert (answer.exit_code, answer.stderr) == (0, "")
    told = json.loads(answer.stdout)
    assert faults(a_problem(), told) == []
    assert {"status", "plan", "unfilled", "loads", "spread", "mismatches", "changed", "relaxed", "seconds"} <= set(told)


def test_the_standard_input_is_read_and_people_get_sentences(run):
    answer = run("-", input=json.dumps(a_problem()))
    assert answer.exit_code == 0
    assert answer.stdout.startswith("已证明最优，用时")
    assert "2027-01-15\t主接待\tL" in answer.stdout
    assert "最多与最少之差：主接待 0 次，合计 0 次。" in answer.stdout


def test_what_gave_way_and_what_changed_is_told_to_people(run, written):
    problem = a_problem(
        leaders=[a_leader("L1", until="2027-02-01"), a_leader("L2", until="2027-03-01")],
        previous=[{"day": day, "seat": "main", "leader": "L1"} for day in ("2027-02-14", "2027-03-16")],
    )
    answer = run(written(problem))
    assert answer.exit_code == 0
    assert "变动：2027-02-14 主接待由L1示改为L2示。" in answer.stdout
    assert "变动：2027-03-16 主接待由L1示改为空缺。" in answer.stdout
    assert "（空缺）" in answer.stdout
    assert "放宽：“席位全部排满”放宽 2 处" in answer.stdout


def test_several_problems_have_several_answers(run, written):
    told = json.loads(run(written([a_problem(), a_problem(seed=1)]), "--json").stdout)
    assert [it["status"] for it in told] == ["optimal", "optimal"]


@pytest.mark.parametrize(
    "data, sentence",
    [
        ('{"days": [', "文件不是 JSON：第 1 行第"),
        (a_problem(days=["2027-13-01"]), "days 第 1 项“2027-13-01”不是日期"),
        ([a_problem(), a_problem(seed=-1)], "第 2 道题目：seed 是 -1"),
        ("3", "题目应是 JSON 对象"),
        ('{"seed": 1' + "0" * 5000 + "}", "文件里有一个数太长"),
    ],
)
def test_a_wrong_problem_is_refused_with_its_reason(run, written, data, sentence):
    answer = run(written(data), "--json")
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert sentence in answer.stderr


def test_a_file_in_another_encoding_is_refused(run, tmp_path):
    path = tmp_path / "problem.json"
    path.write_bytes('{"说明": 1}'.encode("gbk"))
    answer = run(str(path))
    assert (answer.exit_code, "UTF-8" in answer.stderr) == (1, True)


def test_a_missing_file_is_a_usage_error(run):
    assert run("nowhere.json").exit_code == 2
    assert run().exit_code == 2
