"""`onrecord user` and `onrecord key`."""

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from app.terminal import AsJson, open_database

users = typer.Typer(no_args_is_help=True, help="People who may sign in.")
keys = typer.Typer(no_args_is_help=True, help="API keys of integrations.")

Email = Annotated[str, typer.Option(help="E-mail address of the user.")]
PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


@users.command("create")
def create_user(
    email: Email,
    role: Annotated[str, typer.Option(help="owner, editor, author, moderator or reader.")],
    name: Annotated[str, typer.Option(help="Name to show; the e-mail address if not given.")] = "",
    password_stdin: PasswordStdin = False,
    as_json: AsJson = False,
) -> None:
    """Create a user. Without a password he can own keys, but not sign in."""
    from app.accounts import actions
    from app.accounts.people import state
    from app.db import now
    from app.events.actions import COMMAND_LINE, record

    hashed = actions.hash_password(_password()) if password_stdin else None
    with open_database() as database, database.writer.session() as session:
        made = actions.create_user(session, email=email, name=name, role=role, password_hash=hashed, at=now())
        record(session, COMMAND_LINE, "create", "user", made.id, after=state(made))
        shown = {"id": str(made.id), "email": made.email, "role": made.role}
    print(json.dumps(shown) if as_json else f"Created {shown['email']} as {shown['role']}.")


@users.command("list")
def list_users(as_json: AsJson = False) -> None:
    """List the users."""
    from app.accounts import queries

    with open_database() as database, database.reader() as session:
        rows = [
            {"id": str(u.id), "email": u.email, "role": u.role, "disabled": u.disabled_at is not None}
            for u in session.scalars(queries.all_users())
        ]
    for row in rows:
        state = ", disabled" if row["disabled"] else ""
        print(json.dumps(row) if as_json else f"{row['email']} ({row['role']}{state})")


@users.command("disable")
def disable_user(email: Email) -> None:
    """Disable a user: his sign-ins and keys end at once. The last owner stays."""
    print(f"Disabled {_switched(email, disabled=True)}.")


@users.command("enable")
def enable_user(email: Email) -> None:
    """Let a disabled user in again; his keys are good again, and he signs in anew."""
    print(f"Enabled {_switched(email, disabled=False)}.")


def _switched(email: str, *, disabled: bool) -> str:
    """The user's address, once he is disabled or enabled, as through the API."""
    from dataclasses import replace

    from app.accounts import actions, people
    from app.accounts.rights import SCOPES
    from app.accounts.schemas import UserPatch
    from app.db import now
    from app.events.actions import COMMAND_LINE

    operator = replace(COMMAND_LINE, scopes=frozenset(SCOPES))
    with open_database() as database, database.writer.session() as session:
        user = people.find_user(session, actions.find_user(session, email).id)
        people.edit_user(session, user, UserPatch(disabled=disabled), None, by=operator, at=now())
        return user.email


@users.command("password")
def set_password(email: Email, password_stdin: PasswordStdin = False) -> None:
    """Give a user a new password and sign him out everywhere."""
    from app.accounts import actions
    from app.db import now
    from app.events.actions import COMMAND_LINE, record

    hashed = actions.hash_password(_password() if password_stdin else typer.prompt("Password", hide_input=True))
    with open_database() as database, database.writer.session() as session:
        user = actions.find_user(session, email)
        actions.set_password(session, user, hashed, at=now())
        record(session, COMMAND_LINE, "change_password", "user", user.id)
    print(f"Changed the password of {user.email}.")


def _password() -> str:
    return sys.stdin.readline().rstrip("\r\n")


@keys.command("create")
def create_key(
    owner: Annotated[str, typer.Option(help="E-mail address of the user whose rights the key has at most.")],
    scopes: Annotated[str, typer.Option(help="Scopes, separated by commas, for example articles:read,articles:write.")],
    name: Annotated[str, typer.Option(help="What it is for.")] = "",
    days: Annotated[int | None, typer.Option(help="Days until it expires; never, if not given.", min=1)] = None,
    as_json: AsJson = False,
) -> None:
    """Create an API key and print it, this once."""
    from app.accounts import actions
    from app.db import now
    from app.events.actions import COMMAND_LINE, record

    at = now()
    wanted = [scope.strip() for scope in scopes.split(",") if scope.strip()]
    with open_database() as database, database.writer.session() as session:
        user = actions.find_user(session, owner)
        expires_at = at + timedelta(days=days) if days else None
        key, text = actions.create_key(session, user, name=name, scopes=wanted, expires_at=expires_at, at=at)
        record(session, COMMAND_LINE, "create", "api_key", key.id, after={"owner": str(user.id), "scopes": key.scopes})
    print(json.dumps({"key": text}) if as_json else text)


@keys.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """List the keys, without their secrets."""
    from app.accounts import queries

    with open_database() as database, database.reader() as session:
        rows: list[dict[str, Any]] = [
            {
                "prefix": f"ork_{key.prefix}",
                "owner": key.owner.email,
                "name": key.name,
                "scopes": key.scopes,
                "expires_at": _stamp(key.expires_at),
                "last_used_at": _stamp(key.last_used_at),
                "revoked_at": _stamp(key.revoked_at),
            }
            for key in session.scalars(queries.all_keys())
        ]
    for row in rows:
        if as_json:
            print(json.dumps(row))
        else:
            state = "revoked" if row["revoked_at"] else f"last used {row['last_used_at'] or 'never'}"
            print(f"{row['prefix']}… {row['owner']} {row['name']} [{','.join(row['scopes'])}] {state}")


@keys.command("revoke")
def revoke_key(prefix: Annotated[str, typer.Argument(help="How the key begins, as `key list` shows it.")]) -> None:
    """Revoke a key: from the next request on it is not taken."""
    from app.accounts import actions
    from app.db import now
    from app.events.actions import COMMAND_LINE, record

    with open_database() as database, database.writer.session() as session:
        key = actions.revoke_key(session, prefix, at=now())
        record(session, COMMAND_LINE, "revoke", "api_key", key.id)
    print(f"Revoked ork_{key.prefix}….")


def _stamp(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None
