"""Questions of a quiz, made of what a chapter has: its predictions, its letters, its words. None is written for a quiz.

What an exercise is asked for as a number is made in `numerical`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np

from mmlab.classroom.chapters import answer_of, letters_of, questions_of, words_of


class Option(NamedTuple):
    """An answer to a question: its text or number, whether it is right, and what is said of it."""

    text: str
    is_right: bool
    feedback: str = ""
    tolerance: float | None = None


class Item(NamedTuple):
    """A question of a quiz; texts are as the book writes them.

    `pairs` are those of a matching; `picture`, a base64 PNG or nothing, belongs to the feedback.
    """

    kind: Literal["multichoice", "numerical", "matching", "shortanswer", "truefalse"]
    id: str
    text: str
    options: Sequence[Option] = ()
    feedback: str = ""
    pairs: Sequence[tuple[str, str]] = ()
    picture: str = ""


def predictions(chapter: str) -> Iterator[Item]:
    """The predictions of a chapter; what each choice misses is the feedback on it. Answers are computed now."""
    from mmlab.teach.style import png

    for question in questions_of(chapter):
        sentence, figure = answer_of(question)
        options = [Option(choice, choice == question.right, why) for choice, why in question.choices.items()]
        picture = "" if figure is None else png(figure)
        yield Item("multichoice", question.id, question.text, options, sentence, picture=picture)


def named_by(name: str, text: str) -> str:
    """An id that stays as long as the text does."""
    return f"{name}-{zlib.crc32(text.encode()):08x}"


Maker = Callable[[str, int], Item | None]
"""Gets a chapter and a seed; returns a question, or None if the chapter has not what it takes."""


def _matching(id: str, text: str, pairs: Sequence[tuple[str, str]], seed: int) -> Item | None:
    """Five of these pairs, no two of which have the same on either side; at least three."""
    chosen = dict[str, str]()
    for n in np.random.default_rng(seed).permutation(len(pairs)):
        left, right = pairs[n]
        if left not in chosen and right not in chosen.values() and len(chosen) < 5:
            chosen[left] = right
    named = named_by(id, f"{text} {sorted(chosen.items())}")
    return Item("matching", named, text, pairs=[*chosen.items()]) if len(chosen) > 2 else None


def letters(chapter: str, seed: int) -> Item | None:
    """Letter ↔ meaning."""
    pairs = [(one.letter, one.meaning) for one in letters_of(chapter)]
    return _matching("letters", f"What does each letter mean in chapter {chapter}?", pairs, seed)


def units(chapter: str, seed: int) -> Item | None:
    """Letter ↔ unit."""
    pairs = [(f"{one.letter}: {one.meaning}", one.unit) for one in letters_of(chapter) if one.unit not in ("–", "")]
    return _matching("units", f"In which unit is each of these, in chapter {chapter}?", pairs, seed)


def word(chapter: str, seed: int) -> Item | None:
    """Meaning → word; the trade's words for it are right too."""
    known = [one for one in words_of(chapter) if one.word.lower() not in one.meaning.lower()]
    if not known:
        return None
    one = known[np.random.default_rng(seed).integers(len(known))]
    names = [Option(name, True) for name in dict.fromkeys(one.names)]
    return Item("shortanswer", f"word-{one.word}", f"What is the word for this? {one.meaning}", names, f"{one.word}.")


def statement(chapter: str, seed: int) -> Item | None:
    """A word and a meaning, its own or another's, which is true or false."""
    known, random = words_of(chapter), np.random.default_rng(seed)
    if len(known) < 2:
        return None
    one, other = (known[n] for n in random.permutation(len(known))[:2])
    is_right = bool(random.integers(2))
    named = one if is_right else other
    text = f"**{named.word}** means: {one.meaning}"
    why = f"That is the meaning of *{one.word}*."
    whys = ("", why) if is_right else (why, "")
    options = [Option("true", is_right, whys[0]), Option("false", not is_right, whys[1])]
    return Item("truefalse", f"means-{named.word}-{one.word}", text, options, f"{named.word}: {named.meaning}")


OF_WORDS: tuple[Maker, ...] = (letters, units, word, statement)


def short_questions(chapter: str, seed: int, number: int) -> list[Item]:
    """Short questions, as many as asked for or as there are: two numbers, then one on letters or words, and so on.

    An exercise comes again, at other numbers, when all of the chapter have been asked.
    """
    from mmlab.classroom.numerical import asked_for_numbers

    random = np.random.default_rng(seed)
    asked, found, again = asked_for_numbers(chapter), dict[str, Item](), list[int]()
    for n in range(6 * number):
        if len(found) == number:
            break
        if n % 3 < 2 and asked:
            again = again or [int(k) for k in random.permutation(len(asked))]
            item = asked[again.pop()](seed + n)
        else:
            item = OF_WORDS[n // 3 % len(OF_WORDS)](chapter, seed + n)
        if item is not None:
            found.setdefault(item.id, item)
    return list(found.values())
