"""Whatever is done in whatever order: the ready bytes are those that a fresh rendering would make."""

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.articles import actions, queries, renditions, staff_queries
from app.articles.counters import FeedCount
from app.articles.documents import Desk
from app.articles.models import Article, FeedRow, Rendition
from app.articles.permitting import permit
from app.articles.scheduling import schedule
from app.articles.schemas import ArticleIn, ArticlePatch
from app.comments import actions as comments
from app.comments import moderating
from app.comments.readers import Reader
from app.comments.schemas import CommentIn
from app.comments.staff_schemas import ModerationIn
from app.context import Site
from app.db import new_id, now
from app.errors import Conflict
from app.events.actions import COMMAND_LINE
from app.paging import counting
from app.permissions.schemas import PermissionIn
from app.quotes.actions import Span, attribute, place
from app.quotes.models import Placement, Quote
from app.quotes.schemas import HopIn
from app.record.actions import edit_source
from app.record.facets import QUOTE_FACETS
from app.search import counters
from app.search.models import QuoteCount, QuoteDocument
from app.sources import actions as sources
from app.sources.schemas import SourceIn, SourcePatch

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PASSED_OFF = 'It “said” "comments":{"state":"open","count":7} and "comment_count":7.'
"""Words that look like the members with the number of comments."""

WORDS = st.sampled_from(["One “said” thing.", "Another thing “said” at length.", "Nothing in marks.", PASSED_OFF])
NAMES = st.lists(st.sampled_from(["Ferries", "Roofs", "Harbours"]), max_size=2, unique=True)


END = datetime.max.replace(tzinfo=UTC)

Ready = dict[tuple[UUID, datetime], tuple[bytes, bytes, str, datetime]]
Feed = set[tuple[str, datetime, UUID, datetime]]


def recomputed(session: Session, ids: list[UUID], at: datetime) -> tuple[Ready, Feed]:
    """What the tables of ready bytes should hold of these articles."""
    ready: Ready = {}
    feed: Feed = set()
    masthead = session.scalars(queries.masthead()).one()
    for article in session.scalars(staff_queries.any_whole(ids)):
        for stretch in renditions.stretches(article, at):
            desk = Desk(masthead, stretch.start)
            made = renditions.render(desk, article, stretch, desk.article(article, permitted=True))
            ready[article.id, stretch.start] = (made["document"], made["card"], made["etag"], made["changed_at"])
            feed.update(
                (key, made["published_at"], article.id, stretch.start)
                for key in renditions.feed_keys(article, stretch.start)
            )
    return ready, feed


def stored(session: Session, ids: list[UUID], at: datetime) -> tuple[Ready, Feed]:
    """What they do hold, less what is over."""

    def is_live(row: Rendition | FeedRow) -> bool:
        return row.visible_until is None or row.visible_until > at

    ready = session.scalars(select(Rendition).where(Rendition.article_id.in_(ids)))
    feed = session.scalars(select(FeedRow).where(FeedRow.article_id.in_(ids)))
    return (
        {(r.article_id, r.visible_from): (r.document, r.card, r.etag, r.changed_at) for r in ready if is_live(r)},
        {(r.key, r.published_at, r.article_id, r.visible_from) for r in feed if is_live(r)},
    )


