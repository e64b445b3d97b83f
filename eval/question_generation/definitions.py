"""Questions that definitions answer: "A cadge is a group of …", "**cadge**: a group of …"."""

import re
from collections.abc import Iterator

from agents.heuristics.sentences import Unit, units_of
from eval.question_generation.candidates import QuestionCandidate, candidate, plain
from eval.rating.pages import hit_of
from retriever.library.rows import Placed

MOST = 3  # of one passage; a glossary would fill the whole set
LONGEST_TERM = 4  # words
LEAST_SAID = 4  # words of a definition

_WORD = re.compile(r"[^\W_][\w'’&/.+-]*")
_LISTED = re.compile(
    r"^\*\*(?P<term>[^*\n]{2,60})\*\*\s*(?P<aside>\([^)]{1,80}\)\s*)?[:–—-]\s*(?P<said>\S.+)$", re.DOTALL
)
_STATED = re.compile(
    r"^(?:(?P<article>An?|The)\s+)?(?P<term>[^.,;:!?()\n]{2,50}?)(?:\s*\((?P<aside>[^)]{1,60})\))?\s+"
    r"(?P<verb>is|are|means|stands for)\s+(?P<said>(?:an?|the|our|any|every|one of|when|what|how)\s.+)$",
    re.DOTALL,
)
_GLOSSARY = re.compile(r"glossar|vocabular|abbreviation|acronym|definition|terms\b", re.IGNORECASE)
_NOUN = re.compile(r"(?:an?|the|our)\s", re.IGNORECASE)  # what else follows a bold word may be anything about it
# A term that holds one of these is a piece of a sentence and no name of anything.
_NO_TERM = re.compile(
    r"(?:its?|this|that|these|those|t?here|s?he|they|we|you|i|who|which|what|where|when|why|how|if|and|or|not|but|as|in"
    r"|on|at|to|of|for|by|with|from|nobody|somebody|everybody|everyone|anyone|everything|something|nothing|all|both"
    r"|each|most|some|any|none|one|first|second|last|next|only|so|then|also|your|our|their|my|his|her)\Z",
    re.IGNORECASE,
)


def from_definitions(item: Placed, *, opens: bool) -> Iterator[QuestionCandidate]:
    """Find what a passage defines."""
    del opens  # a definition stands wherever it stands
    if item.document.kind in {"vtt", "srt"}:  # what is said in a meeting defines nothing
        return
    made = (_asked(unit, item) for unit in units_of(hit_of(item, 1)) if unit.form in {"sentence", "item"})
    found = [one for one in made if one is not None]
    # Those that are chosen are spread over the passage.
    yield from found[:: max(1, len(found) // MOST)][:MOST]


def _asked(unit: Unit, item: Placed) -> QuestionCandidate | None:
    text = " ".join(unit.text.split())
    listed, about = _LISTED.match(text), " ".join((item.document.title, *item.passage.heading))
    if listed and (_GLOSSARY.search(about) or _NOUN.match(listed["said"])):
        return _question(listed["term"], "is", "", listed["said"], text, item)
    stated = _STATED.match(plain(text))
    if stated and (stated["article"] in {"A", "An"} or _is_named(stated["term"], item)):
        return _question(stated["term"], stated["verb"], stated["article"] or "", stated["said"], text, item)
    return None


def _question(term: str, verb: str, article: str, said: str, quote: str, item: Placed) -> QuestionCandidate | None:
    name = plain(term).strip("\"'“”‘’ ")
    words = _WORD.findall(name)
    if not 1 <= len(words) <= LONGEST_TERM or any(map(_NO_TERM.match, words)):
        return None
    if len(_WORD.findall(said)) < LEAST_SAID or name.isdecimal():
        return None
    kept = f"{article.lower()} " if article in {"A", "An"} or (article == "The" and not name.isupper()) else ""
    forms = {"means": f"What does {name} mean?", "stands for": f"What does {name} stand for?"}
    asked = forms.get(verb, f"What {verb} {kept}{name}?")
    return candidate(asked, "definition", item, quote, quote)


def _is_named(term: str, item: Placed) -> bool:
    """Check whether a term is what the passage is about, or a name: the rest are statements about something."""
    words = _WORD.findall(plain(term))
    about = " ".join((item.document.title, *item.passage.heading)).casefold()
    return bool(words) and (" ".join(words).casefold() in about or all(word[1:] != word[1:].lower() for word in words))
