"""What the rounds say together: medians and spreads of figures, and of ratios within each round."""

import dataclasses
import statistics


def figure_of(result, path):
    """`latency_us.p50` of a measurement's JSON; None if it has none."""
    for name in path.split("."):
        if not isinstance(result, dict) or name not in result:
            return None
        result = result[name]
    return result if isinstance(result, (int, float)) else None


@dataclasses.dataclass(frozen=True)
class Summary:
    median: float
    least: float
    most: float
    rounds: int


def summary_of(values):
    values = [value for value in values if value is not None]
    if not values:
        return None
    return Summary(statistics.median(values), min(values), max(values), len(values))


def scenario_summary(scenario, rounds, path=None):
    return summary_of(figure_of(round_.get(scenario.id), path or scenario.figure) for round_ in rounds)


def why_missing(scenario, rounds):
    """What a scenario without figures said instead."""
    for round_ in rounds:
        result = round_.get(scenario.id, {})
        for key in ("skipped", "error"):
            if key in result:
                return f"{key}: {result[key]}"
    return "not measured"


def target_value(target, round_):
    """Within one round only: what one round's machine was like says nothing about another's."""
    ours = figure_of(round_.get(target.ours), target.figure)
    if ours is None or not target.theirs:
        return ours
    theirs = figure_of(round_.get(target.theirs), target.figure)
    if theirs is None or (theirs == 0 and not target.difference):
        return None
    return ours - theirs if target.difference else ours / theirs


@dataclasses.dataclass(frozen=True)
class Outcome:
    summary: Summary
    reached: bool
    share: float  # of the target; 1 or more is reached


def outcome_of(target, rounds):
    """None when no round has it."""
    summary = summary_of(target_value(target, round_) for round_ in rounds)
    if summary is None:
        return None
    median = summary.median
    if not target.at_most:
        return Outcome(summary, median >= target.reach, median / target.reach)
    # A difference may be none at all, or less.
    share = target.reach / median if median > 0 else float("inf")
    return Outcome(summary, median <= target.reach, share)
