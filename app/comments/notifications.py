"""`/v1/comments/confirm`, `/v1/comments/unsubscribe`: the links in e-mails about comments.

A mailbox's provider ends such mail by a POST to the address in `List-Unsubscribe` (RFC 8058), a person by the button of
the page that is there. Reading the page changes nothing: link scanners do that.
"""

from starlette.responses import Response

from app.comments.letters import CONFIRM, CONFIRMED_WITHIN, UNSUBSCRIBE, UNSUBSCRIBED_WITHIN
from app.comments.notifying import confirm, refuse
from app.context import Router, SiteDep
from app.db import now
from app.mail.pages import PAGE, Token, page
from app.mail.sealing import unseal
from app.openapi import UNKEPT

router = Router(prefix="/v1/comments", tags=["comments"])


@router.get("/confirm", responses=PAGE, response_class=Response, openapi_extra=UNKEPT)
def show_confirmation(site: SiteDep, token: Token) -> Response:
    """Read the page on which the owner of an e-mail address confirms that he wants word of his comments."""
    unseal(site.settings.secret, CONFIRM, token, within=CONFIRMED_WITHIN)
    return page(site.settings.site_name, "Do you want e-mail about replies to your comments?", button="Yes, I do")


@router.post("/confirm", responses=PAGE, response_class=Response)
def confirm_address(site: SiteDep, token: Token) -> Response:
    """Confirm an e-mail address by the token that was sent there: from now on it gets word of comments."""
    digest = unseal(site.settings.secret, CONFIRM, token, within=CONFIRMED_WITHIN)
    with site.database.writer.session() as session:
        confirm(session, digest, at=now())
    return page(site.settings.site_name, "You will get e-mail about replies to your comments.")


@router.get("/unsubscribe", responses=PAGE, response_class=Response, openapi_extra=UNKEPT)
def show_unsubscription(site: SiteDep, token: Token) -> Response:
    """Read the page on which one ends e-mail about comments. Reading it changes nothing."""
    unseal(site.settings.secret, UNSUBSCRIBE, token, within=UNSUBSCRIBED_WITHIN)
    return page(site.settings.site_name, "Do you want no more e-mail about comments?", button="No more e-mail")


@router.post("/unsubscribe", responses=PAGE, response_class=Response)
def unsubscribe(site: SiteDep, token: Token) -> Response:
    """End all e-mail about comments to the address that got this token, at one click (RFC 8058)."""
    digest = unseal(site.settings.secret, UNSUBSCRIBE, token, within=UNSUBSCRIBED_WITHIN)
    with site.database.writer.session() as session:
        refuse(session, digest, at=now())
    return page(site.settings.site_name, "You will get no more e-mail about comments.")
