"""Whether a text supports a claim: its numbers with their units, its names, its words, and which of them it denies."""

import re
from collections.abc import Iterable

from agents.heuristics.facts import names_of, numbers_of, share, terms_of
from agents.heuristics.quantities import Quantity, quantities_of
from retriever.ranking.words import analyse

# Chosen on the pairs in tests/agents/checking: below, a claim speaks of something else than the passage.
ENOUGH_WORDS = 0.5
SOME_WORDS = 0.2  # from which other words may say the same; below, nothing but somebody's word speaks for it
SAME_SUBJECT = 0.3  # of a sentence's words with a claim's, from which a denial in one is about the other

ECHOES = 2  # words of the question that a claim puts into a passage's mouth, from which it is about something else

_NEGATORS = frozenset(
    """not no never none nobody nothing neither nor without cannot can't don't doesn't didn't isn't aren't wasn't
    weren't won't wouldn't shouldn't couldn't mustn't hasn't haven't hadn't unable refuse refused denied forbidden
    prohibited fail failed fails lack lacks""".split()  # noqa: SIM905 - quoted one by one they can't be read
)
_NO_DENIAL = re.compile(
    r"\b(?:not only|not just|no later than|not later than|no more than|not more than|no less than|no fewer than"
    r"|no matter|nothing but|no longer than|not until|no problem|no doubt|without delay)\b"
)
_BREAK = frozenset((*".,;:|-–", "but", "however", "although", "though", "because", "unless", "except", "until", "if"))
_REACH = 4  # words after a negator that it denies
_PIECE = re.compile(r"[A-Za-z]+(?:['’][a-z]+)?|[.,;:|–-]")

# Stems that turn a statement round when one side stands where the other did.
_OPPOSITES = tuple(
    (frozenset(one.split()), frozenset(other.split()))
    for one, other in (
        (
            "increas rise rose risen rais grow grew higher gain",
            "decreas reduc fall fell fallen lower drop declin shrink loss",
        ),
        ("allow permit", "forbidden forbid prohibit ban"),
        ("more", "less fewer"),
        ("abov over", "below under"),
        ("befor", "after"),
        ("minimum", "maximum"),
        ("requir mandatori must", "option voluntari"),
        ("alway", "never"),
        ("with", "without"),
        ("enabl", "disabl"),
        ("open", "close"),
        ("approv accept grant", "reject refus deni"),
        ("first earliest", "last latest"),
        ("earlier", "later"),
        ("longer", "shorter"),
        ("larger bigger", "smaller"),
        ("includ", "exclud"),
        ("start begin", "stop end"),
        ("posit", "negat"),
        ("everybodi everyon all", "nobodi none"),
        ("safe", "unsaf danger"),
        ("effect", "ineffect"),
        ("possibl", "imposs"),
        ("faster", "slower"),
        ("older", "newer younger"),
        ("public", "privat confidenti"),
        ("buy", "sell"),
    )
)

_CODE = re.compile(r"`([^`\n]+)`")
_CLAUSE = re.compile(r"[,;.](?!\d)|\n|\b(?:and|but|while|whereas|or)\b")


def wanting(claim: str, passages: Iterable[str]) -> str:
    """Describe what these passages leave unsupported in a claim; empty when they support it."""
    texts = tuple(passages)
    whole = "\n".join(texts)
    tests = (_numbers, _quantities, _names, _code, _words, _denial, _opposite, _swapped)
    return next(filter(None, (test(claim, whole) for test in tests)), "")


def echoing(claim: str, question: str, passages: Iterable[str]) -> str:
    """Describe what a claim has from the question and from no passage: a permit's price is not a bus ticket's.

    One such word may be another word for the passage's; several are another subject.
    """
    found = terms_of(claim) & terms_of(question) - terms_of("\n".join(passages))
    return f"The passage doesn't mention {_listed(sorted(found)[:4])}." if len(found) >= ECHOES else ""


def reworded(claim: str, passages: Iterable[str]) -> bool:
    """Check whether these passages have all of a claim's numbers, names and senses, and too few of its words."""
    whole = "\n".join(passages)
    tests = (_numbers, _quantities, _names, _code, _denial, _opposite, _swapped)
    words = share(terms_of(claim), terms_of(whole))
    return bool(whole) and SOME_WORDS <= words < ENOUGH_WORDS and not any(test(claim, whole) for test in tests)


