"""The report: whole, offline, with every number and where it is from; or not written, and a sentence says why."""

import base64
import csv
import html.parser
import os
import re
import subprocess
import sys

import numpy as np
import pytest

import mmlab
from mmlab import (
    MarketMakingConfig,
    MarketMakingMonitor,
    MarketMakingPipeline,
    ParameterError,
    Symmetric,
    simulate,
    write_report,
)
from mmlab.measure import LimitBook, ReportError, Rule

CONFIG = MarketMakingConfig()
RULES = [Rule(name="run", threshold=3), Rule(name="wide", threshold=0.05, done="<nothing>")]


def monitored(n_steps=300, n_paths=2):
    monitor = MarketMakingMonitor(CONFIG, rules=RULES)
    monitor.monitor(None, simulate(CONFIG.make_desk(), CONFIG.make_market().tape(n_paths, n_steps, seed=3)))
    return monitor


@pytest.fixture(scope="module")
def monitor():
    return monitored()


class Page(html.parser.HTMLParser):
    """What a page holds: headings, cells of tables, pictures, and what it would load."""

    def __init__(self, text):
        super().__init__()
        self.open, self.cells, self.headings, self.pictures, self.loads = [], [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag not in ("meta", "img"):
            self.open.append(tag)
        if tag == "img":
            self.pictures.append(given)
        self.loads += [v for k, v in given.items() if k in ("src", "href") and not v.startswith("data:")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] in (["td"], ["th"]):
            self.cells.append(data)
        if self.open[-1:] in (["h1"], ["h2"]):
            self.headings.append(data)


def test_a_page_says_all_of_a_day_and_loads_nothing(monitor, tmp_path):
    changes = LimitBook(CONFIG).change("max_drawdown", 1_000, time=60, why="a <test> & more").changes
    page, numbers = write_report(
        tmp_path / "day.html", monitor, title="Tuesday", changes=changes, provenance={"seed": 3}, path=1
    )
    assert (page, numbers) == (tmp_path / "day.html", tmp_path / "day.csv")
    text = page.read_text(encoding="utf-8")
    shown = Page(text)
    assert shown.open == []
    assert shown.loads == []
    assert "url(" not in text
    heads = ["Tuesday", "Where the profit came from", "Which day", "Alerts", "Metrics", "Limits, halts, resets"]
    assert shown.headings[:6] == heads
    (picture,) = shown.pictures
    assert base64.b64decode(picture["src"].removeprefix("data:image/png;base64,"))[:4] == b"\x89PNG"
    profit = monitor.metrics["pnl"][1]
    assert f"a profit of {profit:.2f} price·clip ({100 * profit:,.0f} of currency)" in picture["alt"]
    assert f"{monitor.metrics['fills'][1]:g} fills" in picture["alt"]
    cells = shown.cells
    alerts = [alert for alert in monitor.alerts if alert.path == 1]
    assert alerts
    assert [cell for cell in cells if cell.endswith("WARNING")] == ["▲ WARNING"] * len(alerts)
    assert alerts[0].what in cells
    assert "At 60: max_drawdown 2500 → 1000 [currency], a <test> & more." in cells
    assert cells[cells.index("quoted spread") + 2] == "price"
    assert cells[cells.index("time at touch") + 1] == "not known"
    assert cells[cells.index("seed") + 1] == "3"
    assert cells[cells.index("data hash") + 1] == "not stated"
    assert cells[cells.index("mmlab") + 1] == mmlab.__version__
    assert cells[cells.index("numpy") + 1] == np.__version__
    assert re.fullmatch("[0-9a-f]{64}", cells[cells.index("rows, SHA-256") + 1])
    assert cells[cells.index("max_drawdown") + 1] == "2500"


def test_a_page_says_which_day_whose_desk_which_money_and_which_model(monitor, tmp_path):
    facts = dict(date="2026-11-30", clock="seconds since 09:30 in New York", desk="Rates 2", currency="USD")
    page, _ = write_report(tmp_path / "day.html", monitor, **facts)
    cells = read_page(page).cells
    cells = cells[cells.index("date") :]  # the attribution is first, and counts currency too
    for name, word in facts.items():
        assert cells[cells.index(name) + 1] == word
    profit = float(cells[cells.index("profit [USD]") + 1].replace(",", "").replace("\N{MINUS SIGN}", "-"))
    assert profit == round(monitor.metrics["pnl"][0] * CONFIG.market.clip)
    assert cells[cells.index("model") + 1] == cells[cells.index("name") + 1] == "AvellanedaStoikov"
    page, _ = write_report(tmp_path / "day.html", monitor)
    cells = read_page(page).cells
    assert cells[cells.index("date") + 1] == "not stated"
    with pytest.raises(ParameterError, match="date, clock, desk, currency that are text"):
        write_report(tmp_path / "day.html", monitor, desk=3)


def test_the_numbers_keep_their_digits(monitor, tmp_path):
    _, numbers = write_report(tmp_path / "day.html", monitor)
    with numbers.open(encoding="utf-8", newline="") as file:
        values = {row["name"]: (float(row["value"]), row["unit"]) for row in csv.DictReader(file)}
    assert values["pnl"] == (monitor.metrics["pnl"][0], "price·clip")
    assert values["pnl_currency"] == (pytest.approx(values["pnl"][0] * CONFIG.market.clip), "currency")
    assert values["markout 10"] == (monitor.metrics["markout 10"][0], "price")
    assert values["attribution spread"] == (monitor.attribution.spread[0], "price·clip")
    parts = [value for name, (value, _) in values.items() if name.startswith("attribution ")]
    assert sum(parts[:-1]) == pytest.approx(parts[-1])


def test_the_same_day_has_the_same_hash_and_another_day_another(tmp_path):
    hashes = []
    for n, steps in enumerate((100, 100, 101)):
        page, _ = write_report(tmp_path / f"{n}.html", monitored(steps, 1))
        cells = Page(page.read_text(encoding="utf-8")).cells
        hashes.append(cells[cells.index("rows, SHA-256") + 1])
    assert hashes[0] == hashes[1] != hashes[2]


@pytest.mark.parametrize("rows", [[], [dict(time=0, mid=100, inventory=0, cash=0, bid_price=99, bid_fill=1)]])
def test_a_day_without_rows_and_one_of_one_fill_have_a_report(rows, tmp_path):
    monitor = MarketMakingMonitor(CONFIG)
    monitor.monitor(None, rows)
    page, _ = write_report(tmp_path / "day.html", monitor)
    assert len(Page(page.read_text(encoding="utf-8")).pictures) == len(rows)


def refused(monitor, page):
    with pytest.raises(ReportError) as error:
        write_report(page, monitor)
    return str(error.value)


def test_a_folder_that_is_not_there(monitor, tmp_path):
    page = tmp_path / "nowhere" / "day.html"
    assert refused(monitor, page) == f"The report could not be written to {page}: No such file or directory."
    (tmp_path / "file").touch()
    assert "Not a directory" in refused(monitor, tmp_path / "file" / "day.html")
    with pytest.raises(ParameterError, match="its numbers go to"):
        write_report(tmp_path / "day.csv", monitor)


def test_a_report_that_cannot_be_written_leaves_the_old_one_and_no_litter(monitor, tmp_path, monkeypatch):
    page, numbers = write_report(tmp_path / "day.html", monitor)
    before = page.read_bytes(), numbers.read_bytes()

    def full(*args):
        raise OSError(28, "No space left on device")

    def read_only(*args):
        raise PermissionError(13, "Permission denied")

    for name, fails, reason in (
        ("fsync", full, "No space left on device"),
        ("replace", read_only, "Permission denied"),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(os, name, fails)
            assert reason in refused(monitored(50), page)
        assert (page.read_bytes(), numbers.read_bytes()) == before
        assert sorted(path.name for path in tmp_path.iterdir()) == ["day.csv", "day.html"]


FULL_DISK = """
import resource, signal, sys
from tests.measure.test_report import monitored
from mmlab.measure import ReportError, write_report
monitor = monitored(50)
write_report(sys.argv[1], monitor)  # whatever matplotlib keeps is there before the disk is full
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    write_report(sys.argv[1], monitor, title="another")
except ReportError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a file's size is limited by the resource module")
def test_a_disk_that_is_full_half_way_through(tmp_path):
    page = tmp_path / "day.html"
    run = subprocess.run([sys.executable, "-c", FULL_DISK, str(page)], capture_output=True, text=True, check=True)
    assert run.stdout == f"The report could not be written to {page}: File too large.\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["day.csv", "day.html"]
    assert "<title>A day of quoting</title>" in page.read_text(encoding="utf-8")


def read_page(page):
    return Page(page.read_text(encoding="utf-8"))


def test_the_model_that_ran_is_named_with_its_numbers_and_no_other(tmp_path):
    """What a pipeline was given in the configuration's place is what the page prints."""
    tape = CONFIG.make_market().tape(1, 50, seed=3)
    monday = MarketMakingPipeline(CONFIG, model=Symmetric(half_spread=0.02), limits=CONFIG.make_limits()[:1])
    for strategy, name, number, limits in (
        (MarketMakingPipeline(CONFIG), "AvellanedaStoikov", ("risk_aversion", "1e-05", "1/currency"), True),
        (monday, "Symmetric", ("half_spread", "0.02", "price"), False),
        (Symmetric(half_spread=0.02), "Symmetric", ("half_spread", "0.02", "price"), True),
    ):
        monitor = MarketMakingMonitor(CONFIG)
        monitor.monitor(None, history := simulate(strategy, tape))
        shown = read_page(write_report(tmp_path / "day.html", monitor)[0])
        cells = [cell.replace("−", "-") for cell in shown.cells]
        assert cells[cells.index("name") + 1] == name
        assert tuple(cells[(at := cells.index(number[0])) : at + 3]) == number
        assert cells[cells.index("seed") + 1] == "3"
        assert cells[cells.index("run, SHA-256") + 1] == history.hash
        assert ("Configuration: limits" in shown.headings) == limits
        assert ("Limits, in the configuration's place" in shown.headings) != limits


@pytest.mark.parametrize("wrong", [{"path": 2}, {"path": -1}, {"path": 0.5}, {"title": None}, {"provenance": [1]}])
def test_what_a_report_cannot_say_is_refused_before_anything_is_written(wrong, monitor, tmp_path):
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        write_report(tmp_path / "day.html", monitor, **wrong)
    assert list(tmp_path.iterdir()) == []


def test_an_own_model_is_named_as_what_it_is(tmp_path):
    class TwoCents(Symmetric):
        pass

    monitor = MarketMakingMonitor(CONFIG)
    own = MarketMakingPipeline(CONFIG, model=TwoCents(half_spread=0.02))
    monitor.monitor(None, simulate(own, CONFIG.make_market().tape(1, 50, seed=3)))
    cells = read_page(write_report(tmp_path / "day.html", monitor)[0]).cells
    assert cells[cells.index("name") + 1] == "own model TwoCents"
    assert "AvellanedaStoikov" not in " ".join(cells[: cells.index("seed")])
    assert cells[cells.index("cannot_be_rebuilt") + 1] == "it has own model TwoCents"


def test_pre_trade_checks_that_are_on_are_shown_and_no_other(tmp_path):
    checked = CONFIG.override({"checks": {"price_collar": 0.01, "post_only": True}})
    tape = CONFIG.make_market().tape(1, 100, seed=3)
    for config, shows in ((CONFIG, False), (checked, True)):
        monitor = MarketMakingMonitor(config, rules=RULES)
        monitor.monitor(None, simulate(MarketMakingPipeline(config), tape))
        shown = read_page(write_report(tmp_path / "report.html", monitor)[0])
        assert ("Configuration: checks" in shown.headings) == shows
        assert ("post_only" in shown.cells) == shows
        assert "no_self_trade" not in shown.cells
