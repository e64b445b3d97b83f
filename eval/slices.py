"""Which slices a question belongs to: a mean can be good, and one kind of question bad."""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from eval.records import EvalQuestion, KnownGold
from eval.runs import Plain


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedDocuments:
    """The documents that a model's training rested on, as far as they can be told."""

    model: str
    documents: frozenset[str]
    pieces: int  # of evidence
    untraced: int  # of these: pairs from files, and what was forgotten or has left the library

    def settings(self) -> Plain:
        """Name it in a run's settings."""
        named = "\n".join(sorted(self.documents))
        return {
            "model": self.model,
            "documents": len(self.documents),
            "fingerprint": hashlib.sha256(named.encode()).hexdigest()[:12],
            "pieces": self.pieces,
            "untraced": self.untraced,
        }


HEAD, MIDDLE = 5, 2  # questions that want a document before it counts as often asked for; tail is once
SHORT, LONG = 4, 12  # words
FOLLOW_UP = "follow-up"
SEEN = "seen in training"
MARKED = "yes"  # the value of a bare tag

# The twenty-odd commonest words of each; a question that has none of them, or as many of two, is not guessed at.
_STOPWORDS: Mapping[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": "the of to and is in what how does do for are my can i on with which who when why a it that was from be",
        "de": "der die das und ist wie ich nicht ein eine zu den mit für auf was wo wann kann mein im von des dem wird",
        "fr": "le la les et est une des que qui dans pour pas je mon comment quel quelle où du au sur avec ce quand",
        "es": "el los las y es una que de en para por no mi cómo qué cuál dónde con del al se puedo cuándo un su",
        "it": "il lo gli è una che di per non come quale dove con del della al si posso quando un mio sono nel i",
        "nl": "de het een en is van ik niet hoe wat waar voor op met mijn kan wanneer zijn naar bij welke wie te",
        "pt": "o os as é uma que de em para por não meu como qual onde com do da ao se posso quando um sua na no",
    }.items()
}
_SCRIPTS = {  # the first word of a letter's Unicode name → what is most often written in it
    "CJK": "zh",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "CYRILLIC": "cyrillic",
    "GREEK": "el",
    "ARABIC": "arabic",
    "HEBREW": "he",
    "DEVANAGARI": "devanagari",
    "THAI": "th",
}


def language_of(text: str) -> str:
    """Guess a question's language from its script and its commonest words; `unclear` where they don't tell."""
    scripts = Counter(unicodedata.name(letter, "").split(" ")[0] for letter in text if letter.isalpha())
    if scripts["HIRAGANA"] or scripts["KATAKANA"]:
        return "ja"
    if scripts and (main := scripts.most_common(1)[0][0]) in _SCRIPTS:
        return _SCRIPTS[main]
    words = [word.strip(".,;:!?¿¡\"'()").lower() for word in text.split()]
    counts = Counter({name: sum(word in known for word in words) for name, known in _STOPWORDS.items()})
    (best, most), (_, second) = counts.most_common(2)
    return best if most > second else "unclear"


def length_of(text: str) -> str:
    """Classify a question as keywords or a sentence."""
    words = len(text.split())
    return f"up to {SHORT} words" if words <= SHORT else f"over {LONG} words" if words > LONG else "in between"


def popularity(known: Iterable[KnownGold]) -> Callable[[KnownGold], str]:
    """Count how often each gold document is wanted in a set, and tell head from tail by it."""
    wanted = Counter(document.id for item in known for document in item.documents)

    def tell(item: KnownGold) -> str:
        most = max((wanted[document.id] for document in item.documents), default=0)
        return "head" if most >= HEAD else "middle" if most >= MIDDLE else "tail" if most else ""

    return tell


def slice_all(
    questions: Sequence[EvalQuestion], known: Sequence[KnownGold], taught: Collection[str] | None = None
) -> list[dict[str, str]]:
    """Sort every question into slices by name: what its tags say, and what can be seen.

    `taught` are the documents that the live model was trained on; none where it was not.
    """
    popular = popularity(known)
    return [
        {**_slices(question, item, popular(item)), **_seen(item, taught)}
        for question, item in zip(questions, known, strict=True)
    ]


def _seen(known: KnownGold, taught: Collection[str] | None) -> dict[str, str]:
    if taught is None or not known.documents:
        return {}
    return {SEEN: "yes" if any(document.id in taught for document in known.documents) else "no"}


def _slices(question: EvalQuestion, known: KnownGold, popular: str) -> dict[str, str]:
    seen = {
        "language": language_of(question.text),
        "length": length_of(question.text),
        "source": _together(document.source for document in known.documents),
        "format": _together(document.kind for document in known.documents),
        "gold wanted": popular,
        "turn": FOLLOW_UP if question.history else "first",
    }
    tagged = {(f"tag {name}" if value == MARKED else name): value for name, value in question.tags.items()}
    return {name: value for name, value in {**seen, **tagged}.items() if value}


def _together(values: Iterable[str]) -> str:
    return " + ".join(sorted(set(values)))
