"""Ways and circles: the same as networkx finds on whatever graph."""

from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from app.graph.walking import circles, shortest

GRAPHS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=40)


@given(GRAPHS)
def test_circles_are_the_strongly_connected_components(pairs: list[tuple[int, int]]) -> None:
    components = nx.strongly_connected_components(nx.DiGraph(pairs))
    found = circles(pairs)
    assert sorted(map(sorted, found)) == sorted(sorted(one) for one in components if len(one) > 1)
    assert [len(one) for one in found] == sorted((len(one) for one in found), reverse=True)


def test_a_circle_of_any_size_is_found() -> None:
    many = 20_000
    (found,) = circles((n, (n + 1) % many) for n in range(many))
    assert len(found) == many


@dataclass
class Step:
    article_id: UUID
    tail: UUID
    head_kind: str
    head: UUID
    is_origin: bool


@st.composite
def stories(draw: st.DrawFn) -> list[Step]:
    """Articles 0 to 4 and sources 5 to 9, with steps as articles say them."""
    steps = []
    for _ in range(draw(st.integers(0, 25))):
        story, tail, head = draw(st.integers(0, 4)), draw(st.integers(0, 9)), draw(st.integers(0, 9))
        kind = "article" if head < 5 else "source"
        said = story if tail < 5 else tail
        origin = kind == "source" and draw(st.booleans())
        steps.append(Step(UUID(int=story), UUID(int=said), kind, UUID(int=head), origin))
    return steps


@given(stories())
def test_a_way_to_a_primary_source_is_a_shortest_one(steps: list[Step]) -> None:
    graph = nx.DiGraph()
    start, goal = (UUID(int=0), UUID(int=0)), "origin"
    graph.add_nodes_from([start, goal])
    for step in steps:
        told = step.head if step.head_kind == "article" else step.article_id
        graph.add_edge((step.tail, step.article_id), (step.head, told))
        if step.is_origin:
            graph.add_edge((step.tail, step.article_id), goal)
    way = shortest(steps, UUID(int=0))
    length = nx.shortest_path_length(graph, start, goal) if nx.has_path(graph, start, goal) else 0
    assert len(way) == length
    assert all(one.head == two.tail for one, two in pairwise(way))
    assert [step.is_origin for step in way] == [False] * (length - 1) + [True] * (length > 0)
