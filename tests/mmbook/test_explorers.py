"""Every explorer, driven as a reader drives it, without a browser."""

from __future__ import annotations

import ast
import base64
import contextlib
import html
import inspect
import io
import os
import re
import textwrap
import threading
from collections.abc import Mapping

import ipywidgets as widgets
import numpy as np
import pytest
from mmbook.ch00 import QuotingDayExplorer
from mmbook.ch02 import AvellanedaStoikovExplorer
from mmbook.ch11 import CalibrationExplorer
from PIL import Image

from mmlab import (
    Market,
    Symmetric,
    simulate,
)
from mmlab.teach import Explorer, plots
from mmlab.teach.panel import Panel
from mmlab.teach.style import ASK, BID, RESERVATION, SYMMETRIC
from mmlab.teach.svg import _path_data
from tests.mmbook.checking import CHAPTERS

EXPLORERS = [
    kind
    for chapter in CHAPTERS
    for name in chapter.__all__
    if isinstance(kind := getattr(chapter, name), type) and issubclass(kind, Explorer)
]

TOGETHER = 2 if os.environ.get("MMLAB_CI") == "all" else 4
"""So many controls go to their ends at once in the presets after the first: fewer each week."""


@pytest.fixture(scope="module")
def shown(request: pytest.FixtureRequest) -> Explorer:
    """One explorer of a kind for all its tests: making one costs more than moving it."""
    return request.param()


# The tests of one kind follow each other, so that there is one explorer at a time; kinds go to workers of their own.
every_kind = pytest.mark.parametrize(
    "shown",
    [pytest.param(kind, id=kind.__name__) for kind in EXPLORERS],
    indirect=True,
    scope="module",
)


@pytest.fixture(scope="module")
def explorer() -> AvellanedaStoikovExplorer:
    return AvellanedaStoikovExplorer()


def numbers(text: str) -> list[float]:
    return [float(x) for x in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", text.replace("−", "-"))]


def press(shown: Explorer, button: str) -> None:
    """Click the button that a reader sees by this name."""
    waiting = [shown.widget]
    while waiting:
        one = waiting.pop()
        if isinstance(one, widgets.Button) and one.description == button:
            one.click()
            return
        waiting += getattr(one, "children", ())
    raise AssertionError(f"there is no button {button!r}")


def assert_code_gives_the_words(shown: Explorer, where: str) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(shown.code(), {})
    in_words = numbers(shown.words)
    for value in numbers(printed.getvalue()):
        assert any(abs(value - x) <= 0.051 for x in in_words), f"{where}: {value} is not in: {shown.words}"


def assert_shows(shown: Explorer, values: Mapping[str, float], where: str) -> None:
    assert not shown.words.startswith("⚠"), f"{where}: {shown.words}"
    assert {name: shown.values[name] for name in shown.controls} == pytest.approx(
        {name: values[name] for name in shown.controls}
    ), where
    assert "nan" not in shown.svg.lower(), where
    assert "inf" not in shown.words, where
    assert_numbers(shown.words, where)


def assert_numbers(words: str, where: str) -> None:
    """Each is one, and a zero has no minus."""
    assert not re.search(r"\b(nan|inf)\b|(?<![\w.)\]])[−-]0*\.?0+(?!\w|[.,]\d)", words), f"{where}: {words}"


def sketched(panel: Panel) -> tuple[str, str]:
    """What a panel shows, its ends and all numbers on its axes, which nobody lays out and draws: that costs most."""
    for name, put in panel._marks.items():
        if name in panel._present:
            put()
    axes = panel.axes
    ticks = [
        str(axis.get_major_formatter().format_ticks(axis.get_majorticklocs())) for axis in (axes.xaxis, axes.yaxis)
    ]
    assert np.isfinite([axes.get_xlim(), axes.get_ylim()]).all()
    assert_numbers(panel.words, "a title")
    artists = [f"{name}: {_path_data(panel._artists[name], 0)}" for name in sorted(panel._present)]
    return f"{axes.get_xlim()} {axes.get_ylim()} {ticks}", "\n".join([panel.words, *panel._legend(), *artists])


@every_kind
def test_in_every_preset_code_runs_and_every_control_goes_to_both_ends(
    shown: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [*shown.ends]
    for preset in shown.presets:
        if preset != shown.preset:  # it was made in the first
            shown.choose(preset)
        at_rest, words = shown.values, shown.words
        assert_shows(shown, at_rest, preset)
        monkeypatch.setattr(Panel, "render", sketched)  # drawn at rest, and in the first after all moves
        shown.set()
        picture = shown.svg
        for name, control in shown.controls.items():  # a preset stands on a step of its handle
            assert control.stops[control.handle.value] == pytest.approx(at_rest[name]), f"{preset}: {name}"
        assert_code_gives_the_words(shown, preset)
        back: dict[str, float] = {}
        alone = preset == next(iter(shown.presets))  # elsewhere several at once, every other one low
        at_once = 1 if alone else TOGETHER
        for some in (names[n : n + at_once] for n in range(0, len(names), at_once)):
            for low in (0, 1):
                ends = {name: shown.ends[name][(low + n) % 2] for n, name in enumerate(some)}
                if all(at_rest[name] == value for name, value in ends.items()):  # which was looked at
                    continue
                shown.set(**back | ends)
                assert_shows(shown, at_rest | ends, f"{preset}: {ends}")
                assert not alone or (shown.svg, shown.words) != (picture, words), ends
                back = {name: at_rest[name] for name in some}
        if alone:
            monkeypatch.undo()
        shown.set(**back)
        monkeypatch.undo()
        assert "nan" not in shown.svg.lower(), preset
        assert (shown.values, shown.words) == (at_rest, words), preset


@pytest.mark.usefixtures("undrawn")
@every_kind
def test_reset_brings_back_all_that_was_moved(shown: Explorer) -> None:
    shown.choose(next(iter(shown.presets)))  # as a fresh one begins
    values, words = shown.values, shown.words
    shown.set(**{name: low if values[name] != low else high for name, (low, high) in shown.ends.items()})
    assert shown.words != words
    press(shown, "Reset")
    assert (shown.values, shown.words) == (values, words)


@pytest.mark.usefixtures("undrawn")
def test_the_readout_says_the_papers_numbers(explorer: AvellanedaStoikovExplorer) -> None:
    explorer.reset()
    assert "reservation price 99.10, bid 98.30, ask 99.90, spread 1.59" in explorer.words
    assert "64.9 ± 6.5" in explorer.words
    assert "68.2 ± 13.5" in explorer.words


@pytest.mark.usefixtures("undrawn")
def test_the_arrival_rate_moves_the_money_and_not_the_quotes(explorer: AvellanedaStoikovExplorer) -> None:
    explorer.reset()
    quotes, _, money = explorer.words.partition("A whole day")
    explorer.set(arrival_rate=70.0)
    assert explorer.words.startswith(quotes)
    assert money not in explorer.words


@pytest.mark.usefixtures("undrawn")
def test_moving_inventory_or_time_computes_no_day_again(explorer: AvellanedaStoikovExplorer) -> None:
    explorer.reset()
    run = explorer.answer(explorer.values).run
    explorer.set(inventory=-7, time_left=0.2)
    assert explorer.answer(explorer.values).run is run


@pytest.mark.usefixtures("undrawn")
def test_a_market_of_the_explorer_is_the_papers(explorer: AvellanedaStoikovExplorer) -> None:
    explorer.reset()
    assert explorer.answer(explorer.values).market == Market.avellaneda_stoikov_2008()


def test_an_error_of_our_own_is_said_without_its_class() -> None:
    shown = CalibrationExplorer()
    shown.set(first_depth=0, number_of_bins=3)
    assert shown.words.startswith("⚠ Of 2960 market orders 2960 reach 0, 2960 reach 0.01 and 2960 reach 0.02: κ needs")
    shown.set(first_depth=4)
    assert "⚠" not in shown.words


@pytest.fixture(scope="module")
def sent(explorer: AvellanedaStoikovExplorer) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """What an explorer at rest sends to a viewer without a kernel."""
    explorer.reset()
    return explorer._repr_mimebundle_()


def test_a_viewer_without_a_kernel_gets_a_picture_and_a_sentence(
    explorer: AvellanedaStoikovExplorer, sent: tuple[dict[str, str], dict[str, dict[str, str]]]
) -> None:
    data, metadata = sent
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert data["text/plain"] == explorer.words
    assert metadata["image/png"]["alt"] == explorer.words
    assert f'alt="{html.escape(explorer.words)}"' in data["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in data


def test_the_static_picture_keeps_every_colour_that_tells_lines_apart(
    sent: tuple[dict[str, str], dict[str, dict[str, str]]],
) -> None:
    picture = Image.open(io.BytesIO(base64.b64decode(sent[0]["image/png"])))
    shown = np.asarray(picture.convert("RGB")).reshape(-1, 3).astype(int)
    for look in (BID, ASK, RESERVATION, SYMMETRIC):
        expected = np.array([int(look["color"][i : i + 2], 16) for i in (1, 3, 5)])
        assert np.abs(shown - expected).max(axis=1).min() <= 20, look["color"]


def test_a_slider_moved_while_a_cell_draws_disturbs_neither() -> None:
    # JupyterLab runs widget callbacks in a thread of their own, and matplotlib's settings belong to all threads.
    shown, words, ratios = QuotingDayExplorer(), [], np.linspace(0.1, 2.4, 12)
    together = threading.Barrier(2, timeout=60)  # each move begins with a drawing: neither waits for luck
    day = simulate(Symmetric(half_spread=0.75), Market.avellaneda_stoikov_2008().tape(1, 50, seed=3))

    def move() -> None:
        for ratio in ratios:
            together.wait()
            shown.reset()  # each panel is drawn anew: the costly way
            shown.set(half_spread=ratio)
            words.append(shown.words)

    beside = threading.Thread(target=move)
    beside.start()
    for _ in ratios:
        together.wait()
        plots.quoting_day(day, "Drawn by a cell")._repr_mimebundle_()
    beside.join()
    assert len(words) == len(ratios)
    assert not [sentence for sentence in words if sentence.startswith("⚠")]


@pytest.mark.parametrize("kind", EXPLORERS)
def test_the_code_that_a_reader_sees_is_short_and_four_panels_are_the_most(kind: type[Explorer]) -> None:
    lines = 0
    for stage in kind.stages:
        source = textwrap.dedent(inspect.getsource(stage))
        function = ast.parse(source).body[0]
        body = function.body[1 if ast.get_docstring(function) else 0 :]
        lines += sum(line.strip() != "" for line in source.splitlines()[body[0].lineno - 1 : body[-1].lineno - 1])
    assert lines <= 20
    assert len(inspect.signature(kind.show).parameters) - 2 <= 4
