"""Two pictures in one file: how much of each target is reached, and the throughput by scenario."""

import shutil
import subprocess

from report import figures

# The names are long, so bars lie on their side. A share of more than tenfold is cut off.
MOST = 10

SCRIPT = """
set terminal svg size 1400,{height} font "sans,12" background "white"
set output "{output}"
set multiplot
set style fill solid 0.8 noborder
set grid xtics lc rgb "#dddddd"
set tics nomirror out
set yrange [{last_target}:-0.5]
set lmargin at screen 0.4
set rmargin at screen 0.97
set tmargin at screen 0.97
set bmargin at screen {split}
set title "share of what is to be reached (1: reached)"
set logscale x
set xrange [0.05:10]
set arrow 1 from 1, graph 0 to 1, graph 1 nohead lw 2 lc rgb "#333333" front
plot $targets using (0.05):0:(0.05):1:($0-0.35):($0+0.35):3:ytic(2) with boxxyerror lc rgb variable notitle
unset arrow 1
set tmargin at screen {split_below}
set bmargin at screen 0.04
set yrange [{last_scenario}:-0.5]
set title "deliveries a second"
set xrange [1000:*]
set format x "10^{{%T}}"
plot $scenarios using (1000):0:(1000):1:($0-0.35):($0+0.35):3:ytic(2) with boxxyerror lc rgb variable notitle
unset multiplot
"""

GREEN, RED, BLUE, GREY = 0x2E8B57, 0xB22222, 0x3465A4, 0x999999


def block(name, rows):
    lines = [f'{value:.6g} "{label}" {colour}' for value, label, colour in rows]
    return f"${name} << END\n" + "\n".join(lines) + "\nEND\n"


def target_bars(targets, rounds):
    for target in targets:
        outcome = figures.outcome_of(target, rounds)
        if outcome:
            share = min(max(outcome.share, 0.05), MOST)
            yield share, target.what, GREEN if outcome.reached else RED


def scenario_bars(scenarios, rounds):
    for scenario in scenarios:
        summary = figures.scenario_summary(scenario, rounds)
        if summary and scenario.figure == "results_per_second" and summary.median > 1000:
            yield summary.median, scenario.what, BLUE if scenario.id.startswith("road") else GREY


def write(scenarios, targets, rounds, path):
    """Whether there is a picture: gnuplot may be missing, or figures."""
    first, second = list(target_bars(targets, rounds)), list(scenario_bars(scenarios, rounds))
    if shutil.which("gnuplot") is None or not first or not second:
        return False
    height = 150 + 24 * (len(first) + len(second))
    # The screen's share above which the first picture lies, by the number of its bars.
    split = 1 - (len(first) + 2) / (len(first) + len(second) + 5)
    script = block("targets", first) + block("scenarios", second) + SCRIPT.format(
        height=height, output=path, split=split + 0.02, split_below=split - 0.04,
        last_target=len(first) - 0.5, last_scenario=len(second) - 0.5)
    return subprocess.run(["gnuplot"], input=script, text=True, check=False).returncode == 0
