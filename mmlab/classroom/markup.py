"""The book's Markdown as HTML that needs no script and no network: formulas are MathML, drawn by the browser."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import cache

from mmlab.parameters import ParameterError

_CODE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)
_FORMULA = re.compile(r"\$\$(.+?)\$\$|\$(?!\s)([^$]+?)(?<!\s)\$", re.DOTALL)
_NUMBER = re.compile(r"\\tag\{(\w+)\}")
_FENCES = {r"\lfloor": "⌊", r"\rfloor": "⌋", r"\lceil": "⌈", r"\rceil": "⌉"}
"""What latex2mathml leaves as it is after \\big."""

LONG = 62
"""Signs of an equation that a page shows in smaller letters; with twenty more, in still smaller ones."""


@cache
def formula(tex: str, display: bool = False) -> str:
    """A formula as MathML; a displayed one has its number beside it.

    Raises
    ------
    ParameterError
        If latex2mathml is not installed.
    """
    try:
        from latex2mathml.converter import convert
    except ModuleNotFoundError:
        raise ParameterError('The pages need latex2mathml: pip install "mmlab[class]" brings it.') from None
    for command, sign in _FENCES.items():
        tex = tex.replace(command, sign)
    number = _NUMBER.search(tex)
    mathml = str(convert(_NUMBER.sub("", tex).strip(), display="block" if display else "inline"))
    if not display:
        return mathml
    beside = f'<span class="number">({number[1]})</span>' if number else ""
    signs = len(re.sub(r"<[^>]+>", "", mathml))
    size = " longest" if signs > LONG + 20 else " long" if signs > LONG else ""
    return f'<span class="equation{size}">{mathml}{beside}</span>'


def page(markdown: str) -> str:
    """A text of a chapter as HTML; links to chapters lead to the instructor's pages."""
    import mistune

    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(formula(found[1] or found[2], bool(found[1])))
        return f"FORMULA{len(kept) - 1}ENDS"

    pieces = _CODE.split(re.sub(r"(?m)^\+\+\+$", "", markdown))
    pieces[::2] = [re.sub(r"(?m)^#+ ", "### ", _FORMULA.sub(keep, piece)) for piece in pieces[::2]]
    text = re.sub(r"\]\((?:\.\./)?([\dA]\d)_\w+\.ipynb(?:#[^)]*)?\)", r"](\1.html)", "".join(pieces))
    text = re.sub(r"\]\((?:\.\./)?solutions/", "](../notebooks/solutions/", text)
    text = re.sub(r"\]\(#[^)]*\)", "](#top)", text)
    made = str(mistune.create_markdown(escape=False, plugins=["table", "strikethrough"])(text))
    return re.sub(r"FORMULA(\d+)ENDS", lambda found: kept[int(found[1])], made)


def sentence(words: str) -> str:
    """A sentence of exercises.toml as HTML; a number that the check fills in shows as ‹its name›."""
    words = re.sub(r"(?<!\{)\{(\w+)[^{}]*\}(?!\})", r"‹\1›", words).replace("{{", "{").replace("}}", "}")
    pieces = _CODE.split(words)
    code = [f"<code>{html.escape(piece.strip('`'), quote=False)}</code>" for piece in pieces[1::2]]
    plain = []
    for piece in pieces[::2]:
        text, at = "", 0
        for found in _FORMULA.finditer(piece):
            text += marked(html.escape(piece[at : found.start()], quote=False)) + formula(found[1] or found[2])
            at = found.end()
        plain.append(text + marked(html.escape(piece[at:], quote=False)))
    return "".join(part for pair in zip(plain, [*code, ""], strict=True) for part in pair)


def marked(text: str) -> str:
    """Escaped text with its **more** and *stress* as HTML."""
    text = re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", text)
    return re.sub(r"(?<![\w*])\*([^*\s][^*]*)\*(?!\w)", r"<em>\1</em>", text)


def greek(name: str, otherwise: str) -> str:
    """The small Greek letter of a name such as gamma, lambda or lam; else what is given."""
    try:
        return unicodedata.lookup(f"GREEK SMALL LETTER {'lamda' if name in ('lam', 'lambda') else name}")
    except KeyError:
        return otherwise


def capital(sentence: str) -> str:
    """A sentence with a large first letter, if that is no symbol such as σ or q."""
    return sentence if re.match(r"[^\x00-\x7f]|[b-z]\b", sentence) else sentence[:1].upper() + sentence[1:]
