"""Every way to a question without an LLM."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import groupby

from agents.heuristics.facts import terms_of
from agents.heuristics.sentences import CODE_KINDS, Unit, cells_of, units_of
from eval.question_generation.records import QuestionCandidate, candidate, plain
from retriever.library.rows import Placed
from retriever.searching.hits import hit_of

MOST_CELLS = 2  # of one passage; a table has as many as it has cells
LONGEST_ROW, LONGEST_COLUMN = 6, 5  # words of a row's and of a column's name
LONGEST_CELL = 160  # characters

_CELL_WORD = re.compile(r"\w+")
_ASIDE = re.compile(r"\s*\([^)]*\)\s*$")
_NAMELESS = frozenset({"note", "notes", "comment", "comments", "remark", "remarks", "#", "no", "id", "nr", "other"})
_NOTHING = frozenset({"", "-", "–", "—", "n/a", "none", "?", "x", "yes", "no"})
_NO_NAME = re.compile(r"[\W\d_]*")  # a number or a date names a row only for those who have the table before them
_ASKING = re.compile(r"who|what|when|where|how|which|why", re.IGNORECASE)
_HEAD = re.compile(r"^.+?(?= (?:per|a|an|and|of|in|for|from|to) |,|$)")
_PLURAL = re.compile(r"\w*[^s\W\d]s\Z")
# A column that begins so is the rest of a sentence whose beginning is the row.
_PIECE = re.compile(
    r"(?:by|from|to|at|with|also|may|can|lets?|ends?|lasts?|for|in|on|is|are|has|up|if|not|what|until|about|since|would|approves?|needs?|per)\Z",
    re.IGNORECASE,
)


def from_tables(item: Placed, *, opens: bool) -> Iterator[QuestionCandidate]:
    """Find what the tables of a passage answer, a few cells of them."""
    del opens  # every row stands with its header
    hit = hit_of(item, 1)
    whole = replace(hit, text=f"{item.passage.preface}\n{hit.text}") if item.passage.preface else hit
    rows = [(unit.header, cells_of(unit.text), unit.text) for unit in units_of(whole) if unit.form == "row"]
    found = [
        made
        for header, group in groupby(rows, key=lambda row: row[0])
        for made in _of_table(header, [(cells, text) for _, cells, text in group], item)
    ]
    yield from sorted(found, key=_lot)[:MOST_CELLS]


def _of_table(
    header: tuple[str, ...], rows: list[tuple[tuple[str, ...], str]], item: Placed
) -> Iterator[QuestionCandidate]:
    if sum(map(bool, header)) <= 1 and rows:  # a title over the whole width; the names stand in the row below it
        header, rows = rows[0][0], rows[1:]
    names = Counter(cells[0] for cells, _ in rows)
    columns = [plain(_ASIDE.sub("", name)) for name in header]
    for cells, text in rows:
        if len(cells) != len(columns) or names[cells[0]] > 1 or not _is_row_name(cells[0]):
            continue
        for column, cell in list(zip(columns, cells, strict=True))[1:]:
            if not _is_column_name(column) or plain(cell).casefold() in _NOTHING or len(cell) > LONGEST_CELL:
                continue
            row = plain(cells[0])
            # Over a corner that is empty stand the things, and beside it what is said of them.
            asked = cell_question(column, row) if columns[0] else cell_question(row, column)
            made = candidate(asked, "table", item, text, cell)
            if made is not None:
                yield made


def cell_question(column: str, row: str) -> str:
    """Ask for a cell."""
    name = column if column[1:2].isupper() else column[:1].lower() + column[1:]
    if name in {"meaning", "means", "description", "it is", "what it is"}:
        return f"What does {row} mean?"
    if name in {"what to do", "action", "remedy", "fix"}:
        return f"What should I do about {row}?"
    if _ASKING.match(name):
        return f"{row}: {name}?"
    if name.endswith("?"):
        return f"{row}: {name}"
    head = _HEAD.match(name)
    return f"What {'are' if head and _PLURAL.search(head[0]) else 'is'} the {name} of {row}?"


def _is_row_name(cell: str) -> bool:
    words = _CELL_WORD.findall(plain(cell))
    return 1 <= len(words) <= LONGEST_ROW and not _NO_NAME.fullmatch(cell)


def _is_column_name(name: str) -> bool:
    words = _CELL_WORD.findall(name)
    if not 1 <= len(words) <= LONGEST_COLUMN or name.casefold() in _NAMELESS or _NO_NAME.fullmatch(name):
        return False
    return not _PIECE.match(words[0]) or (len(words) > 1 and bool(_ASKING.match(name)))


def _lot(made: QuestionCandidate) -> str:
    """Draw cells, the same ones each time."""
    return hashlib.sha256(f"{made.text}\0{made.quote}".encode()).hexdigest()


FEWEST_TERMS = 1  # content words; "Who is who" asks nothing
CLEAR = 2  # content words; with fewer, the question could be asked of any document, and names its own
LONGEST_TITLE = 6  # words of a title that goes before a question

_LINE = re.compile(r"^#{1,6}[ \t]+(?P<heading>[^\n]+?)[ \t]*#*$", re.MULTILINE)
_NUMBER = re.compile(r"^\s*(?:\d+(?:\.\d+)*[.)]?|[A-Z][.)]|§\s*\d+)\s+")
_PRONOUN = re.compile(r"\b(?:it|its|this|that|these|those|they|them|he|she)\b", re.IGNORECASE)
# How a heading's first words turn into those of a question.
_FORMS = (
    (re.compile(r"^how to (?P<rest>.+)$", re.IGNORECASE), "How do I {rest}?"),
    (re.compile(r"^how (?P<rest>[\w' -]+?) (?P<verb>work|happen)s$", re.IGNORECASE), "How does {rest} {verb}?"),
    (re.compile(r"^how (?P<rest>[\w' -]+?) (?P<verb>work|happen)$", re.IGNORECASE), "How do {rest} {verb}?"),
    (re.compile(r"^what to do (?P<rest>.+)$", re.IGNORECASE), "What should I do {rest}?"),
    (re.compile(r"^(?P<word>what|when|where|who|whom) to (?P<rest>.+)$", re.IGNORECASE), "{word} should I {rest}?"),
    (re.compile(r"^(?P<rest>(?:how (?:many|much|long|often)|who|which|where|why) .+)$", re.IGNORECASE), "{rest}?"),
)


def from_headings(item: Placed, *, opens: bool) -> Iterator[QuestionCandidate]:
    """Find what the headings in a passage ask, and the one above it where the passage is the first below that."""
    text = item.passage.text
    lines = list(_LINE.finditer(text))
    above = item.passage.heading[-1:] if opens else ()
    stretches = [(heading, 0) for heading in above] + [(line["heading"], line.end()) for line in lines]
    for heading, start in stretches:
        quote = _first_line(text[start:])
        asked = _placed(question_of(heading), item.document.title)
        made = candidate(asked, "heading", item, quote, quote) if asked and quote else None
        if made is not None:
            yield made


def question_of(heading: str) -> str:
    """Turn a heading into the question it answers; empty where it asks nothing that stands alone."""
    words = _NUMBER.sub("", plain(heading)).strip()
    asked = words if words.endswith("?") else ""
    for pattern, form in () if asked else _FORMS:
        if found := pattern.match(words):
            asked = form.format(**found.groupdict())
            break
    if not asked or _PRONOUN.search(asked) or len(terms_of(asked)) < FEWEST_TERMS:
        return ""
    return asked


def _placed(asked: str, title: str) -> str:
    """Say what a bare question is about: "Annual leave: how many days?"."""
    if not asked or len(terms_of(asked)) >= CLEAR:
        return asked
    about = plain(title)
    if len(about.split()) > LONGEST_TITLE or ":" in about or about.casefold() == asked.rstrip("?").casefold():
        return asked if len(terms_of(asked)) > FEWEST_TERMS else ""
    return f"{about}: {asked[0].lower()}{asked[1:]}"


def _first_line(text: str) -> str:
    """Return what answers a heading, up to the next heading."""
    lines = (line.strip() for line in text.split("\n"))
    first = next((line for line in lines if line), "")
    return "" if first.startswith("#") else first


MOST_DEFINITIONS = 3  # of one passage; a glossary would fill the whole set
LONGEST_TERM = 4  # words
LEAST_SAID = 4  # words of a definition

_TERM_WORD = re.compile(r"[^\W_][\w'’&/.+-]*")
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
    yield from found[:: max(1, len(found) // MOST_DEFINITIONS)][:MOST_DEFINITIONS]


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
    words = _TERM_WORD.findall(name)
    if not 1 <= len(words) <= LONGEST_TERM or any(map(_NO_TERM.match, words)):
        return None
    if len(_TERM_WORD.findall(said)) < LEAST_SAID or name.isdecimal():
        return None
    kept = f"{article.lower()} " if article in {"A", "An"} or (article == "The" and not name.isupper()) else ""
    forms = {"means": f"What does {name} mean?", "stands for": f"What does {name} stand for?"}
    asked = forms.get(verb, f"What {verb} {kept}{name}?")
    return candidate(asked, "definition", item, quote, quote)


def _is_named(term: str, item: Placed) -> bool:
    """Check whether a term is what the passage is about, or a name: the rest are statements about something."""
    words = _TERM_WORD.findall(plain(term))
    about = " ".join((item.document.title, *item.passage.heading)).casefold()
    return bool(words) and (" ".join(words).casefold() in about or all(word[1:] != word[1:].lower() for word in words))


_PAIR = re.compile(
    r"^[>\s*_#-]*(?:Q|Question)\s*\d*\s*[:.)][*_]*\s*(?P<question>[^\n]+)\n+"
    r"[>\s*_#-]*(?:A|Answer)\s*\d*\s*[:.)][*_]*\s*(?P<answer>[^\n]+)",
    re.MULTILINE | re.IGNORECASE,
)


def from_pairs(item: Placed, *, opens: bool) -> Iterator[QuestionCandidate]:
    """Make the questions of a passage that come with their answers."""
    del opens  # a pair stands wherever it stands
    for pair in _PAIR.finditer(item.passage.text):
        made = candidate(pair["question"].strip(" *_"), "faq", item, pair["answer"], pair["answer"])
        if made is not None:
            yield made


VERSION = "rules-1"  # raise it with any change to what the rules make

MAKERS: tuple[Callable[..., Iterator[QuestionCandidate]], ...] = (
    from_pairs,
    from_headings,
    from_definitions,
    from_tables,
)


def made_by_rules(item: Placed, *, opens: bool) -> list[QuestionCandidate]:
    """Make what the rules would ask of a passage; `opens` says that it is the first below its heading."""
    if item.document.kind in CODE_KINDS:
        return []
    return [made for maker in MAKERS for made in maker(item, opens=opens)]
