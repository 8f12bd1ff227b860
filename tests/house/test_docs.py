"""The documents keep up with the code: what is missing is named, with the file it belongs into."""

from __future__ import annotations

import argparse
import re
import subprocess
from pathlib import Path
from urllib.parse import unquote

import pytest

from channels import registry
from config.settings import PREFIX, Settings
from conversations.channel import Inbound, Kind, MessageType
from coupons.demo import PIN
from coupons.errors import Refusal
from gateway import demo
from gateway.commands.__main__ import parser
from gateway.metrics import Metrics
from tests.journeys.test_every_route import EVERY

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = sorted(PREFIX + name.upper() for name in Settings.model_fields)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def text_of(path: str) -> str:
    """Return a document."""
    return (ROOT / path).read_text()


def first_cells(path: str) -> set[str]:
    """Return the words in code marks that open the rows of a document's tables."""
    return set(re.findall(r"^\| `([^`]+)`", text_of(path), re.MULTILINE))


def documents() -> list[str]:
    """Return every Markdown file that is or would be committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.md"],  # noqa: S607 (git is found on the path)
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def commands(found: argparse.ArgumentParser, words: str = "bin/tessera") -> list[str]:
    """Return every command as one types it."""
    inner = [a for a in found._actions if isinstance(a, argparse._SubParsersAction)]
    if not inner:
        return [words]
    return [
        line
        for action in inner
        for name, child in action.choices.items()
        for line in commands(child, f"{words} {name}")
    ]


def anchors(text: str) -> set[str]:
    """Return the anchors of a document's headings, as a code host makes them."""
    headings = re.findall(
        r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE
    )
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings
    }


def test_every_setting_has_a_sample_and_a_sentence():
    lines = text_of("config/example.env").splitlines()
    samples = {
        line.partition("=")[0]: index
        for index, line in enumerate(lines)
        if "=" in line and line[0] != "#"
    }
    assert sorted(samples) == SETTINGS
    silent = [name for name, index in samples.items() if not lines[index - 1].startswith("# ")]
    assert silent == []


def test_the_samples_can_be_used_as_they_stand(monkeypatch):
    for line in text_of("config/example.env").splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            monkeypatch.setenv(name, value)
    assert Settings().port == 8080


def test_every_setting_has_its_row_in_operate():
    assert set(SETTINGS) - first_cells("docs/operate.md") == set()


def test_no_document_names_a_setting_that_does_not_exist():
    named = {
        (path, name)
        for path in documents()
        for name in re.findall(rf"{PREFIX}[A-Z_]+", text_of(path))
        if name not in SETTINGS and name != PREFIX
    }
    assert named == set()


def test_no_document_names_a_counter_that_does_not_exist():
    lines = Metrics().text().decode().splitlines()
    counted = {line.split()[2] for line in lines if line.startswith("# TYPE ")}
    for path in documents():
        named = set(re.findall(r"`(tessera_[a-z_]+)`", text_of(path)))
        assert named - counted == set(), path


def test_every_command_has_its_row_in_operate():
    documented = {cell for cell in first_cells("docs/operate.md") if cell.startswith("bin/")}
    assert set(commands(parser())) - documented == set()


def test_every_refusal_has_its_row():
    rows = first_cells("docs/rules/refusals.md")
    assert rows == {str(code) for code in Refusal}


def test_every_inbound_kind_and_field_has_its_row():
    rows = first_cells("docs/architecture.md")
    assert {str(kind) for kind in Kind} - rows == set()
    assert set(Inbound.__struct_fields__) - rows == set()


def test_every_message_type_is_named():
    [row] = [
        line for line in text_of("docs/architecture.md").splitlines() if "`message_type`" in line
    ]
    assert [str(kind) for kind in MessageType if not re.search(rf"\b{kind}\b", row)] == []


@pytest.mark.parametrize("name", registry.names())
def test_every_channel_has_its_guide_and_is_led_to(name):
    assert (ROOT / "channels" / name / "guide.md").is_file()
    assert f"channels/{name}/guide.md" in text_of("README.md")


def test_every_package_stands_in_the_architecture():
    [drawn] = re.findall(
        r"^## Who may know whom\n+```\n(.*?)```",
        text_of("docs/architecture.md"),
        re.MULTILINE | re.DOTALL,
    )
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"benchmarks", "tests"}
    assert {name for name in packages if not re.search(rf"\b{name}\b", drawn)} == set()


def test_every_place_of_the_server_stands_in_the_architecture():
    told = set(re.findall(r"`/([a-z]+)", text_of("docs/architecture.md")))
    places = {path.split("/")[1] for _, path in EVERY} - {""}
    assert places - told == set()


def test_every_decision_is_numbered_dated_and_short():
    numbers = []
    for path in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        text = path.read_text()
        numbers.append(path.name[:4])
        assert text.startswith(f"# {path.name[:4]} "), path.name
        assert re.search(r"^\d{4}-\d{2}-\d{2} · ", text, re.MULTILINE), path.name
        assert len(text.splitlines()) < 60, path.name
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


def test_the_demo_is_described_as_it_is():
    readme = text_of("README.md")
    rows = re.findall(r"^\| `(\w+@demo\.example)` \| ([\w ]+) \|", readme, re.MULTILINE)
    assert dict(rows) == {email: role.replace("_", " ") for email, _, role in demo.MEMBERS}
    assert f"`{demo.PASSWORD}`" in readme
    assert f"`{PIN}`" in readme


@pytest.mark.parametrize("path", documents())
def test_every_file_a_document_names_exists(path):
    named = re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", text_of(path))
    ours = {
        name for name in named if (ROOT / name.split("/")[0]).is_dir() and "telegram" not in name
    }
    made = {"bin/tessera", "docs/pictures"}
    missing = [
        n
        for n in ours - made
        if not (ROOT / n).exists() and not (ROOT / path).parent.joinpath(n).exists()
    ]
    assert missing == []


@pytest.mark.parametrize("path", documents())
def test_no_relative_link_is_dead(path):
    here = (ROOT / path).parent
    for target in LINK.findall(CODE.sub("", text_of(path))):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = unquote(target).partition("#")
        found = (here / file).resolve() if file else ROOT / path
        assert found.exists(), f"{path} links to {target}"
        if anchor and found.suffix == ".md":
            assert anchor in anchors(found.read_text()), f"{path} links to {target}"
