"""A document as its reader may see it."""

import pytest

from hone.errors import MissingError
from hone.records import Asker
from service.documents import AROUND, link_to
from service.service import Service
from tests.agents.workplace import ANA, BO, DOCUMENTS, index, write
from tests.service.conftest import Company

VPN = DOCUMENTS["wiki/vpn.md"]


def test_what_was_cited_stands_between_what_is_around_it(service: Service) -> None:
    start = VPN.index("every 45 days")
    view = service.view("wiki/vpn.md", ANA, start, start + len("every 45 days"))
    assert view.marked == "every 45 days"
    assert view.before + view.marked + view.after == VPN
    assert (view.starts, view.ends) == (True, True)
    assert view.heading == ("VPN access",)
    assert view.link == "https://wiki.example/vpn.md#vpn-access"


@pytest.mark.parametrize(("start", "end"), [(-5, 3), (10**9, 10**9), (20, 5), (0, 0), (0, 10**9)])
def test_offsets_that_make_no_sense_are_brought_into_the_document(service: Service, start: int, end: int) -> None:
    view = service.view("wiki/vpn.md", ANA, start, end)
    assert view.before + view.marked + view.after == VPN


def test_a_long_document_is_shown_around_the_place_without_cutting_words(company: Company) -> None:
    workspace = company()
    text = "# Long\n\n" + "\n\n".join(f"Paragraph {number} says exactly this much." for number in range(400))
    write(workspace.home.parent, {"wiki/long.md": text})
    index(workspace)
    service = Service(workspace)
    start = text.index("Paragraph 200 ")
    view = service.view("wiki/long.md", ANA, start, start + 13)
    service.close()
    assert (view.starts, view.ends, view.marked) == (False, False, "Paragraph 200")
    assert text.index(view.before + view.marked + view.after) == start - len(view.before)
    assert AROUND - 250 < len(view.before) <= AROUND
    assert AROUND - 250 < len(view.after) <= AROUND
    assert view.before.lstrip().startswith("Paragraph")
    assert view.after.rstrip().endswith("much.")


def test_what_somebody_may_not_read_does_not_exist(service: Service) -> None:
    assert "severance" in service.view("hr/severance.md", BO).after
    told = list[str]()
    for name in ("hr/severance.md", "hr/no-such.md", "severance.md"):  # a path that one source has is no id
        with pytest.raises(MissingError) as error:
            service.view(name, ANA)
        told.append(error.value.message.replace(name, "…"))
    assert len(set(told)) == 1
    with pytest.raises(MissingError):
        service.view("hr/severance.md", Asker(groups=frozenset({"admin"})))


@pytest.mark.parametrize(
    ("url", "kind", "page", "heading", "link"),
    [
        ("https://x.example/a.pdf", "pdf", 7, (), "https://x.example/a.pdf#page=7"),
        ("https://x.example/a.pdf", "pdf", None, (), "https://x.example/a.pdf"),
        ("https://x.example/a.md", "md", None, ("Top", "Who may: Apply?"), "https://x.example/a.md#who-may-apply"),
        ("https://x.example/a.md", "md", None, ("Über uns",), "https://x.example/a.md#über-uns"),
        ("https://x.example/a.md", "md", None, ("!!",), "https://x.example/a.md"),
        ("https://x.example/a.docx", "docx", None, ("Top",), "https://x.example/a.docx"),
        ("https://x.example/a.md#own", "md", None, ("Top",), "https://x.example/a.md#own"),
        ("javascript:alert(1)", "md", None, ("Top",), ""),
        ("file:///etc/passwd", "pdf", 1, (), ""),
        ("", "md", None, (), ""),
    ],
)
def test_a_link_leads_to_the_place(url: str, kind: str, page: int | None, heading: tuple[str, ...], link: str) -> None:
    assert link_to(url, kind, page, heading) == link
