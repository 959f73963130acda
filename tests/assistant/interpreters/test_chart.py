"""The chart parser by itself: overlapping words, prices for passing over, ties, and scores."""

from __future__ import annotations

from assistant.interpreters.grammar.chart import Chart, Grammar, Item, Rule


def leaf(cat: str, start: int, end: int, value: str, score: float = -1.0) -> Item:
    return Item(cat, start, end, value, score, word=value)


def straight(length: int) -> dict[int, list[tuple[int, float]]]:
    return {place: [(place, 0.0)] for place in range(length + 1)}


def grammar(*rules: Rule, beam: int = 4) -> Grammar:
    return Grammar(rules, frozenset({"TOP"}), {}, beam)


JOIN = Rule("join", "TOP", ("A", "B"), lambda a, b: a + b, 0.5)


def test_builds_a_phrase_from_its_parts_and_adds_their_scores() -> None:
    chart = Chart(grammar(JOIN), [leaf("A", 0, 1, "x"), leaf("B", 1, 2, "y")], straight(2), frozenset({0}))
    (item,) = chart.items(0, "TOP")
    assert (item.value, item.end, item.score) == ("xy", 2, -1.5)
    assert [part.value for part in item.leaves()] == ["x", "y"]
    assert list(item.derivation()) == ["join"]


def test_passes_over_words_for_their_price() -> None:
    reach = straight(3)
    reach[1] = [(1, 0.0), (2, 0.25)]
    chart = Chart(grammar(JOIN), [leaf("A", 0, 1, "x"), leaf("B", 2, 3, "y")], reach, frozenset({0}))
    (item,) = chart.items(0, "TOP")
    assert (item.end, item.score) == (3, -1.75)


def test_does_not_pass_over_words_that_have_no_price() -> None:
    chart = Chart(grammar(JOIN), [leaf("A", 0, 1, "x"), leaf("B", 2, 3, "y")], straight(3), frozenset({0}))
    assert not chart.items(0, "TOP")


def test_leaves_out_what_a_builder_refuses() -> None:
    picky = Rule("picky", "TOP", ("A", "B"), lambda a, b: a + b if b == "y" else None)
    leaves = [leaf("A", 0, 1, "x"), leaf("B", 1, 2, "y"), leaf("B", 1, 3, "z")]
    chart = Chart(grammar(picky), leaves, straight(3), frozenset({0}))
    assert [item.value for item in chart.items(0, "TOP")] == ["xy"]


def test_keeps_roots_only_at_the_start_of_the_text() -> None:
    leaves = [leaf("A", 1, 2, "x"), leaf("B", 2, 3, "y")]
    assert not Chart(grammar(JOIN), leaves, straight(3), frozenset({0})).items(1, "TOP")


def test_repeats_a_rule_over_a_list_and_keeps_the_best_of_equal_values() -> None:
    rules = (Rule("one", "L", ("A",), lambda a: a), Rule("more", "L", ("L", "A"), lambda left, a: left + a))
    leaves = [leaf("A", 0, 1, "x"), leaf("A", 1, 2, "y"), leaf("A", 2, 3, "z"), leaf("A", 1, 3, "yz", -1.2)]
    chart = Chart(Grammar(rules, frozenset(), {}, 4), leaves, straight(3), frozenset({0}))
    whole = [item for item in chart.items(0, "L") if item.end == 3]
    assert [(item.value, item.score) for item in whole] == [("xyz", -2.2)]


def test_forgets_the_worst_beyond_the_beam() -> None:
    rules = (Rule("one", "L", ("A",), lambda a: a),)
    leaves = [leaf("A", 0, 1, str(n), -float(n)) for n in range(6)]
    chart = Chart(Grammar(rules, frozenset(), {"A": 6}, 2), leaves, straight(1), frozenset({0}))
    assert sorted(str(item.value) for item in chart.items(0, "L")) == ["0", "1"]
