"""Calls rsca-bench, round by round."""

import json
import os
import signal
import subprocess
import sys
import time

BOUND = 180  # seconds of one measurement; none takes that long


def measure(program, scenario, seconds, warm_up):
    """The measurement's JSON, or {"error": …}."""
    command = [program, *scenario.arguments.split()]
    if scenario.load:
        command += ["--seconds", str(seconds), "--warm-up", str(warm_up)]
    # A session of its own: what a measurement that hangs has started is killed with it.
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        output, errors = process.communicate(timeout=BOUND)
    except subprocess.TimeoutExpired:
        kill(process)
        return {"error": f"no end within {BOUND} s"}
    except BaseException:
        kill(process)
        raise
    if process.returncode != 0:
        said = errors.strip().splitlines() or [f"exit status {process.returncode}"]
        return {"error": said[-1]}
    try:
        return json.loads(output)
    except ValueError:
        return {"error": f"no JSON: {output.strip()[:200]}"}


def kill(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.communicate()


def told(scenario, result, figure):
    for key in ("error", "skipped"):
        if key in result:
            return f"{key}: {result[key]}"
    return "no figure" if figure is None else f"{figure:,.4g} {scenario.unit}" if figure < 100 \
        else f"{figure:,.0f} {scenario.unit}"


class Progress:
    """Which measurement of how many, and the time left, by what those before took."""

    def __init__(self, plan, seconds):
        self.expected = [seconds + 1.5 + scenario.about if scenario.load else scenario.about
                         for scenario in plan]
        self.begin = time.monotonic()
        self.done = 0

    def line(self, scenario):
        expected = sum(self.expected[:self.done])
        spent = time.monotonic() - self.begin
        pace = spent / expected if expected else 1
        left = pace * sum(self.expected[self.done:])
        self.done += 1
        return f"[{self.done}/{len(self.expected)}, {left / 60:.0f} min left] {scenario.what}"


def run(program, scenarios, rounds, seconds, warm_up, figure_of):
    """A list of rounds, each {scenario's id: JSON}. Ends early at Ctrl-C or SIGTERM, with what there is."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    plan = [(number, scenario) for number in range(rounds) for scenario in scenarios
            if number < scenario.rounds]
    progress = Progress([scenario for _, scenario in plan], seconds + warm_up)
    results = [{} for _ in range(rounds)]
    try:
        for number, scenario in plan:
            print(progress.line(scenario), end=" ... ", flush=True)
            result = measure(program, scenario, seconds, warm_up)
            results[number][scenario.id] = result
            print(told(scenario, result, figure_of(result, scenario.figure)), flush=True)
    except KeyboardInterrupt:
        print("\ninterrupted; what was measured so far:", file=sys.stderr)
    return results
