"""Every sentence of the console is there in 繁體中文, and the reader's language is found."""

from __future__ import annotations

import ast
import re
from datetime import timedelta

import pytest
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.pofile import PoFileError

from channels.registry import load
from config.compile_locale import read_domain
from config.folders import LOCALE_DIR
from coupons.page_words import WORDS as PAGE_WORDS
from coupons.shop.words import WORDS as SHOP_WORDS
from runtime.i18n import accepted, negotiate, times_at

CHINESE = LOCALE_DIR / "zh_Hant/LC_MESSAGES/console"
MAPPING = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "gettext": None, "mark": None, "ngettext": (1, 2)}
HAN, MARKS = "[\u4e00-\u9fff]", "[、。！（），：；？「」『』]"
# A narrow mark beside a Chinese character; a space where Chinese has none.
NARROW = re.compile(rf"{HAN} ?[,:;!?(](?!\w)|{HAN} ?\(|[,:;!?)] ?{HAN}|{HAN}\.(?!\w)")
SPACED = re.compile(rf"{HAN} +{HAN}| {MARKS}|{MARKS} ")
VALUE = re.compile(r"%\(\w+\)s|\{\w+\}")
# "SK…:" is what Twilio's own page shows.
QUOTED = ("SK…:",)


def sentences(folder):
    root = LOCALE_DIR.parent / folder
    options = {"**/templates/**.html": {"extensions": "jinja2.ext.i18n", "trimmed": "true"}}
    for _, _, found, _, _ in extract_from_dir(str(root), MAPPING, options, KEYWORDS):
        yield found if isinstance(found, str) else found[0]


@pytest.mark.parametrize(
    "folder",
    ["agent_console", "channels", "conversations", "coupons/rules", "coupons/actions", "gateway"],
)
def test_every_sentence_has_its_chinese(folder):
    catalogue = read_domain(CHINESE)
    missing = [
        text for text in sentences(folder) if not (entry := catalogue.get(text)) or not entry.string
    ]
    assert missing == []


def test_what_a_channel_tells_an_agent_is_always_a_marked_sentence():
    written = [
        f"{path.name}: {ast.unparse(node)}"
        for path in (LOCALE_DIR.parent / "channels").rglob("*.py")
        if "tests" not in path.parts
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.keyword) and node.arg in {"agent_text", "advice"}
        for part in (node.value.elts if isinstance(node.value, ast.Tuple) else [node.value])
        if isinstance(part, ast.Constant | ast.JoinedStr)
    ]
    assert written == []


def test_a_channel_names_every_sentence_with_values_that_is_stored_of_it():
    named = {text for channel in load().values() for text in channel.abilities.sentences}
    folder = LOCALE_DIR.parent / "channels"
    written = {
        text
        for name in ("line", "meta_graph", "whatsapp")
        for text in marked(folder / name / "errors.py")
        if "%(" in text
    }
    assert written <= named


def marked(path):
    return [found for _, found, *_ in extract_from_file("python", str(path), KEYWORDS)]


def test_a_sentence_is_translated_one_way_in_all_files(tmp_path):
    folder = tmp_path / "zh_Hant/LC_MESSAGES/console"
    folder.mkdir(parents=True)
    for name, words in (("a", "關閉"), ("b", "關閉"), ("c", "結束")):
        (folder / f"{name}.po").write_text(f'msgid "Close"\nmsgstr "{words}"\n', "utf-8")
    with pytest.raises(PoFileError, match=r"c\.po translates 'Close' another way"):
        read_domain(folder)


def chinese():
    for message in read_domain(CHINESE):
        if message.id:
            yield from [message.string] if isinstance(message.string, str) else message.string
    for words in (PAGE_WORDS, SHOP_WORDS):
        yield from (text for tag in ("zh-Hant", "zh-Hans") for text in words[tag].values())


def test_chinese_sentences_have_wide_marks_and_no_spaces_of_other_languages():
    wrong = []
    for text in chinese():
        plain = text
        for quoted in QUOTED:
            plain = plain.replace(quoted, "")
        if NARROW.search(VALUE.sub("字", plain)) or SPACED.search(plain):
            wrong.append(text)
    assert wrong == []


@pytest.mark.parametrize(
    "text",
    [
        "新增時, 17:26",
        "同一組序號: 1",
        "完成!",
        "圖片 (3)",
        "(3) 張",
        "在 19 秒 內",
        "領取。 若",
        "好.",
    ],
)
def test_a_narrow_mark_or_a_space_is_found(text):
    assert NARROW.search(text) or SPACED.search(text)


@pytest.mark.parametrize(
    "text", ["新增時，17:26", "LINE 的 3 則訊息", "claims.csv 檔案", "9:30 起（台北）"]
)
def test_what_is_written_well_is_left_alone(text):
    assert not NARROW.search(text)
    assert not SPACED.search(text)


def test_no_template_puts_a_mark_of_its_own_between_what_it_says():
    """Marks are part of a sentence, or they are `colon` and `comma`, which speak the page's language."""
    between = re.compile(r"\}\}(?:</\w+>)?[:;,] ?(?:<[^>]+>)?\{|[:,] ?\{% endif %\}|\}\} \(\{\{")
    folder = LOCALE_DIR.parent / "agent_console/templates"
    found = [
        f"{path.relative_to(folder)}: {hit[0]}"
        for path in sorted(folder.rglob("*.html"))
        for hit in between.finditer(re.sub(r'style="[^"]*"', "", path.read_text("utf-8")))
    ]
    assert not found, found


def test_placeholders_are_the_same_in_both_languages():
    problems = [error for message in read_domain(CHINESE) for error in message.check()]
    assert problems == []


@pytest.mark.parametrize(
    ("chosen", "header", "spoken"),
    [
        ([], "", "en"),
        ([], "zh-TW,zh;q=0.9,en;q=0.8", "zh-Hant"),
        ([], "de, en;q=0.2, zh;q=0.8", "zh-Hant"),
        (["en"], "zh-TW", "en"),
        (["xx"], "fr", "en"),
        ([], "en;q=nonsense,zh;q=0.1", "zh-Hant"),
    ],
)
def test_the_language_is_the_chosen_one_else_the_browsers(chosen, header, spoken):
    assert negotiate(chosen, header) == spoken


def test_an_endless_header_costs_nothing():
    assert len(accepted("en," * 100_000)) < 100


def test_times_are_short_today_and_dated_long_ago(clock):
    now = clock.now()
    assert times_at(now, "Asia/Taipei", "en").short(now) == "13:00"
    assert times_at(now, "Asia/Taipei", "en").short(now - timedelta(days=1)) == "Sun 13:00"
    assert (
        times_at(now, "Asia/Taipei", "zh-Hant").short(now - timedelta(days=400)) == "2025年3月30日"
    )
