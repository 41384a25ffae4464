"""Pictures say in words what they show."""

from __future__ import annotations

import base64

import numpy as np

from mmlab import Market, Symmetric, simulate
from mmlab.teach import figure, plots
from mmlab.teach.style import Picture, steps


def test_a_quoting_day_says_its_trades_and_profit() -> None:
    day = simulate(Symmetric(half_spread=0.75), Market.avellaneda_stoikov_2008().tape(2, 50, seed=3))
    picture = plots.quoting_day(day, "A day", path=1)
    assert f"{day.bid_fill[:, 1].sum():.0f} clips bought" in picture.alt
    assert f"profit {day.pnl[1]:.1f}" in picture.alt


def test_distributions_say_means_and_deviations() -> None:
    sample = np.array([1.0, 2.0, 3.0])
    assert "one: mean 2.0, standard deviation 1.0" in plots.distributions({"one": sample}, "Title", "x").alt


def test_a_picture_shows_as_png_with_alternative_text() -> None:
    fig, axes = figure()
    axes.plot([0, 1])
    data, metadata = Picture(fig, 'a line, "bid" < "ask"')._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert data["text/plain"] == metadata["image/png"]["alt"] == 'a line, "bid" < "ask"'
    assert data["text/html"].count(data["image/png"]) == 1
    assert 'alt="a line, &quot;bid&quot; &lt; &quot;ask&quot;"' in data["text/html"]


def test_steps_draw_a_staircase() -> None:
    x, y = steps([0, 1, 2], [5, 7])
    assert x.tolist() == [0, 1, 1, 2]
    assert y.tolist() == [5, 5, 7, 7]
