"""The life of an article: its states, and who may take which step. Documentation and tests are made from this table."""

from dataclasses import dataclass
from typing import NoReturn

from app.errors import Conflict


class AlreadyPublished(Conflict):
    """The article is public as it is; there is nothing to publish."""

    slug, title = "already-published", "Already published"


class NotPublished(Conflict):
    """The article is not public, so it cannot be taken down."""

    slug, title = "not-published", "Not published"


class Trashed(Conflict):
    """The article lies in the trash; it must be restored before anything else can be done with it."""

    slug, title = "trashed", "In the trash"


class WrongState(Conflict):
    """No such step leads on from the state that the article is in. `status` of the article says which that is."""

    slug, title = "wrong-state", "Not from this state"


@dataclass(frozen=True, slots=True)
class Step:
    """A way from some states into another, for those who have the scope."""

    method: str
    path: str
    sources: tuple[str, ...]
    target: str
    scope: str


STEPS = {
    "submit": Step("POST", "/submit", ("draft", "unpublished"), "in_review", "articles:write"),
    "send_back": Step("DELETE", "/submit", ("in_review",), "draft", "articles:write"),
    "schedule": Step(
        "POST", "/schedule", ("draft", "in_review", "unpublished", "scheduled"), "scheduled", "articles:publish"
    ),
    "unschedule": Step("DELETE", "/schedule", ("scheduled",), "draft", "articles:publish"),
    "publish": Step(
        "POST", "/publish", ("draft", "in_review", "scheduled", "unpublished"), "published", "articles:publish"
    ),
    "unpublish": Step("POST", "/unpublish", ("published",), "unpublished", "articles:publish"),
    "trash": Step("DELETE", "", ("draft", "in_review", "unpublished"), "trashed", "articles:write"),
    "trash_public": Step("DELETE", "", ("scheduled", "published"), "trashed", "articles:publish"),
    "restore": Step("POST", "/restore", ("trashed",), "draft", "articles:publish"),
}
"""Every step by its name. What readers see, or are about to, is put in the trash only by those who may take it down."""


EDITABLE = {
    "draft": "articles:write",
    "in_review": "articles:write",
    "unpublished": "articles:write",
    "scheduled": "articles:publish",
    "published": "articles:publish",
}
"""The states in which an article may be changed, and the scope that it needs: what readers see, or are about to, is
changed only by those who may publish."""


def check_step(name: str, slug: str, state: str) -> str:
    """The state into which the step leads. Raises a `Conflict` if none leads on from this one."""
    step = STEPS[name]
    if state not in step.sources:
        _refuse(name, slug, state)
    return step.target


def _refuse(name: str, slug: str, state: str) -> NoReturn:
    if name == "restore":
        raise WrongState(f"“{slug}” is not in the trash.")
    if state == "trashed":
        raise Trashed(f"“{slug}” is in the trash.")
    if name == "unpublish":
        raise NotPublished(f"“{slug}” is not published.")
    if state == "published":
        raise AlreadyPublished(f"“{slug}” is already published.")
    raise WrongState(f"“{slug}” is {state.replace('_', ' ')}.")
