"""A few mutants of true lines, with a fixed seed; all of them: ``python -m tests.mutation``."""

from __future__ import annotations

from itertools import islice

from tests.mutation.run import CATALOGUE, Row, examine, mutants, table

SEED = 20261123
DOCUMENTS = [CATALOGUE / name for name in ("linear-layer.md", "shadowed-indices.md", "weight-decay.md")]
SAMPLE = list(islice(mutants(1, SEED, DOCUMENTS), 0, None, 6))


def test_mutants_are_refuted_and_most_are_repaired() -> None:
    """What is proved all the same was looked at: a mutant that only changes the order of what commutes."""
    row = Row()
    outcomes = [examine(mutant, row) for mutant in SAMPLE]
    print(f"seed {SEED}", *(f"{o.mutant.document}:{o.mutant.line} {o.mutant.kind}: {o.mutant.text} => {o.word} {o.repair}"
                            for o in outcomes), sep="\n")  # fmt: skip
    assert row.refuted + row.by_shapes >= 8
    assert row.repaired >= 0.75 * (row.refuted + row.by_shapes)
    wrong = [o for o in outcomes if o.word == "proved" and o.mutant.kind in ("sign flipped", "factor added", "factor changed")]
    assert not wrong


def test_the_table_counts() -> None:
    rows = {"one": Row(refuted=3, by_shapes=1, repaired=3, witness=[1.0, 3.0]), "other": Row(proved=1)}
    assert list(table(rows))[2:] == [
        "| one | 3 | 1 | 0 | 0 | 0 | 3 (75 %) | 2 |  |",
        "| other | 0 | 0 | 1 | 0 | 0 | 0 |  |  |",
        "| together | 3 | 1 | 1 | 0 | 0 | 3 (75 %) | 2 |  |",
    ]
