"""`samverkan check`: each message's own verdict, exit codes, and files that are no messages."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from gateway.cli import files
from gateway.cli.checking import Options, check_files
from gateway.cli.main import app
from gateway.cli.verdict_forms import FORMS
from gateway.shell.assemble import Parts
from gateway.shell.settings import Settings
from tests import kept
from tests.dsl import AGREEMENT, ANNA, EXAMPLES, KEYS, example
from tests.kafka.process import GATEWAY

CORRECTION = kept.CASES / "01-check-labels-swapped.json"
REFUSED = kept.CASES / "01-check-passes-a-refused-message.json"
PARTS = Parts(Settings(), AGREEMENT, KEYS)
WARNING = "The published test keys are used"


def check(*arguments: object, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["check", *map(str, arguments)], input=stdin)


def verdicts(*arguments: object, stdin: bytes | None = None) -> list[dict[str, Any]]:
    shown = check("--format", "json", *arguments, stdin=stdin)
    return json.loads(shown.stdout)["verdicts"]


def divided(history: Path, folder: Path) -> list[Path]:
    """A file for each message of a history."""
    made = []
    for number, message in enumerate(json.loads(history.read_text())["messages"], 1):
        made.append(folder / f"{number:02}.json")
        made[-1].write_text(json.dumps(message))
    return made


def statuses(found: list[dict[str, Any]]) -> list[str]:
    return [one["status"] for one in found]


def consent(**changes: Any) -> dict[str, Any]:
    return {**example("accepted/01-consent-recorded"), **changes}


# -- whose verdict it is


def test_a_refused_message_is_refused_although_a_deadline_passes_when_it_comes(
    tmp_path: Path,
) -> None:
    """The receipt of the deadline is not taken for the refused message's own."""
    paths = divided(REFUSED, tmp_path)
    shown = check(*paths)
    assert shown.exit_code == 1
    lines = [line for line in shown.stdout.splitlines() if not line.startswith(" ")]
    assert lines == ["ACCEPTED 01.json", "HELD 02.json", "REJECTED 03.json"]
    assert statuses(verdicts(*paths)) == ["ACCEPTED", "HELD", "REJECTED"]
    assert check(REFUSED).exit_code == 1, "the same as one file"


def test_a_good_message_is_accepted_although_an_earlier_one_is_refused_when_it_comes(
    tmp_path: Path,
) -> None:
    """Two messages that are good stay so, whatever becomes of the correction between them."""
    found = verdicts(*divided(CORRECTION, tmp_path))
    assert [found[n]["status"] for n in (0, 1, 3)] == ["ACCEPTED"] * 3
    assert {reason["code"] for reason in found[3]["reasons"]} == set()


def waiting(folder: Path, *, until_due: bool) -> list[Path]:
    """A meeting before its referral, then the referral, or a consent after the meeting's time."""
    messages = json.loads(REFUSED.read_text())["messages"]
    if until_due:
        last = {**messages[0], "timestamp": "2024-05-20T09:00:00Z"}
        last["value"] = {**last["value"], "id": "59672776-6955-4834-95ec-1fced7f80a54"}
    else:
        last = json.loads((EXAMPLES / "accepted/03-referral-initiated.json").read_text())
        meeting = messages[1]["value"]
        last["timestamp"] = "2024-03-02T10:00:00Z"
        last["value"]["subject"] = last["value"]["data"]["case_id"] = meeting["subject"]
        last["value"]["data"].pop("consent_ref", None)
    made = []
    for number, message in enumerate((*messages[:2], last), 1):
        made.append(folder / f"{number:02}.json")
        made[-1].write_text(json.dumps(message))
    return made


