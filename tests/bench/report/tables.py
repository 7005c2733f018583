"""The tables, as text and as Markdown."""

from report import figures, machine as machines

MOST = 60  # characters of an error; results.json has all of it


def number(value, unit=""):
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{text} {unit}".strip()


def spread(summary, unit=""):
    return f"{number(summary.least)} – {number(summary.most, unit)}"


def scenario_rows(scenarios, rounds):
    yield ["measurement", "median", "least – most", "p50 / p99 µs", "CPU s a million, by process"]
    for scenario in scenarios:
        summary = figures.scenario_summary(scenario, rounds)
        if summary is None:
            yield [scenario.what, "–", figures.why_missing(scenario, rounds)[:MOST], "", ""]
            continue
        yield [scenario.what, number(summary.median, scenario.unit), spread(summary),
               latencies(scenario, rounds), processor_time(scenario, rounds)]


def latencies(scenario, rounds):
    found = [figures.scenario_summary(scenario, rounds, f"latency_us.{name}") for name in ("p50", "p99")]
    return " / ".join(number(summary.median) for summary in found if summary)


def processor_time(scenario, rounds):
    """Where few results come it is mostly the clock's grain."""
    parts = []
    for name in ("server", "worker", "client"):
        summary = figures.scenario_summary(scenario, rounds, f"cpu_seconds_per_million.{name}")
        if summary:
            parts.append(f"{name} {number(summary.median)}")
    return ", ".join(parts)


def target_rows(targets, rounds):
    yield ["what", "reach", "median", "least – most", "reached"]
    for target in targets:
        bound = f"{'≤' if target.at_most else '≥'} {number(target.reach, target.unit)}"
        outcome = figures.outcome_of(target, rounds)
        if outcome is None:
            yield [target.what, bound, "–", "not measured", "–"]
            continue
        yield [target.what, bound, number(outcome.summary.median, target.unit),
               spread(outcome.summary), verdict(outcome)]


def verdict(outcome):
    return "yes" if outcome.reached else f"no: {outcome.share * 100:.0f} % of it"


def as_text(rows):
    rows = list(rows)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def as_markdown(rows):
    rows = list(rows)
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])


def markdown(scenarios, targets, rounds, machine):
    count = sum(1 for round_ in rounds if round_)
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return "\n\n".join([
        f"{machines.sentence(machine)}; medians of {count} rounds. {versions}.",
        as_markdown(target_rows(targets, rounds)),
        as_markdown(scenario_rows(scenarios, rounds))]) + "\n"


def text(scenarios, targets, rounds, machine):
    return "\n\n".join([machines.sentence(machine), as_text(scenario_rows(scenarios, rounds)),
                        as_text(target_rows(targets, rounds))])
