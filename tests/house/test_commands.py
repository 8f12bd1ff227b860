"""The command line as an operator uses it: a process a command, on a real embedded server."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from uuid import UUID

import pytest

from gateway.commands.__main__ import main, parser
from runtime.archive import split_password
from runtime.postgres import EmbeddedPostgres
from tests.clusters import prepare
from tests.house.command_line import Tessera, one_line

NOWHERE = "http://127.0.0.1:9"  # nothing answers here: no test asks a real platform
WHO = ("--channel=line", "--name=shop", "--secret=s3", "--token=t0k")
A_KEY = "a key of another installation and long enough"


@pytest.fixture(scope="module")
async def tessera(tmp_path_factory):
    """A command line whose data folder is held open by this process, as a running server does."""
    postgres = EmbeddedPostgres(tmp_path_factory.mktemp("site"))
    await prepare(postgres.folder)
    await postgres.start()
    run = Tessera(postgres.folder)
    assert run("migrate").returncode == 0
    yield run
    await postgres.stop()


@pytest.fixture
def refused(monkeypatch, capsys, tmp_path):
    """Run a command in this process that must be refused before it opens a database; return status and line."""

    def run(*arguments: str, **settings: str) -> tuple[int, str]:
        monkeypatch.setenv("TESSERA_DATA_DIR", str(tmp_path / "unused"))
        for name, value in settings.items():
            monkeypatch.setenv(f"TESSERA_{name}", value)
        try:
            status = main(list(arguments))
        except SystemExit as ended:
            status = int(ended.code or 0)
        [line] = capsys.readouterr().err.splitlines()
        assert not (tmp_path / "unused" / "postgres").exists()
        return status, line

    return run


def every_command(found: argparse.ArgumentParser, name: tuple[str, ...] = ()):
    """Yield the words of every command that can be run."""
    inner = [a for a in found._actions if isinstance(a, argparse._SubParsersAction)]
    if not inner:
        yield name
    for action in inner:
        for word, child in action.choices.items():
            yield from every_command(child, (*name, word))


@pytest.mark.parametrize("words", list(every_command(parser())), ids=" ".join)
def test_every_command_explains_itself(words, capsys):
    with pytest.raises(SystemExit) as ended:
        parser().parse_args([*words, "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: tessera {' '.join(words)}")


def test_a_process_of_its_own_lists_every_command_and_refuses_others(tmp_path):
    run = Tessera(tmp_path / "unused")
    shown = run("--help")
    assert shown.returncode == 0
    assert all(words[0] in shown.stdout for words in every_command(parser()))
    assert "dance" in one_line(run("dance"))
    assert not run.folder.exists()


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ((), "COMMAND"),
        (("dance",), "dance"),
        (("account",), "add|change|pause|resume|remove|list"),
        (("account", "add"), "--channel"),
        (("account", "add", "--channel", "pigeon"), "pigeon"),
        (("member", "add", "--email", "a@b.example", "--role", "king"), "king"),
        (("events",), "--account"),
        (("backup",), "file"),
        (("inbox", "retry", "seven"), "seven"),
        (("feature", "teleport"), "teleport"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_line_not_understood_is_answered_by_one_line(refused, words, hint):
    status, line = refused(*words)
    assert (status, hint in line) == (2, True), line


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        ({"PROT": "8080"}, "did you mean TESSERA_PORT"),
        ({"PORT": "ninety"}, "TESSERA_PORT"),
        ({"LOG": "loud"}, "TESSERA_LOG"),
        ({"PUBLIC_URL": "tea.example"}, "https://"),
        ({"SECRET_KEY": "short"}, "32 characters"),
        ({"DATABASE_URL": "postgresql://x@127.0.0.1:9/y"}, "TESSERA_SECRET_KEY"),
        ({"DATABASE_URL": "postgresql://x@127.0.0.1:9/y", "SECRET_KEY": A_KEY}, "Cannot reach"),
        ({"DATABASE_URL": "the usual one", "SECRET_KEY": A_KEY}, "Cannot reach"),
        ({"DATA_DIR": str(Path(__file__) / "var")}, "Not a directory"),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else None,
)
def test_a_setting_that_cannot_be_used_is_named(refused, settings, hint):
    status, line = refused("account", "list", **settings)
    assert (status, hint in line) == (1, True), line


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("events", "--account", "pigeon/demo"), "no account pigeon/demo"),
        (("inbox", "retry", "9" * 30), "refused"),
        (("inbox", "retry", "7"), "set aside"),
        (("backup", "no/such/folder/file"), "no/such/folder"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_is_answered_by_one_line(tessera, words, hint):
    assert hint in one_line(tessera(*words))


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("events", "--account", "line"), "CHANNEL/NAME"),
        (("account", "add", "--shared-key=no-equals-sign", *WHO), "ID=SECRET"),
    ],
    ids=["events", "account"],
)
def test_a_value_of_the_wrong_shape_is_refused_before_anything_is_opened(refused, words, hint):
    status, line = refused(*words)
    assert (status, hint in line) == (1, True), line


# Every command: whether it lists, and a line it must refuse once everything is opened or before.
TABLE: dict[tuple[str, ...], tuple[bool, tuple[str, ...], str]] = {
    ("serve",): (False, ("--role", "king"), "king"),
    ("migrate",): (False, ("now",), "now"),
    ("check",): (True, ("--online",), "--online"),
    ("audit",): (True, ("everything",), "everything"),
    ("account", "add"): (False, (*WHO, "--name=../up", f"--api-base={NOWHERE}"), "name"),
    ("account", "change"): (False, ("line/nobody", "--token=new"), "no account line/nobody"),
    ("account", "pause"): (False, ("line/nobody",), "no account line/nobody"),
    ("account", "resume"): (False, ("line/nobody",), "no account line/nobody"),
    ("account", "remove"): (False, ("line/nobody",), "add --yes"),
    ("account", "list"): (True, ("line",), "line"),
    ("member", "add"): (False, ("--email=a", "--role=admin", "--password=long enough"), "e-mail"),
    ("member", "invite"): (False, ("--email=a", "--role=admin"), "e-mail"),
    ("member", "list"): (True, ("ann",), "ann"),
    ("member", "deactivate"): (False, ("nobody@x.example",), "no member 'nobody@x.example'"),
    ("member", "reactivate"): (False, ("nobody@x.example",), "no member 'nobody@x.example'"),
    ("member", "reset-password"): (False, ("nobody@x.example",), "no member 'nobody@x.example'"),
    ("member", "reset-two-steps"): (False, ("nobody@x.example",), "no member 'nobody@x.example'"),
    ("token", "add"): (False, ("--name=Till", "--scope=everything"), "everything"),
    ("token", "list"): (True, ("Till",), "Till"),
    ("token", "revoke"): (False, ("Till",), "no live token 'Till'"),
    ("events",): (True, ("--account", "pigeon/demo"), "no account pigeon/demo"),
    ("codes", "import"): (True, ("Nothing", __file__), "no coupon 'Nothing'"),
    ("contact", "export"): (False, (str(UUID(int=7)), "f.zip"), "no customer"),
    ("contact", "erase"): (False, (str(UUID(int=7)),), "add --yes"),
    ("claims", "export"): (False, ("Nothing",), "no coupon 'Nothing'"),
    ("figures", "rebuild"): (False, ("Nothing",), "no coupon 'Nothing'"),
    ("search", "rebuild"): (False, ("7",), "7"),
    ("inbox", "list"): (True, ("7",), "7"),
    ("inbox", "retry"): (False, ("7",), "set aside"),
    ("backup",): (False, ("no/such/folder/file",), "no/such/folder"),
    ("restore",): (False, ("no/such/file",), "restore"),
    ("feature",): (True, ("teleport",), "teleport"),
    ("demo",): (False, ("again",), "again"),
}


def test_the_table_names_every_command():
    assert set(TABLE) == set(every_command(parser()))


@pytest.mark.parametrize("words", TABLE, ids=" ".join)
def test_every_command_refuses_bad_input_in_one_line_and_lists_as_json(
    tessera, words, monkeypatch, capsys
):
    lists, wrong, hint = TABLE[words]
    monkeypatch.setenv("TESSERA_DATA_DIR", str(tessera.folder))
    try:
        status = main([*words, *wrong])
    except SystemExit as ended:
        status = int(ended.code or 0)
    told = capsys.readouterr()
    assert status in {1, 2}
    assert told.out == ""
    [line] = told.err.splitlines()
    assert line.startswith("tessera")
    assert hint in line
    with pytest.raises(SystemExit):
        main([*words, "--help"])
    assert ("--json" in capsys.readouterr().out) is lists


def test_check_lists_as_json_too(tessera):
    found = tessera.rows("check", "--offline")
    assert {"what": "fsync = on", "ok": True, "advice": []} in found


def account(name: str = "demo", **other: str) -> list[str]:
    """Return the words that add a LINE account no platform is asked about."""
    facts = {"channel": "line", "name": name, "secret": "s3", "token": "t0k", "api-base": NOWHERE}
    return ["account", "add", *(f"--{k}={v}" for k, v in {**facts, **other}.items())]


def test_an_account_is_added_and_listed_without_its_secrets(tessera):
    added = tessera(*account("shop", secret="hush-hush", token="also-hush"), PORT="8123")
    assert added.returncode == 0, added.stderr
    assert "http://localhost:8123/webhooks/line/shop" in added.stdout
    assert "already an account line/shop" in one_line(tessera(*account("shop")))
    [row] = [row for row in tessera.rows("account", "list") if row["name"] == "shop"]
    assert (row["channel"], row["state"]) == ("line", "ok")
    assert "hush" not in json.dumps(row) + added.stdout + added.stderr


@pytest.mark.parametrize(
    ("channel", "advice"),
    [("line", "webhook redelivery"), ("whatsapp", "/webhooks/whatsapp/lost#rc=")],
)
def test_adding_an_account_tells_how_lost_webhooks_come_back(tessera, channel, advice):
    added = tessera(*account("lost", channel=channel, address="+886225550100"))
    assert added.returncode == 0, added.stderr
    assert advice in added.stdout


def test_an_account_gets_new_credentials_and_keeps_the_rest(tessera):
    assert tessera(*account("renewed", address="@tea")).returncode == 0
    assert "empty" in one_line(tessera("account", "change", "line/renewed", "--token= "))
    changed = tessera("account", "change", "line/renewed", "--token=brand-new-word")
    assert changed.returncode == 0, changed.stderr
    assert "Changed line/renewed" in changed.stdout
    assert "brand-new-word" not in changed.stdout + changed.stderr
    [row] = [row for row in tessera.rows("account", "list") if row["name"] == "renewed"]
    assert (row["address"], row["state"]) == ("@tea", "ok")


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ({"name": "../up"}, "name"),
        ({"api-base": "nowhere"}, "https://"),
    ],
    ids=str,
)
def test_an_account_that_cannot_work_is_refused_in_one_line(tessera, wrong, hint):
    assert hint in one_line(tessera(*account(**{"name": "wrong", **wrong})))


def member(**other: str) -> list[str]:
    """Return the words that add a person."""
    facts = {"email": "ann@tea.example", "role": "admin", "password": "long enough for us"}
    return ["member", "add", *(f"--{k}={v}" for k, v in {**facts, **other}.items())]


def test_a_member_is_added_once_and_their_password_is_shown_nowhere(tessera):
    added = tessera(*member())
    assert added.returncode == 0, added.stderr
    assert "already a member" in one_line(tessera(*member()))
    listed = tessera("member", "list", "--json").stdout
    assert json.loads(listed.splitlines()[0])["role"] == "admin"
    assert "long enough" not in listed + added.stdout


def test_a_member_who_could_not_sign_in_is_refused(tessera):
    assert "not an e-mail" in one_line(tessera(*member(email="nobody")))


def test_a_member_is_shut_out_let_in_and_given_links_while_the_last_admin_stays(tessera):
    tessera(*member(email="boss@tea.example"))
    tessera(*member(email="sue@tea.example", role="seller"))
    for verb, active in (("deactivate", False), ("reactivate", True)):
        done = tessera("member", verb, "Sue@tea.example")
        assert "sue@tea.example" in done.stdout, done.stderr
        [sue] = [row for row in tessera.rows("member", "list") if row["name"] == "sue"]
        assert sue["active"] is active
    link = tessera("member", "reset-password", "sue@tea.example").stdout
    assert link.startswith("http://localhost:8080/console/password/")
    join = tessera("member", "invite", "--email=kim@tea.example", "--role=seller").stdout
    assert join.startswith("http://localhost:8080/console/invitation/")
    assert "no second step" in one_line(tessera("member", "reset-two-steps", "sue@tea.example"))
    admins = [row["email"] for row in tessera.rows("member", "list") if row["role"] == "admin"]
    for one in admins[:-1]:
        assert tessera("member", "deactivate", str(one)).returncode == 0
    assert "needs an admin" in one_line(tessera("member", "deactivate", str(admins[-1])))
    for one in admins[:-1]:
        assert tessera("member", "reactivate", str(one)).returncode == 0


def test_a_feature_is_switched_and_stays_switched(tessera):
    assert tessera("feature", "payment", "on").returncode == 0
    assert tessera.rows("feature", "payment") == [{"feature": "payment", "on": True}]
    assert {row["feature"] for row in tessera.rows("feature")} >= {"coupons", "payment"}


def test_an_account_without_events_prints_nothing(tessera):
    tessera(*account("quiet"))
    assert tessera.rows("events", "--account", "line/quiet") == []


def test_check_proves_the_database_durable_without_asking_a_platform(tessera):
    done = tessera("check", "--offline")
    assert done.returncode == 0, done.stderr
    assert "fsync = on" in done.stdout


def test_a_backup_of_a_running_installation_restores_elsewhere_with_its_key(tessera, tmp_path):
    tessera(*account("kept", address="@kept"))
    photo = tessera.folder / "media" / "a" / "photo.jpg"
    photo.parent.mkdir(parents=True, exist_ok=True)
    photo.write_bytes(b"a photo")
    file = tmp_path / "tea.backup"

    saved = tessera("backup", str(file))
    assert saved.returncode == 0, saved.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    assert "exists already" in one_line(tessera("backup", str(file)))
    assert "has data" in one_line(tessera("restore", str(file)))

    other = Tessera(tmp_path / "other")
    odd = tmp_path / "odd.backup"
    odd.write_text("not an archive at all")
    assert "not a backup" in one_line(other("restore", str(odd)))
    assert "another TESSERA_SECRET_KEY" in one_line(other("restore", str(file), SECRET_KEY=A_KEY))
    key = (tessera.folder / "secret.key").read_text()
    restored = other("restore", str(file), SECRET_KEY=key)
    assert restored.returncode == 0, restored.stderr
    assert (other.folder / "media" / "a" / "photo.jpg").read_bytes() == b"a photo"
    listed = other("account", "list", "--json", SECRET_KEY=key).stdout
    assert "@kept" in listed
    assert other("check", "--offline", SECRET_KEY=key).returncode == 0


def test_the_databases_password_is_kept_out_of_the_arguments_of_other_programs():
    address, password = split_password(
        "postgresql://tea:p%40ss@db.example:5433/shop?sslmode=require"
    )
    assert address == "postgresql://tea@db.example:5433/shop?sslmode=require"
    assert password == "p@ss"
    assert split_password("postgresql://tea@/x?host=/run") == ("postgresql://tea@/x?host=/run", "")
