"""The glossary: every word stands where it says, once, in alphabetical order, and agrees with the vocabulary."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mmbook.glossary import Word, all_words, glossary

from mmlab import vocabulary
from mmlab.doors.chapters import read_chapters
from mmlab.parameters import ParameterError

ROOT = Path(__file__).parents[2]
CHAPTERS = read_chapters(ROOT)
NEEDED = """reservation price; skew; depth; half-spread; clip; mid; touch; inventory; reach; fill intensity; markout
adverse selection; toxic flow; maker; taker; rebate; queue position; post-only; kill switch; order-to-trade ratio
drawdown; expected shortfall; certainty equivalent; scenario; fires; clears; halt; reduce only; widen; worth; stale
price of a limit; frontier; common random numbers; attribution; effective spread; realised spread; price impact
misspecification; quote age"""


def section_of(word: Word) -> str:
    """The text under the heading that a word names, without marks and with lines joined."""
    chapter = CHAPTERS[word.chapter]
    section = chapter.sections[word.section]
    _, _, rest = chapter.text.partition(f"\n{'#' * section.level} {section.heading}\n")
    assert rest
    part = re.split(rf"\n#{{2,{section.level}}} ", rest)[0]
    return " ".join(re.sub(r"[*`]", "", f"{section.heading} {part}").casefold().split())


def test_it_has_at_least_fifty_words_and_those_that_readers_asked_for() -> None:
    assert len(all_words()) >= 50
    for words in re.split(r"; |\n", NEEDED):
        assert glossary(words).rows


def test_words_are_in_alphabetical_order_and_none_comes_twice() -> None:
    words = [each.word.casefold() for each in all_words()]
    assert words == sorted(set(words))


@pytest.mark.parametrize("word", all_words(), ids=lambda each: each.word)
def test_a_word_stands_in_the_section_that_it_names(word: Word) -> None:
    assert re.search(rf"(?<![\w-]){re.escape(word.word.casefold())}", section_of(word))


@pytest.mark.parametrize("word", all_words(), ids=lambda each: each.word)
def test_a_meaning_is_a_sentence_and_the_vocabularys_where_it_has_the_quantity(word: Word) -> None:
    assert word.meaning[0].isupper()
    assert word.meaning.rstrip(")").endswith(".")
    assert all(word.names)
    if word.name:
        assert word.meaning == getattr(vocabulary, word.name.upper()).description
    else:
        quantities = {one for one in vars(vocabulary) if one.isupper()}
        assert word.word.replace("-", "_").replace(" ", "_").upper() not in quantities, "say its name"


def test_a_word_is_found_by_the_trades_name_and_by_a_part_of_it() -> None:
    assert [row[0] for row in glossary("Kill switch").rows] == ["halt"]
    assert [row[0] for row in glossary("skew").rows] == ["skew"]
    assert {row[0] for row in glossary("order-to-trade").rows} == {"fill ratio"}
    assert len(glossary().rows) == len(all_words())


def test_an_unknown_word_is_refused_with_those_there_are() -> None:
    with pytest.raises(ParameterError, match=r"The glossary has no 'contango'.*adverse selection"):
        glossary("contango")


def test_the_spreads_say_what_they_count() -> None:
    for word in ("effective spread", "realised spread", "price impact"):
        assert "round trip" in glossary(word).rows[0][2]
    assert "half of the realised spread" in glossary("markout").rows[0][2]
