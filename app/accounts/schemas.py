from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StrictBool, StringConstraints

from app.accounts.rights import SCOPES
from app.schemas import In, Moment, MomentIn, Name, Out, Patch

Role = Literal["owner", "editor", "author", "moderator", "reader"]
Email = Annotated[str, StringConstraints(max_length=254), Field(examples=["ada@example.org"])]
Password = Annotated[
    str,
    Field(min_length=10, max_length=200, description="10 to 200 characters.", examples=["four words are easy to keep"]),
]
Scope = Annotated[str, Field(max_length=40, description=f"One of {', '.join(SCOPES)}.", examples=["articles:read"])]


class PersonOut(Out):
    """A user as others refer to him."""

    id: UUID
    name: str = Field(examples=["Ada Quill"])
    email: str = Field(examples=["ada@example.org"])


class UserOut(PersonOut):
    """Somebody who may sign in, or own keys."""

    role: Role
    has_password: bool = Field(description="Without one he can own keys, but not sign in.")
    created_at: Moment
    disabled_at: Moment | None = Field(description="Since when neither his sign-ins nor his keys are taken.")


class UserIn(In):
    """A new user."""

    email: Email
    name: Name | None = Field(default=None, description="The e-mail address if not given.")
    role: Role
    password: Password | None = Field(default=None, description="10 to 200 characters; none: he cannot sign in.")


class UserPatch(Patch):
    """A change of a user. A new password signs him out everywhere."""

    email: Email | None = None
    name: Name | None = None
    role: Role | None = None
    password: Password | None = None
    disabled: StrictBool | None = Field(default=None, description="`true` ends his sign-ins at once; his keys rest.")


class PasswordIn(In):
    """A change of one's own password."""

    email: Email
    current_password: str = Field(max_length=200, examples=["correct horse battery"])
    new_password: Password


class KeyIn(In):
    """A new API key."""

    name: Name = Field(description="What it is for.", examples=["Front page"])
    scopes: list[Scope] = Field(min_length=1, max_length=len(SCOPES))
    expires_at: MomentIn | None = Field(default=None, description="Never, if not given.")
    owner: UUID | None = Field(default=None, description="Id of the user whose key it is; yourself if not given.")


class KeyOut(Out):
    """An API key, without its secret."""

    id: UUID
    name: str = Field(examples=["Front page"])
    prefix: str = Field(description="How the key begins.", examples=["ork_3fZq0aXw"])
    owner: PersonOut
    scopes: list[str] = Field(description="What it opens, as far as its owner's role allows.")
    created_at: Moment
    expires_at: Moment | None
    last_used_at: Moment | None = Field(description="To the minute.")
    revoked_at: Moment | None


class NewKeyOut(KeyOut):
    """An API key with its text, which is shown this once and kept nowhere."""

    key: str = Field(description="For `Authorization: Bearer …`.", examples=["ork_3fZq0aXw…"])


class SessionOut(Out):
    """A sign-in that can still go on."""

    id: UUID
    user: PersonOut
    refreshed_at: Moment = Field(description="When it was last begun or gone on with.")
    expires_at: Moment = Field(description="When it ends unless it is gone on with.")
