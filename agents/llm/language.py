"""Which language a text seems to be in, as cheaply as can be: by script, and by common words where scripts agree."""

import re
import unicodedata
from collections import Counter

SCRIPTS = {  # the first word of a letter's Unicode name → script; what shares readers shares a name here
    "LATIN": "latin",
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
COMMON = {
    "english": "the of and is to in are that for with this be not on or from by which",
    "german": "der die das und ist nicht mit ein eine den von zu werden für auf wird sind dem",
    "french": "le la les des est et une dans pour que qui sur pas avec sont du au par",
    "spanish": "el los las es y una en para que por con del se no son como su está",
    "italian": "il lo gli di che è una per con non del della sono si nel alla dei anche",
    "portuguese": "o os as é uma em para que por com não do da dos são no na ao se",
    "dutch": "de het een van en is dat niet met voor zijn op aan wordt te door ook worden",
}
LEXICON = {language: frozenset(words.split()) for language, words in COMMON.items()}
WORD = re.compile(r"[^\W\d_]+")
ENOUGH_LETTERS = 40  # of an answer; fewer may be names
ENOUGH_WORDS = 5  # common words, and this many times those of any other language
CLEARLY = 2.0


def other_language(question: str, answer: str) -> str:
    """Name the language of an answer when it is surely not that of the question."""
    asked, answered = script_of(question), script_of(answer)
    if sum(map(str.isalpha, answer)) < ENOUGH_LETTERS or not asked or not answered:
        return ""
    if asked != answered:
        return "" if {asked, answered} == {"han", "japanese"} else answered
    if asked != "latin":
        return ""
    spoken, wanted = words_of(answer), words_of(question, least=2)
    return spoken if spoken and wanted and spoken != wanted else ""


def script_of(text: str) -> str:
    """Name the script that most letters of a text are in."""
    scripts = Counter(_script(letter) for letter in text if letter.isalpha())
    if scripts["japanese"]:
        scripts["japanese"] += scripts.pop("han", 0)
    return scripts.most_common(1)[0][0] if scripts else ""


def words_of(text: str, least: int = ENOUGH_WORDS) -> str:
    """Name the language whose common words a Latin text clearly uses."""
    words = WORD.findall(text.lower())
    counts = sorted(((sum(word in common for word in words), name) for name, common in LEXICON.items()), reverse=True)
    (most, name), (second, _) = counts[0], counts[1]
    return name if most >= max(least, second * CLEARLY) else ""


def _script(letter: str) -> str:
    return SCRIPTS.get(unicodedata.name(letter, "OTHER").split()[0].split("-")[0], "other")
