"""The lines and the link that open an explorer as it stands."""

from importlib import import_module
from urllib.parse import parse_qs

import pytest
from mmbook.ch02 import AvellanedaStoikovExplorer
from mmbook.ch11 import CalibrationExplorer

from mmlab.market import read_lobster
from mmlab.market.synthetic_day import SHIPPED
from mmlab.teach import share
from mmlab.teach.panel import Panel
from mmlab.teach.share import repl_query, share_lines, share_words

SOME = [
    ("00", "QuotingGame"),  # has values without a slider
    ("01", "OrderBookExplorer"),  # whose presets are nothing else
    ("02", "AvellanedaStoikovExplorer"),
    ("09", "PipelineExplorer"),  # in sections
    ("10", "Dashboard"),  # with presets of its own
    ("11", "CalibrationExplorer"),  # made of something
]


@pytest.fixture(autouse=True)
def undrawn(monkeypatch):
    """Words, values and lines tell."""
    monkeypatch.setattr(Panel, "render", lambda panel: ("", ""))


def run(lines):
    known = {}
    exec(lines, known)
    return known["explorer"]


def moved(explorer):
    """An explorer at its last preset, with its first slider at the end where it does not stand."""
    explorer.choose(list(explorer.presets)[-1])
    name, (low, high) = next(iter(explorer.ends.items()))
    explorer.set(**{name: low if explorer.values[name] == high else high})
    return explorer


@pytest.mark.parametrize(("chapter", "name"), SOME)
def test_the_lines_make_the_same_explorer(chapter, name):
    one = moved(getattr(import_module(f"mmbook.ch{chapter}"), name)())
    (code,) = parse_qs(repl_query(share_lines(one)))["code"]
    other = run(code)
    assert (type(other), other.preset, other.words) == (type(one), one.preset, one.words)
    assert {name: other.values[name] for name in one.controls} == {name: one.values[name] for name in one.controls}


def test_only_what_differs_from_the_preset_is_written():
    explorer = AvellanedaStoikovExplorer()
    assert share_lines(explorer).splitlines()[2:] == ["explorer = AvellanedaStoikovExplorer()", "explorer"]
    explorer.set(risk_aversion=0.5)
    assert "explorer.set(risk_aversion=0.5)" in share_lines(explorer).splitlines()
    explorer.reset()
    assert ".set(" not in share_lines(explorer)


def test_what_no_line_can_write_is_not_shared():
    class Own(AvellanedaStoikovExplorer):
        """A notebook's own."""

    for explorer in (Own(), CalibrationExplorer(read_lobster(SHIPPED))):
        assert share_lines(explorer) == share_words(explorer) == ""
    shared = repl_query(share_lines(CalibrationExplorer(None, 0.02)))
    assert shared.count("CalibrationExplorer%28None%2C%200.02%29") == 1


@pytest.mark.parametrize(
    ("platform", "pages", "link"),
    [
        ("linux", "", None),
        ("linux", "https://somebody.github.io/mmlab/", "https://somebody.github.io/mmlab/lite/repl/index.html?kernel="),
        ("emscripten", "", "../repl/index.html?kernel="),
    ],
)
def test_the_link_leads_to_the_pages_that_there_are(monkeypatch, platform, pages, link):
    monkeypatch.setattr(share.sys, "platform", platform)
    monkeypatch.setattr(share, "pages", lambda: pages)
    share._lite.cache_clear()
    words = share_words(AvellanedaStoikovExplorer())
    share._lite.cache_clear()
    assert (f'href="{link}' in words) if link else ("<pre>from mmbook.ch02 import" in words and "href" not in words)


def test_it_is_under_the_code_and_costs_a_move_nothing():
    explorer = AvellanedaStoikovExplorer()
    assert explorer.screen.code.value == ""
    explorer.screen.show_code.value = True
    explorer.set(risk_aversion=0.5)
    assert "explorer.set(risk_aversion=0.5)" in explorer.screen.code.value
