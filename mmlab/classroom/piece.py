"""What stands on a slide: each piece, about how much room it takes, and how it is divided where that is too much."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from mmlab.classroom.prose import items, listed, sentences, words

ROOM, LETTERS = 566, 78
"""What a slide has below its heading [px of 720], and how many letters a line of it."""

Kind = Literal["text", "list", "equation", "code", "printed", "table", "letters", "picture", "question"]


class Asked(NamedTuple):
    """A question: text, choices with why one would believe each, which is right, the answer and its picture."""

    text: str
    choices: Mapping[str, str]
    right: str
    answer: str
    picture: str = ""
    """A base64 PNG, or nothing."""


class Piece(NamedTuple):
    """Something on a slide: what it is, its source, words for those who do not see it, and whether it comes later."""

    kind: Kind
    source: Any
    alt: str = ""
    is_fragment: bool = False

    @property
    def height(self) -> int:
        """About how much room it takes [px]; a picture at least this."""
        return _HEIGHTS[self.kind](self.source)


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", row.strip().removeprefix("|").removesuffix("|"))]


def _without(columns: Sequence[str], table: str) -> str:
    """A table without these columns."""
    rows = [_cells(row) for row in table.split("\n")]
    kept = [n for n, name in enumerate(rows[0]) if name not in columns]
    return "\n".join(f"| {' | '.join(row[n] for n in kept)} |" for row in rows)


def tabled(table: str) -> Piece:
    """A table without what a slide has no room for; the letters of a chapter are set in two columns."""
    is_letters = table.startswith("| in this chapter | means")
    narrow = _without(("source", "meaning", "in the paper"), table)
    return Piece("letters" if is_letters else "table", narrow)


def in_pages(piece: Piece) -> Iterator[Piece]:
    """A table in as many parts as it needs, and a long list; all else as it is."""
    if piece.kind in ("table", "letters"):
        (head, line, *rows), page = piece.source.split("\n"), list[str]()
        for row in rows:
            if page and piece._replace(source="\n".join([head, line, *page, row])).height > ROOM:
                yield piece._replace(source="\n".join([head, line, *page]))
                page = []
            page.append(row)
        yield piece._replace(source="\n".join([head, line, *page]))
    elif piece.kind == "list" and _list_height(piece.source) > ROOM:
        each = items(piece.source)
        half = (len(each) + 1) // 2
        yield from (piece._replace(source=listed(part, piece.source)) for part in (each[:half], each[half:]))
    else:
        yield piece


def visible(text: str) -> str:
    """About what is seen of a text."""
    return re.sub(r"\\[a-zA-Z]+|[${}*`\\]", "", text)


def _text_height(text: str) -> int:
    return 40 * math.ceil(len(visible(text)) / LETTERS) + 14


def is_dense(text: str) -> bool:
    """Whether a list is so long that its letters are smaller."""
    return sum(_text_height(one) for one in items(text)) > 420


def _list_height(text: str) -> int:
    letters, line = (92, 35) if is_dense(text) else (LETTERS - 4, 40)
    return sum(line * math.ceil(len(visible(one)) / letters) + 10 for one in items(text))


def in_short(text: str, room: float) -> str:
    """A list, of each item its first sentence; the next with it where that is a few words, if there is room for it."""
    each = [sentences(one)[:2] for one in items(text)[:7]]
    short = [" ".join(one if words(one[0]) < 8 and words(one[-1]) <= 32 else one[:1]) for one in each]
    short = short if sum(map(words, short)) <= 110 else [one[0] for one in each]
    most = _list_height(listed(short, text)) + room
    for n in sorted(range(len(each)), key=lambda n: words(each[n][-1])):
        longer = [*short[:n], " ".join(each[n]), *short[n + 1 :]]
        is_short = short[n] == each[n][0] and words(short[n]) < 8 and sum(map(words, longer)) <= 110
        if is_short and _list_height(listed(longer, text)) <= most:
            short = longer
    return listed(short, text)


def _table_height(text: str) -> int:
    rows = [[len(visible(cell)) + 2 for cell in _cells(row)] for row in text.split("\n") if "---" not in row]
    widest = [max(column) for column in zip(*rows, strict=False)]
    most = next((cap for cap in range(max(widest), 0, -1) if sum(min(width, cap) for width in widest) <= 88), 1)
    lines = [max(math.ceil(n / min(width, most)) for n, width in zip(row, widest, strict=False)) for row in rows]
    return 16 + 12 * len(lines) + 29 * int(sum(lines))


def _letters_height(text: str) -> int:
    lengths = (len(visible(means + unit)) for _, means, unit in map(_cells, text.split("\n")[2:]))
    return 20 + sum(10 + 27 * math.ceil(length / 38) for length in lengths) // 2


def _equation_height(text: str) -> int:
    high = 40 if re.search(r"\\d?frac|\\sum|\\int|\\max_", text) else 0
    return 62 + high + 48 * in_lines(text).count(r"\\")


def in_lines(equation: str) -> str:
    r"""A displayed equation; one that is too long for a line has several, at a \qquad or near its middle."""
    tag = re.search(r"\\tag\{\w+\}", equation)
    body = re.sub(r"\\tag\{\w+\}", "", equation).strip("$ \n")
    parts = re.split(r",?\s*\\qquad\s*", body) if len(body) > 80 else [body]
    parts = [half for part in parts for half in (_halves(part) if len(visible(part)) > 76 else [part])]
    if len(parts) > 1:
        lines = r" \\[.3em] ".join(part.strip() for part in parts)
        body = rf"\begin{{gathered}} {lines} \end{{gathered}}"
    return f"$$ {body} {tag[0] if tag else ''} $$"


def _halves(formula: str) -> list[str]:
    """A formula cut where it stands in no bracket and is nearest to its middle."""
    depth, cuts = 0, list[int]()
    for match in re.finditer(r"\\left|\\right|\\begin|\\end|[{}()]| (?=(?:\\;)?[=+-]|\\Longleft)", formula):
        depth += (match[0] in r"{;(;\left;\begin") - (match[0] in r"};);\right;\end")
        cuts += [match.start()] if match[0] == " " and not depth else []
    cut = min(cuts, key=lambda at: abs(at - len(formula) / 2), default=0)
    return [formula[:cut], r"\qquad " + formula[cut:]] if cut else [formula]


_HEIGHTS: dict[str, Callable[[Any], int]] = {
    "text": _text_height,
    "list": _list_height,
    "equation": _equation_height,
    "code": lambda text: 34 + 29 * sum(math.ceil(len(line) / 88) for line in text.splitlines()),
    "printed": lambda text: 34 + 32 * sum(math.ceil(len(line) / 80) for line in text.splitlines()),
    "table": _table_height,
    "letters": _letters_height,
    "picture": lambda _: 320,
    "question": lambda _: ROOM,
}
