"""`/v1/admin/people`: what is kept of one reader, for whoever must hand it out or erase it."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session
from starlette.responses import Response

from app.accounts.admin import UserManager
from app.accounts.models import User
from app.comments import shaping
from app.comments.models import Comment
from app.comments.policy import ban_out
from app.comments.staff_schemas import WordingOut
from app.context import Router, SiteDep
from app.db import now
from app.events.actions import record, take_turn
from app.events.retries import RetriesDep
from app.http import private
from app.mail import queries as mail
from app.openapi import refusals
from app.people import actions, queries
from app.people.actions import Person
from app.people.schemas import (
    AccountOut,
    AddressOut,
    CastOut,
    ComplaintOut,
    ErasedOut,
    MailOut,
    OwnKeyOut,
    PersonIn,
    PersonOut,
    SignInOut,
    WrittenOut,
)

router = Router(prefix="/v1/admin/people", tags=["admin"])


@router.post("/export", response_model=PersonOut, responses=refusals(404, 422))
def export_person(site: SiteDep, by: UserManager, data: PersonIn) -> Response:
    """Get all that is kept of one person as a reader, as the law on data protection lets him ask for it (GDPR, 15).

    E-mail and network addresses of comments are kept as keyed digests only, so they are not in it. That it was handed
    out is on the record; of whom, only if he has an account.
    """
    with site.database.writer.session() as session:
        take_turn(session)
        person = actions.find_person(session, data, secret=site.settings.secret)
        shown = _person(session, person)
        record(session, by, "export", "person", person.user.id if person.user else UUID(int=0))
    return private(shown.model_dump_json().encode())


@router.post("/erase", response_model=ErasedOut, responses=refusals(404, 409, 422))
def erase_person(site: SiteDep, by: UserManager, data: PersonIn, retries: RetriesDep) -> Response:
    """Erase what is kept of one person as a reader, and his account (GDPR, 17). Doing it again changes nothing more.

    Comments lose words, name and digests, as if their author had deleted them; replies to them stay. Notes about them
    go, votes and complaints are nobody's any more, bans lose their notes. The record says how much was erased.
    """
    with site.database.writer.session() as session:

        def act() -> Response:
            erased = actions.erase(session, data, secret=site.settings.secret, by=by, at=now())
            return private(erased.model_dump_json().encode())

        return retries.once(session, act)


def _person(session: Session, person: Person) -> PersonOut:
    wordings: defaultdict[UUID, list[WordingOut]] = defaultdict(list)
    for wording in session.scalars(queries.wordings(person.comments)):
        wordings[wording.comment_id].append(WordingOut.model_validate(wording))
    notes: defaultdict[UUID, list[str]] = defaultdict(list)
    for note in session.scalars(queries.notes(person.comments)):
        notes[note.comment_id].append(note.text)
    addresses = actions.mail_digests(session, person)
    votes = session.scalars(queries.votes_of(person.reader_digests, person.address_digest))
    flags = session.scalars(queries.flags_of(person.reader_digests))
    return PersonOut(
        account=_account(session, person.user) if person.user else None,
        comments=[
            _written(comment, wordings[comment.id], notes[comment.id]) for comment in session.scalars(person.comments)
        ],
        votes=[CastOut.model_validate(vote) for vote in votes],
        flags=[ComplaintOut.model_validate(flag) for flag in flags],
        bans=[ban_out(ban) for ban in session.scalars(queries.bans_on(person.ban_values))],
        addresses=[AddressOut.model_validate(each) for each in session.scalars(queries.subscribers(addresses))],
        mails=[MailOut.model_validate(each) for each in session.scalars(mail.of_address(addresses))],
    )


def _account(session: Session, user: User) -> AccountOut:
    role: Any = user.role
    sign_ins = session.execute(queries.sign_ins_of(user.id))
    return AccountOut(
        id=user.id,
        email=user.email,
        name=user.name,
        role=role,
        created_at=user.created_at,
        disabled_at=user.disabled_at,
        sign_ins=[SignInOut(began_at=began, refreshed_at=last, expires_at=end) for began, last, end in sign_ins],
        keys=[OwnKeyOut.model_validate(key) for key in session.scalars(queries.keys_of(user.id))],
    )


def _written(comment: Comment, wordings: list[WordingOut], notes: list[str]) -> WrittenOut:
    made: dict[str, Any] = {name: getattr(comment, name) for name in WrittenOut.model_fields if hasattr(comment, name)}
    return WrittenOut(
        **made | {"target": shaping.target(comment, None)},
        has_email=comment.email_digest is not None,
        has_address=comment.address_digest is not None,
        wordings=wordings,
        notes=notes,
    )
