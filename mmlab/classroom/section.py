"""A section of a chapter as one slide or several: what of it is shown, and how much of that a slide has room for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from mmlab.classroom.piece import ROOM, Asked, Kind, Piece, in_pages, in_short, tabled
from mmlab.classroom.prose import Block, blocks, sentences, spoken, words

NO_LECTURE = re.compile(r"\*\*(Exercise|Check step|You need)|\*Written in|Commit a guess|Open one at a time")
NO_CLAIM = re.compile(r"\bexercises?\b|`check|`hint|Written in", re.I)

EXHIBITS = ("picture", "letters", "table", "printed")


class Slide(NamedTuple):
    """A slide: its heading, whether it begins a stack, what is on it, and what is said (Markdown)."""

    heading: str
    starts: bool
    pieces: Sequence[Piece]
    notes: str


class _Entry(NamedTuple):
    """Something of a section, in the order of reading; what a tag says of it."""

    piece: Piece
    tag: str = ""
    code: str = ""
    """Of what was printed or drawn."""


class Section:
    """A section while it is read.

    Parameters
    ----------
    heading : str
    starts : bool
        Whether it begins a stack of slides.
    is_whole : bool
        Whether all of it is shown.
    is_step : bool
        Whether it is a step of a derivation.
    """

    def __init__(self, heading: str, starts: bool, is_whole: bool = False, is_step: bool = False):
        self.heading, self.starts, self._is_whole, self._is_step = heading, starts, is_whole, is_step
        self._entries: list[_Entry] = []
        self._notes: list[str] = []

    def prose(self, block: Block, tag: str) -> None:
        """Read a block of text."""
        text = spoken(block.text)
        kinds: dict[str, Kind] = {"equation": "equation", "code": "code", "list": "list", "table": "table"}
        if text and not NO_LECTURE.match(text):
            self._entries.append(_Entry(Piece(kinds.get(block.kind, "text"), text), tag))
        self._notes.append(f"```\n{text}\n```" if block.kind == "code" else text)

    def question(self, asked: Asked) -> None:
        """Read a prediction."""
        self._entries.append(_Entry(Piece("question", asked), "fragment"))
        self._notes += [asked.answer, *(f"- **{choice}**: {why}" for choice, why in asked.choices.items())]

    def output(self, code: str, outputs: Sequence[Mapping[str, Any]], tag: str) -> None:
        """Read a cell of code and what came of it."""
        for output in outputs:
            data = output.get("data", {})
            if "image/png" in data:
                alt = output.get("metadata", {}).get("image/png", {}).get("alt", "")
                made = [Piece("picture", data["image/png"].replace("\n", ""), alt)]
            elif "text/markdown" in data:
                each = blocks(data["text/markdown"])
                made = [tabled(one.text) if one.kind == "table" else Piece("text", one.text) for one in each]
            elif output.get("output_type") == "stream":
                made = [Piece("printed", output["text"].rstrip("\n"))]
            else:
                made = []
            self._entries += [_Entry(piece, tag, code) for piece in made]
        if tag and not outputs:
            self._entries.append(_Entry(Piece("code", code), tag))

    def slides(self) -> Iterator[Slide]:
        """Its slides, if anything of it is shown: as many as it has pieces for."""
        notes, left = "\n\n".join(self._notes), list(self._shown(0))
        free = 0.9 * ROOM - sum(one.height for one in left)
        left = list(self._shown(max(free, 0) / max(sum(one.kind == "list" for one in left), 1)))
        if len(left) == 1 and self._only_leads(left[0]):
            return
        pages = list[list[Piece]]()
        while left:
            page, room = [left.pop(0)], ROOM
            room -= page[0].height
            while left and left[0].height <= room:
                room -= left[0].height
                page.append(left.pop(0))
            if left and left[0].kind == "equation" and len(page) > 1 and page[-1].kind == "text":
                left.insert(0, page.pop())  # what leads to it
            pages.append(page)
        if len(pages) > 1 and all(one.kind == "text" and "**" not in one.source for one in pages[-1]):
            pages.pop()  # what is said there is in the notes
        for n, page in enumerate(pages):
            yield Slide(self.heading, self.starts and n == 0, page, notes)

    def _only_leads(self, piece: Piece) -> bool:
        """Whether a piece is a few words that only lead to what follows, and no tag wants them shown."""
        is_short = piece.kind == "text" and "**" not in piece.source and words(piece.source) < 15
        return is_short and not any(one.tag for one in self._entries)

    def _shown(self, room: float) -> Iterator[Piece]:
        """What is shown, in order; a picture last. Each list may be so much higher than its first sentences [px]."""
        exhibits = (one for kind in EXHIBITS for one in self._entries if one.piece.kind == kind and not one.tag)
        exhibit = next(exhibits, None)
        claims = set() if self._is_whole else self._claims(exhibit)
        pictures = []
        for n, entry in enumerate(self._entries):
            kind, source, *_ = piece = entry.piece
            if entry.tag == "notes":
                continue
            if self._is_whole or entry.tag:
                shown = list(in_pages(piece._replace(is_fragment=entry.tag == "fragment" and kind != "question")))
            elif kind == "text":
                chosen = [one for one in _in_claims(source) if one in claims]
                chosen += self._lead(n, chosen)
                shown = [Piece("text", " ".join(chosen))] if chosen else []
            elif kind == "list" and self.heading.startswith("Explore"):
                shown = []
            elif kind == "list":
                shown = [Piece("list", in_short(source, room))]
            elif kind in EXHIBITS:
                shown = self._exhibited(entry) if entry is exhibit else []
            else:
                shown = [piece]
            pictures += [one for one in shown if one.kind == "picture"]
            yield from (one for one in shown if one.kind != "picture")
        yield from pictures

    def _exhibited(self, entry: _Entry) -> list[Piece]:
        few = [Piece("code", collapsed(entry.code))] if "model in" in self.heading else []
        pages = list(in_pages(entry.piece))
        if entry.piece.kind == "table" and len(pages) > 2:
            rows, first = entry.piece.source.split("\n"), pages[0].source.split("\n")[:-2]
            more = Piece("text", f"… and {len(rows) - len(first)} more in the notebook.")
            pages = [pages[0]._replace(source="\n".join(first)), more]
        return few + pages

    def _lead(self, n: int, chosen: Sequence[str]) -> list[str]:
        """The sentence that leads to the equation that follows."""
        follows = self._entries[n + 1].piece.kind if n + 1 < len(self._entries) else ""
        last = sentences(self._entries[n].piece.source)[-1]
        leads = follows == "equation" and not any(one.endswith(last) for one in chosen) and words(last) <= 25
        return [last] if leads else []

    def _claims(self, exhibit: _Entry | None) -> set[str]:
        """The sentences that stand on the slide: those with bold words, what is said of the exhibit, or the first."""
        if self._is_step and any(one.piece.kind == "equation" for one in self._entries):
            return set()  # each equation has its own
        texts = {n: one.piece.source for n, one in enumerate(self._entries) if one.piece.kind == "text" and not one.tag}
        claims = {n: [one for one in _in_claims(text) if _is_claim(one)] for n, text in texts.items()}
        if not (is_question := self.heading.startswith("The question")):
            claims = {n: [one for one in each if not one.endswith("?")] for n, each in claims.items()}
        ranked = [one for each in claims.values() for one in each if "**" in one]
        if exhibit and (after := [n for n in claims if exhibit in self._entries[:n] and claims[n]]):
            ranked.append(claims[after[0]][0])
        if is_question:
            ranked += next((each for each in claims.values() if each), [])
        enough = 2 if exhibit and not is_question else 6
        ranked += [each[0] for each in claims.values() if each][: max(enough - len(ranked), 0)]
        most, left = (3, 60) if exhibit and not is_question else (6, 110)
        found = list[str]()
        for one in ranked:
            if one not in found and words(one) <= left and len(found) < most:
                found.append(one)
                left -= words(one)
        return set(found)


def _in_claims(text: str) -> list[str]:
    """The sentences of a paragraph; bold words that are a sentence of few words are one with the next."""
    found = list[str]()
    for one in sentences(text):
        if found and "**" in found[-1] and words(found[-1]) < 8:
            found[-1] += f" {one}"
        else:
            found.append(one)
    return found


def _is_claim(sentence: str) -> bool:
    is_part = sentence.endswith(":") or sentence.startswith("(") or NO_CLAIM.search(sentence)
    return not is_part and ("**" in sentence or 5 < words(sentence) < 41)


def collapsed(code: str) -> str:
    """Code without what only prints, as far as a slide has room for it."""
    lines = [line for line in code.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return "\n".join([*lines[:8], f"…  # {len(lines) - 8} more lines"] if len(lines) > 9 else lines)
