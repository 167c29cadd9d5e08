"""Wrong messages: every way of being refused that the contract names, on a person who is known.

Each stands on its own after an ordinary story with an open case, and none may change anything:
the gateway rejects it and the counts of the year stay as printed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from gateway.sdk import message_id, to_structured
from schemas.partition import partition_of
from simulator.cases import Case
from simulator.closings import closing_fields
from simulator.days import later
from simulator.story import REJECTED, Draft, Story
from simulator.wire import SimRecord, Wire

RARE: Final = "too_large"
_RARE_MAX: Final = 2
_TOO_LARGE: Final = 300_000
_CALLED: Final = "referral.called"


@dataclass(frozen=True, slots=True)
class Scene:
    """An ordinary story with an open case, and what is needed to write a wrong message to it."""

    story: Story
    case: Case
    wire: Wire
    partitions: int

    def draft(
        self, kind: str, agency: str, message_type: str, fields: Mapping[str, Any], days: int = 0
    ) -> Draft:
        """A draft some days after the story that does not become part of it.

        `days` moves the event away from the day of sending.
        """
        story = self.story
        day = later(story.rng, story.last_day, 1, 10)
        event = day + timedelta(days=days)
        draft = story.write(agency, message_type, day, fields, event=event)
        story.drafts.pop()
        source = f"urn:samverkan:{agency}:arende"
        draft.message_id = message_id(source, f"{story.case_id}/wrong/{kind}")
        draft.kind = f"wrong:{kind}"
        draft.expect = REJECTED
        draft.needs = ()
        return draft

    def call(self, kind: str, **changed: Any) -> Draft:
        """A call to the joint assessment, right but for what is changed."""
        fields = {
            "kallelse_at": self.story.last_day.isoformat(),
            "channel": "video",
            "invited": ["individ"],
        }
        return self.draft(kind, "fk", _CALLED, fields | changed)


Damage = Callable[[Scene, str], SimRecord]


def _enveloped(change: Callable[[dict[str, Any]], object]) -> Damage:
    """A call whose envelope is changed after everything else was made right."""

    def damage(scene: Scene, kind: str) -> SimRecord:
        draft = scene.call(kind)
        envelope = scene.wire.envelope(draft)
        record = scene.wire.record(draft)
        change(envelope)
        return record._replace(value=to_structured(envelope)[0])

    return damage


def _recorded(change: Callable[[Scene, SimRecord], SimRecord]) -> Damage:
    """A right call that is put on the wire in a wrong way."""
    return lambda scene, kind: change(scene, scene.wire.record(scene.call(kind)))


def _called(**changed: Any) -> Damage:
    """A call with wrong fields."""
    return lambda scene, kind: scene.wire.record(scene.call(kind, **changed))


def _right_partition(scene: Scene, record: SimRecord) -> int:
    return partition_of(record.key or b"", scene.partitions)


def _cut(_: Scene, record: SimRecord) -> SimRecord:
    return record._replace(value=(record.value or b"")[:23])


def _without_key(scene: Scene, record: SimRecord) -> SimRecord:
    return record._replace(key=None, partition=_right_partition(scene, record))


def _on_wrong_partition(scene: Scene, record: SimRecord) -> SimRecord:
    wrong = (_right_partition(scene, record) + 1) % scene.partitions
    return record._replace(partition=wrong)


def _key_of_another(scene: Scene, kind: str) -> SimRecord:
    draft = scene.call(kind)
    envelope = scene.wire.envelope(draft)
    other = envelope["partitionkey"][::-1]
    envelope["partitionkey"] = other
    record = scene.wire.record(draft)
    return record._replace(key=other.encode(), value=to_structured(envelope)[0])


def _wrong_check_digit(scene: Scene, kind: str) -> SimRecord:
    number = scene.story.person.personal_number
    wrong = f"{number[:-1]}{(int(number[-1]) + 1) % 10}"
    return scene.wire.record(scene.call(kind, person={"personal_number": wrong}))


def _by_af(scene: Scene, kind: str) -> SimRecord:
    fields = {"kallelse_at": scene.story.last_day.isoformat()}
    return scene.wire.record(scene.draft(kind, "af", _CALLED, fields))


def _in_the_future(scene: Scene, kind: str) -> SimRecord:
    fields = {"kallelse_at": scene.story.last_day.isoformat()}
    return scene.wire.record(scene.draft(kind, "fk", _CALLED, fields, days=12))


def _af_initiated(scene: Scene, kind: str) -> SimRecord:
    story = scene.story
    day = story.last_day.isoformat()
    fields = {
        "case_id": f"{story.case_id}-af",
        "need_identified_at": day,
        "initiating_path": "af_initiated",
        "benefits": [{"benefit": "ingen_sgi_ingen_ersattning", "extent": 1, "from": day}],
        "has_sgi": False,
        "sex": story.person.sex,
        "birth_year_month": story.person.birth_year_month,
        "employment": "arbetslos",
    }
    return scene.wire.record(scene.draft(kind, "af", "referral.initiated", fields))


def _two_parties(scene: Scene, kind: str) -> SimRecord:
    held = scene.story.last_day.isoformat()
    sitting = {
        "held_at": held,
        "channel": "fysiskt",
        "attendees": ["individ", "forsakringsutredare"],
    }
    fields = {
        "gk_id": f"GK-{scene.story.case_id}-x",
        "meetings": [sitting],
        "completed_at": held,
        "conclusion": "plan_af_insats",
        "plan_id": f"P-{scene.story.case_id}",
    }
    return scene.wire.record(scene.draft(kind, "fk", "meeting.assessment_completed", fields))


def _below_a_quarter(scene: Scene, kind: str) -> SimRecord:
    fields = {
        "insats_id": f"I-{scene.story.case_id}-x",
        "category": "arbetslivsinriktad",
        "program": "arbetslivsinriktad_rehabilitering",
        "delivery": "egen_regi",
        "activity_types": ["arbetstraning"],
        "hours_per_week": 8,
        "extent_fraction": 0.2,
        "base": "arsarbetstid_sgi",
        "workplace_activity": False,
        "benefit_during": "sjukpenning",
        "proposed_at": scene.story.last_day.isoformat(),
    }
    return scene.wire.record(scene.draft(kind, "af", "plan.intervention_proposed", fields))


def _without_outcome(scene: Scene, kind: str) -> SimRecord:
    story = scene.story
    fields = closing_fields(story.rng, scene.case, story.last_day, "none", "studies")
    del fields["outcome"]
    return scene.wire.record(scene.draft(kind, "fk", "plan.closed", fields))


def _id_taken(scene: Scene, kind: str) -> SimRecord:
    """The id of the story's own call with other content."""
    first = scene.story.first(_CALLED)
    if first is None:
        raise LookupError(f"story {scene.story.case_id} has no call to collide with")
    draft = scene.call(kind)
    draft.message_id = first.message_id
    return scene.wire.record(draft)


