"""The link that opens an explorer as it stands, in a browser without a server, and the lines that this link carries.

The pages of JupyterLite have a REPL that runs what its address says. Nothing is sent anywhere until it is pressed.
"""

import ast
import html
import sys
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

from mmlab.address import pages


def share_lines(explorer: Any) -> str:
    """The lines that show an explorer with its preset and what differs from that; "" if nobody else could run them.

    That is so if no package offers its class (a notebook's own), or if it was given what no line can write, such as a
    recorded day.
    """
    kind = type(explorer)
    given, named = explorer.made_of
    home = kind.__module__.rpartition(".")[0]
    is_offered = getattr(sys.modules.get(home), kind.__name__, None) is kind
    if not is_offered or not all(map(_is_literal, [*given, *named.values()])):
        return ""
    call = ", ".join([*map(repr, given), *(f"{name}={value!r}" for name, value in named.items())])
    lines = [f"from {home} import {kind.__name__}", "", f"explorer = {kind.__name__}({call})"]
    if explorer.preset != next(iter(explorer.presets)):
        lines.append(f"explorer.choose({explorer.preset!r})")
    now = {name: explorer.values[name] for name in [*kind.specs, *kind.also]}
    moved = [name for name, value in now.items() if _is_literal(value) and value != explorer.at_rest[name]]
    if moved:
        lines.append(f"explorer.set({', '.join(f'{name}={now[name]!r}' for name in moved)})")
    return "\n".join([*lines, "explorer"])


def repl_query(lines: str) -> str:
    """What stands after ``lite/repl/index.html?`` in the address whose page runs these lines."""
    return urlencode({"kernel": "python", "toolbar": 1, "code": lines}, quote_via=quote)


def share_words(explorer: Any) -> str:
    """What a reader finds under the code, as HTML: the link, or where no pages are published the lines to copy."""
    lines = share_lines(explorer)
    if not lines:
        return ""
    if not (lite := _lite()):
        return f"<p>These sliders, to send to somebody:</p><pre>{html.escape(lines)}</pre>"
    link = f"{lite}/repl/index.html?{repl_query(lines)}"
    words = "These sliders as a link, which opens them in a browser that needs no Python"
    return f'<p><a href="{html.escape(link)}" target="_blank" rel="noopener">{words}</a></p>'


@cache
def _lite() -> str:
    """Where JupyterLite's pages are, "" if nowhere: in a browser's own kernel the REPL's stands beside the lab's."""
    if sys.platform == "emscripten":
        return ".."
    return f"{pages()}lite" if pages() else ""


def _is_literal(value: Any) -> bool:
    """Whether Python reads back what it writes of a value: a number, a word, None, or a tuple of them."""
    try:
        return not isinstance(value, dict) and bool(ast.literal_eval(repr(value)) == value)
    except (ValueError, SyntaxError):
        return False
