"""Questions with known answers on passages of a company that there is not: what a model may do is found out on them."""

from dataclasses import dataclass
from datetime import UTC, datetime

from agents.records import Evidence
from hone.records import Hit

WRITTEN = datetime(2026, 1, 5, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeQuestion:
    """A question, the passages that are found for it, and what a right answer has in it; nothing: none answers."""

    text: str
    passages: tuple[str, ...]
    right: tuple[str, ...] = ()  # any of them; lower case

    @property
    def answerable(self) -> bool:
        """Whether a passage answers it."""
        return bool(self.right)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The passages as an ask would have them."""
        return tuple(
            Evidence(number=number, hit=_hit(name, number), questions=frozenset({"q1"}))
            for number, name in enumerate(self.passages, start=1)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeFollowUp:
    """What was said before, what is asked now, and words that the question has to have once it stands alone."""

    before: tuple[str, str]  # the user's question, the assistant's answer
    text: str
    wanted: tuple[str, ...]


PASSAGES = {
    "Parking": "Staff may park in the yard from 6:30 to 20:00. A permit costs 18 euros a month and is ordered from "
    "Facilities. Visitors park in front of the gate.",
    "Bicycles": "Bicycles stand in the shed behind hall 2. The code of the shed changes on the first of every quarter.",
    "Laptops": "Every laptop is replaced after four years. Report a broken screen to the service desk; a spare laptop "
    "is lent for at most ten days.",
    "Own devices": "You may not read company mail on your own laptop or phone. Ask the service desk for a company "
    "phone instead.",
    "Sick leave": "Call your manager before 9:00 on the first day of an illness. A doctor's note is needed from the "
    "fourth day on.",
    "Parental leave": "Parents take up to 14 weeks of paid leave. It is requested eight weeks before it begins.",
    "Travel by train": "Journeys under 500 km are made by train, second class. First class is paid from four hours on.",
    "Travel by plane": "Flights are booked by the travel office. Economy class is booked for all flights.",
    "Receipts": "Hand in receipts within 30 days. Meals are refunded up to 24 euros a day; alcohol is not refunded.",
}

QUESTIONS = (
    ProbeQuestion(text="How much is a parking permit?", passages=("Bicycles", "Parking", "Receipts"), right=("18",)),
    ProbeQuestion(
        text="From which day do I need a doctor's note?",
        passages=("Sick leave", "Parental leave", "Receipts"),
        right=("fourth", "4th", "day 4"),
    ),
    ProbeQuestion(
        text="Can I check my work mail on my private phone?",
        passages=("Laptops", "Parking", "Own devices"),
        right=("not ", "no,", "n't"),
    ),
    ProbeQuestion(
        text="how long can I keep a loaner laptop",
        passages=("Laptops", "Own devices", "Bicycles"),
        right=("ten", "10"),
    ),
    ProbeQuestion(
        text="When is the code for the bike shed changed?",
        passages=("Parking", "Bicycles", "Laptops"),
        right=("quarter",),
    ),
    ProbeQuestion(
        text="By when must I hand in my receipts?",
        passages=("Travel by train", "Travel by plane", "Receipts"),
        right=("30",),
    ),
    ProbeQuestion(text="How much does a monthly bus ticket cost?", passages=("Parking", "Bicycles", "Travel by train")),
    ProbeQuestion(text="How many days of vacation do I get?", passages=("Sick leave", "Parental leave", "Receipts")),
    ProbeQuestion(text="Which brand of laptop do we buy?", passages=("Laptops", "Own devices", "Bicycles")),
    ProbeQuestion(
        text="Is the night in a hotel refunded?", passages=("Receipts", "Travel by plane", "Travel by train")
    ),
    ProbeQuestion(text="Who chooses my doctor in Spain?", passages=("Sick leave", "Travel by plane", "Parental leave")),
    ProbeQuestion(text="What is the speed limit in the yard?", passages=("Bicycles", "Parking", "Travel by train")),
)

FOLLOW_UPS = (
    ProbeFollowUp(
        before=("Which class may I book when I travel by train?", "Second class, first class from four hours on."),
        text="and by plane?",
        wanted=("plane|flight|fly", "class|book|travel"),
    ),
    ProbeFollowUp(
        before=("How much is a parking permit?", "18 euros a month."),
        text="Where do I order it?",
        wanted=("permit", "parking|park"),
    ),
    ProbeFollowUp(
        before=("When do I need a doctor's note?", "From the fourth day on."),
        text="What do I do on the first day?",
        wanted=("first day", "ill|sick|note|doctor|leave"),
    ),
)


def _hit(name: str, number: int) -> Hit:
    text = PASSAGES[name]
    return Hit(
        rank=number,
        document=f"probe/{name}",
        passage=name,
        title=name,
        heading=(),
        text=text,
        start=0,
        end=len(text),
        page=None,
        source="probe",
        path=name,
        kind="md",
        url="",
        modified=WRITTEN,
        score=1.0,
        channels={},
    )
