"""An exercise whose check is a formula as a question for one number, at numbers that a seed draws.

Each usual mistake that gives another number there is known by it, and its sentence is the feedback.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from mmlab.classroom.chapters import cells_of, exercises_of, notebook_of, sentence_on
from mmlab.classroom.items import Item, Option, named_by
from mmlab.classroom.markup import capital, greek
from mmlab.classroom.prose import blocks, sentences, spoken
from mmlab.classroom.public import formula_of, giving
from mmlab.teach.checks import ROOT, TRANSFORMS, formula
from mmlab.teach.exercises import Exercise, Verdict, judged

TOLERANCE, APART = 0.005, 0.002
"""How far a number may be from the right one, and how far a mistake's is from it at least, relative to it."""
TO_A_PROGRAM = re.compile(r"\bfunction\b|^(Return|Write|Replace|Solve it with)\b|\barrays?\b|`\.\.\.`")


def asked_for_numbers(chapter: str) -> list[Callable[[int], Item | None]]:
    """What makes a question of each exercise that can be asked for one number, by a seed."""
    prompts = _prompts(chapter)
    makers = [partial(numerical, chapter, one, prompts.get(one.id, "")) for one in exercises_of(chapter)]
    return [maker for maker in makers if maker(0) is not None]


def numerical(chapter: str, exercise: Exercise, prompt: str, seed: int) -> Item | None:
    """A question for one number; None if the exercise cannot be asked so.

    Parameters
    ----------
    chapter : str
    exercise : Exercise
    prompt : str
        What the chapter asks.
    seed : int
        Of its numbers.
    """
    check, random = formula_of(exercise), np.random.default_rng(seed)
    if check is None or (case := _case(check, exercise, seed)) is None:
        return None
    right = np.asarray(check.right(*case), float)
    parts, asked = _asked(exercise.answer, right.size)
    if (
        _needs_the_notebook(prompt, asked)
        or right.ndim > 1
        or (right.ndim == 1 and len(parts) != right.size)
        or not np.isfinite(right).all()
    ):
        return None
    part = int(random.integers(right.size)) if right.ndim else 0
    value = float(right.flat[part])
    scale = abs(value) or float(np.abs(right).max()) or 1.0
    mistakes = _mistakes(exercise, check, case, part)
    known = {gave: text for gave, text in mistakes.items() if abs(gave - value) > APART * scale}
    nearest = min((abs(gave - value) for gave in known), default=np.inf)
    tolerance = min(TOLERANCE * scale, 0.4 * nearest)
    options = [Option(f"{value:.7g}", True, tolerance=tolerance)]
    options += [Option(f"{gave:.7g}", False, text, tolerance) for gave, text in known.items()]
    options.append(Option("*", False, exercise.hints[0]))
    named = (f"`{name}`" if f"`{name}`" in prompt else greek(name, name.replace("_", " ")) for name in exercise.takes)
    numbers = ", ".join(f"{name} = {_typed(one)}" for name, one in zip(named, case, strict=True))
    what = f"{parts[part]}{asked}".replace("_", " ") if right.ndim else asked
    text = f"{prompt}\n\n{f'At {numbers}, give' if numbers else 'Give'}: **{what}**.".strip()
    feedback = f"It is {_typed(float(f'{value:.5g}'))}. {capital(sentence_on(chapter, exercise.id))}".strip()
    return Item("numerical", named_by(exercise.id, text), text, options, feedback)


def _needs_the_notebook(prompt: str, asked: str) -> bool:
    """Whether a question is about a class or what a cell has made, or its answer is a function."""
    return bool(re.search(r"`[A-Z]\w+`|`market`|\d steps", prompt)) or asked.startswith("a function of")


def _case(check: formula, exercise: Exercise, seed: int) -> tuple[Any, ...] | None:
    """Arguments that one can type, three digits each, at which what is right is a number."""
    if not exercise.takes:
        return ()
    moved = check.elsewhere(seed).cases
    columns = zip(*check.cases, strict=True)
    counts = [all(isinstance(one, int | float) and one == round(one) for one in each) for each in columns]
    for n in np.random.default_rng(seed).permutation(len(moved)):
        if all(isinstance(one, int | float) and not isinstance(one, bool) for one in moved[n]):
            each = zip(check.cases[n], moved[n], counts, strict=True)
            case = tuple(old if is_count else float(f"{new:.3g}") for old, new, is_count in each)
            with np.errstate(all="ignore"):
                if len(case) == len(exercise.takes) and np.isfinite(np.asarray(check.right(*case), float)).all():
                    return case
    return None


def _mistakes(exercise: Exercise, check: formula, case: tuple[Any, ...], part: int) -> dict[float, str]:
    """What each mistake that has a name gives in this case, and the sentence on it."""
    right, found = np.asarray(check.right(*case), float), dict[float, str]()
    one: Any = exercise.check
    there = replace(check, cases=[case])
    here = replace(exercise, check=partial(one.func, there, *one.args[1:]))
    for text, (given,) in there.wrong(exercise.takes).items():
        if given.shape == right.shape and np.isfinite(given).all():
            verdict = judged(here, giving([given], exercise.takes))
            if verdict.mistake == text:
                found.setdefault(float(f"{given.flat[part]:.7g}"), _words(verdict))
    return found


def _words(verdict: Verdict) -> str:
    """The sentence on a mistake, without the call of a function."""
    for _, sentence in TRANSFORMS.values():
        if verdict.message.endswith(sentence):
            return capital(sentence)
    if verdict.message.endswith(ROOT):
        return ROOT
    return capital(re.sub(r" It shows at `.*`\.$", "", verdict.message.removeprefix("Not yet: ")))


def _asked(answer: str, size: int) -> tuple[list[str], str]:
    """What an exercise's answer is: the names of its parts, if it has several, and what follows, or all of it."""
    what = answer.partition(" that returns ")[2] or answer.partition(" returns ")[2] or answer
    what = re.sub(r"^a function of (.*: |.* and \w+, )|(:| as) a function of .*$|, or the (number|value) .*$", "", what)
    if size > 1 and (listed := re.match(r"\(([^()]*(?:\([^()]*\)[^()]*)*)\)", what)):
        parts = re.split(r",\s*(?![^()]*\))", listed[1])
        return parts, what[listed.end() :].partition(":")[0]
    return [], what


def _typed(value: float) -> str:
    return f"{value:.6g}".replace("-", "−")


def _prompts(chapter: str) -> dict[str, str]:
    """What the chapter's text asks, by the exercise's id."""
    found, last = dict[str, str](), ""
    for is_code, source in cells_of(notebook_of(chapter)):
        if not is_code:
            for block in blocks(source):
                if begins := re.match(r"\*\*(?:Exercise|Check)[^*]*\*\*\s*", block.text):
                    last = spoken(block.text[begins.end() :])
                elif block.kind in ("heading", "summary", "end"):
                    last = ""
                elif last and block.kind in ("paragraph", "equation"):
                    last += f"\n\n{spoken(block.text)}"
        elif asked := re.search(r'^check\(\s*"([^"]+)"', source, re.M):
            each = sentences(re.sub(r"^(And|That|Two things) .*", "", last, flags=re.S))
            found[asked[1]] = " ".join([one for one in each if not TO_A_PROGRAM.search(one)] or each)
            last = ""
    return found
