"""Who comments, votes or complains, as far as anybody may know."""

from dataclasses import dataclass
from uuid import UUID

from fastapi import Request

from app.accounts.access import signed_in
from app.comments.folding import keyed
from app.context import Site, client_address, household


@dataclass(frozen=True, slots=True)
class Reader:
    """A guest, or somebody with an account; `role` is the account's. Nothing of him is kept but digests.

    `is_checked`: whether a service outside is asked about what he writes.
    """

    address: str
    secret: bytes
    user_id: UUID | None = None
    name: str | None = None
    role: str = "reader"
    email: str | None = None
    is_checked: bool = False

    @property
    def is_staff(self) -> bool:
        return self.role != "reader"

    @property
    def address_digest(self) -> str:
        return keyed(self.secret, household(self.address))

    @property
    def digest(self) -> str:
        """The same for everything that the account, or else the address, does."""
        return keyed(self.secret, f"user:{self.user_id}") if self.user_id else self.address_digest


def reader_of(request: Request, site: Site) -> Reader:
    """Who sent the request. Raises `Unauthorized` for a bad credential."""
    caller = signed_in(request, site)
    address, secret, is_checked = client_address(request), site.settings.secret, bool(site.settings.moderation_url)
    if caller is None:
        return Reader(address, secret, is_checked=is_checked)
    user = caller.user
    return Reader(address, secret, user.id, user.name, user.role, user.email, is_checked)
