"""The text of a cell, taken apart: into blocks, and a paragraph into sentences, of which a slide shows few."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

Kind = Literal["heading", "summary", "end", "equation", "code", "list", "table", "paragraph"]
SENTENCE_ENDS = re.compile(r"(?<=[.?!])(?<!\beq\.)(?<!\beqs\.)(?<!\bvs\.)(?:\*\*|\*|”|\")?\s+(?=[^a-z\s(])")
KEPT_TOGETHER = re.compile(r"\$[^$]*\$|`[^`]*`|\[[^]]*\]\([^)]*\)|\([^()]*\)")
LINK = re.compile(r"(?<!!)\[((?:[^][]|\[[^]]*\])*)\]\((?!https?:)[^)]*\)")

TO_EXERCISES = re.compile(r"\s*\([^()]*\bexercises?\b[^()]*\)")


class Block(NamedTuple):
    """A part of a text: what it is, and its source without what marks it."""

    kind: Kind
    text: str
    level: int = 0


def blocks(source: str) -> Iterator[Block]:
    """The blocks of a cell of Markdown; a step that opens (`<details>`) is its summary, its blocks, and an end."""
    for part in re.split(r"\n{2,}(?=(?:(?:[^`]|`(?!``))*```(?:[^`]|`(?!``))*```)*(?:[^`]|`(?!``))*$)", source.strip()):
        text = part.strip()
        if heading := re.match(r"(#+) (.*)", text):
            yield Block("heading", heading[2], len(heading[1]))
            if rest := text[heading.end() :].strip():
                yield from blocks(rest)
        elif opened := re.match(r"<details>\s*<summary>(?:<b>)?(.*?)(?:</b>)?</summary>", text, re.S):
            yield Block("summary", opened[1])
        elif text.startswith("</details>"):
            yield Block("end", "")
        elif text.startswith("$$"):
            yield Block("equation", text)
        elif text.startswith("```"):
            yield Block("code", re.sub(r"^```\w*\n|\n```$", "", text))
        elif re.match(r"(?:[-*]|\d+\.) ", text):
            yield Block("list", text)
        elif text.startswith("|"):
            yield Block("table", text)
        elif text and not text.startswith("<"):
            paragraph, *others = re.split(r"\n(?=(?:[-*]|\d+\.) )", text, maxsplit=1)
            yield Block("paragraph", paragraph)
            yield from (Block("list", one) for one in others)


def items(text: str) -> list[str]:
    """The items of a list, without their marks."""
    return [re.sub(r"\s+", " ", one).strip() for one in re.split(r"^(?:[-*]|\d+\.) ", text, flags=re.M)[1:]]


def listed(each: Sequence[str], like: str) -> str:
    """Items as a list, numbered if the other is."""
    mark = "1." if like[:1].isdigit() else "-"
    return "\n".join(f"{mark} {one}" for one in each)


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph; no formula, code, link or bracket is cut."""
    text = re.sub(r"\s+", " ", text).strip()
    hidden = KEPT_TOGETHER.sub(lambda match: "Ω" * len(match[0]), text)
    cuts = [0, *(match.end() for match in SENTENCE_ENDS.finditer(hidden)), len(text)]
    return [text[start:end].strip() for start, end in pairwise(cuts) if text[start:end].strip()]


def spoken(text: str) -> str:
    """A text without what a slide has not beside it: links to other pages are words, exercises are not pointed to."""
    parts = re.split(r"(\$\$.*?\$\$|\$[^$]*\$)", text, flags=re.S)
    parts[::2] = [TO_EXERCISES.sub("", LINK.sub(r"\1", part)) for part in parts[::2]]  # between formulas
    return "".join(parts)


def words(text: str) -> int:
    """How many words a text has, a formula being one."""
    return len(re.sub(r"\$[^$]*\$", "x", text).split())
