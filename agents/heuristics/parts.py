"""The parts of a question that ask something by themselves, each as it was said."""

from dataclasses import replace

from agents.records import Plan, SubQuestion

OWN_QUESTION = 4  # words of a part that asks something by itself; shorter ones only name what is compared


def parts_of(plan: Plan) -> tuple[SubQuestion, ...]:
    """Return the parts of a question that has several, without what was put before them for searching; else none."""
    found = {
        item.text: item for item in plan.questions if item.reason == "part" and len(item.text.split()) >= OWN_QUESTION
    }
    if len(found) < 2:
        return ()
    return tuple(replace(item, text=_spoken(item.text, plan)) for item in found.values())


def _spoken(part: str, plan: Plan) -> str:
    """Return the longest end of a part that was said as it stands, but not what was said before a full stop."""
    said, words = " ".join(plan.standalone.casefold().split()), part.split()
    stops = (at + 1 for at, word in enumerate(words[:-OWN_QUESTION]) if word.endswith((".", "!", ":", ";")))
    first = max(stops, default=0)
    for start in range(first, len(words) - 1):
        end = " ".join(words[start:])
        if end.casefold() in said:
            return end
    return part
