"""PROV-O (W3C, 2013) in JSON-LD: the words at each station are an entity, quoted from the station before."""

from collections.abc import Iterator
from typing import Any

from app.articles.chains import ChainOut, CuedHopOut, ProvenanceOut
from app.articles.formats.imprint import present
from app.schemas import in_utc
from app.sources.schemas import SourceOut

CONTEXT = {
    "prov": "http://www.w3.org/ns/prov#",
    "dcterms": "http://purl.org/dc/terms/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

_AGENTS = {"person": "prov:Person", "organization": "prov:Organization", "publication": "prov:Organization"}


def as_prov(found: ProvenanceOut) -> dict[str, Any]:
    """The graph of an article's quotes: who they are attributed to, and what each was quoted from."""
    agents = {hop.source.id: hop.source for chain in found.chains for hop in chain.hops}
    agents[found.publisher.id] = found.publisher
    nodes = [_article(found), *(_agent(source) for source in agents.values())]
    return {"@context": CONTEXT, "@graph": [*nodes, *(node for chain in found.chains for node in _words(chain, found))]}


def _article(found: ProvenanceOut) -> dict[str, Any]:
    original = found.article.canonical_url
    return {"@id": f"urn:uuid:{found.article.id}", "@type": "prov:Entity"} | present(
        {
            "rdfs:label": found.article.title,
            "prov:atLocation": {"@id": found.article.url},
            "prov:generatedAtTime": {"@type": "xsd:dateTime", "@value": in_utc(found.article.published_at)},
            "prov:wasAttributedTo": _ref(found.publisher),
            "prov:hadPrimarySource": original and {"@id": original},
        }
    )


def _words(chain: ChainOut, found: ProvenanceOut) -> Iterator[dict[str, Any]]:
    """The quote, which is the words as they stand in the article, and the same words at each station before."""
    last = len(chain.hops) - 1
    for number, hop in enumerate(chain.hops):
        node = _words_at(chain, number, last) | _attribution(hop)
        if number == last:
            node["dcterms:isPartOf"] = {"@id": f"urn:uuid:{found.article.id}"}
            if chain.quote.parent:
                node["prov:specializationOf"] = {"@id": f"urn:uuid:{chain.quote.parent}"}
        yield node


def _words_at(chain: ChainOut, number: int, last: int) -> dict[str, Any]:
    before = {"prov:wasQuotedFrom": {"@id": _name(chain, number - 1, last)}} if number else {}
    return {"@id": _name(chain, number, last), "@type": "prov:Entity", "prov:value": chain.quote.exact} | before


def _name(chain: ChainOut, number: int, last: int) -> str:
    return f"urn:uuid:{chain.quote.id}" + (f"#hop-{number}" if number < last else "")


def _attribution(hop: CuedHopOut) -> dict[str, Any]:
    day = hop.date and {"@type": "xsd:date", "@value": hop.date.isoformat()}
    role = {
        "@type": "prov:Attribution",
        "prov:agent": _ref(hop.source),
        "prov:hadRole": {"@type": "prov:Role", "rdfs:label": hop.role},
    }
    return {"prov:wasAttributedTo": _ref(hop.source), "prov:qualifiedAttribution": role} | present(
        {"prov:atLocation": hop.url and {"@id": hop.url}, "dcterms:date": day, "rdfs:comment": hop.cue}
    )


def _agent(source: SourceOut) -> dict[str, Any]:
    kind = _AGENTS.get(source.kind)
    return {
        "@id": f"urn:uuid:{source.id}",
        "@type": ["prov:Agent", kind] if kind else "prov:Agent",
        "rdfs:label": source.name,
    }


def _ref(source: SourceOut) -> dict[str, Any]:
    return {"@id": f"urn:uuid:{source.id}"}
