"""What one kept answer scores, and what the answers of a kind come to."""

import statistics
from collections.abc import Callable, Mapping, Sequence

from agents.heuristics.facts import share, terms_of
from benchmarks.formats import without_addresses
from benchmarks.worlds.answers import KeptAnswer
from eval.answers.risk import discriminate
from eval.measures import parse_measure

SHOWN = 0.8  # of a quote's content words that an answer needs to show it
EITHER = "either"  # the kind of question that several documents could mean
BEST_MATCH = "best_match"
OUTCOMES = {
    "insufficient": "refused",
    "out_of_scope": "refused",
    "greeting": "refused",
    "unclear": "refused",
    "asks_back": "asked back",
    BEST_MATCH: "best match",
}  # whatever else a verdict says, something was answered as if it were known
ANSWERED = "answered"

R10, NDCG10, FIRST, ANY, ALL = (
    parse_measure(name) for name in ("R@10", "nDCG@10", "Success@1", "Success@100", "all-gold@100")
)

Figure = float | None
Figures = dict[str, Figure]
Score = Callable[[KeptAnswer], Figure]


def figures_of(answers: Sequence[KeptAnswer]) -> Figures:
    """Average every score over the answers that have it, and add what only many answers have."""
    figures: Figures = {"questions": float(len(answers))}
    for name, score in SCORES.items():
        values = [value for item in answers if (value := score(item)) is not None]
        figures[name] = statistics.fmean(values) if values else None
    able, lacking = sufficiencies(answers)
    told = discriminate("answerable", able + lacking, [True] * len(able) + [False] * len(lacking))
    figures |= {
        "AUROC": told.auroc.mean if told else None,
        "AUROC low": told.auroc.low if told else None,
        "AUROC high": told.auroc.high if told else None,
        "AUROC answerable": float(len(able)),
        "AUROC none": float(len(lacking)),
        "search seconds": statistics.median(item.search_seconds for item in answers),
        "ask seconds": statistics.median(item.ask_seconds for item in answers),
    }
    return figures


def sufficiencies(answers: Sequence[KeptAnswer]) -> tuple[list[float], list[float]]:
    """Return the probabilities of what can be answered and of what nothing answers, where one was given."""
    judged = [(item.answerable, item.probability) for item in answers if item.probability is not None]
    able, lacking = ([chance for known, chance in judged if known is wanted] for wanted in (True, False))
    return able, lacking


def outcome_of(item: KeptAnswer) -> str:
    """Say what the asker got: an answer, the best match, a question back, or nothing."""
    return OUTCOMES.get(item.verdict, ANSWERED)


def shown(item: KeptAnswer, texts: Sequence[str]) -> Figure:
    """Return the share of the quotes that answer which one of the texts holds; nothing where none are known."""
    wanted = [terms_of(without_addresses(quote)) for quote in wanted_words(item)]
    held = [terms_of(without_addresses(text)) for text in texts]
    return statistics.fmean(any(share(terms, said) >= SHOWN for said in held) for terms in wanted) if wanted else None


def wanted_words(item: KeptAnswer) -> Sequence[str]:
    """Return the words that answer: quotes, else the reference; of what nothing answers there are none."""
    if not item.answerable or not item.gold:
        return ()
    return item.quotes or tuple(filter(None, [item.reference])) * (item.reference.lower() not in ("yes", "no"))


def in_place(item: KeptAnswer, documents: Sequence[str]) -> list[str]:
    """Let a document that answers too stand for a needed one that the ranking lacks, or for the only one."""
    spare = [name for name in item.gold if name not in documents]
    placed = list[str]()
    for name in documents:
        if name in item.also_ok and name not in item.gold:
            placed.append(item.gold[0] if len(item.gold) == 1 else spare.pop(0) if spare else name)
        else:
            placed.append(name)
    return placed


def _gold(item: KeptAnswer) -> Mapping[str, float]:
    return dict.fromkeys(item.gold, 1.0)


def _any(item: KeptAnswer) -> Mapping[str, float]:
    return dict.fromkeys((*item.gold, *item.also_ok), 1.0)


def _searched(item: KeptAnswer) -> list[str]:
    return list(item.searched)


def _left(item: KeptAnswer) -> list[str]:
    return list(dict.fromkeys(shown.document for shown in item.evidence))


def _cited(item: KeptAnswer) -> list[str]:
    return list(dict.fromkeys(quoted.document for quoted in item.citations))


def _ranked(documents: Callable[[KeptAnswer], list[str]]) -> Mapping[str, Score]:
    """Score an order of documents; what nothing answers has no place in it."""
    return {
        "R@10": lambda item: R10.score(in_place(item, documents(item)), _gold(item)) if item.gold else None,
        "acc@1": lambda item: FIRST.score(documents(item), _any(item)) if item.gold else None,
        "nDCG@10": lambda item: NDCG10.score(in_place(item, documents(item)), _gold(item)) if item.gold else None,
    }


def _said(item: KeptAnswer) -> Figure:
    return shown(item, ["\n".join((item.text, *(quoted.quote for quoted in item.citations)))])


def _all_told(item: KeptAnswer) -> Figure:
    """Check, where several rules could be meant, that each is shown, or that it is asked which is meant."""
    if item.kind != EITHER:
        return None
    return float(outcome_of(item) == "asked back" or bool(item.may_mean) or _said(item) == 1)


def _in_evidence(item: KeptAnswer) -> Figure:
    return shown(item, [passage.text for passage in item.evidence])


def _is(outcome: str) -> Score:
    return lambda item: float(outcome_of(item) == outcome)


SCORES: Mapping[str, Score] = {
    **{f"search {name}": score for name, score in _ranked(_searched).items()},
    **{f"ask {name}": score for name, score in _ranked(_left).items()},
    "cited": lambda item: ANY.score(_cited(item), _any(item)) if item.gold else None,
    "all cited": lambda item: ALL.score(in_place(item, _cited(item)), _gold(item)) if item.gold else None,
    "gold words in evidence": _in_evidence,
    "gold words shown": _said,
    "all told": _all_told,
    "offered": lambda item: float(bool(item.may_mean)),
    "words shown": lambda item: float(len(item.text.split())),
    **{outcome: _is(outcome) for outcome in ("refused", "asked back", "best match", ANSWERED)},
}
