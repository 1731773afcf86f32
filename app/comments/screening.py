"""What holds a comment back, or keeps it out."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.articles.models import Article
from app.comments import queries, screening_queries
from app.comments.folding import contains, keyed, skeleton, visible
from app.comments.policy_schemas import Rules
from app.comments.readers import Reader
from app.errors import Forbidden, Invalid

STRICTNESS = ("open", "first_time", "held", "closed")
SAME_WITHIN = timedelta(hours=24)
SHORT = 40
"""Characters; short texts are alike without anybody having copied them."""

_LINK = re.compile(r"(?i)\bhttps?://|\bwww\.")
_FEW = 20


class Banned(Forbidden):
    """Whoever sent this may not comment here, or not yet again. `until` says until when, if the ban has an end."""

    slug, title = "banned", "You may not comment here"


@dataclass(frozen=True, slots=True)
class Draft:
    """A comment that somebody wants to have under an article, made ready."""

    text: str
    html: str
    kind: str
    name: str
    email_digest: str | None = None
    comment_id: UUID | None = None
    """Which comment it is to become the text of, if there is one."""

    @property
    def folded(self) -> str:
        """The skeleton of what was written and of what is read, which are not the same where there is markup."""
        return " ".join(skeleton(f"{self.text}\n{visible(self.html)}").split())

    def digest(self, secret: bytes) -> str | None:
        """Equal for texts that read alike; None for a short one."""
        plain = " ".join(skeleton(self.text).split())
        return keyed(secret, plain) if len(plain) >= SHORT else None


def rules_of(session: Session) -> Rules:
    """The site's rules."""
    found = session.scalar(screening_queries.site_rules())
    return Rules.model_validate(found.document if found else {})


def rules_for(session: Session, article: Article | queries.Addressed, *, at: datetime) -> tuple[Rules, str]:
    """The site's rules, and how the article takes comments now: as its own rules say, or else the site's, and never
    more freely than its editor lets it."""
    document, mode, days = session.connection().execute(screening_queries.RULES, {"article_id": article.id}).one()
    rules = Rules.model_validate(document or {})
    return rules, strictest(article.comments_state, article.published_at, mode, days, rules, at=at)


def strictest(
    state: str, published_at: datetime | None, mode: str | None, days: int | None, rules: Rules, *, at: datetime
) -> str:
    """The strictest of an editor's `comments_state`, and of the mode and the days that the article has of its own or
    else from the site."""
    days = days or rules.close_after_days
    if days is not None and published_at is not None and published_at + timedelta(days=days) <= at:
        return "closed"
    return max(state, mode or rules.mode, key=STRICTNESS.index)


def screen(
    session: Session, draft: Draft, score: int | None, reader: Reader, rules: Rules, mode: str, *, at: datetime
) -> list[str]:
    """Why the comment must wait, as `Finding`s; nothing for staff, except that a challenge waits. `external` is only
    found alone: it waits for the service outside, and for a moderator unless that approves it.

    Raises `Banned`, or `Invalid` for too long a text and for words that are not taken.
    """
    found = ["challenge"] if draft.kind == "challenge" else []
    if reader.is_staff:
        return found
    if len(draft.text) > rules.max_length:
        raise Invalid(
            f"A comment has {rules.max_length} characters at most.",
            errors=[{"pointer": "/body", "detail": f"more than {rules.max_length} characters"}],
        )
    found += _banned(session, draft, reader, at=at)
    if mode == "held":
        found.append("mode")
    elif mode == "first_time" and not session.scalar(screening_queries.is_known(reader, draft.email_digest)):
        found.append("first_time")
    if len(_LINK.findall(draft.text)) > rules.max_links:
        found.append("links")
    if rules.hold_shouting and is_shouting(draft.text):
        found.append("shouting")
    same = draft.digest(reader.secret)
    if same and session.scalar(screening_queries.is_said(same, at - SAME_WITHIN, draft.comment_id)):
        found.append("duplicate")
    if is_over(score, rules.spam_hold) or is_over(score, rules.spam_queue):
        found.append("spam")
    if not found and reader.is_checked:
        found.append("external")
    return found


def is_over(score: int | None, limit: int | None) -> bool:
    """Whether there is a spam score, and a limit that it reaches."""
    return score is not None and limit is not None and score >= limit


def is_shouting(text: str) -> bool:
    """Whether most of it is in capitals. Scripts without capitals never shout.

    >>> is_shouting("THIS IS WHAT I CALL AN OUTRAGE"), is_shouting("The BBC and the NATO said so, in 2022.")
    (True, False)
    """
    cased = [c for c in text if c.isupper() or c.islower()]
    return len(cased) >= _FEW and sum(c.isupper() for c in cased) > 0.7 * len(cased)


def held_for(findings: Iterable[str]) -> str | None:
    """What of the findings their author may know: more would teach how to get around them."""
    found = set(findings)
    if not found:
        return None
    if "challenge" in found:
        return "challenge"
    if "mode" in found:
        return "all"
    return "first" if found == {"first_time"} else "review"


def _banned(session: Session, draft: Draft, reader: Reader, *, at: datetime) -> list[str]:
    account = str(reader.user_id) if reader.user_id else None
    person = {"address": reader.address_digest, "email": draft.email_digest, "account": account}
    holding = session.connection().execute(screening_queries.BANS, {**person, "at": at}).all()
    found = []
    folded = draft.folded if any(ban.kind == "words" for ban in holding) else ""
    for ban in holding:
        if ban.kind == "words" and contains(folded, ban.value):
            if ban.effect == "refuse":
                raise Invalid(
                    "Some words are not taken here.", errors=[{"pointer": "/body", "detail": "words not taken here"}]
                )
            found.append("words")
        elif ban.kind != "words" and (ban.kind != "network" or is_inside(reader.address, ban.value)):
            if ban.effect == "refuse":
                raise _refusal(ban.expires_at)
            found.append("ban")
    return sorted(set(found))


def is_inside(address: str, network: str) -> bool:
    """Whether the address belongs to the network.

    >>> is_inside("198.51.100.7", "198.51.100.0/24"), is_inside("2001:db8::1", "198.51.100.0/24")
    (True, False)
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found) in ipaddress.ip_network(network)


def _refusal(expires_at: datetime | None) -> Banned:
    if expires_at is None:
        return Banned("You may not comment here.")
    until = expires_at.isoformat(timespec="seconds").replace("+00:00", "Z")
    return Banned(f"You may not comment here until {until}.", until=until)
