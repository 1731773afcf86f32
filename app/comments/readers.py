"""Who comments, votes or complains, as far as anybody may know."""

from dataclasses import dataclass
from uuid import UUID

from fastapi import Request

from app.accounts.access import signed_in
from app.comments.folding import keyed
from app.context import Site, client_address, household


@dataclass(frozen=True, slots=True)
class Reader:
    """A guest, or somebody with an account; `role` is the account's. Nothing of him is kept but digests."""

    address: str
    secret: bytes
    user_id: UUID | None = None
    name: str | None = None
    role: str = "reader"
    email: str | None = None

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
    address, secret = client_address(request), site.settings.secret
    if caller is None:
        return Reader(address, secret)
    return Reader(address, secret, caller.user.id, caller.user.name, caller.user.role, caller.user.email)