def denied_in(text: str) -> frozenset[str]:
    """Return the content words that a text denies."""
    words = [piece.lower().replace("’", "'") for piece in _PIECE.findall(_NO_DENIAL.sub(" ", text.lower()))]
    denied: set[str] = set()
    for place, word in enumerate(words):
        if word in _NEGATORS:
            denied |= _reached(words[place + 1 :])
    return frozenset(denied)


def _reached(words: list[str]) -> frozenset[str]:
    """Return the content words up to the next break, at most as many as a negator reaches."""
    stretch: list[str] = []
    for word in words:
        if word in _BREAK or len(stretch) >= _REACH:
            break
        if terms_of(word) and not word.endswith("'s"):
            stretch.append(word)
    return terms_of(" ".join(stretch)) if stretch else frozenset()


def _numbers(claim: str, text: str) -> str:
    missing = sorted(numbers_of(claim) - numbers_of(text))
    return f"The passage doesn't have {_listed(missing)}." if missing else ""


def _quantities(claim: str, text: str) -> str:
    known: dict[str, set[str]] = {}
    for quantity in quantities_of(text):
        known.setdefault(quantity.number, set()).add(quantity.unit)
    for quantity in sorted(quantities_of(claim), key=lambda item: item.number):
        units = known.get(quantity.number, set())
        if units and quantity.unit not in units:
            return f"The passage has {quantity.number} as {_listed(sorted(units))}, not as {quantity.unit}."
    return ""


def _names(claim: str, text: str) -> str:
    lowered = text.casefold()
    missing = sorted(name for name in names_of(claim) if name not in lowered and not terms_of(name) <= terms_of(text))
    return f"The passage doesn't name {_listed(missing)}." if missing else ""


def _words(claim: str, text: str) -> str:
    wanted = terms_of(claim)
    if share(wanted, terms_of(text)) >= ENOUGH_WORDS:
        return ""
    return f"The passage doesn't mention {_listed(sorted(wanted - terms_of(text))[:4])}."


def _denial(claim: str, text: str) -> str:
    """Look for the sentence that the claim is nearest to, and for what one of the two denies."""
    wanted = terms_of(claim)
    sentence = max(_sentences(text), key=lambda item: (len(wanted & terms_of(item)), -len(item)), default="")
    shared = wanted & terms_of(sentence)
    if len(shared) < SAME_SUBJECT * len(wanted):
        return ""
    ours, theirs = denied_in(claim) & shared, denied_in(sentence) & shared
    if bool(ours) != bool(theirs):
        return f"The claim and the passage disagree on {_listed(sorted(ours | theirs))}."
    return ""


def _opposite(claim: str, text: str) -> str:
    wanted = terms_of(claim)
    sentence = max(_sentences(text), key=lambda item: (len(wanted & terms_of(item)), -len(item)), default="")
    ours, theirs = _plain_words(claim), _plain_words(sentence)
    for pair in _OPPOSITES:
        for one, other in (pair, pair[::-1]):
            if ours & one and not ours & other and theirs & other and not theirs & one:
                return f"The claim says {_listed(ours & one)} where the passage says {_listed(theirs & other)}."
    return ""


def _code(claim: str, text: str) -> str:
    """Look for each word of a quoted command: one flag or name changed, and it does something else."""
    missing = [word for span in _CODE.findall(claim) for word in span.split() if word not in text]
    return f"The passage doesn't have {_listed(missing)}." if missing else ""


def _swapped(claim: str, text: str) -> str:
    """Look for a name that the passage gives another number of the same unit, and never the claim's."""
    clauses = [(clause.casefold(), quantities_of(clause)) for clause in _CLAUSE.split(text)]
    for name in sorted(names_of(claim)):
        own = [counted for clause, counted in clauses if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", clause)]
        given = frozenset[Quantity]().union(*own)
        for quantity in quantities_of(claim):
            rivals = {item.number for item in given if item.unit == quantity.unit}
            if rivals and quantity.number not in rivals:
                return f"The passage has {_listed(sorted(rivals))} {quantity.unit} for {name}."
    return ""


def _sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?;])\s+|\n+", text) if part.strip()]


def _plain_words(text: str) -> frozenset[str]:
    """Return every word's stem, stop words too: with and without, before and after."""
    return frozenset(analyse(text).split()) | frozenset(re.findall(r"[a-z]+", text.lower()))


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)
