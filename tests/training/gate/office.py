"""A library of which words alone find nothing: every question says it otherwise than its document."""

import json
from dataclasses import replace
from pathlib import Path

from retriever.cutting.window import hash_text, passage_id
from retriever.library.rows import StoredDocument
from tests.training.office import shelved
from training.records import Pair

SAID = (  # what is asked, and what is written
    ("can i borrow a car", "Automobiles are lent to staff on business trips."),
    ("my screen went black", "If the monitor shows nothing, check its cable."),
    ("who fixes a broken toilet", "Plumbing faults in the washroom are repaired by facilities."),
    ("i feel ill today", "Report sickness to your supervisor before nine."),
    ("how much do i earn", "Salaries are paid on the last working day."),
    ("when may i go home", "Office hours end at six in the evening."),
    ("having a baby", "Maternity and paternity leave last twenty weeks."),
    ("where do we eat", "The canteen on the ground floor serves lunch."),
    ("i forgot my passphrase", "A lost password is reset at the helpdesk."),
    ("bring my dog", "Pets are welcome on Fridays."),
    ("fire in the building", "At the sound of the alarm leave by the stairs."),
    ("someone stole my phone", "Theft of mobile devices must be reported to security."),
    ("become the boss", "Promotion to manager needs two good reviews."),
    ("learn french", "Language courses are paid by the company."),
    ("get rid of old computers", "Obsolete laptops are recycled in the basement."),
    ("too cold in here", "Heating can be turned up at the thermostat."),
    ("visitors from abroad", "Foreign guests register at reception."),
    ("buy a new chair", "Furniture is ordered through purchasing."),
    ("ride a bike to work", "Cyclists may use the showers and the shed."),
    ("quit the firm", "Resignations are handed in with a month's notice."),
    ("doctor's appointment", "Medical visits count as working time."),
    ("send a letter", "Post is collected at four by the courier."),
    ("talk to a lawyer", "Legal advice is given by our counsel."),
    ("take a day off", "Vacation is requested in the holiday calendar."),
    ("plane tickets", "Flights are booked by the travel desk."),
    ("wifi is slow", "The wireless network is tuned every night."),
    ("print in colour", "Copiers with coloured toner stand on floor three."),
    ("old age money", "The pension fund matches your contributions."),
    ("somebody yells at me", "Bullying is dealt with by the ombudsman."),
    ("working from the sofa", "Remote work at home is allowed twice a week."),
    ("key for the door", "Access badges open all entrances."),
    ("christmas celebration", "The winter party is held in December."),
    ("broken leg at work", "Accidents and injuries are insured."),
    ("tax papers", "The yearly statement for the revenue office comes in March."),
    ("park my vehicle", "The garage has spaces for all employees."),
    ("photograph for the website", "Portraits are taken by the communications team."),
)
PLACES = (
    *("Oslo", "Lima", "Cairo", "Delhi", "Paris", "Quito", "Seoul", "Accra"),
    *("Minsk", "Tunis", "Dakar", "Perth", "Turin", "Leeds", "Basel", "Miami"),
)
THINGS = ("river", "bridge", "market")


def documents() -> list[StoredDocument]:
    """Make one document of each answer, its first word as its title."""
    found: list[StoredDocument] = []
    for number, (_, text) in enumerate(SAID):
        made = shelved(f"d{number:02d}.md", text, title=text.split()[0])
        (passage,) = made.passages
        document = replace(made.document, text_hash=hash_text(made.text))
        found.append(replace(made, document=document, passages=(replace(passage, id=passage_of(number)),)))
    return found


def passage_of(number: int) -> str:
    """Name the only passage of a document, as a cutter would: one that is named otherwise counts as altered."""
    text = SAID[number][1]
    return passage_id(f"d{number:02d}.md", (text.split()[0], "Part 0"), "", text)


def pairs() -> tuple[Pair, ...]:
    """Make a held-out pair of each."""
    return tuple(
        Pair(
            query=asked,
            passage=passage_of(number),
            document=f"d{number:02d}.md",
            text=text,
            grade=3,
            weight=1.0,
            source="log",
            grounds=(),
        )
        for number, (asked, text) in enumerate(SAID)
    )


def write_canary(folder: Path) -> Path:
    """Write a BEIR folder about towns, which have nothing to do with the office."""
    named = [(f"{place}-{thing}", f"The {thing} of {place} is old.") for place in PLACES for thing in THINGS]
    (folder / "qrels").mkdir(parents=True)
    lines = [json.dumps({"_id": name, "title": name, "text": text}) for name, text in named]
    (folder / "corpus.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    asked = [json.dumps({"_id": name, "text": f"what about the {name.replace('-', ' ')}"}) for name, _ in named]
    (folder / "queries.jsonl").write_text("\n".join(asked) + "\n", encoding="utf-8")
    rows = ["query-id\tcorpus-id\tscore", *(f"{name}\t{name}\t1" for name, _ in named)]
    (folder / "qrels" / "test.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder
