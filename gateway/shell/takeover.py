"""What has to fit before a task that was restored may decide: asked once per assignment."""

from __future__ import annotations

from collections.abc import Mapping

from aiokafka import TopicPartition

from gateway.shell.audit_end import refuse_unfit_audit
from gateway.shell.audited import audited
from gateway.shell.fold import Fold
from gateway.shell.offsets import refuse_forgotten
from gateway.shell.settings import Settings


async def refuse_unfit(
    settings: Settings,
    folds: Mapping[int, Fold],
    committed: Mapping[TopicPartition, int],
    starts: Mapping[TopicPartition, int],
    ends: Mapping[TopicPartition, int],
) -> None:
    """See that inputs, offsets and audit are those from which the restored states came.

    Raises:
        Fault: a task does not know how far it came, or records are gone.
        Refusal: an audit does not end where its state stands.
    """
    for n, fold in folds.items():
        lost = fold.chain.count and not any(tp.partition == n for tp in committed)
        known = await audited(settings, n) if lost else {}
        refuse_forgotten(n, fold.chain.count, committed, starts, ends, known)
    await refuse_unfit_audit(settings, {n: fold.chain for n, fold in folds.items()})