def test_what_becomes_of_a_held_message_is_said_apart_and_names_when(tmp_path: Path) -> None:
    """Both verdicts: its own, HELD, and the later one, under the message that it answers."""
    for until_due, status in ((False, "ACCEPTED"), (True, "ACCEPTED_WITH_WARNING")):
        folder = tmp_path / str(until_due)
        folder.mkdir()
        paths = waiting(folder, until_due=until_due)
        shown = check(*paths)
        assert shown.exit_code == 0, shown.stdout
        found = verdicts(*paths)
        assert found[1]["status"] == "HELD"
        (later,) = found[1]["later"]
        assert (later["status"][:8], later["when"]) == (status[:8], "03.json")
        assert found[2]["status"].startswith("ACCEPTED")
        assert found[2]["message_id"] != later["message_id"]
        assert "when taking 03.json" in shown.stdout


def test_a_repeat_gets_the_first_answer_and_names_whose(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.json").write_text(json.dumps(consent()))
    found = verdicts(tmp_path / "a.json", tmp_path / "b.json")
    assert statuses(found) == ["ACCEPTED", "ACCEPTED"]
    assert [one["repeats"] for one in found] == [None, "a.json"]


def test_files_with_the_same_last_name_are_shown_with_their_paths(tmp_path: Path) -> None:
    paths = [tmp_path / "a" / "x.json", tmp_path / "b" / "x.json"]
    for path in paths:
        path.parent.mkdir()
        path.write_text(json.dumps(consent()))
    assert [one["file"] for one in verdicts(*paths)] == [*map(str, paths)]


# -- forms and options


def test_nothing_but_the_verdicts_is_on_standard_output(tmp_path: Path) -> None:
    """Warnings and sentences are on standard error, so that output can be piped."""
    (tmp_path / "wrong.json").write_text("[]")
    for form in ("text", "json", "junit"):
        shown = check("--format", form, REFUSED, tmp_path / "wrong.json")
        assert WARNING in shown.stderr
        assert WARNING not in shown.stdout
    json.loads(check("--format", "json", REFUSED).stdout)


def test_junit_has_a_case_for_each_message_and_a_failure_for_each_refused() -> None:
    suite = ET.fromstring(check("--format", "junit", REFUSED).stdout)  # noqa: S314 - ours
    assert (suite.get("tests"), suite.get("failures")) == ("3", "1")
    cases = suite.findall("testcase")
    assert [case.find("failure") is not None for case in cases] == [False, False, True]
    assert "schema.invalid" in ET.tostring(cases[2], "unicode")


def test_a_message_is_read_from_standard_input() -> None:
    shown = check("-", stdin=json.dumps(consent()).encode())
    assert shown.exit_code == 0
    assert shown.stdout.startswith("ACCEPTED -\n")


def test_with_expect_the_exit_code_says_whether_the_answers_are_as_expected(
    tmp_path: Path,
) -> None:
    """A refusal that is expected is a success, and an acceptance that is not is none."""
    refused = EXAMPLES / "refused" / "11-no-consent.json"
    assert check(refused).exit_code == 1
    assert check("--expect", refused).exit_code == 0
    file = tmp_path / "x.json"
    for expect in (
        {"status": "REJECTED", "codes": []},
        {"status": "ACCEPTED", "codes": ["consent.missing"]},
    ):
        file.write_text(json.dumps(consent(expect=expect)))
        assert check(file).exit_code == 0
        shown = check("--expect", file)
        assert shown.exit_code == 1
        assert "not as expected" in shown.stdout
    file.write_text(json.dumps(consent(expect={"status": "ACCEPTED", "codes": []})))
    assert check("--expect", file).exit_code == 0


def test_state_lets_one_run_go_on_where_another_stopped(tmp_path: Path) -> None:
    """One file at a time with --state gives the verdicts of all files at once."""
    state = tmp_path / "state"
    paths = waiting(tmp_path, until_due=False)
    together = verdicts(*paths)
    apart = [verdicts("--state", state, path)[0] for path in paths]
    assert statuses(apart) == statuses(together)
    (later,) = apart[2]["later"]
    assert (later["of"], later["status"]) == ("02.json", together[1]["later"][0]["status"])
    assert state.stat().st_mode & 0o077 == 0, "it holds bodies: for its owner alone"


@pytest.mark.parametrize("content", [b"", b"\x00", b"{}", b"\x93\x01\x02\x03"])
def test_a_state_that_is_none_is_refused_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "state").write_bytes(content)
    with pytest.raises(files.UserError, match="is no state of this version"):
        CliRunner().invoke(
            app, ["check", "--state", str(tmp_path / "state"), str(REFUSED)], catch_exceptions=False
        )


