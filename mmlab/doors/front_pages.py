"""The site's own pages, beside the chapters: notebooks/pages, whose words stand there and whose lists are made here.

A line `<!-- made: NAME -->` of a page is where something made goes; a link `../NN_topic.ipynb#section` leads to a
chapter. All that says something of a chapter is read from it, or from the README's table.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mmlab.doors.chapters import Chapter, PageError, numbered, read_chapters, table
from mmlab.doors.concept_map import drawing, listing, read_concepts
from mmlab.doors.syllabus_page import SyllabusPage
from mmlab.table import markdown, read_rows, with_indices

PAGES: tuple[str, ...] = ("index", "paths", "syllabus", "teaching", "concepts", "verdicts", "notation", "glossary")
PAGES += ("bibliography", "collected")
"""In the order of the site's contents."""
ELSEWHERE = (
    ("lite", "**Run it in this browser**, with nothing to install and no server", "open the workbook"),
    ("binder", "**Run it on Binder**, on a computer of its own", "start one"),
    ("colab", "**Run it on Colab**, with an account there", "open the first chapter"),
)
"""What an address opens: its name, what a reader is to know, the words of the link."""
_MADE = re.compile(r"<!-- made: (\w+) -->")
_LINK = re.compile(r"\]\(\.\./(\w+)\.ipynb(?:#([^)]*))?\)")
DOI = re.compile(r"https://doi\.org/(10\.(?:[^\s()]|\([^\s()]*\))+)")
"""In a Markdown link: what stands in parentheses may hold some of its own."""


def _by_author(reference: Mapping[str, str]) -> tuple[str, str]:
    """The first author's last name, and the year."""
    return re.split(", | and ", reference["authors"])[0].split()[-1].casefold(), reference["year"]


