"""The measuring itself: it counts right, says no when the work was not done, and its figures can be read by machines."""

import json
import subprocess
import sys

import pytest

from portal.cli.serve import server_arguments
from portal.config import load_settings
from tests.bench.day_play import day_json, day_table
from tests.bench.measure import Figure, Round, Work, WrongAnswer, figure, measure
from tests.bench.report import Aim, as_json, as_table
from tests.bench.rota import _measured, _problems, _repaired
from tests.bench.stage import HELLO
from tests.browser.full_day.hands import Effort, Tally
from tests.live.processes import HOST, ROOT, environment, family, free_port, started

HELLO_FIGURE = Figure("hello", 5000, 5000.0, 1.0, 2.0, 0.2, 5)


def test_a_figure_is_the_median_of_its_rounds():
    rounds = [Round(10, 100.0, 1.0, 9.0, 2.0), Round(20, 300.0, 2.0, 8.0, 1.0), Round(30, 200.0, 3.0, 70.0, 40.0)]
    assert figure("booking", rounds) == Figure("booking", 60, 200.0, 2.0, 9.0, 2.0, 3)


@pytest.mark.parametrize(
    "aim, met",
    [
        (Aim("cpu_ms", 2), True),
        (Aim("cpu_ms", 1.9), False),
        (Aim("per_second", 400, at_least=True), True),
        (Aim("per_second", 501, at_least=True), False),
        (Aim("rate_to_hello", 0.1, at_least=True), True),
        (Aim("rate_to_hello", 0.11, at_least=True), False),
    ],
)
def test_an_aim_is_met_or_not(aim: Aim, met: bool):
    assert aim.met(Figure("booking", 1, 500.0, 5.0, 20.0, 2.0, 5, HELLO_FIGURE)) is met


def test_figures_are_told_to_people_and_to_machines():
    booking = Figure("booking", 900, 500.0, 5.0, 20.0, 5.0, 5, HELLO_FIGURE)
    table = as_table([HELLO_FIGURE, booking])
    assert "登记预约" in table
    assert "CPU≤4 ms ✗" in table
    assert "≥400/s ✓" in table
    told = json.loads(as_json([HELLO_FIGURE, booking]))["figures"][1]
    assert told["cpu_to_hello"] == 25
    assert told["rate_to_hello"] == 0.1
    assert {"aim": "p95≤50 ms", "met": True} in told["aims"]


def test_a_day_is_told_step_by_step_with_its_presses():
    tally = Tally({"签到": [Effort(scans=1, seconds=0.2), Effort(scans=1, seconds=0.4)], "叫号": [Effort(clicks=1)]})
    head, _, check_in, call, *_, told, _ = day_table(tally, 60).splitlines()
    assert head.split()[:3] == ["步骤", "step", "次数"]
    assert check_in.split() == ["签到", "2", "0", "0", "1", "0", "0.30", "0.40"]
    assert call.split()[:3] == ["叫号", "1", "1"]
    assert "共 3 步：点击 1 次，按键 0 次，扫码 2 次" in told
    assert len(json.loads(day_json(tally, 60))["steps"]["签到"]) == 2


def test_rotas_are_measured_beside_the_rules_of_thumb():
    (repaired,) = [_repaired(_problems(2, days=4, leaders=9))]
    told = as_table([_measured("rota_year", _problems(2, days=4, leaders=9)), repaired])
    assert "已证明最优 2 题；求解：最大差" in told
    assert "最久未轮者先：最大差" in told
    assert "必须变动 1 处，变动 1 处的 2 题" in told


def test_a_server_is_measured_with_all_its_processes_and_only_for_work_it_has_done(tmp_path):
    port = free_port()
    settings = load_settings(instance=tmp_path, bind=f"{HOST}:{port}", workers=2)
    with started(server_arguments(settings, app=HELLO), port, tmp_path / "log", environment(), path="/") as running:
        assert len(family(running.process.pid)) >= 3
        work = Work("hello", running, lambda: [b"GET / HTTP/1.1\r\nHost: hello\r\n\r\n"] * 500)
        (told,) = measure([work], rounds=2, seconds=30)
        assert told.answers == 1000
        assert told.cpu_ms > 0
        elsewhere = Work("elsewhere", running, lambda: [b"GET /nowhere HTTP/1.1\r\nHost: hello\r\n\r\n"])
        with pytest.raises(WrongAnswer, match="404 instead of 200"):
            elsewhere.round(30)
    assert not family(running.process.pid) - {running.process.pid}


def test_an_unknown_measurement_is_refused_with_the_known_ones():
    ended = subprocess.run(
        [sys.executable, "-m", "tests.bench", "nothing"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert "month_calendar" in ended.stderr
