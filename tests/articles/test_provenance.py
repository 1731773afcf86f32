"""How words reached an article: as the API says it, and as a graph in the W3C's PROV-O."""

from collections.abc import Iterable
from typing import Any

import pytest
import rdflib
from rdflib.namespace import DCTERMS, PROV, RDF

from tests.conftest import Api, published
from tests.record.world import DAY, NOON, frozen, permit, quote, source, z

PROV_DOMAINS = {
    PROV.wasQuotedFrom: (PROV.Entity, PROV.Entity),
    PROV.wasAttributedTo: (PROV.Entity, PROV.Agent),
    PROV.qualifiedAttribution: (PROV.Entity, PROV.Attribution),
    PROV.agent: (PROV.Attribution, PROV.Agent),
    PROV.hadRole: (PROV.Attribution, PROV.Role),
    PROV.specializationOf: (PROV.Entity, PROV.Entity),
}
"""What PROV-O's properties lead from, and to (W3C Recommendation of 30 April 2013)."""

LITERALS = {PROV.value, PROV.generatedAtTime}
PLACES = {PROV.atLocation, PROV.hadPrimarySource}


def two_stations(staff: Api) -> dict[str, Any]:
    """A public reprint with one quote that came through two outlets, and one without a speaker."""
    for name, kind in (("Ida Holm", "person"), ("A statement", "document"), ("The Gazette", "publication")):
        source(staff, name, kind)
    source(staff, "The Tide", "publication")
    made = published(staff, slug="told", canonical_url="https://tide.example/first")
    way = [
        {"source": "ida-holm", "role": "speaker"},
        {"source": "a-statement", "role": "via", "date": "2031-05-01"},
        {"source": "the-gazette", "role": "via", "url": "https://gazette.example/1"},
    ]
    quote(staff, made, "will double", speaker="ida-holm", attribution=way)
    quote(staff, made, "Monday", review="suggested")
    quote(staff, made, "said", review="rejected")
    permit(staff, made, "the-tide", valid_through=z(NOON + DAY), on_expire="gone")
    return made


def test_a_chain_leads_from_the_speaker_to_the_publisher(api: Api, staff: Api) -> None:
    with frozen(NOON):
        made = two_stations(staff)
        found = api.get("/v1/articles/told/provenance").json()
    chains = found["chains"]
    assert [chain["quote"]["exact"] for chain in chains] == ["will double", "Monday"]
    hops = chains[0]["hops"]
    assert [(hop["source"]["name"], hop["role"], hop["date"]) for hop in hops] == [
        ("Ida Holm", "speaker", None),
        ("A statement", "via", "2031-05-01"),
        ("The Gazette", "via", None),
        ("The Tide", "reprinted_from", None),
        ("Onrecord demo", "publisher", "2031-05-05"),
    ]
    assert [hop["url"] for hop in hops[2:]] == [
        "https://gazette.example/1", "https://tide.example/first", made["url"],
    ]  # fmt: skip
    for chain in chains:
        assert chain["hops"][-1]["source"] == found["publisher"]
        assert chain["quote"]["url"].startswith(f"{made['url']}#:~:text=")
    assert found["article"]["id"] == made["id"]


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib's reader of JSON-LD uses it itself
def test_prov_o_is_a_graph_without_circles_that_says_the_same(api: Api, staff: Api) -> None:
    with frozen(NOON):
        made = two_stations(staff)
        plain = api.get("/v1/articles/told/provenance").json()
        answer = api.get("/v1/articles/told/provenance", headers={"Accept": "application/ld+json"})
    assert answer.headers["Content-Type"] == "application/ld+json"
    graph = rdflib.Graph().parse(data=answer.text, format="json-ld")
    assert list(faults(graph)) == []
    assert graph.value(rdflib.URIRef(f"urn:uuid:{made['id']}"), RDF.type) == PROV.Entity
    for chain in plain["chains"]:
        node: Any = rdflib.URIRef(f"urn:uuid:{chain['quote']['id']}")
        assert graph.value(node, DCTERMS.isPartOf) == rdflib.URIRef(f"urn:uuid:{made['id']}")
        way = []
        while node is not None:
            way.append(str(graph.value(node, PROV.wasAttributedTo)))
            assert str(graph.value(node, PROV.value)) == chain["quote"]["exact"]
            node = graph.value(node, PROV.wasQuotedFrom)
        assert way == [f"urn:uuid:{hop['source']['id']}" for hop in reversed(chain["hops"])]


def faults(graph: rdflib.Graph) -> Any:
    """What of the graph PROV-O does not allow."""
    found: Iterable[Any] = graph
    for subject, predicate, target in found:
        if predicate in PROV_DOMAINS:
            for node, kind in zip((subject, target), PROV_DOMAINS[predicate], strict=True):
                if (node, RDF.type, kind) not in graph:
                    yield node, predicate, "is no", kind
        elif str(predicate).startswith(str(PROV)) and predicate not in LITERALS | PLACES:
            yield subject, predicate, "is no property of PROV-O"


def test_the_check_of_prov_o_sees_what_is_wrong() -> None:
    graph = rdflib.Graph()
    graph.add((rdflib.URIRef("urn:a"), PROV.wasQuotedFrom, rdflib.URIRef("urn:b")))
    graph.add((rdflib.URIRef("urn:a"), rdflib.URIRef(f"{PROV}wasSaidBy"), rdflib.URIRef("urn:b")))
    assert len(list(faults(graph))) == 3


def test_after_the_permissions_end_there_is_no_provenance(api: Api, staff: Api) -> None:
    with frozen(NOON):
        two_stations(staff)
        answer = api.get("/v1/articles/told/provenance?format=jsonld")
        assert answer.status_code == 200
    with frozen(NOON + DAY):
        assert api.get("/v1/articles/told/provenance?format=jsonld").status_code == 410
        assert api.get("/v1/articles/nothing/provenance").status_code == 404
        refused = api.get("/v1/articles/told/provenance", headers={"Accept": "text/html"})
        assert refused.status_code == 406
