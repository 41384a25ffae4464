"""The explorer engine: what it refuses, what it remembers, and that picture, words and sliders are of one state."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pytest

from mmlab import ParameterError
from mmlab.parameters import Parameter
from mmlab.teach import Explorer
from mmlab.teach.control import Control, round_numbers, round_step
from mmlab.teach.panel import Panel
from mmlab.teach.style import ASK, BID

SIDE = Parameter(name="side", symbol="a", unit="m", description="The side.", at_least=0)
HEIGHT = Parameter(name="height", symbol="h", unit="m", description="The height.", above=0, scale="log")
COUNT = Parameter(name="count", symbol="n", unit="1", description="How many.", integer=True)
FACTOR = 1.0
calls: list[str] = []


def base(side: float) -> dict[str, Any]:
    """The base, whatever stands on it."""
    area = FACTOR * side**2
    calls.append("base")
    return locals()


def body(area: float, height: float, marks: tuple[float, ...]) -> dict[str, Any]:
    """What stands on it."""
    volume = float(np.multiply(area, height))
    calls.append("body")
    return locals()


def unseen(height: float) -> dict[str, Any]:
    doubled = helper(height)
    return locals()


def helper(height: float) -> float:
    return 2 * height


def without_end(side: float) -> dict[str, Any]:
    area = side**2
    return {"area": area}


class Box(Explorer):
    """A box."""

    title: ClassVar[str] = "A box"
    sliders: ClassVar = {SIDE: (0.0, 4.0, 1.0), HEIGHT: (0.01, 10.0, 0.5), COUNT: (0, 9, 0)}
    presets: ClassVar = {"flat": {}, "tall": {"height": 5.0}, "wide": {"side": (0.0, 50.0, 30.0), "marks": (1.0, 2.0)}}
    also: ClassVar = {"marks": ()}
    stages: ClassVar = (base, body)
    prints: ClassVar[str] = "area, volume"
    sections: ClassVar = {"size": ("side",), "other": ("height",)}
    player: ClassVar[str] = "count"
    moves: ClassVar = {"Mark": lambda s: {"marks": (*s.marks, s.volume)}, "Bare": lambda s: {"marks": ()}}
    tasks: ClassVar = {"find a volume above 3": lambda s: s.volume > 3}

    def show(self, s: Any, square: Panel, marks: Panel) -> None:
        square.view(x=(0.0, s.side), y=(0.0, s.area), xlabel="side [m]")
        square.line("area", [0, s.side], [0, s.area], BID)
        square.title(f"Area {s.area:g}")
        marks.view(xlim=(0, 10), ylim=(0, 100))
        if s.marks:
            marks.dots("marks", np.arange(len(s.marks)), s.marks, ASK)
        marks.level(s.volume)
        marks.upright(s.count)
        marks.title(f"{len(s.marks)} marks")

    def readout(self, s: Any) -> str:
        return f"Area {s.area:g}, volume {s.volume:g}, {s.count} counted."


@pytest.fixture
def box() -> Box:
    return Box()


def test_a_stage_runs_again_only_if_its_own_arguments_changed(box: Box) -> None:
    calls.clear()
    box.set(height=2.0)
    box.set(count=3)
    assert calls == ["body"]
    box.set(side=2.0)
    assert calls == ["body", "base", "body"]
    assert box.words.startswith("Area 4, volume 8, 3 counted.")


def test_the_code_is_the_stages_with_values_above_and_it_prints_the_numbers(box: Box, capsys) -> None:
    box.set(side=3.0, height=0.5)
    code = box.code()
    assert "side = 3.0" in code
    assert "# What stands on it.\nvolume = float(np.multiply(area, height))" in code
    assert code.startswith("import numpy as np\nfrom ")
    assert "import FACTOR" in code
    assert "count" not in code  # only what it names
    exec(code.replace('calls.append("base")', "").replace('calls.append("body")', ""), {})
    assert capsys.readouterr().out == "9.0 4.5\n"


def test_a_class_is_refused_whose_code_a_reader_could_not_run() -> None:
    with pytest.raises(NameError, match=r"would not know 'helper': its own module defines it"):

        class Hidden(Box):
            stages: ClassVar = (unseen,)
            prints: ClassVar[str] = "doubled"

    with pytest.raises(SyntaxError, match=r"without_end must end in `return locals\(\)`"):

        class Open(Box):
            stages: ClassVar = (without_end,)

    with pytest.raises(NameError, match="would not know 'perimeter'"):

        class Unknown(Box):
            stages: ClassVar = (base, body)
            prints: ClassVar[str] = "area, perimeter"


def test_a_class_is_refused_whose_preset_no_slider_could_show() -> None:
    with pytest.raises(
        ParameterError, match=r"side \(a\) must be a finite number at least 0 and at most 4 \[m\]; got 5"
    ):

        class Beyond(Box):
            presets: ClassVar = {"far": {"side": 5.0}}

    with pytest.raises(ParameterError, match="The preset 'odd' sets 'depth', which is neither a slider nor"):

        class Odd(Box):
            presets: ClassVar = {"odd": {"depth": 1.0}}


def test_presets_bring_values_ranges_and_what_has_no_slider(box: Box) -> None:
    box.choose("wide")
    assert box.ends["side"] == (0.0, 50.0)
    assert box.values["marks"] == (1.0, 2.0)
    assert box.words.startswith("Area 900, ")
    box.choose("flat")
    assert box.values["marks"] == ()
    assert box.ends["side"] == (0.0, 4.0)


def test_buttons_change_values_and_reset_brings_them_back(box: Box) -> None:
    box.set(side=2.0)
    box.screen.buttons["Mark"].click()
    box.set(height=1.0)
    box.screen.buttons["Mark"].click()
    assert box.values["marks"] == (2.0, 4.0)
    assert "2 marks" in box.svg
    box.reset()
    assert box.values["marks"] == ()


def test_what_is_not_said_in_a_state_is_not_there_in_it(box: Box) -> None:
    bare = box.svg
    box.screen.buttons["Mark"].click()
    assert "a4 4 0" in box.svg
    drawn = re.findall(r'<path d="(M[^"]+)"', box.screen.layers[1][1].value)
    box.screen.buttons["Bare"].click()
    assert "a4 4 0" not in box.svg
    assert (
        len(re.findall(r'<path d="(M[^"]+)"', box.screen.layers[1][1].value)) == len(drawn) - 2
    )  # the dot, and its sample
    assert bare.count("M") <= box.svg.count("M")


def test_a_task_says_when_it_is_done(box: Box) -> None:
    assert box.words.endswith("Task: find a volume above 3")
    box.set(side=4.0)
    assert box.words.endswith("✔ Done: find a volume above 3")


def test_axes_stay_while_data_stay_inside_and_follow_when_they_leave(box: Box) -> None:
    axes = box.panels[0].axes
    before = axes.get_ylim()
    still = box.screen.layers[0][0].value
    box.set(side=0.9)
    assert axes.get_ylim() == before
    assert box.screen.layers[0][0].value == still
    box.set(side=4.0)
    assert axes.get_ylim()[1] >= 16


def test_an_error_is_a_sentence_greys_the_picture_and_the_next_move_recovers(box: Box, monkeypatch) -> None:
    def fail(*_: Any) -> str:
        raise ParameterError("side (a) must be something else; got 1.")

    with monkeypatch.context() as patched:
        patched.setattr(box, "readout", fail)
        box.set(side=1.5)
    assert box.words == "⚠ side (a) must be something else; got 1."
    assert 'role="alert"' in box.screen.words.value
    assert "mm-wrong" in box.screen.grid._dom_classes
    assert "image/png" not in box._repr_mimebundle_()[0]
    box.set(side=2.0)
    assert box.words.startswith("Area 4")
    assert "mm-wrong" not in box.screen.grid._dom_classes
    assert "image/png" in box._repr_mimebundle_()[0]


def test_a_foreign_error_says_its_kind(box: Box, monkeypatch) -> None:
    monkeypatch.setattr(box, "readout", lambda _: 1 / 0)
    box.set(side=1.5)
    assert box.words == "⚠ ZeroDivisionError: division by zero"


@pytest.mark.parametrize("where", ["answer", "readout", "show", "screen.say"])
def test_an_interrupted_move_leaves_sliders_picture_and_words_of_one_state(box: Box, where: str, monkeypatch) -> None:
    box.set(side=2.0)
    before = box.values, box.words, box.svg
    owner = box.screen if where.startswith("screen.") else box
    usual, times = getattr(owner, where.removeprefix("screen.")), []

    def stopped(*arguments: Any) -> Any:
        if not times:
            times.append(1)
            raise KeyboardInterrupt
        return usual(*arguments)

    monkeypatch.setattr(owner, where.removeprefix("screen."), stopped)
    with pytest.raises(KeyboardInterrupt):
        box.set(side=2.2)
    assert (box.values, box.words, box.svg) == before
    assert "mm-stale" not in box.widget._dom_classes
    box.set(side=2.2)
    assert box.words.startswith("Area 4.84")


def test_the_picture_is_stale_while_it_is_computed(box: Box, monkeypatch) -> None:
    classes = []
    monkeypatch.setattr(box, "readout", lambda _: classes.extend(box.widget._dom_classes) or "Done.")
    box.set(side=2.0)
    assert "mm-stale" in classes
    assert "mm-stale" not in box.widget._dom_classes


def test_set_refuses_what_the_sliders_could_not_show(box: Box) -> None:
    before = box.values
    with pytest.raises(ParameterError, match=r"no control 'edge'; it has side, height, count, marks"):
        box.set(edge=1)
    with pytest.raises(ParameterError, match=r"side \(a\) must be a finite number at least 0 and at most 4"):
        box.set(side=50)
    assert box.values == before


def test_tabs_show_one_section_at_a_time(box: Box) -> None:
    shown = {words: box.controls[name].widget for words, (name,) in box.sections.items()}
    tabs, size, other = box.screen.rows["tabs"].children
    assert shown["size"] in size.children
    assert (size.layout.display, other.layout.display) == ("", "none")
    tabs.value = "other"
    assert (size.layout.display, other.layout.display) == ("none", "")


def test_a_lecture_shows_one_panel_large_and_all_again(box: Box) -> None:
    first, second = box.screen.grid.children
    assert box.lecture(2) is box
    assert (first.layout.display, second.layout.display) == ("none", "")
    assert "mm-lecture" in box.widget._dom_classes
    box.lecture()
    assert (first.layout.display, second.layout.display) == ("", "")
    assert "mm-lecture" not in box.widget._dom_classes


def test_a_static_picture_leaves_the_layout_as_it_was(box: Box) -> None:
    first = box.panels[0].image()
    assert box.panels[0].image().tobytes() == first.tobytes()


def test_two_explorers_in_one_page_share_no_id() -> None:
    first, second = ({*re.findall(r'id="([^"]+)"', Box().svg)} for _ in range(2))
    assert first
    assert not first & second


def test_each_picture_is_named_by_its_title(box: Box) -> None:
    for still, changing in box.screen.layers:
        (label,) = re.findall(r'role="img" aria-labelledby="([^"]*)"', still.value)
        assert f'<div class="mm-title" id="{label}">' in changing.value


def test_a_picture_leaves_no_trace_in_how_later_states_are_laid_out(box: Box) -> None:
    box._repr_mimebundle_()
    fresh = Box()
    for one in (box, fresh):
        one.choose("wide")
    places = [[panel.axes.get_position().bounds for panel in one.panels] for one in (box, fresh)]
    np.testing.assert_allclose(*places)


# ---- the control


def control_of(spec: Parameter, *ends: float) -> tuple[Control, list[float]]:
    heard: list[float] = []
    control = Control(spec, lambda: heard.append(control.value))
    control.put(*ends)
    return control, heard


def test_what_is_typed_stays_exact_and_the_handle_goes_to_the_nearest_round_number() -> None:
    control, heard = control_of(HEIGHT, 0.01, 10.0, 0.5)
    control.box.value = 0.1234
    assert heard == [0.1234]
    assert control.value == 0.1234
    assert control.stops[control.handle.value] == pytest.approx(0.12)
    control.handle.value += 1
    assert heard[1:] == [0.13]
    assert control.box.value == 0.13


def test_an_arrow_key_in_a_logarithmic_box_goes_to_the_next_round_number() -> None:
    control, heard = control_of(HEIGHT, 0.01, 10.0, 0.5)
    control.box.value += control.box.step
    control.box.value -= control.box.step
    assert heard == pytest.approx([0.55, 0.5])
    control.box.value = 10.0
    control.box.value -= control.box.step
    assert control.value == pytest.approx(9.5)


def test_a_handle_moves_by_round_steps_and_hears_nothing_of_its_own_box() -> None:
    control, heard = control_of(SIDE, 0.0, 2.5, 0.75)
    control.go(0.7)
    assert heard == []
    control.handle.value += 1
    assert heard == [pytest.approx(0.75)]


def test_a_whole_number_stays_one() -> None:
    control, heard = control_of(COUNT, -3, 9, 2)
    control.handle.value = 0
    assert heard == [-3]
    assert isinstance(control.value, int)


def test_a_symbols_index_stands_below_the_line() -> None:
    control, _ = control_of(replace(SIDE, symbol="q_max"), 0.0, 2.5, 0.75)
    assert control.box.description == "qₘₐₓ side"


def test_a_box_says_symbol_name_meaning_unit_and_bounds() -> None:
    control, _ = control_of(SIDE, 0.0, 2.5, 0.75)
    assert control.box.description == "a side"
    assert control.box.tooltip == "The side. [m]"
    assert (control.box.min, control.box.max) == (0.0, 2.5)


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


# ---- the panel


def test_triangles_point_up_for_buys_and_none_is_no_triangle() -> None:
    panel = Panel()
    panel.view(xlim=(0, 1), ylim=(0, 1))
    panel.triangles("we bought", [0.2, 0.8], [0.5, 0.5], BID, up=True)
    panel.render()
    (patch,) = panel._artists.values()
    tips = patch.get_path().vertices.reshape(2, 4, 2)
    assert (tips[:, 2, 1] > tips[:, 0, 1]).all()
    panel.begin(anew=False)
    panel.triangles("we bought", [], [], BID, up=True)
    panel.render()
    assert len(patch.get_path().vertices) == 0


def test_a_band_closes_and_levels_go_through_the_whole_panel() -> None:
    panel = Panel()
    panel.view(xlim=(0, 1), ylim=(0, 4))
    panel.band("± error", [0.0, 1.0], 1.0, [2.0, 3.0], {"facecolor": "#B0D0E4", "edgecolor": "none"})
    panel.level(1.0)
    _, changing = panel.render()
    assert changing.count("<path d=") == 2  # the band and the level; the sample in the legend is a rectangle
    assert "± error" in changing
    assert "_level" not in changing.replace("mmlab", "")