class FrontPages:
    """A checkout's chapters and the tables of notebooks/pages, read once and checked against each other.

    Parameters
    ----------
    checkout : Path
        The folder with README.md and notebooks.
    addresses : mapping
        Where the book can be run, by the names of `ELSEWHERE`; one without an address is left out.

    Raises
    ------
    PageError
        If a table or a page names what is not there; with file and line.
    """

    def __init__(self, checkout: Path, addresses: Mapping[str, str] | None = None):
        self.checkout, self.folder, self.addresses = checkout, checkout / "notebooks" / "pages", addresses or {}
        self.chapters = read_chapters(checkout)
        self.concepts = read_concepts(self.folder / "concepts.csv", self.chapters)
        self.paths = self._toml("paths.toml")["path"]
        self._check_stops()
        verdicts = self._toml("verdicts.toml")
        self.written, self.verdicts = verdicts["written"], verdicts["chapter"]
        with (self.folder / "references.csv").open(encoding="utf-8", newline="") as file:
            self.references = list(csv.DictReader(file))
        if set(self.verdicts) != set(self.chapters):
            odd = ", ".join(sorted(set(self.verdicts) ^ set(self.chapters)))
            raise PageError(f"{self.folder / 'verdicts.toml'}: a verdict for each chapter, and no other; see {odd}.")

    def _toml(self, name: str) -> dict[str, Any]:
        """A table of the pages, the links in it checked."""
        text = (self.folder / name).read_text(encoding="utf-8")
        self._check_links(self.folder / name, text)
        return tomllib.loads(text)

    def _check_stops(self) -> None:
        path = self.folder / "paths.toml"
        lines = list(numbered(path.read_text(encoding="utf-8")))
        for stop in (stop for one in self.paths for stop in one["stops"]):
            line = next((n for n, words in lines if stop["why"] in words), 1)
            if stop["chapter"] not in self.chapters:
                raise PageError(f"{path}, line {line}: there is no chapter {stop['chapter']!r}.")
            self.chapters[stop["chapter"]].check(stop.get("section", ""), f"{path}, line {line}")

    def _check_links(self, path: Path, text: str) -> None:
        names = {chapter.name: chapter for chapter in self.chapters.values()}
        for line, words in numbered(text):
            for name, section in _LINK.findall(words):
                if name not in names:
                    raise PageError(f"{path}, line {line}: there is no chapter {name}.ipynb.")
                names[name].check(section, f"{path}, line {line}")

    # ---- what is made

    def link(self, chapter: Chapter, section: str = "") -> str:
        """A link to a chapter, or to a section of it, in the words of its heading."""
        if not section:
            return f"[{chapter.number} · {chapter.title}](../{chapter.name}.ipynb)"
        words = f"{chapter.number} · {chapter.title.partition(':')[0]}: {chapter.section(section).heading}"
        return f"[{words}](../{chapter.name}.ipynb#{section})"

    def picture(self) -> str:
        """The README's picture, with its words."""
        readme = (self.checkout / "README.md").read_text(encoding="utf-8")
        shown = re.search(r"!\[([^\]]+)\]\([^)]*images/explorer\.png\)", readme)
        if shown is None:
            raise PageError(f"{self.checkout / 'README.md'} shows no images/explorer.png with words.")
        return f"![{shown[1]}](../images/explorer.png)\n"

    def doors(self) -> str:
        """Where to begin, with those doors that are open."""
        begin = next(iter(self.chapters.values()))
        ways = [f"**Read here**, executed, with all pictures: {self.link(begin)}."]
        ways += [
            f'{words}: <a href="{self.addresses[name]}">{link}</a>.'
            for name, words, link in ELSEWHERE
            if self.addresses.get(name)
        ]
        ways.append("**On your laptop**: in a clone of the repository, `python3 mmlab open` sets everything up.")
        return "".join(f"- {way}\n" for way in ways)

    def chapter_table(self) -> str:
        """Each chapter, what a reader can do after it, and the minutes."""
        rows = [(self.link(chapter), chapter.after, str(chapter.minutes)) for chapter in self.chapters.values()]
        return table(("chapter", "after it you can", "minutes to read"), rows)

    def reading_paths(self) -> str:
        """Each path with its stops, the minutes and exercises of which are counted here."""
        parts = []
        for path in self.paths:
            lines, minutes, exercises = [], 0, 0
            for stop in path["stops"]:
                chapter, section = self.chapters[stop["chapter"]], stop.get("section", "")
                alone = chapter.minutes_of(section)
                minutes, exercises = minutes + alone, exercises + chapter.section(section).n_exercises
                lines.append(f"1. {self.link(chapter, section)} ({alone} min). {stop['why']}\n")
            takes = f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"
            takes += f" of reading{f', {exercises} exercises on the way' if exercises else ''}."
            parts.append(f"## {path['name']}\n\n{path['goal']} **{takes}**\n\n{''.join(lines)}")
        return "\n".join(parts)

    def map(self) -> str:
        """The map of concepts, as a drawing."""
        return "```{raw} html\n" + drawing(self.concepts, self.chapters) + "```\n"

    def map_list(self) -> str:
        """The map of concepts, as a list."""
        return listing(self.concepts, self.chapters, "../")

    def verdict(self, number: str) -> str:
        """Of one chapter: the answer in bold, the reasons, and when it was written."""
        verdict = self.verdicts[number]
        dated = f"*(Written in {self.written}, to be looked at yearly.)*"
        return f"**{verdict['answer']}** {verdict['because'].strip()} {dated}\n"

    def all_verdicts(self) -> str:
        """Those of all chapters, each under its link."""
        return "\n".join(f"## {self.link(self.chapters[n])}\n\n{self.verdict(n)}" for n in self.chapters)

    def notation(self) -> str:
        """The rows of vocabulary.csv, by symbol."""
        rows = [
            (markdown(row["symbol"]), markdown(row["unit"]), markdown(row["description"]), f"`{row['name']}`")
            for row in read_rows("vocabulary.csv")
        ]
        return table(("symbol", "unit", "what it is", "in code"), rows)

    def shared_symbols(self) -> str:
        """The symbols that mean more than one thing."""
        meanings: dict[str, list[str]] = {}
        for row in read_rows("vocabulary.csv"):
            meanings.setdefault(row["symbol"], []).append(f"`{row['name']}`")
        shared = {symbol: names for symbol, names in meanings.items() if len(names) > 1}
        return "".join(f"- **{symbol}** is {' or '.join(names)}\n" for symbol, names in shared.items())

    def letters(self) -> str:
        """What each letter means in a chapter that has a box of them, and what its paper calls it."""
        known = {row["name"]: row["description"] for row in read_rows("vocabulary.csv")}
        rows = [
            (row["letter"], row["chapter"], row["meaning"] or known[row["name"]], row["in the paper"])
            for row in self._book("letters.csv")
        ]
        shown = [tuple(with_indices(markdown(cell)) for cell in row) for row in sorted(rows, key=lambda row: row[1])]
        return table(("letter", "in chapter", "what it is there", "in its paper"), shown)

    def _book(self, name: str) -> list[dict[str, str]]:
        """The rows of a table of the book's own code."""
        with (self.checkout / "notebooks" / "mmbook" / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def glossary(self) -> str:
        """From the book's words to the trade's, each with a link to the section that introduces it."""
        known = {row["name"]: row["description"] for row in read_rows("vocabulary.csv")}
        rows = []
        for line, row in enumerate(self._book("glossary.csv"), start=2):
            chapter, section = self.chapters.get(row["chapter"]), row["section"]
            if chapter is None:
                raise PageError(f"glossary.csv, line {line}: there is no chapter {row['chapter']!r}.")
            chapter.check(section, f"glossary.csv, line {line}")
            words = [row["word"], row["in the trade"], row["meaning"] or known[row["name"]]]
            rows.append([*map(markdown, words), self.link(chapter, section)])
        return table(("in this book", "in the trade", "means", "introduced in"), rows)

    def cited_in(self, reference: Mapping[str, str]) -> list[Chapter]:
        """The chapters whose text has a reference's DOI, or where it has none, its title."""
        mark = reference["doi"] or reference["title"]
        return [chapter for chapter in self.chapters.values() if mark in chapter.text]

    def bibliography(self) -> str:
        """All references by author, with DOI and where they are cited."""
        lines = []
        for row in sorted(self.references, key=_by_author):
            doi = f" [doi:{row['doi']}](https://doi.org/{row['doi']})" if row["doi"] else ""
            link = f" [{row['link'].removeprefix('https://')}]({row['link']})" if row["link"] else ""
            cited = [f"[{chapter.number}](../{chapter.name}.ipynb)" for chapter in self.cited_in(row)]
            where = f"Chapter {', '.join(cited)}." if cited else "[Verdicts](verdicts.md)."
            lines.append(f"- {row['authors']} ({row['year']}). *{row['title']}*. {row['where']}.{doi}{link} {where}\n")
        return "".join(lines)

    # ---- the pages

    def page(self, name: str) -> str:
        """A page as MyST, with all that is made in its place; its links are those of a file in notebooks/pages."""
        path = self.folder / f"{name}.md"
        text = path.read_text(encoding="utf-8")
        self._check_links(path, text)
        makers: dict[str, Callable[[], str]] = {
            "picture": self.picture,
            "doors": self.doors,
            "chapters": self.chapter_table,
            "paths": self.reading_paths,
            "map": self.map,
            "map_list": self.map_list,
            "verdicts": self.all_verdicts,
            "notation": self.notation,
            "shared_symbols": self.shared_symbols,
            "letters": self.letters,
            "glossary": self.glossary,
            "bibliography": self.bibliography,
            "n_chapters": lambda: str(len(self.chapters)),
        }
        if name == "syllabus":
            makers |= SyllabusPage(self.checkout, self.chapters, self._toml("syllabus.toml"), self.link).makers()
        for line, words in numbered(text):
            for made in _MADE.findall(words):
                if made not in makers:
                    raise PageError(f"{path}, line {line}: nothing makes {made!r}; there are {', '.join(makers)}.")
        return _MADE.sub(lambda found: makers[found[1]]().rstrip("\n"), text)
