"""Strategies in processes of their own: what goes wrong loses a round with a sentence, and the others go on."""

from __future__ import annotations

import os
import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from mmlab.simulation.crew import MOST_BYTES
from mmlab.tournament.hours import Conditions
from mmlab.tournament.league import play
from mmlab.tournament.rounds import play_hour
from tests.tournament.here import Here

pytestmark = pytest.mark.skipif(os.name != "posix", reason="limits of processes are POSIX's")
SHORT = Conditions(n_steps=12, foresight=3)
GOOD = "def quotes(mid_price, inventory, time_left):\n    return mid_price - 0.5 - 0.05 * inventory, mid_price + 0.5"
BESIDE = "def quotes(mid_price, inventory, time_left):\n    return mid_price - 0.45, mid_price + 0.55, 2"
SILENT = "def quotes(mid_price, inventory, time_left):\n    return float('nan'), float('nan')"


def quotes(body: str, before: str = "") -> str:
    head = "def quotes(mid_price, inventory, time_left, **more):"
    return f"{before}\n{head}\n    {body}\n    return mid_price - 0.5, mid_price + 0.5\n"


REMEMBERS = """import os
if os.path.exists("been"): raise ValueError("it has been here")
def quotes(mid_price, inventory, time_left):
    open("been", "w").close()
    return mid_price - 0.5, mid_price + 0.5"""
OTHER = Path(__file__)
HOLDS_ON = """try:
        int("6")  # Python says that a signal came at a loop's start before it: this line is in the try as well
        while True: int("7")
    except BaseException:
        while True: int("8")"""
FORGES = """import os
def answer(words):
    for n in range(3, 128):
        try: os.write(n, words + b"\\n")
        except OSError: pass"""
BAD = {
    "loops": (quotes("while True: pass"), "a step took more than 1 s"),
    "loops and holds on": (quotes(HOLDS_ON), "it had not returned in time"),
    "sleeps": (quotes("time.sleep(0.1)", "import time"), "it slept, and the others wait"),
    "prints for ever": (quotes("for _ in range(10**9): print('x' * 10**6)"), "it printed more than 1 MB"),
    "takes all memory": (quotes("bytearray(4 * 10**9)"), "MemoryError"),
    "reads another's file": (quotes(f"open({str(OTHER)!r}).read()"), f"a strategy may not open {OTHER.name}"),
    "reads it and hides that": (
        quotes(f"try: open({str(OTHER)!r}).read()\n    except Exception: pass"),
        f"a strategy may not open {OTHER.name}",
    ),
    "reads the parent's memory": (
        quotes("open(f'/proc/{os.getppid()}/mem', 'rb')", "import os"),
        "a strategy may not open mem",
    ),
    "starts a process": (quotes("os.system('true')", "import os"), "a strategy may not do os.system"),
    "forks": (quotes("os.fork()", "import os"), "a strategy may not do os.fork"),
    "connects": (
        quotes("socket.create_connection(('127.0.0.1', 80))", "import socket"),
        "a strategy may not do socket.",
    ),
    "patches mmlab": (
        quotes("match.on_ticks = None", "from mmlab.tournament import match"),
        "it changed mmlab.tournament.match.on_ticks",
    ),
    "ends itself": (quotes("os._exit(0)", "import os"), "its process ended (exit code 0)"),
    "breaks down": (quotes("os.abort()", "import os"), "its process ended (SIGABRT)"),
    "answers no JSON": (quotes("answer(b'no')", FORGES), "what wrote to the tournament was no answer"),
    "answers for too many": (quotes("answer(b'{\"value\": [[], [], []]}')", FORGES), "what are no quotes"),
    "answers no list": (quotes("answer(b'{\"value\": 1}')", FORGES), "what are no quotes"),
}
WRONG = {
    "divides by nothing": (quotes("1 / inventory"), "ZeroDivisionError: division by zero (line 3) (step 0)"),
    "is no Python": ("def quotes(:\n", "SyntaxError"),
    "has nothing to call": ("quote = 1", "has no function quotes"),
    "imports pandas": (f"import pandas\n{GOOD}", "imports pandas; a strategy may import mmlab, numpy"),
    "size that is no number": (quotes("return 99, 101, float('nan')"), "it quoted nan clips at 99.0"),
    "infinite price": (quotes("return -float('inf'), 101"), "it quoted 1.0 clips at -inf"),
    "huge size": (quotes("return 99, 101, 10**300"), "it quoted 1e+300 clips at 99.0"),
    "negative size": (quotes("return 99, 101, -1"), "ValueError: a bid of -1 clips"),
    "crossed": (quotes("return 100.5, 100.2"), "its bid 100.5 was not below its ask 100.2"),
    "returns words": (quotes("return 'buy', 'sell'"), "ValueError: could not convert string"),
    "returns one number": (quotes("return 3"), "quotes returned 3, which is no Quotes"),
    "returns nothing": (quotes("return None"), "quotes returned None, which is no Quotes"),
    "takes four arguments": (quotes("").replace("time_left", "time_left, spread"), "'spread'"),
}


