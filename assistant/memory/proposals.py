"""What people said about the same question, put together for a reviewer. No names, no rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from assistant.memory.types import Candidate, Feedback, Item, Proposal
from assistant.memory.wordings import question_key


def proposals(items: Iterable[Item], said: Iterable[Feedback]) -> tuple[Proposal, ...]:
    """One for each item: those most asked first, then those of most people, then those last seen."""
    by_key: defaultdict[str, list[Feedback]] = defaultdict(list)
    for one in said:
        if one.wants_review:
            by_key[question_key(one.question)].append(one)
    found = [_proposal(item, by_key[question_key(item.question)]) for item in items]
    return tuple(sorted(found, key=_rank, reverse=True))


def _rank(proposal: Proposal) -> tuple[int, int, str, str]:
    item = proposal.item
    return proposal.count, proposal.people, item.last_seen.isoformat(), item.id


def _proposal(item: Item, said: Sequence[Feedback]) -> Proposal:
    plans = Counter(one.proposed for one in reversed(said) if one.proposed)  # of equally many, the older first
    remarks = [text for one in said for text in (one.correction, one.comment) if text]
    return Proposal(
        item=item,
        count=len(said),
        people=len({one.who for one in said}),
        disliked=sum(one.good is False for one in said),
        candidates=tuple(Candidate(plan=plan, count=count) for plan, count in plans.most_common()),
        shown=tuple(dict.fromkeys(one.plan for one in said if one.good is False and one.plan)),
        remarks=tuple(dict.fromkeys(remarks)),
    )
