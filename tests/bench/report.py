#!/usr/bin/env python3
"""Measures everything with rsca-bench, interleaved, and writes tables, JSON and a picture.

tests/bench/run.sh builds rsca-bench and calls this; tests/bench/README.md explains the figures.
"""

import argparse
import json
import pathlib
import re
import signal
import sys

from report import figures, machine, plot, runner, scenarios, tables

ROOT = pathlib.Path(__file__).resolve().parents[2]


def positive(kind):
    def convert(text):
        value = kind(text)
        if value <= 0:
            raise ValueError(text)
        return value
    convert.__name__ = f"positive {kind.__name__}"
    return convert


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=ROOT / "build/release/bin/rsca-bench")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/release/bench")
    parser.add_argument("--rounds", type=positive(int), default=5)
    parser.add_argument("--seconds", type=positive(float), default=2.0)
    parser.add_argument("--warm-up", type=positive(float), default=0.5)
    parser.add_argument("--only", default="", metavar="REGEX")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    try:
        options.only = re.compile(options.only)
    except re.error as error:
        parser.error(f"--only: {error}")
    return options


def write(options, chosen, rounds, described):
    options.out.mkdir(parents=True, exist_ok=True)
    results = {
        "machine": described,
        "seconds": options.seconds,
        "rounds": rounds,
        "targets": [target_json(target, rounds) for target in scenarios.TARGETS]}
    (options.out / "results.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    (options.out / "results.md").write_text(
        tables.markdown(chosen, scenarios.TARGETS, rounds, described), encoding="utf-8")
    drawn = plot.write(chosen, scenarios.TARGETS, rounds, options.out / "results.svg")
    print(f"\nwritten: {options.out}/results.json, results.md{', results.svg' if drawn else ''}")


def target_json(target, rounds):
    outcome = figures.outcome_of(target, rounds)
    found = {"what": target.what, "reach": target.reach, "at_most": target.at_most}
    if outcome:
        found |= {"median": outcome.summary.median, "least": outcome.summary.least,
                  "most": outcome.summary.most, "reached": outcome.reached}
    return found


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `--list | head` is no error
    options = parse()
    chosen = [scenario for scenario in scenarios.SCENARIOS if options.only.search(scenario.id)]
    if not chosen:
        sys.exit(f"no measurement has a name that matches {options.only.pattern}; --list names them")
    if options.list:
        for scenario in chosen:
            print(f"{scenario.id:24} {scenario.what}")
        return
    described = machine.describe(ROOT)
    rounds = runner.run(options.program, chosen, options.rounds, options.seconds, options.warm_up,
                        figures.figure_of)
    print("\n" + tables.text(chosen, scenarios.TARGETS, rounds, described))
    write(options, chosen, rounds, described)
    if any("error" in result for round_ in rounds for result in round_.values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
