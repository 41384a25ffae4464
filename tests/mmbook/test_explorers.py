"""Every explorer, driven as a reader drives it, without a browser."""

from __future__ import annotations

import base64
import contextlib
import html
import io
import re
import threading
from typing import ClassVar

import numpy as np
import pytest
from mmbook.ch00 import QuotingDayExplorer
from mmbook.ch02 import AvellanedaStoikovExplorer
from mmbook.ch11 import CalibrationExplorer
from PIL import Image

from mmlab import (
    AvellanedaStoikov,
    Market,
    ParameterError,
    Symmetric,
    simulate,
)
from mmlab.parameters import Parameter
from mmlab.teach import Explorer, Preset, figure, plots
from mmlab.teach.explorer import round_numbers, round_step
from mmlab.teach.style import ASK, BID, RESERVATION, SYMMETRIC
from tests.mmbook.checking import CHAPTERS

EXPLORERS = [
    kind
    for chapter in CHAPTERS
    for name in chapter.__all__
    if isinstance(kind := getattr(chapter, name), type) and issubclass(kind, Explorer)
]
# Where the presets are the object's own, as a day's are, one has to be made.
EVERY_PRESET = [(kind, name) for kind in EXPLORERS for name in (getattr(kind, "presets", None) or kind().presets)]


@pytest.fixture(scope="module")
def explorer() -> AvellanedaStoikovExplorer:
    return AvellanedaStoikovExplorer()


