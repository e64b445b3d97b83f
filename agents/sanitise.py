"""Answers as plain text: whatever an LLM or a document wrote, nothing in it can become a link, an image or HTML.

What is markup as a whole is taken out; what is left is broken, so that no renderer takes it for markup. Citation
marks like [2] are the only references that stay.
"""

import html
import re
import unicodedata

JOINERS = "\u200c\u200d"  # Persian, Indic scripts and emoji need one between letters; a row of them hides a message
SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2,}")  # bytes can hide in a row of them
ODD = re.compile(r"[^\x20-\x7e\u00a0-\u00ac\u00ae-\u02af\n\t]")  # all else needs a look
HIDDEN = {"Cf", "Cs", "Co"}


def strip_invisible(text: str) -> str:
    """Take out controls, zero-width letters, tags, private letters and all else that nobody sees."""
    text = SELECTORS.sub("", text)
    return ODD.sub(_kept, text)


def _kept(match: re.Match[str]) -> str:
    letter = match.group()
    if letter in JOINERS:
        text, place = match.string, match.start()
        around = text[max(0, place - 1) : place] + text[place + 1 : place + 2]
        between = len(around) == 2 and all(ord(other) > 127 and other not in JOINERS for other in around)
        return letter if between else ""
    category = unicodedata.category(letter)
    return " " if category in {"Cc", "Zl", "Zp"} else "" if category in HIDDEN else letter


GONE = "…"  # stands where an address was
TURNS = 8  # what is taken out can uncover something; beyond this many layers all of it is only broken
LONGEST_HELD = 1000  # characters of an unfinished construct in a stream; it is broken as it stands then

COLON, SLASH, DOT = "[:：﹕︓꞉∶]", r"\\?[/／⁄∕⧸\\]", "[.．。｡․]"  # written in many ways, read as one
REST = r"[^\s<>\"'`]*"
INNER = r"[^()]*(?:\([^()]*\)[^()]*)*"  # what stands between the parentheses of a link
TAG = re.compile(r"<[a-zA-Z/!?]")
TAGS = (
    "a|abbr|applet|area|article|aside|audio|b|base|blockquote|body|br|button|canvas|center|code|details|div|embed|em|font|"
    "form|frame|frameset|h[1-6]|head|hr|html|i|iframe|image|img|input|kbd|label|li|link|map|marquee|math|meta|object|ol|"
    "option|p|param|picture|pre|s|script|select|small|source|span|strong|style|sub|summary|sup|svg|table|tbody|td|"
    "template|textarea|th|thead|title|tr|track|u|ul|use|video"
)


def _compiled(*pairs: tuple[str, str]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern, re.IGNORECASE | re.DOTALL), instead) for pattern, instead in pairs)


WHOLE = _compiled(
    (r"<!--.*?-->", ""),
    (r"<(script|style|svg|math|iframe|object|template)\b[^<>]*>.*?</\1\s*>", ""),
    (rf"</?(?:{TAGS})(?=[\s/>])[^<>]*>", ""),
    (rf"!\[[^\[\]]*\]\({INNER}\)", ""),
    (r"!\[[^\[\]]*\]\[[^\[\]]*\]", ""),
    (rf"\[([^\[\]]*[^\[\]\d][^\[\]]*)\]\({INNER}\)", r"\1"),
    (rf"(\[\d+\])\({INNER}\)", r"\1"),
    (r"(?m:^)[ >]{0,8}\[[^\[\]\n]*[^\[\]\n\d][^\[\]\n]*\]:[^\n]*", ""),
    (r"\[([^\[\]]*[^\[\]\d][^\[\]]*)\]\[(?!\d+\])[^\[\]]*\]", r"\1"),
)
ADDRESSES = _compiled(  # what stands before a mark is bounded: unbounded, a long word costs its length squared
    (rf"[^\s<>\"'`()\[\]{{}}]{{0,60}}{COLON}{SLASH}{SLASH}{REST}", GONE),
    (rf"\w{{0,20}}(?:javascript|vbscript|livescript|mailto|blob){COLON}(?=\S){REST}", GONE),
    (rf"\w{{0,20}}data{COLON}\s{{0,9}}(?=[\w.+-]{{1,60}}/[\w.+-]{{1,60}}[;,]|[;,]){REST}", GONE),
    (rf"(?<![\w:])(?:{SLASH}){{2}}[\w-]{{1,63}}(?:{DOT}[\w-]{{1,63}}){{1,9}}{REST}", GONE),
    (rf"\w{{0,20}}www\d{{0,3}}{DOT}(?=\w){REST}", GONE),
    (
        rf"(?:(?<![\w@./-])|(?<=//))(?:[\w-]{{1,63}}{DOT}){{1,9}}[^\W\d_]{{2,24}}(?::\d{{1,5}})?(?:/|\?(?=\S{{0,200}}=)){REST}",
        GONE,
    ),
)
BROKEN = _compiled(  # local and last: none of these can uncover another
    (r"<([^<>\s]{1,60})>", r"‹\1›"),
    (r"<(?=[a-z/!?])", "‹"),
    (r"!(?=\[)", "! "),
    (r"\](?=\()", "] "),
    (r"\](?=:)", "] "),
    (r"\](?=\[(?!\d+\]))", "] "),
    (r"&(?=#?\w+;)", "& "),
)


def strip_markup(text: str) -> str:
    """Take every link, image, address and piece of HTML out of a text, and leave its citation marks."""
    text = strip_invisible(text)
    for _ in range(TURNS):
        before = text
        text = _substituted(html.unescape(text), (*WHOLE, *ADDRESSES))
        if text == before:
            break
    return _substituted(_substituted(text, ADDRESSES), BROKEN)


class PlainStream:
    """Make an answer plain while it is written: words are held back until it is sure what they belong to."""

    def __init__(self) -> None:
        self._held = ""

    def add(self, piece: str) -> str:
        """Return the part of the answer so far that can be shown."""
        self._held += piece
        sure = _sure(self._held)
        shown, self._held = self._held[:sure], self._held[sure:]
        return strip_markup(shown)

    def rest(self) -> str:
        """Return what was held back, once the answer has ended."""
        shown, self._held = self._held, ""
        return strip_markup(shown)


def _substituted(text: str, rules: tuple[tuple[re.Pattern[str], str], ...]) -> str:
    for pattern, instead in rules:
        text = pattern.sub(instead, text)
    return text


def _sure(text: str) -> int:
    """Measure how much of a text stands by itself: up to a space at which no bracket and no tag is open."""
    spaces = [match.start() for match in re.finditer(r"\s", text)]
    closed = next((space for space in reversed(spaces) if _is_closed(text[:space])), 0)
    # A cut within a word could leave two halves of an address that neither half shows.
    return spaces[-1] if not closed and spaces and len(text) > LONGEST_HELD else closed


def _is_closed(text: str) -> bool:
    link, tag = text.rfind("]("), text.rfind("<")
    return (
        text.count("[") <= text.count("]")
        and (link < 0 or ")" in text[link:])
        and (tag < 0 or ">" in text[tag:] or TAG.match(text, tag) is None)
    )