# -- files that are no messages


def no_messages(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every kind of file that is no message."""
    yield "missing", folder / "missing.json"
    yield "directory", folder
    contents: dict[str, bytes] = {
        "empty": b"",
        "blank": b" \n\t",
        "binary": bytes(range(256)),
        "not UTF-8": b'{"topic": "\xff\xfe"}',
        "byte order mark": b"\xef\xbb\xbf{}",
        "array": b"[1, 2]",
        "number": b"17",
        "text": b'"x"',
        "null": b"null",
        "half": b'{"topic": "fk.out',
        "object": b"{}",
        "other object": b'{"a": 1}',
        "deep": b'{"topic": "fk.out.plan", "value": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "deep list": b"[" * 100_000,
        "no topic": orjson.dumps({k: v for k, v in consent().items() if k != "topic"}),
        "other topic": orjson.dumps(consent(topic="gateway.commands")),
        "topic of a number": orjson.dumps(consent(topic=3)),
        "no time": orjson.dumps({k: v for k, v in consent().items() if k != "timestamp"}),
        "time of a list": orjson.dumps(consent(timestamp=[2024])),
        "time of a truth": orjson.dumps(consent(timestamp=True)),
        "time without offset": orjson.dumps(consent(timestamp="2024-01-01T10:00:00")),
        "time in words": orjson.dumps(consent(timestamp="yesterday")),
        "headers of a list": orjson.dumps(consent(headers=[1])),
        "header of a number": orjson.dumps(consent(headers={"content-type": 5})),
        "key of a number": orjson.dumps(consent(key=5)),
        "partition of a text": orjson.dumps(consent(partition="x")),
        "partition below": orjson.dumps(consent(partition=-1)),
        "partition above": orjson.dumps(consent(partition=6)),
        "raw value of a list": orjson.dumps(consent(raw_value=[])),
        "expect of a text": orjson.dumps(consent(expect="ACCEPTED")),
        "messages of a text": b'{"messages": "x"}',
        "no messages": b'{"messages": []}',
        "messages of numbers": b'{"messages": [1]}',
    }
    for name, content in contents.items():
        path = folder / f"{name}.json"
        path.write_bytes(content)
        yield name, path


def test_a_file_that_is_no_message_is_answered_in_one_sentence(tmp_path: Path) -> None:
    """On standard error, exit 1; the files beside it are answered all the same."""
    good = EXAMPLES / "accepted" / "01-consent-recorded.json"
    for name, path in no_messages(tmp_path):
        shown = check(path, good)
        assert shown.exit_code == 1, name
        said = [line for line in shown.stderr.splitlines() if WARNING not in line]
        assert len(said) == 1, (name, said)
        assert said[0].endswith("."), (name, said)
        assert shown.stdout.splitlines()[0] == f"ACCEPTED {good.name}", name
        assert [one["problem"] for one in verdicts(path)] == said, name


def test_a_file_larger_than_the_limit_is_not_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "FILE_BYTES_MAX", 1024)
    (tmp_path / "x.json").write_bytes(b" " * 1025)
    assert "divide it" in check(tmp_path / "x.json").stderr


@pytest.mark.parametrize(
    "event",
    [
        {"specversion": "1.0"},
        {"type": 3, "data": [1]},
        {"data": {"person": "x"}},
        {"data": {"person": {"personal_number": "x"}}, "source": "a:b", "type": "a.b"},
        {"source": "urn:samverkan:af:x", "keyid": ["k1"], "data": {"person": {}}, "time": 5},
    ],
)
def test_a_poor_cloudevent_gets_the_gateways_verdict(tmp_path: Path, event: object) -> None:
    """It is a message, if a bad one: what is wrong with it is the gateway's to say."""
    (tmp_path / "x.json").write_bytes(orjson.dumps(event))
    (found,) = verdicts(tmp_path / "x.json")
    assert found["status"] == "REJECTED"
    assert found["reasons"]


def test_numbers_and_names_of_a_value_reach_the_gateway_as_they_are_written(
    tmp_path: Path,
) -> None:
    """A name given twice is not lost by reading the file."""
    text = json.dumps(consent(), indent=2).replace(
        '"specversion": "1.0",', '"specversion": "1.0",\n "specversion": "1.0",', 1
    )
    (tmp_path / "x.json").write_text(text)
    assert statuses(verdicts(tmp_path / "x.json")) == ["REJECTED"]


def test_no_sentence_and_no_verdict_shows_a_personal_number(tmp_path: Path) -> None:
    """Also where the file is wrong in a member that holds one."""
    for number, content in enumerate((consent(topic=ANNA), consent(partition=ANNA),
                                      consent(headers={ANNA: 5}), [ANNA], consent(key=ANNA),
                                      consent(timestamp=ANNA))):  # fmt: skip
        path = tmp_path / f"{number}.json"
        path.write_bytes(orjson.dumps(content))
        for form in ("text", "json", "junit"):
            shown = check("--format", form, path)
            assert ANNA not in shown.output


def test_odd_names_of_files_are_shown_and_stop_nothing(tmp_path: Path) -> None:
    """Brackets are no markup, and a name that is no text is shown with escapes."""
    paths = []
    for name in (b"[red]x[bold].json", b"[nothing].json", b"a\nb.json", b"\x1b[31m.json", b"\xff"):
        paths.append((bytes(tmp_path) + b"/" + name).decode("utf-8", "surrogateescape"))
        Path(paths[-1]).write_bytes(orjson.dumps(consent()))
    for form in FORMS:
        shown = check("--format", form, *paths)
        assert shown.exit_code == 0, shown.output
        assert "\x1b" not in shown.stdout
    command = [GATEWAY[0], "-m", "gateway.cli.main", "check", paths[-1], "missing"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stdout.startswith(b"ACCEPTED \\xff\n")
    assert b"Traceback" not in done.stderr


# -- whatever is in a file

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner,
                                                                max_size=4),
    max_leaves=12,
)  # fmt: skip
MEMBERS = ("topic", "key", "headers", "value", "raw_value", "timestamp", "partition", "expect",
           "messages", "specversion", "type", "source", "data", "time", "keyid")  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A good file with some members replaced, in a history or not, and maybe cut or mixed up."""
    base: dict[str, Any] = draw(st.sampled_from([consent(), consent()["value"], {}]))
    changed = {**base, **draw(st.dictionaries(st.sampled_from(MEMBERS), JSON, max_size=3))}
    wrapped = {"messages": [changed, draw(JSON)]} if draw(st.booleans()) else changed
    raw = json.dumps(wrapped).encode()
    return raw[: draw(st.integers(0, len(raw)))] if draw(st.booleans()) else raw


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("odd") / "odd.json"


@given(content=st.binary(max_size=64) | damaged())
def test_whatever_a_file_holds_gets_a_verdict_or_one_sentence(odd: Path, content: bytes) -> None:
    """Never an exception: the file is read, decided and shown in every form."""
    odd.write_bytes(content)
    for form in FORMS:
        shown, said = StringIO(), StringIO()
        with redirect_stdout(shown), redirect_stderr(said):
            code = check_files(PARTS, [str(odd)], Options(form))  # type: ignore[arg-type]  # a form
        assert code in {0, 1}
        sentences = [line for line in said.getvalue().splitlines() if line]
        assert all(line.endswith(".") for line in sentences)
        if form == "json":
            found = json.loads(shown.getvalue())["verdicts"]
            assert len(sentences) == sum(one["problem"] is not None for one in found)
            assert all((one["status"] is None) == (one["problem"] is not None) for one in found)


def test_every_kept_case_is_answered_as_it_expects():
    """Each on its own: the cases share persons and ids."""
    for case in kept.files():
        said = check("--expect", case)
        assert said.exit_code == 0, said.stdout
