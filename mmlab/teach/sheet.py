"""What an explorer looks like in a page: one style sheet, in which the panels find their places.

JupyterLab leaves 648 px of a laptop's 768. Sliders, readout and picture fit in it: the panels get what the rest leaves.
"""

import math

from mmlab.teach.theme import INKS

_BARS = 120
"""JupyterLab's own bars above and below a notebook [px]."""
_LETTERS_A_LINE = 105
"""Of the readout, where a notebook is narrowest on a laptop."""

_SHEET = (
    INKS
    + """
.mm-screen {color: var(--jp-content-font-color1, #212121); overflow: visible;
 --mm-tall: clamp(164px, (100vh - var(--mm-rest)) / var(--mm-lines), 400px)}
.mm-screen :is(.widget-html, .widget-html-content) {height: auto; line-height: 1.3; color: inherit}
.mm-screen :is(input, select, button, .noUi-handle):focus-visible {outline: 2px solid currentColor; outline-offset: 1px}
.mm-row {display: flex; flex-flow: row wrap; align-items: center; gap: 2px 8px; overflow: visible}
.mm-row > :is(.widget-button, .jupyter-button) {width: auto; flex: 0 0 auto}
.mm-preset {width: auto !important; flex: 0 1 auto}
.mm-preset select {width: auto; min-width: 8em}
.mm-preset .widget-label {width: auto}
.mm-sliders {display: grid;
 grid-template-columns: repeat(auto-fit, minmax(max(300px, 34%), 1fr)); gap: 0 16px; width: 100%; overflow: visible}
.mm-control {overflow: visible; min-width: 0; margin: 0; height: 28px; align-items: center}
.mm-box .widget-label {width: 11.5em; flex: 0 0 auto; text-align: left; color: inherit}
.mm-row > .mm-control {flex: 1 1 18em}
.mm-row .mm-box .widget-label {width: auto}
.mm-tabs {display: flex; flex-flow: row wrap; gap: 2px 16px; align-items: flex-start; overflow: visible}
.mm-tabs > .widget-toggle-buttons {width: auto; height: auto; margin: 0}
.mm-tabs > .widget-toggle-buttons > div {display: grid; grid-template-columns: 1fr 1fr; gap: 2px}
.mm-tabs .widget-toggle-button {width: auto; margin: 0}
.mm-tabs > .mm-sliders {flex: 1 1 320px; width: auto}
.mm-box input {width: 6.5em !important; flex: 0 0 auto !important; color: inherit}
.mm-words {margin: 2px 0 4px}
.mm-panels {display: grid; gap: 4px 8px; overflow: visible;
 grid-template-columns: repeat(auto-fit, minmax(var(--mm-least), 1fr))}
.mm-panel {display: grid; min-width: 0; overflow: visible}
.mm-panel > * {grid-area: 1 / 1 / 2 / 2; align-self: end; margin: 0; min-width: 0; width: auto}
.mm-panel svg {display: block; width: 100%; height: auto; max-height: var(--mm-tall);
 fill: currentColor; overflow: visible}
.mm-title {font-size: 13px; font-weight: 600; text-align: center}
.mm-keys {font-size: 12px; text-align: center; line-height: 1.2}
.mm-keys span {margin: 0 4px; white-space: nowrap}
.mm-panel .mm-key {display: inline-block; height: 10px}
.mm-stale :is(.mm-panels, .mm-words), .mm-wrong {opacity: .35; transition: opacity 0s .08s}
.mm-lecture {--mm-tall: calc(100vh - var(--mm-rest) - 60px + 36px * (var(--mm-lines) - 1))}
.mm-lecture .mm-panels {grid-template-columns: 1fr}
.mm-lecture :is(.mm-title, .mm-keys, .widget-html-content, .widget-label, input) {font-size: 18px !important}
"""
)


def sheet_of(
    name: str, n_slider_rows: int, n_button_rows: int, n_letters: int, n_panels: int, n_columns: int = 2
) -> str:
    """The style sheet of the explorer whose class is `name`, in an element; what is not picture is counted in px."""
    readout = 17 * math.ceil(n_letters / _LETTERS_A_LINE) + 6
    lines = math.ceil(n_panels / n_columns)
    rest = _BARS + 36 + 34 * n_button_rows + 28 * n_slider_rows + readout + 36 * lines + 10
    # Never three columns for four panels: below 1300 px two, below 640 one; no container query is needed for it.
    least = "clamp(320px, (1300px - 100%) * 999, 50% - 8px)" if n_panels == 4 else "320px"
    return f"<style>{_SHEET}.{name} {{--mm-rest: {rest}px; --mm-lines: {lines}; --mm-least: {least}}}</style>"