@dataclass(frozen=True, slots=True)
class Wrong:
    """One way of being wrong; `unreadable` goes to quarantine besides its receipt."""

    make: Damage
    codes: tuple[str, ...]
    unreadable: bool = False


KINDS: Final[Mapping[str, Wrong]] = MappingProxyType({
    "not_json": Wrong(_recorded(_cut), ("envelope.not_json",), unreadable=True),
    "null_value": Wrong(
        _recorded(lambda _, record: record._replace(value=None)),
        ("envelope.not_json",),
        unreadable=True,
    ),
    "not_cloudevent": Wrong(_enveloped(lambda e: e.pop("type")), ("envelope.not_cloudevent",)),
    "unknown_type": Wrong(
        _enveloped(lambda e: e.update(type="se.samverkan.referral.invented.v1")),
        ("envelope.unknown_type",),
    ),
    "unsupported_version": Wrong(
        _enveloped(lambda e: e.update(type="se.samverkan.referral.called.v9")),
        ("envelope.unsupported_version",),
    ),
    "wrong_topic": Wrong(
        _recorded(lambda _, record: record._replace(topic="fk.out.plan")),
        ("envelope.wrong_topic",),
    ),
    "wrong_source": Wrong(
        _enveloped(lambda e: e.update(source="urn:samverkan:af:arende")),
        ("envelope.wrong_sender",),
    ),
    "wrong_role": Wrong(_by_af, ("BR-43",)),
    "key_of_another": Wrong(_key_of_another, ("envelope.key_mismatch",)),
    "no_key": Wrong(_recorded(_without_key), ("envelope.key_mismatch",)),
    "wrong_partition": Wrong(_recorded(_on_wrong_partition), ("envelope.wrong_partition",)),
    "subject_mismatch": Wrong(
        _enveloped(lambda e: e.update(subject="S-0")), ("envelope.subject_mismatch",)
    ),
    "unknown_key_id": Wrong(
        _enveloped(lambda e: e.update(keyid="k9")), ("envelope.unknown_key_id",)
    ),
    "schema": Wrong(
        _called(kallelse_at="2024-13-01", channel="fax", diagnos="F32"), ("schema.invalid",) * 3
    ),
    "check_digit": Wrong(_wrong_check_digit, ("identity.invalid_number",)),
    RARE: Wrong(_called(venue="x" * _TOO_LARGE), ("envelope.too_large",)),
    "future": Wrong(_in_the_future, ("BR-37",)),
    "af_initiated": Wrong(_af_initiated, ("BR-01",)),
    "two_parties": Wrong(_two_parties, ("BR-04",)),
    "below_a_quarter": Wrong(_below_a_quarter, ("BR-08",)),
    "without_outcome": Wrong(_without_outcome, ("BR-30",)),
    "id_conflict": Wrong(_id_taken, ("id.conflict",)),
})  # fmt: skip


def write_wrong(rng: random.Random, scenes: list[Scene], count: int) -> list[SimRecord]:
    """At most `count` wrong messages, every kind about equally often, one to a scene."""
    kinds = [list(KINDS)[number % len(KINDS)] for number in range(count)]
    for extra in [place for place, kind in enumerate(kinds) if kind == RARE][_RARE_MAX:]:
        kinds[extra] = "not_json"
    chosen = rng.sample(scenes, min(len(kinds), len(scenes)))
    return [
        KINDS[kind].make(scene, kind)._replace(codes=KINDS[kind].codes)
        for scene, kind in zip(chosen, kinds, strict=False)
    ]
