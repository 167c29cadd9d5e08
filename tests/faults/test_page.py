"""The page of the seeds is made of their results, and says of each how it came out."""

from __future__ import annotations

from tests.faults import page
from tests.faults.plan import draw


def line(seed: int, topology: str = "one", **more: object) -> page.Line:
    """A result."""
    plain: page.Line = {
        "seed": seed,
        "topology": topology,
        "feeding": "live",
        "faults": ["0.10 kill g0 n1 0.0s", "0.20 drop g1 n1 0.5s"],
        "records": 1_500,
        "resent": 0,
        "ends": {"killed": 1},
        "seconds": 20.4,
        "violations": [],
        "express": True,
    }
    return {**plain, **more}


def test_the_page_is_fresh() -> None:
    assert page.main(["--check"]) == 0, "run `python -m tests.faults.page --write`"


def test_every_result_is_of_the_harm_that_its_seed_does_now() -> None:
    """A plan that is drawn otherwise makes its seed's result worthless: run it again."""
    for result in page.results():
        plan = draw(result["seed"], result["topology"])
        assert [str(fault) for fault in plan.faults] == result["faults"], plan
        assert plan.feeding == result["feeding"]


def test_every_seed_has_a_line_and_a_violation_is_counted() -> None:
    broken = line(2, violations=["order: broken"], express=False)
    made = page.page([line(1), broken, line(1, "three")], f"# Faults\n\n{page.MARK}")
    assert "| one node | 2 | 1 | 3,000 | 4 | 2 | 20 | 1 |" in made
    assert "| 2 | live | Python | kill, drop | 1 killed | 20 | 1 |" in made
    assert "## Every seed: three nodes" in made
    assert "| drop | 2 | 1 |" in made


def test_the_last_run_of_a_seed_counts(tmp_path) -> None:
    file = tmp_path / "results.jsonl"
    runs = [line(3, violations=["order: broken"]), line(1), line(3)]
    file.write_text("".join(f"{page.json.dumps(run)}\n" for run in runs))
    assert [(r["seed"], r["violations"]) for r in page.results(file)] == [(1, []), (3, [])]
