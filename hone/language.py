"""Guesses the language of a text from its script and its commonest words."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping

LATIN = "latin"
UNCLEAR = "unclear"
_SCRIPTS: Mapping[str, str] = {  # the first word of a letter's Unicode name; what shares readers shares a script here
    "LATIN": LATIN,
    "CYRILLIC": "cyrillic",
    "GREEK": "greek",
    "ARABIC": "arabic",
    "HEBREW": "hebrew",
    "DEVANAGARI": "devanagari",
    "THAI": "thai",
    "HANGUL": "korean",
    "HIRAGANA": "japanese",
    "KATAKANA": "japanese",
    "CJK": "han",
}
_ONLY_IN: Mapping[str, str] = {"han": "zh", "japanese": "ja", "korean": "ko", "greek": "el", "hebrew": "he"}
# The commonest words of questions and of answers, by ISO 639-1 code.
_COMMON: Mapping[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": "the of and is to in are that for with this be not on or from by which you your my we what how can do "
        "does have it if when where who was will should i why a they",
        "de": "der die das und ist nicht mit ein eine den von zu werden für auf wird sind dem wie ich was wo wann kann "
        "mein im des",
        "fr": "le la les des est et une dans pour que qui sur pas avec sont du au par je mon comment quel quelle où ce "
        "quand",
        "es": "el los las es y una en para que por con del se no son como su está de mi cómo qué cuál dónde al puedo "
        "cuándo un",
        "it": "il lo gli di che è una per con non del della sono si nel alla dei anche come quale dove al posso quando "
        "un mio i",
        "pt": "o os as é uma em para que por com não do da dos são no na ao se de meu como qual onde posso quando um "
        "sua",
        "nl": "de het een van en is dat niet met voor zijn op aan wordt te door ook worden ik hoe wat waar mijn kan "
        "wanneer naar bij welke wie",
    }.items()
}
_WORD = re.compile(r"[^\W\d_]+")
ENOUGH = 5  # common words, and this many times those of any other language
CLEARLY = 2.0


def script_of(text: str) -> str:
    """Name the script that most letters of a text are in; empty where it has no letters."""
    scripts = Counter(_script(letter) for letter in text if letter.isalpha())
    if scripts["japanese"]:
        scripts["japanese"] += scripts.pop("han", 0)
    return scripts.most_common(1)[0][0] if scripts else ""


def likely_language(text: str) -> str:
    """Guess a question's language, or the script that several share; `unclear` where neither tells."""
    script = script_of(text)
    if script in _SCRIPTS.values() and script != LATIN:
        return _ONLY_IN.get(script, script)
    (most, language), (second, _) = _ranked(text)[:2]
    return language if most > second else UNCLEAR


def clear_language(text: str, least: int = ENOUGH) -> str:
    """Name the language whose common words a text in Latin letters clearly uses; empty where none is clear."""
    (most, language), (second, _) = _ranked(text)[:2]
    return language if most >= max(least, second * CLEARLY) else ""


def count_common(text: str, language: str) -> int:
    """Count how many of a text's words are common ones of a language."""
    return sum(word in _COMMON[language] for word in _WORD.findall(text.lower()))


def _ranked(text: str) -> list[tuple[int, str]]:
    return sorted(((count_common(text, language), language) for language in _COMMON), reverse=True)


def _script(letter: str) -> str:
    return _SCRIPTS.get(unicodedata.name(letter, "OTHER").split()[0].split("-")[0], "other")