def numbers(text: str) -> list[float]:
    return [float(x) for x in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", text.replace("−", "-"))]


@pytest.mark.parametrize(("kind", "preset"), EVERY_PRESET)
def test_every_control_goes_to_both_ends_and_inside_in_every_preset(kind: type[Explorer], preset: str) -> None:
    shown = kind()
    shown._preset.value = preset
    at_rest = shown.values
    for name, (low, high) in shown._ends.items():
        for value in (low, high, at_rest[name]):
            shown.set(**{name: value})
            assert not shown.words.startswith("⚠"), f"{name} = {value}: {shown.words}"
            assert shown.values[name] == pytest.approx(value)
            assert "nan" not in shown.svg.lower()
            assert "inf" not in shown.words
    assert shown.values == at_rest


@pytest.mark.parametrize("kind", EXPLORERS)
def test_a_moved_slider_moves_the_picture_and_reset_brings_both_back(kind: type[Explorer]) -> None:
    shown = kind()
    values, words = shown.values, shown.words
    for spec in kind.parameters:
        before = shown.svg, shown.words
        low, high = shown._ends[spec.name]
        shown.set(**{spec.name: low if shown.values[spec.name] != low else high})
        assert (shown.svg, shown.words) != before
    shown._reset.click()
    assert shown.values == values
    assert shown.words == words


@pytest.mark.parametrize("kind", EXPLORERS)
def test_presets_lie_on_the_steps_of_their_sliders(kind: type[Explorer]) -> None:
    # The browser rounds a slider's value to its steps and sends the rounded one back.
    shown = kind()
    for name in shown.presets:
        shown._preset.value = name
        for control in shown.controls.values():
            if hasattr(control, "step"):
                steps = (control.value - control.min) / control.step
                assert steps == pytest.approx(round(steps), abs=1e-6)


@pytest.mark.parametrize("kind", EXPLORERS)
def test_the_shown_code_runs_and_gives_the_numbers_of_the_readout(kind: type[Explorer]) -> None:
    shown = kind()
    for preset in shown.presets:
        shown._preset.value = preset
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(shown.code(shown.values), {})
        in_words = numbers(shown.words)
        for value in numbers(printed.getvalue()):
            assert any(abs(value - x) <= 0.051 for x in in_words), f"{preset}: {value} is not in: {shown.words}"


def test_the_readout_says_the_papers_numbers(explorer: AvellanedaStoikovExplorer) -> None:
    explorer.reset()
    assert "reservation price 99.10, bid 98.30, ask 99.90, spread 1.59" in explorer.words
    assert "64.9 ± 6.5" in explorer.words
    assert "68.2 ± 13.5" in explorer.words


def test_the_arrival_rate_moves_the_money_and_not_the_quotes(explorer: AvellanedaStoikovExplorer) -> None:
    explorer.reset()
    quotes, _, money = explorer.words.partition("A whole day")
    explorer.set(arrival_rate=70.0)
    assert explorer.words.startswith(quotes)
    assert money not in explorer.words


def test_moving_inventory_or_time_computes_no_day_again(explorer: AvellanedaStoikovExplorer) -> None:
    explorer.reset()
    day = explorer.compute(explorer.values).day
    explorer.set(inventory=-7, time_left=0.2)
    assert explorer.compute(explorer.values).day is day


def test_sliders_say_symbol_name_meaning_and_unit(explorer: AvellanedaStoikovExplorer) -> None:
    slider = explorer.controls["volatility"]
    assert "σ" in slider.description
    assert "volatility" in slider.description
    assert "price/√time" in slider.tooltip


def test_an_error_becomes_a_sentence_and_the_next_move_recovers() -> None:
    shown = QuotingDayExplorer()
    compute = shown.compute

    def fail(values: object) -> None:
        raise ParameterError("half_spread (δ) must be something else; got 1.")

    shown.compute = fail  # type: ignore[method-assign, assignment]
    shown.set(half_spread=1.0)
    assert shown.words == "⚠ half_spread (δ) must be something else; got 1."
    assert 'role="alert"' in shown._words.value
    # Words and plot belong together: the plot of where the sliders were is not shown beside the sentence.
    assert shown._plot.layout.visibility == "hidden"
    assert "image/png" not in shown._repr_mimebundle_()[0]
    shown.compute = compute  # type: ignore[method-assign]
    shown.set(half_spread=0.5)
    assert "⚠" not in shown._words.value
    assert shown._plot.layout.visibility == "visible"
    assert "image/png" in shown._repr_mimebundle_()[0]


def test_an_error_of_our_own_is_said_without_its_class_and_a_foreign_one_with_it() -> None:
    shown = CalibrationExplorer()
    shown.set(first_depth=0, number_of_bins=3)
    assert shown.words.startswith("⚠ Of 2960 market orders 2960 reach 0, 2960 reach 0.01 and 2960 reach 0.02: κ needs")

    def fail(values: object) -> None:
        raise ZeroDivisionError("division by zero")

    shown.compute = fail  # type: ignore[method-assign, assignment]
    shown.set(first_depth=4)
    assert shown.words == "⚠ ZeroDivisionError: division by zero"


def test_an_interrupted_move_says_that_the_picture_may_be_old_and_the_next_move_mends_it(monkeypatch) -> None:
    explorer = AvellanedaStoikovExplorer()

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(explorer, "update", stopped)
        with pytest.raises(KeyboardInterrupt):
            explorer.set(risk_aversion=0.5)
    assert explorer.words.startswith("⚠ Interrupted: what is shown need not belong to these values.")
    explorer.set(risk_aversion=0.4)
    moved, fresh = explorer.words, AvellanedaStoikovExplorer()
    fresh.set(risk_aversion=0.4)
    assert moved == fresh.words


def test_set_refuses_what_the_sliders_could_not_show(explorer: AvellanedaStoikovExplorer) -> None:
    with pytest.raises(ParameterError, match=r"no control 'gamma'.*risk_aversion"):
        explorer.set(gamma=0.1)
    with pytest.raises(ParameterError, match=r"volatility \(σ\) must be a finite number at least 0 and at most 5"):
        explorer.set(volatility=50)


def test_a_viewer_without_a_kernel_gets_a_picture_and_a_sentence(explorer: AvellanedaStoikovExplorer) -> None:
    explorer.reset()
    data, metadata = explorer._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert data["text/plain"] == explorer.words
    assert metadata["image/png"]["alt"] == explorer.words
    assert f'alt="{html.escape(explorer.words)}"' in data["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in data


def test_the_static_picture_keeps_every_colour_that_tells_lines_apart(explorer: AvellanedaStoikovExplorer) -> None:
    explorer.reset()
    picture = Image.open(io.BytesIO(base64.b64decode(explorer._repr_mimebundle_()[0]["image/png"])))
    shown = np.asarray(picture.convert("RGB")).reshape(-1, 3).astype(int)
    for look in (BID, ASK, RESERVATION, SYMMETRIC):
        expected = np.array([int(look["color"][i : i + 2], 16) for i in (1, 3, 5)])
        assert np.abs(shown - expected).max(axis=1).min() <= 20, look["color"]


def test_the_picture_tells_a_screen_reader_what_the_readout_says(explorer: AvellanedaStoikovExplorer) -> None:
    explorer.reset()
    label = re.search(r'role="img" aria-labelledby="([^"]*)"', explorer.svg)
    assert label
    assert explorer._words.value == f'<div id="{label.group(1)}" role="status">{html.escape(explorer.words)}</div>'


def test_two_explorers_in_one_page_share_no_id() -> None:
    first, second = ({*re.findall(r'id="([^"]+)"', QuotingDayExplorer().svg)} for _ in range(2))
    assert first
    assert not first & second


def test_axes_stay_while_data_stay_inside_and_follow_when_they_leave(explorer: AvellanedaStoikovExplorer) -> None:
    explorer.reset()
    quotes = explorer._axes[0]
    before = quotes.get_ylim()
    explorer.set(time_left=0.7)
    assert quotes.get_ylim() == before
    explorer.set(volatility=5.0)
    bid, _ = AvellanedaStoikov(risk_aversion=0.1, volatility=5, fill_decay=1.5, horizon=1).depths(10, 0.7)
    assert quotes.get_ylim()[0] <= -bid


def test_a_slider_moved_while_a_cell_draws_disturbs_neither() -> None:
    # JupyterLab runs widget callbacks in a thread of their own, and matplotlib's settings belong to all threads.
    shown, words, ratios = QuotingDayExplorer(), [], np.linspace(0.1, 2.4, 12)
    day = simulate(Symmetric(half_spread=0.75), Market.avellaneda_stoikov_2008().tape(1, 50, seed=3))

    def move() -> None:
        for ratio in ratios:
            shown._template = None  # as when the data leave the axes: the costly way
            shown.set(half_spread=ratio)
            words.append(shown.words)

    beside = threading.Thread(target=move)
    beside.start()
    while beside.is_alive():
        plots.quoting_day(day, "Drawn by a cell")._repr_mimebundle_()
    beside.join()
    assert len(words) == len(ratios)
    assert not [sentence for sentence in words if sentence.startswith("⚠")]


def test_a_new_explorer_is_one_short_class() -> None:
    class Square(Explorer):
        title = "A square"
        parameters = (Parameter(name="side", symbol="a", unit="1", description="The side."),)
        ranges: ClassVar = {"side": (0.0, 2.0)}
        presets: ClassVar = {"one": Preset({"side": 1.0}), "wide": Preset({"side": 30.0}, {"side": (0.0, 50.0)})}

        def compute(self, values):
            return values["side"] ** 2

        def draw(self):
            fig, self.axes = figure()
            return fig, {"line": self.axes.plot([0, 1])[0]}

        def update(self, artists, result):
            artists["line"].set_data([0, 1], [0, result])
            self.view(self.axes, y=(0.0, result))

        def readout(self, result):
            return f"The area is {result:g}."

        def code(self, values):
            return f"print({values['side']} ** 2)"

    square = Square()
    square.controls["side"].value = 1.5
    assert square.words == "The area is 2.25."
    square._preset.value = "wide"
    assert square.words == "The area is 900."
    assert square.controls["side"].max == 50


def test_sliders_offer_round_numbers_on_a_logarithmic_scale() -> None:
    offered = round_numbers(0.01, 2.0)
    assert offered[0] == 0.01
    assert offered[-1] == 2.0
    assert {0.1, 0.5, 1.5} <= set(offered)
    ratios = np.diff(np.log(offered))
    assert ratios.max() < 0.11


def test_a_step_is_round_and_leads_to_the_presets_value() -> None:
    assert round_step(0.0, 2.5, 0.75) == 0.05
    assert round_step(0.0, 1.0, 0.75) == 0.01
    assert round_step(0.0, 5.0, 2.0) == 0.05


def test_a_market_of_the_explorer_is_the_papers(explorer: AvellanedaStoikovExplorer) -> None:
    explorer.reset()
    assert explorer.compute(explorer.values).day.market == Market.avellaneda_stoikov_2008()
