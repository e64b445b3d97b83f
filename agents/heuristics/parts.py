"""The parts of a question that ask something by themselves, and what each is called."""

from agents.records import Plan, SubQuestion

OWN_QUESTION = 4  # words of a part that asks something by itself; shorter ones only name what is compared


def parts_of(plan: Plan) -> tuple[SubQuestion, ...]:
    """Return the parts of a question that has several; none where it has one."""
    found = {
        item.text: item for item in plan.questions if item.reason == "part" and len(item.text.split()) >= OWN_QUESTION
    }
    return tuple(found.values()) if len(found) > 1 else ()


def spoken(part: str, plan: Plan) -> str:
    """Return the end of a part that was said as it stands: what was put before it was only for searching."""
    said, words = " ".join(plan.standalone.casefold().split()), part.split()
    for first in range(len(words) - OWN_QUESTION + 1):
        end = " ".join(words[first:])
        if end.casefold() in said:
            return end
    return part
