"""Why a hit stands higher, as people read it."""

from hone.records import ConfirmedBy


def confirmed_in_words(by: ConfirmedBy) -> str:
    """Say who found a hit useful, and for which question; nobody is named but the reader."""
    question = "this question" if by.same else "a similar question"
    others = by.people - by.you
    if by.you and not others:
        return f"You found this useful for {question}."
    count = f"{others:,} {'other ' if by.you else ''}{'person' if others == 1 else 'people'}"
    who = f"You and {count}" if by.you else count
    admin = ", with an admin among them" if by.admin and by.people > 1 else ""
    if by.admin and by.people == 1:
        who = "An admin"
    return f"{who} found this useful for {question}{admin}."
