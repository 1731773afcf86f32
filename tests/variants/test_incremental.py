"""Comparing what changed comes to the same as comparing everything anew."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.context import Site
from app.db import now
from app.variants import queries
from app.variants.actions import rebuild
from tests.conftest import Api
from tests.variants.test_variants import BOAT, compared, person, saying

WORDS = [
    BOAT,
    BOAT.replace("not", "never"),
    BOAT.replace("boat", "ship"),
    BOAT.replace("boat", "[ferry]"),
    BOAT.replace("people", "… without"),
    BOAT[: BOAT.index(" without")],
    "Never again",
    "A library without heating is a warehouse",
]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["say", "edit", "review", "speaker", "trash", "restore", "merge", "compare"]),
        st.integers(0, 7),
        st.integers(0, 7),
    ),
    min_size=3,
    max_size=9,
)


class World:
    """Articles with one quote each, and changes of them."""

    def __init__(self, staff: Api) -> None:
        self.staff = staff
        self.people = [person(staff, f"Person {n}") for n in range(4)]
        self.articles: list[tuple[dict[str, Any], str]] = []

    def take(self, step: str, which: int, what: int) -> None:
        """Do a step; one that cannot be done now changes nothing."""
        if step == "say" or not self.articles:
            speaker = self.people[what % 4] if what % 3 else None
            self.articles.append(saying(self.staff, WORDS[which], speaker=speaker))
            return
        made, quote_id = self.articles[which % len(self.articles)]
        address = f"/v1/admin/articles/{made['id']}"
        if step == "merge":
            self._change(
                "POST", f"/v1/admin/sources/{self.people[which % 4]}", "/merge", {"into": self.people[what % 4]}
            )
        elif step == "edit":
            self._change("PATCH", address, "", {"markdown": f"“{WORDS[what]}”, somebody said."})
        elif step == "review":
            change = {"review": ["rejected", "confirmed"][what % 2]}
            self._change("PATCH", address, f"/quotes/{quote_id}", change)
        elif step == "speaker":
            self._change("PATCH", address, f"/quotes/{quote_id}", {"speaker": self.people[what % 4]})
        elif step == "trash":
            self._change("DELETE", address, "", None)
        elif step == "restore":
            self._change("POST", address, "/restore", None)

    def _change(self, method: str, address: str, rest: str, body: Any) -> None:
        etag = self.staff.get(address).headers.get("ETag", "*")
        answer = self.staff.request(method, address + rest, json=body, headers={"If-Match": etag})
        assert answer.status_code < 500


def derived(site: Site) -> dict[str, list[Any]]:
    """All that came of comparing."""
    columns = {
        "phrasings": "id, words, is_pending",
        "shingles": "hash, phrasing_id",
        "utterances": "quote_id, article_id, phrasing_id, speaker_id",
        "likenesses": "phrasing_id, other_id",
        "misquotes": "key, label, state",
        "uncompared": "article_id",
    }
    with site.database.reader() as session:
        connection = session.connection()
        return {
            table: sorted(map(repr, connection.exec_driver_sql(f"SELECT {names} FROM {table}")))  # noqa: S608 (ours)
            for table, names in columns.items()
        }


def test_what_changed_compared_is_all_compared(staff: Api, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "COMMON", 2)  # so that fingerprints become turns of speech, and plain again
    world = World(staff)

    @settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
    @given(STEPS)
    def check(steps: list[tuple[str, int, int]]) -> None:
        for step, which, what in steps:
            if step == "compare":
                compared(site)
            else:
                world.take(step, which, what)
        compared(site)
        found = derived(site)
        with site.database.writer.session() as session:
            rebuild(session, at=now())
        assert derived(site) == found

    for number in range(6):
        world.take("say", number, number)
        compared(site)
        found = derived(site)
        assert found["likenesses"] or number != 1
        with site.database.writer.session() as session:
            rebuild(session, at=now())
        assert derived(site) == found
    check()