def newsroom(site: Site) -> type[RuleBasedStateMachine]:
    """A newsroom that does anything that changes what readers get, in any order."""

    class Newsroom(RuleBasedStateMachine):
        @initialize()
        def open(self) -> None:
            self.clock = time_machine.travel(START, tick=False)
            self.traveller = self.clock.start()
            self.at = START
            self.articles: list[UUID] = []
            self.source = self.write(self.make_source)

        def teardown(self) -> None:
            if hasattr(self, "clock"):
                self.clock.stop()

        def write(self, act: Callable[[Session], Any]) -> Any:
            with site.database.writer.session() as session:
                return act(session)

        def make_source(self, session: Session) -> UUID:
            data = SourceIn(kind="publication", name="The Tide Gazette")
            return sources.create(session, data, by=COMMAND_LINE, at=self.at).id

        def on(self, index: int, act: Callable[[Session, Article], Any]) -> None:
            """Do something to an article; a refusal is fine, and must change nothing."""

            def run(session: Session) -> None:
                act(session, actions.find(session, str(self.articles[index % len(self.articles)])))

            with suppress(Conflict):
                self.write(run)

        @rule(seconds=st.sampled_from([1, 60, 3600]))
        def time_passes(self, seconds: int) -> None:
            self.at += timedelta(seconds=seconds)
            self.traveller.move_to(self.at)

        @precondition(lambda self: self.articles)
        @rule(
            index=st.integers(0, 9),
            review=st.sampled_from(["suggested", "confirmed", "rejected"]),
            role=st.sampled_from(["speaker", "via", "nobody"]),
        )
        def quote(self, index: int, review: str, role: str) -> None:
            source = str(self.source)

            def add(session: Session, article: Article) -> None:
                def change(placements: list[Placement], text: str) -> None:
                    made = Quote(id=new_id(), article_id=article.id, verification="unverified", created_at=self.at)
                    placement = place(made, text, Span(0, 3))
                    placement.review = review
                    way = [HopIn(source=source, role="via")] if role == "via" else []
                    attribute(session, placement, source if role == "speaker" else None, way)
                    placements.append(placement)

                actions.revise(session, article, by=COMMAND_LINE, at=self.at, change=change)

            self.on(index, add)

        @rule()
        def the_worker_looks(self) -> None:
            self.write(lambda session: renditions.keep_dates(session, at=self.at))

        @precondition(lambda self: self.articles)
        @rule(index=st.integers(0, 9), hours=st.integers(1, 3))
        def schedule(self, index: int, hours: int) -> None:
            to = self.at + timedelta(hours=hours)
            self.on(index, lambda session, article: schedule(session, article, moment=to, by=COMMAND_LINE, at=self.at))

        @rule(words=WORDS, tags=NAMES, age=st.integers(0, 3))
        def write_article(self, words: str, tags: list[str], age: int) -> None:
            data = ArticleIn(title="A title", markdown=words, tags=tags, published_at=self.at - timedelta(days=age))
            self.articles.append(
                self.write(lambda session: actions.create(session, data, by=COMMAND_LINE, at=self.at).id)
            )

        @precondition(lambda self: self.articles)
        @rule(index=st.integers(0, 9))
        def publish(self, index: int) -> None:
            self.on(index, lambda session, article: actions.publish(session, article, by=COMMAND_LINE, at=self.at))

        @precondition(lambda self: self.articles)
        @rule(index=st.integers(0, 9))
        def unpublish(self, index: int) -> None:
            self.on(index, lambda session, article: actions.unpublish(session, article, by=COMMAND_LINE, at=self.at))

        @precondition(lambda self: self.articles)
        @rule(index=st.integers(0, 9))
        def trash(self, index: int) -> None:
            self.on(index, lambda session, article: actions.trash(session, article, by=COMMAND_LINE, at=self.at))

        @precondition(lambda self: self.articles)
        @rule(index=st.integers(0, 9))
        def restore(self, index: int) -> None:
            self.on(index, lambda session, article: actions.restore(session, article, by=COMMAND_LINE, at=now()))

        @precondition(lambda self: self.articles)
        @rule(index=st.integers(0, 9), words=WORDS, tags=NAMES, language=st.sampled_from(["en", "en-GB", "fr"]))
        def edit(self, index: int, words: str, tags: list[str], language: str) -> None:
            patch = ArticlePatch(markdown=words, tags=tags, language=language)
            self.on(index, lambda session, article: actions.edit(session, article, patch, by=COMMAND_LINE, at=self.at))

        @precondition(lambda self: self.articles)
        @rule(index=st.integers(0, 9), begins=st.integers(-2, 2), lasts=st.integers(1, 3))
        def permit(self, index: int, begins: int, lasts: int) -> None:
            start = self.at + timedelta(hours=begins)
            data = PermissionIn(
                assigner=str(self.source),
                credit="By permission.",
                valid_from=start,
                valid_through=start + timedelta(hours=lasts),
            )
            self.on(index, lambda session, article: permit(session, article, data, by=COMMAND_LINE, at=self.at))

        @precondition(lambda self: self.articles)
        @rule(index=st.integers(0, 9))
        def comment(self, index: int) -> None:
            def act(session: Session, article: Article) -> None:
                data = CommentIn(author_name="Ada", body="Well put.")
                made, _ = comments.post(session, article, data, Reader("192.0.2.1", b"s" * 32), at=self.at)
                decision = ModerationIn(ids=[made.id], action="approve")
                moderating.moderate(session, decision, by=COMMAND_LINE, at=self.at)

            self.on(index, act)

        @rule(name=st.sampled_from(["The Tide Gazette", "Tide Gazette", "Gazette"]))
        def rename_the_source(self, name: str) -> None:
            def act(session: Session) -> None:
                source = sources.find(session, str(self.source))
                edit_source(session, source, SourcePatch(name=name), by=COMMAND_LINE, at=self.at)

            self.write(act)

        @invariant()
        def ready_bytes_are_fresh(self) -> None:
            if not hasattr(self, "articles"):
                return
            with site.database.reader() as session:
                assert stored(session, self.articles, self.at) == recomputed(session, self.articles, self.at)

        @invariant()
        def counters_say_what_counting_would(self) -> None:
            with site.database.reader() as session:
                kept = {row.key: row.total for row in session.execute(select(FeedCount.key, FeedCount.total))}
                sizes = {row.key: row.rows for row in session.execute(staff_queries.sizes())}
                assert {key: total for key, total in kept.items() if total} == sizes
                for key in kept:
                    counted = session.scalar(counting(queries.listed(key, now())))
                    assert session.scalar(queries.listed_total(key, now())) == counted, key
                assert_quotes_are_counted(session, now())

    return Newsroom


def assert_quotes_are_counted(session: Session, at: datetime) -> None:
    """The counters have what counting would, of all quotes and of those that readers see at that moment."""

    def recounted(rows: Iterable[QuoteDocument]) -> Counter[tuple[str, ...]]:
        found = Counter[tuple[str, ...]]()
        for row in rows:
            kinds = [tuple(key.split(":")[1:]) for key in row.keys.split()]
            facets = [("all", ""), *(kind for kind in kinds if kind[0] in QUOTE_FACETS)]
            lists = [":" + ":".join(kind) for kind in kinds if kind[0] in counters.COUNTED]
            found.update((review, key, *each) for review in (row.review, "any") for key in lists for each in facets)
        return found

    documents = session.scalars(select(QuoteDocument)).all()
    rows = session.execute(
        select(QuoteCount.review, QuoteCount.list, QuoteCount.facet, QuoteCount.value, QuoteCount.total)
    )
    assert {(*key,): total for *key, total in rows if total} == recounted(documents)
    seen = recounted(row for row in documents if row.visible_from <= at and (row.visible_until or END) > at)
    for of in (("any", "all"), ("suggested", "kind:direct")):
        wanted = {count[2:]: many for count, many in seen.items() if count[:2] == (of[0], f":{of[1]}")}
        assert counters.seen(session, *of, QUOTE_FACETS, at) == wanted


def test_ready_bytes_equal_a_fresh_rendering_after_any_changes(site: Site) -> None:
    run_state_machine_as_test(
        newsroom(site),
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
