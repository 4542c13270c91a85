import json

import pytest

from portal.domain.matter_course import MatterAct, Party
from portal.domain.matters import MatterState

ALL = len(MatterState) * len(MatterAct) * len(Party)


@pytest.fixture
def run(app, session):
    return lambda *words: app.test_cli_runner().invoke(args=["matters", "course", *words])


def test_the_course_is_written_out_with_the_count_of_its_cells(run):
    answer = run()
    assert answer.exit_code == 0, answer.stderr
    assert "在办\t报送办理结果\t牵头单位、牵头单位负责人\t待单位审签" in answer.stdout
    assert f"= {ALL} 格" in answer.stdout.splitlines()[-1]


def test_it_is_written_as_a_table_to_paste(run):
    lines = run("--markdown").stdout.splitlines()
    assert lines[:2] == ["| 状态 | 动作 | 由谁 | 到 |", "|---|---|---|---|"]
    assert "| 待销号审批 | 批准销号 | 工商联办公室、签批领导、牵头领导 | 已销号 |" in lines


def test_every_refused_cell_says_why(run):
    lines = [it.split("\t") for it in run("--refused").stdout.splitlines() if "\t" in it]
    allowed = sum(len(it["parties"]) for it in json.loads(run("--json").stdout)["lines"])
    assert len(lines) == ALL - allowed
    assert all(len(it) == 4 and it[3] for it in lines)