def play_all(strategies, n_hours=1, jobs=1):
    return play(strategies, SHORT, 1, n_hours, jobs)


@pytest.fixture(scope="module")
def beside_bad_ones():
    return play_all({"good": GOOD, "better": BESIDE} | {name: source for name, (source, _) in BAD.items()})[0].results


@pytest.mark.parametrize("name", BAD)
def test_each_loses_its_round_with_a_sentence(beside_bad_ones, name):
    for table, each in beside_bad_ones.items():
        if name in table:
            assert each[name].score < 0
            assert BAD[name][1] in each[name].lost
            assert each[name].forfeit >= SHORT.forfeit


@pytest.mark.parametrize("name", WRONG)
def test_what_are_no_quotes_loses_the_round_with_a_sentence(name):
    source, sentence = WRONG[name]
    seated = {"good": Here(GOOD, "good"), name: Here(source, name)}
    result = play_hour(seated, SHORT, 1, 0).results["good", name]
    assert sentence in result[name].lost
    assert not result["good"].lost


def test_the_others_play_on_as_if_they_were_not_there(beside_bad_ones):
    without = play_all({"good": GOOD, "better": BESIDE})[0].results["good", "better"]
    assert beside_bad_ones["good", "better"] == without
    assert (
        beside_bad_ones["good", "ends itself"]["good"]
        == play_all({"good": GOOD, "x": SILENT})[0].results["good", "x"]["good"]
    )


def test_a_process_apart_says_what_the_file_says_here():
    apart = play_all({"a": GOOD, "b": BESIDE}, n_hours=2)
    here = [play_hour({"a": Here(GOOD, "a"), "b": Here(BESIDE, "b")}, SHORT, 1, n) for n in range(2)]
    assert apart == here


def test_the_results_are_the_same_for_any_number_of_jobs():
    remembers = quotes(
        "remembered.append(mid_price)\n    if len(remembered) % 7 == 0: return 50, 150", "remembered = []"
    )
    strategies = {"a": GOOD, "ß": BESIDE, "it remembers": remembers}
    assert play_all(strategies, 3, jobs=1) == play_all(strategies, 3, jobs=2)


def test_nothing_of_an_hour_is_there_in_the_next():
    stores = quotes("assert not hasattr(math, 'mids') or time_left < 1\n    math.mids = mid_price", "import math")
    for hour in play_all({"a": GOOD, "stores": stores}, 2):
        assert not hour.results["a", "stores"]["stores"].lost


def test_a_strategy_that_fails_in_one_hour_plays_the_next():
    moody = quotes("import os\n    if mid_price != 100 and LIMIT: os._exit(1)")
    moody = moody.replace("LIMIT", "round(mid_price * 1e6) % 40 == 0")
    lost = [hour.results["a", "moody"]["moody"].lost for hour in play_all({"a": GOOD, "moody": moody}, 6)]
    assert any(lost)
    assert not all(lost)


def test_what_is_written_in_an_hour_is_not_found_in_the_next():
    played = play({"remembers": REMEMBERS, "good": GOOD}, SHORT, 1, 2)
    assert [one.lost for hour in played for each in hour.results.values() for one in each.values()] == [""] * 4


def test_an_hour_of_the_largest_tournament_is_small_enough_to_be_sent_even_if_all_lose_at_all_tables():
    loses = quotes(f"raise ValueError({'w' * 250!r})")
    names = [f"student {n}" for n in range(64)]
    hour = play_hour({name: Here(loses, name) for name in names}, replace(SHORT, n_steps=2), 1, 0)
    assert all(one.lost for each in hour.results.values() for one in each.values())
    assert len(pickle.dumps([hour], 5)) < MOST_BYTES
