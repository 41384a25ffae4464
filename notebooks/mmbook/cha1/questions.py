"""Which chapter needs which of the ten questions, where each is explained, and what the reader has passed so far."""

from __future__ import annotations

from typing import NamedTuple

from mmlab.table import Table, markdown
from mmlab.teach.exercises import verdicts


class Needed(NamedTuple):
    """One of the ten questions: its exercise, the chapters that need it, and the heading that explains it."""

    exercise: str
    about: str
    chapters: tuple[str, ...]
    section: str


ARRAYS, PRICE, CUSTOMERS = "Arrays: one number a path", "A price that wanders", "Customers at a rate"
WORTH, SYSTEM, SAMPLE = (
    "What an uncertain profit is worth",
    "A linear system and its exponential",
    "The mean of a sample, and its error",
)
NEEDED = (
    Needed("pre-marked-profits", "arrays with one number a path", ("01", "02", "03", "04", "05", "06"), ARRAYS),
    Needed("pre-no-quote", "NaN, where there is no quote", ("03", "05", "06"), ARRAYS),
    Needed("pre-move-in-minutes", "how far a price moves in a time", ("02", "03", "04", "05", "06"), PRICE),
    Needed("pre-two-holdings", "independent moves", ("02", "03", "06"), PRICE),
    Needed("pre-either-side", "the chance of a fill in a step", ("02", "03", "04", "05"), CUSTOMERS),
    Needed("pre-depth-for-a-wait", "fills that become rare with depth", ("01", "02", "03", "05"), CUSTOMERS),
    Needed("pre-worth-of-a-bet", "the certainty equivalent", ("02", "03", "04", "06"), WORTH),
    Needed("pre-still-quoting", "the exponential of a matrix", ("03", "05"), SYSTEM),
    Needed("pre-best-depth", "a maximum by its derivative", ("02", "03", "04", "05"), "The best choice"),
    Needed("pre-days-needed", "the error of a sample's mean", ("01", "02", "06"), SAMPLE),
)


def _passed() -> list[bool]:
    last = verdicts()
    return [bool(last.get(one.exercise)) for one in NEEDED]


class Questions(Table):
    """A table whose last column leads to the sections that it names."""

    def _repr_markdown_(self) -> str:
        page = super()._repr_markdown_()
        for section in {one.section for one in NEEDED}:
            place = section.replace(" ", "-")  # as JupyterLab names a heading
            page = page.replace(f"| {markdown(section)} |", f"| [{markdown(section)}](#{place}) |")
        return page


def ten_questions() -> Table:
    """The ten questions: which are right by the last check in this kernel, who needs them, and where to read."""
    rows = [
        (n, one.about, ", ".join(one.chapters), "right" if passed else "not yet", "" if passed else one.section)
        for n, (one, passed) in enumerate(zip(NEEDED, _passed(), strict=True), start=1)
    ]
    return Questions.of(["question", "about", "chapters that need it", "yours", "read here"], rows)


def open_chapters() -> Table:
    """Chapters 01 to 06: which the last checks in this kernel open, and what each still asks for."""
    passed, rows = _passed(), []
    for chapter in sorted({chapter for one in NEEDED for chapter in one.chapters}):
        missing = [n for n, one in enumerate(NEEDED, start=1) if chapter in one.chapters and not passed[n - 1]]
        rows.append((chapter, "not yet" if missing else "yes", ", ".join(map(str, missing))))
    return Table.of(["chapter", "open to you", "questions first"], rows)
