"""What mmlab costs, on this machine, now: ``python -m tests.benchmarks`` from the checkout's root, a minute or two.

Times are medians of runs that alternate between what is compared, so that a busy machine weighs on both; ratios say
more than times. Nothing is asserted: a limit, where the design has one, stands beside the figure. Words after the
command select benchmarks by name: ``python -m tests.benchmarks memory import``. ``--publish DIR`` writes the protocol's
page instead: each figure beside its reference (tests/benchmarks/publish.py).
"""

import dataclasses
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import nbformat
import numpy as np
import psutil
from mmbook.ch10.scenes import CALM, INFORMED, first_times, many, per_day
from mmbook.ch12.scenes import simulated_session
from mmbook.ch14.scenes import quoter
from mmbook.ch15.scenes import SAMPLE, profits, spurious
from nbclient import NotebookClient

from mmlab import (
    AvellanedaStoikov,
    CarteaJaimungal,
    Desk,
    GueantLehalleFernandezTapia,
    Market,
    MarketMakingConfig,
    MarketMakingPipeline,
    QuoteAggressiveness,
    Quotes,
    QuoteSizer,
    QuoteTimer,
    Symmetric,
    Venue,
    continuous_certainty_equivalent,
    exact_moments,
    monte_carlo,
    setup_market_making_environment,
    simulate,
)
from mmlab.causal import Switchback
from mmlab.desk import STAGES, DeskView, PnLLimiter, PositionLimiter, TapeVenue, VolatilityLimiter, strictest
from mmlab.desk.pre_trade import before_submit
from mmlab.desk.sides import Sides
from mmlab.learning import DecisionProcess, Net, train
from mmlab.market import read_lobster, replay_tape
from mmlab.market.order_book import OrderBook
from mmlab.market.order_flow import OrderFlow
from mmlab.measure import LiveLog, Meter, Watch, calibrate, default_rules, fill_intensity, live_differences, volatility
from mmlab.measure.arbitrage import negative_cycle
from mmlab.measure.rows import read
from mmlab.models import cartea_jaimungal, gueant_lehalle_fernandez_tapia
from mmlab.simulation import profit_law
from mmlab.tournament.hours import Conditions
from mmlab.tournament.league import play
from tests.benchmarks import explorer, moving_picture, publish, sweeping
from tests.benchmarks.readable import sessions
from tests.browser.serving import TOKEN, running_lab
from tests.measure.live_session import planted_session, text_of

MARKET = Market.avellaneda_stoikov_2008()
MODEL = AvellanedaStoikov.for_market(MARKET, risk_aversion=0.1)
N_STEPS = 200
CHAPTER_08 = Desk(
    model=Symmetric(half_spread=0.75),
    limits=PositionLimiter(max_position=6, min_position=-6),
    venue=Venue(latency=1 / N_STEPS, cancel_latency=1 / N_STEPS),
)
LIMITS = (
    PositionLimiter(max_position=12, min_position=-12, soft_max_position=8, soft_min_position=-8),
    PnLLimiter(max_daily_loss=30, max_drawdown=20, widened_half_spread=1),
    VolatilityLimiter(soft_volatility=2.4, max_volatility=3.5, soft_half_spread=0.7, window=0.05),
)


# In KiB, but on macOS, where it is bytes.
PEAK = """import resource, sys
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (2**20 if sys.platform == "darwin" else 2**10))"""


def seconds(*functions, runs=7):
    """The median time of each function [s]: in each run each is called once, in turn."""
    taken = [[] for _ in functions]
    for _ in range(runs):
        for function, times in zip(functions, taken, strict=True):
            start = time.perf_counter()
            function()
            times.append(time.perf_counter() - start)
    return [statistics.median(times) for times in taken]


def in_child(program):
    """What a fresh interpreter prints."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    return run.stdout.strip()


def say(what, figure, limit=""):
    print(f"  {what:<58} {figure:>14}   {limit}", flush=True)


def monte_carlo_speed():
    bits = np.random.default_rng(1).bit_generator
    (draw,) = seconds(lambda: bits.random_raw(10_000), runs=500)
    say("for scale: one raw 64-bit draw, ns", f"{draw / 1e4 * 1e9:.1f}")
    for n_paths in (10_000, 100_000):
        fast, loop = seconds(
            lambda n=n_paths: monte_carlo(MODEL, MARKET, n, N_STEPS, seed=1),
            lambda n=n_paths: sessions(MODEL, MARKET, n, N_STEPS, seed=1),
        )
        per_step = 1e9 / (n_paths * N_STEPS)
        say(f"monte_carlo, {n_paths:,} × {N_STEPS}, ns per path-step", f"{fast * per_step:.1f}", "at most 12")
        say("   the readable loop, ns per path-step", f"{loop * per_step:.1f}")
        say("   times faster than the readable loop", f"{loop / fast:.1f}", "at least 2.5")
    for name, changes in (("normal moves", dict(mid_move="normal")), ("jumps", dict(jump=(0.1, 0.1)))):
        market = Market.avellaneda_stoikov_2008(**changes)
        (taken,) = seconds(lambda m=market: monte_carlo(MODEL, m, 100_000, N_STEPS, seed=1), runs=5)
        say(f"monte_carlo, {name}, 100,000 × {N_STEPS}, ns per path-step", f"{taken / 1e5 / N_STEPS * 1e9:.1f}")


def monte_carlo_memory():
    """Memory above the imports, in fresh interpreters; tracemalloc in one of its own, as it takes memory itself."""
    setting = (
        "from mmlab import *; market = Market.avellaneda_stoikov_2008(); "
        "model = AvellanedaStoikov.for_market(market, risk_aversion=0.1); "
    )
    run = f"monte_carlo(model, market, 100_000, {N_STEPS}, seed=1); "
    allocated = in_child(
        f"import tracemalloc; {setting} tracemalloc.start(); {run} print(tracemalloc.get_traced_memory()[1])"
    )
    say("monte_carlo, 100,000 paths, MiB allocated at most", f"{int(allocated) / 2**20:.1f}", "at most 16")
    if sys.platform == "linux":
        # Not getrusage: a child's ru_maxrss starts at what its parent took.
        peak = "int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
        resident = statistics.median(
            int(in_child(f"{setting} before = {peak}; {run} print({peak} - before)")) for _ in range(3)
        )
        say("monte_carlo, 100,000 paths, MiB resident above import", f"{resident / 1024:.1f}", "at most 16")


def exact_moments_speed():
    def uncached():
        # A function is computed anew each time; a model would come from the cache.
        exact_moments(lambda inventory, time_left: MODEL.depths(inventory, time_left), MARKET, N_STEPS)

    anew, cached = seconds(uncached, lambda: exact_moments(MODEL, MARKET, N_STEPS), runs=21)
    say(f"exact_moments, {N_STEPS} steps, ms", f"{anew * 1e3:.2f}")
    say("   the same from the cache, µs", f"{cached * 1e6:.0f}")


def profit_law_speed():
    bounded = GueantLehalleFernandezTapia.for_market(MARKET, risk_aversion=0.1, max_inventory=24)
    start = time.process_time()
    for _ in range(5):
        profit_law(bounded, MARKET, n_steps=200, n_terms=128)
    each = (time.process_time() - start) / 5
    say("profit_law, 200 steps, ±24 clips, 128 terms, CPU s", f"{each:.3f}", "at most 0.25")


def several_things_speed():
    """Two assets on their grid, a hundred by their matrix; a cycle of rates; pairs of walks; a switchback."""
    rng = np.random.default_rng(1)
    values = rng.lognormal(size=200)
    rates = np.divide.outer(values, values) * (1 - 2e-4 * rng.random((200, 200)))
    hundred = quoter(100, 0.5)
    switchback = Switchback(market=MARKET, a=MODEL, b=CHAPTER_08.model, running_penalty=0.2)
    switchback.expectation(5)  # the chains of both rules are there then
    tasks = {
        "two assets exactly, 25 × 25 × 200": (lambda: quoter(2, 0.9, "exact").value([0, 0], 1), 0.15),
        "Γ of a hundred assets": (lambda: hundred.skew(np.inf), 0.02),
        "a cycle among 200 currencies": (lambda: negative_cycle(rates), 0.33),
        "2,000 pairs of walks tested and traded": (walks, 0.5),
        "a switchback's expectation, ±30 clips × 200 steps": (lambda: switchback.expectation(5), 0.005),
        "   its deviation": (lambda: switchback.sd(5), 0.01),
    }
    for name, (task, limit) in tasks.items():
        start = time.process_time()
        task()
        say(f"{name}, CPU s", f"{time.process_time() - start:.4f}", f"at most {limit}")


def walks():
    _, y, x = spurious.__wrapped__(2_000, seed=15)
    for on in (slice(SAMPLE), slice(SAMPLE, None)):
        profits(y, x, slice(SAMPLE), on)


def learning_speed():
    """Chapter 18: the exact value and gradient of a table of 200 × 25, and a net after 50 iterations of them."""
    paper = Market.avellaneda_stoikov_2008()
    process = DecisionProcess.of(paper, n_steps=200, max_inventory=12, running_penalty=0.2)
    table = process.solve().depths
    start = time.process_time()
    for _ in range(20):
        process.evaluate(table)
        process.gradient(table)
    say("value and gradient, 200 × 25, CPU ms", f"{(time.process_time() - start) / 20 * 1e3:.1f}", "at most 25")
    start = time.process_time()
    net = train(Net.of(process, 0), 50)
    say("a net after 50 iterations, CPU s", f"{time.process_time() - start:.2f}", "at most 3")
    say("   % of the optimum", f"{100 * process.evaluate(net) / process.evaluate(table):.3f}")


def solver_speed():
    """Depths at all inventories and 200 times, anew and again; a slider of a parameter, and one of q or τ."""
    times = MARKET.horizon * (1 - np.arange(N_STEPS) / N_STEPS)[:, np.newaxis]

    def timed(name, model, solved, limit=""):
        bound = model.max_inventory
        q = np.arange(-bound, bound + 1)

        def anew():
            solved.cache_clear()
            model.depths(q, times)

        first, again, one = seconds(anew, lambda: model.depths(q, times), lambda: model.depths(3, 0.3), runs=21)
        say(f"{name}, ±{bound} clips × {N_STEPS} times, ms", f"{first * 1e3:.1f}", limit)
        say("   solved before, ms", f"{again * 1e3:.1f}")
        say("   solved before, one inventory and time, ms", f"{one * 1e3:.2f}")

    for bound, limit in ((30, "at most 5"), (100, "")):
        exact = GueantLehalleFernandezTapia.for_market(MARKET, risk_aversion=0.1, max_inventory=bound)
        timed("Guéant-Lehalle-Fernandez-Tapia", exact, gueant_lehalle_fernandez_tapia._solved, limit)
    penalties = dict(running_penalty=0.01, terminal_penalty=0.001, max_inventory=30)
    unequal = CarteaJaimungal.for_market(MARKET, fill_decay=(1.5, 1.2), **penalties)
    timed("Cartea-Jaimungal, unequal sides", unequal, cartea_jaimungal._solved)
    exact = GueantLehalleFernandezTapia.for_market(MARKET, risk_aversion=0.1, max_inventory=12)
    of_exact, of_as = seconds(
        lambda: continuous_certainty_equivalent(exact, MARKET, 0.1),
        lambda: continuous_certainty_equivalent(MODEL, MARKET, 0.1, max_inventory=12),
    )
    say("continuous_certainty_equivalent, exact policy, ±12 clips, ms", f"{of_exact * 1e3:.0f}", "at most 300")
    say("   Avellaneda-Stoikov, ms", f"{of_as * 1e3:.0f}", "at most 300")


def tape_and_history_speed():
    n_paths = 10_000
    tape = MARKET.tape(n_paths, N_STEPS, seed=1)
    drawn, run = seconds(
        lambda: MARKET.tape(n_paths, N_STEPS, seed=1),
        lambda: simulate(MODEL, tape),
        runs=5,
    )
    per_step = 1e9 / (n_paths * N_STEPS)
    say(f"market.tape, {n_paths:,} × {N_STEPS}, ns per path-step", f"{drawn * per_step:.1f}")
    say(f"simulate, whole History, {n_paths:,} × {N_STEPS}, ns per path-step", f"{run * per_step:.1f}", "at most 80")


def calibration_of_a_day():
    """Reading and calibrating the recorded day (MMLAB_DAYS says where), and how often 95% intervals hold the truth."""
    folder = Path(os.environ.get("MMLAB_DAYS", Path(__file__).parents[3] / "shared" / "data"))
    if list(folder.glob("*_message_*.csv*")):
        read, both = seconds(lambda: read_lobster(folder), lambda: calibrate(read_lobster(folder)))
        say("read_lobster, a day of 57,515 events, s", f"{read:.2f}", "at most 0.6")
        say("   read and calibrated, s", f"{both:.2f}", "at most 3")
    else:
        say("read_lobster: no day to read in", str(folder))
    rng = np.random.default_rng(1)
    rate, kappa, sigma, n_days, n_orders = 0.5, 20.0, 0.02, 4_000, 400
    depths = 0.01 * (np.arange(20) + 0.5)
    held = {"A": 0, "κ": 0, "σ": 0}
    clock = np.arange(2_001.0)
    start = time.perf_counter()
    for _ in range(n_days):
        fitted = fill_intensity(rng.exponential(1 / kappa, rng.poisson(n_orders)), n_orders / rate, depths)
        moved = volatility(clock, np.append(0, np.cumsum(sigma * rng.standard_normal(2_000))), 1)
        found = zip(held, (fitted.arrival_rate, fitted.fill_decay, moved), (rate, kappa, sigma), strict=True)
        for name, estimate, truth in found:
            low, high = estimate.interval
            held[name] += low < truth < high
    taken = (time.perf_counter() - start) / n_days
    for name, count in held.items():
        say(f"95% intervals that hold {name}, of {n_days:,} days, %", f"{100 * count / n_days:.1f}", "93 to 97")
    say("   a day, ms", f"{taken * 1e3:.2f}")


def every_lever(**limits):
    """A desk with every lever on."""
    return Desk(
        model=MODEL,
        volatility=2,
        sizer=QuoteSizer(base_size=5, max_position=20, lot=0.5, size_decay=0.1),
        timer=QuoteTimer(min_quote_time=0.002, max_quote_time=0.05, stale_fraction=0.3, max_move=0.1),
        aggressiveness=QuoteAggressiveness(base_spread=1, max_spread=2, max_position=20, normal_volatility=1.5),
        venue=Venue(tick=0.01, fee=-0.01, latency=0.003, cancel_latency=0.002, queue_time=0.004),
        **limits,
    )


def desk_speed():
    """A desk with every lever on, with and without limits that act on a path-step in ten, 1,000 × 1,000."""
    tape = Market.avellaneda_stoikov_2008(mid_move="normal").tape(1_000, 1_000, seed=1)
    desk, limited = every_lever(), every_lever(limits=LIMITS)
    acted = np.mean(simulate(limited, tape).mode > 0)
    on, with_limits, neutral, bare = seconds(
        lambda: simulate(desk, tape),
        lambda: simulate(limited, tape),
        lambda: simulate(Desk(model=MODEL), tape),
        lambda: simulate(MODEL, tape),
        runs=5,
    )
    say("simulate, a desk with every lever on, 1,000 × 1,000, s", f"{on:.2f}", "at most 2")
    say(f"   and three limits, which act on {100 * acted:.0f}% of the path-steps, s", f"{with_limits:.2f}")
    say("   that is times as long", f"{with_limits / on:.2f}", "at most 1.3")
    say("   every lever neutral, s", f"{neutral:.2f}")
    say("   the bare model, s", f"{bare:.2f}")
    small, one = (Market.avellaneda_stoikov_2008(mid_move="normal").tape(n, N_STEPS, seed=1) for n in (500, 1))
    limits = Desk(model=MODEL, volatility=2, limits=LIMITS)
    of_500, of_one, of_model, of_days = seconds(
        lambda: simulate(limits, small),
        lambda: simulate(limits, one),
        lambda: simulate(MODEL, one),
        lambda: simulate(CHAPTER_08, small),
        runs=15,
    )
    say(f"simulate, a desk with three limits, 500 × {N_STEPS}, ms", f"{of_500 * 1e3:.1f}")
    say("   on one path, ms", f"{of_one * 1e3:.1f}")
    say("   a bare model on one path, ms", f"{of_model * 1e3:.1f}")
    say(f"chapter 08's desk within ±6 clips, 500 × {N_STEPS}, ms", f"{of_days * 1e3:.1f}", "at most 32")


def replay_of_a_day():
    """The whole recorded day (MMLAB_DAYS says where), calibrated on itself, through a desk with every lever on."""
    folder = Path(os.environ.get("MMLAB_DAYS", Path(__file__).parents[3] / "shared" / "data"))
    if not list(folder.glob("*_message_*.csv*")):
        return say("replay: no day to read in", str(folder))
    day = read_lobster(folder)
    calibration = calibrate(day)
    made, tapes = [], []
    (cut,) = seconds(lambda: tapes.append(replay_tape(day, time_step=10, clip=100)), runs=3)
    market = Market.from_calibration(calibration, horizon=float(tapes[0].time[-1]))
    model = AvellanedaStoikov.for_market(market, risk_aversion=0.01)
    for queue in ("front", "back"):
        desk = Desk(
            model=model,
            volatility=market.total_volatility,
            sizer=QuoteSizer(base_size=1, max_position=20, size_decay=0.05),
            timer=QuoteTimer(min_quote_time=0.1, max_quote_time=30, stale_fraction=1, max_move=0.02),
            aggressiveness=QuoteAggressiveness(
                base_spread=0.1, max_spread=0.4, max_position=20, normal_volatility=market.total_volatility
            ),
            venue=Venue(tick=0.01, fee=0.002, latency=0.05, cancel_latency=0.05, queue=queue),
        )
        made.append(lambda desk=desk: simulate(desk, tapes[0]))
    front, back = seconds(*made, runs=3)
    say("replay_tape, a day of 57,515 events, s", f"{cut:.2f}")
    say(f"   through a full desk, front of the queue, {tapes[0].n_steps:,} steps, s", f"{front:.1f}", "aimed at 3")
    say("   back of the queue, s", f"{back:.1f}", "at most 30")


def pipeline_speed():
    """The configured pipeline: many markets, one market, and what each stage takes of a step."""
    config = setup_market_making_environment()
    pipeline, market = MarketMakingPipeline(config), config.make_market()
    tape = market.tape(1_000, 1_000, seed=1)
    (taken,) = seconds(lambda: simulate(pipeline, tape), runs=3)
    say("simulate, the configured pipeline, 1,000 × 1,000, s", f"{taken:.2f}", "at most 3")
    tape = market.tape(1, int(config.market.horizon), seed=1).first(5_000)
    run = pipeline.on(TapeVenue(config.make_desk().venue, tape))
    for data in run.venue.market_data():
        run.run_pipeline(data)
    taken = np.median(run.latencies, axis=0) / 1e3
    say("run_pipeline, one market, three limits, µs", f"{taken.sum():.0f}", "at most 120")
    for stage, spent in zip(STAGES, taken, strict=True):
        say(f"   {stage}, µs", f"{spent:.0f}")


def halts():
    """Fills of what was sent after a halt: of a million steps with market orders in them, whatever the latency."""
    config = MarketMakingConfig().override({"market": {"horizon": 600.0}})
    n_paths, at, n_steps, late, before, orders = 4_000, 20, 60, 0, 0, 0
    for latency, cancel_latency in ((0.0, 0.0), (4.0, 13.0), (37.0, 10.0), (10.0, 60.0), (200.0, 45.0)):
        tape = config.make_market().tape(n_paths, n_steps, seed=round(latency))
        rules = dataclasses.replace(config.make_desk().venue, latency=latency, cancel_latency=cancel_latency)
        run = MarketMakingPipeline(config, TapeVenue(rules, tape))
        for n, datum in enumerate(run.venue.market_data()):
            if n == at:
                run.halt(who="a benchmark", reason="to count")
                resting = run.state.orders
            run.run_pipeline(datum)
        history = run.history
        orders += int((tape.sell_reach[at:] >= 0).sum() + (tape.buy_reach[at:] >= 0).sum())
        sent = [resting.price, *(message.price for message in resting.messages)]
        for side, name in enumerate(("bid", "ask")):
            filled, price = (getattr(history, f"{name}_{what}")[at:] for what in ("fill", "price"))
            old = np.any([price == one[side] for one in sent], axis=0)
            in_time = (history.time[at:-1] < history.time[at] + cancel_latency)[:, np.newaxis]
            late += int(((filled > 0) & ~(old & in_time)).sum())
            before += int(((filled > 0) & old & in_time).sum())
    say(
        "fills of orders sent after a halt", f"{late} of {orders:,} market orders; of those sent before {before:,}", "0"
    )


def pre_trade_speed():
    """All pre-trade checks before the venue: a day's steps of one market, and a step that sends two orders."""
    checks = dict(price_collar=0.01, max_order=1000, max_notional=2e5, max_messages=100, message_window=60.0)
    checks |= dict(post_only=True, no_self_trade=True, no_duplicates=True)
    config = MarketMakingConfig.from_dict(
        {"market": {"horizon": 4_000.0}, "quotes": {"latency": 0.5}, "checks": checks}
    )
    desk, tape = config.make_desk(), config.make_market().tape(1, 4_000, seed=3)
    venue = TapeVenue(desk.venue, tape)
    days = []
    for _ in range(7):  # of each step the quickest: what else the machine does is not the desk's
        run, taken = MarketMakingPipeline(config).on(venue, 4_000), []
        for data in venue.market_data():
            if (state := run.state) is not None:
                _, quotes, refreshed = desk.calculate(state, data, run.end - data.time)
                start = time.perf_counter()
                before_submit(desk, state, data, quotes, refreshed, strictest())
                taken.append(time.perf_counter() - start)
            run.run_pipeline(data)
        days.append(taken)
    say("pre-trade checks, all on, one market, µs a step", f"{np.min(days, axis=0).mean() * 1e6:.1f}", "at most 15")
    asked = Sides(np.array([data.mid_price - 0.02, data.mid_price + 0.02]), np.ones((2, 1)))
    sent, scale = seconds(
        lambda: before_submit(desk, state, data, asked, True, strictest()), lambda: asked.price + asked.size, runs=2_000
    )
    say("   a step in which both sides are new, µs", f"{sent * 1e6:.1f}")
    say("   for scale: a sum of two arrays of two, µs", f"{scale * 1e6:.2f}")


def limits_speed():
    """One step of three limiters, the strictest of them and what it leaves; a quarter of the paths near each limit."""
    for n_paths in (1_000, 10_000):
        rng = np.random.default_rng(1)
        inventory = rng.integers(-10, 11, n_paths).astype(float)
        mid, resting = 100 + rng.normal(0, 0.1, n_paths), np.ones(n_paths)
        cash = rng.normal(-20, 40, n_paths) - inventory * mid
        quotes = Quotes.around(mid, 0.5, 0.5 + np.zeros(n_paths))
        position = PositionLimiter(max_position=10, min_position=-10, soft_max_position=8, soft_min_position=-8)
        pnl = PnLLimiter(max_daily_loss=100, max_drawdown=150, widened_half_spread=0.5)
        volatility = VolatilityLimiter(soft_volatility=2.5, max_volatility=4, soft_half_spread=0.7, window=0.1)
        view = DeskView(0.01, mid, inventory, cash)
        spent, _ = pnl.step(pnl.start(DeskView(0.0, mid)), view)
        earlier = DeskView(0.0, mid + rng.normal(0, 0.3, n_paths), volatility=2.4)
        recent, _ = volatility.step(volatility.start(earlier), earlier)

        def limited(*state):
            resting, view, quotes, position, pnl, volatility, spent, recent = state
            held = position.check_position(view.inventory, resting, resting)
            lost, moved = pnl.step(spent, view)[1], volatility.step(recent, view)[1]
            return strictest(held, lost, moved).apply(quotes, view.mid_price, view.inventory, resting, resting)

        state = (resting, view, quotes, position, pnl, volatility, spent, recent)
        both, checked, one = seconds(
            lambda state=state: limited(*state),
            lambda q=quotes: Quotes(q.bid_price, q.ask_price, q.bid_size, q.ask_size),
            lambda mid=mid, cash=cash: np.minimum(mid, cash),
            runs=500,
        )
        limit = "aimed at 150" if n_paths == 1_000 else ""
        say(f"limits, strictest and apply, {n_paths:,} paths, µs a step", f"{both * 1e6:.0f}", limit)
        say("   of that, Quotes checking what is left, µs", f"{checked * 1e6:.0f}")
        say("   for scale: one np.minimum of two columns, µs", f"{one * 1e6:.2f}")


def monitoring_speed_and_false_alarms():
    """A day of a row a second, measured and watched row by row and at once; alarms on calm days, all of them false."""
    config = MarketMakingConfig()
    desk, market = config.make_desk(), config.make_market()
    meter, watch = Meter(), Watch(default_rules(config))
    days, alerts = 0, []
    for seed in range(3):
        history = simulate(desk, market.tape(20, 23_400, seed=seed))
        alerts += watch.step(watch.start(), history)[1]
        days += 20
    day = read(simulate(desk, market.tape(1, 23_400, seed=3)))

    def by_rows(stage):
        state = stage.start()
        for n in range(200):
            state, _ = stage.step(state, day.at(slice(n, n + 1)))

    for what, stage in (("metrics", meter), ("alerts", watch)):
        rows, whole = seconds(lambda s=stage: by_rows(s), lambda s=stage: s.step(s.start(), day), runs=5)
        say(f"{what}, µs a row", f"{rows / 200 * 1e6:.0f}", "at most 2,000")
        say("   a day of 23,400 rows at once, ms", f"{whole * 1e3:.0f}")
    n, (rate, low, high) = len(alerts), per_day(len(alerts), days)
    say(f"false alarms, {n} in {days} calm days, a day", f"{rate:.2f}", "below 0.5")
    say("   95% interval", f"{low:.2f} to {high:.2f}")
    toxic = [rule for rule in default_rules(config) if rule.name == "toxic"]
    toxic += [dataclasses.replace(toxic[0], threshold=c) for c in (0.25, 1.0, 2.0, 3.0)]
    seeds = range(101, 106)  # other days than chapter 10's and its tests'
    found = np.concatenate([first_times(toxic, many(INFORMED, seed)) for seed in seeds], axis=1)
    calm = np.concatenate([first_times(toxic, many(CALM, seed)) for seed in seeds], axis=1)
    for rule, mine, others in zip(toxic, found, calm, strict=True):
        what = f"toxic from {rule.threshold:g} on: of {len(mine)} informed days found in an hour"
        say(what, f"{(mine <= 3_600).mean():.3f}", "at least 0.95" if rule is toxic[0] else "")
        say("   the median [min]; calm days called", f"{np.median(mine) / 60:.0f}; {np.isfinite(others).mean():.3f}")


def order_book_speed():
    """The book alone, and the flow that drives it, as events a second."""
    rng, n = np.random.default_rng(1), 100_000
    side, far, kind = rng.choice([-1, 1], n).tolist(), rng.integers(1, 20, n).tolist(), rng.random(n).tolist()

    def drive():
        book, resting = OrderBook(), []
        for s, d, u in zip(side, far, kind, strict=True):
            if u < 0.5:
                resting.append(book.limit(s, 10_000 - s * d, 100)[0])
            elif u < 0.9 and resting:
                order = resting.pop()
                if book.resting(order):
                    book.cancel(order)
            else:
                book.market(s, 150)

    (taken,) = seconds(drive, runs=3)
    say("order book, events per second", f"{n / taken:,.0f}", "at least 100,000")
    flow, events = OrderFlow(limit_rate=0.6, cancel_rate=0.2, market_rate=0.3, market_size=300, depth=20), []
    (taken,) = seconds(lambda: events.append(len(flow.run(1800, seed=1, warm_up=0.0).times)), runs=3)
    say(
        "   with a flow that drives it and a journal, events per second", f"{events[0] / taken:,.0f}", "at least 50,000"
    )


def tournament_speed():
    """Twelve strategies that differ in their width and skew, twenty paired hours, each strategy in a process."""
    text = "def quotes(mid_price, inventory, time_left):\n    middle = mid_price - {} * inventory\n"
    text += "    return middle - {}, middle + {}, 2"
    strategies = {
        f"{skew}, {half}": text.format(skew, half, half) for skew in (0, 0.05, 0.1) for half in (0.4, 0.5, 0.6, 0.7)
    }
    start, before = time.perf_counter(), os.times()
    play(strategies, Conditions(), seed=1, n_hours=20, jobs=2)
    taken, after = time.perf_counter() - start, os.times()
    say("tournament of 12 strategies, 20 hours, two jobs, s", f"{taken:.0f}", "at most 300 on two cores")
    say("   of a processor, s", f"{sum(after[:4]) - sum(before[:4]):.0f}")


def import_time():
    """What imports of mmlab add to NumPy's own: CPU seconds of whole fresh processes, with bytecode, in one run."""
    lines = (
        "pass",
        "import numpy",
        "import mmlab",
        "from mmlab import Market, AvellanedaStoikov",
        "from mmlab import *",
    )
    runs = [[float(in_child(f"{line}\nimport time\nprint(time.process_time())")) for line in lines] for _ in range(21)]
    bare, of_numpy, *others = (statistics.median(column) for column in zip(*runs, strict=True))
    say("import numpy, ms", f"{(of_numpy - bare) * 1e3:.0f}")
    for line, taken in zip(lines[2:], others, strict=True):
        beyond = max(0, taken - of_numpy) / (of_numpy - bare)
        say(f"{line}, beyond it, in its time", f"{beyond:.2f}", "at most 0.5" if line == "import mmlab" else "")


def explorer_in_the_kernel():
    explorer.kernel(say)


def every_explorer_in_the_kernel():
    explorer.every_kind(say)


def memory_of_chapters():
    """The most that a fresh kernel holds which runs a chapter from top to bottom, and what a class needs for that."""
    notebooks = Path(__file__).parents[2] / "notebooks"
    with tempfile.TemporaryDirectory() as home, running_lab(notebooks, Path(home)) as address:
        for path in ("lab", "api/contents/07_quote_management.ipynb", "api/kernels"):
            ask = urllib.request.Request(f"{address}/{path}", headers={"Authorization": f"token {TOKEN}"})
            urllib.request.urlopen(ask, data=b"{}" if path == "api/kernels" else None).close()
        server = max(child.memory_info().rss for child in psutil.Process().children()) / 2**20
    say("JupyterLab's server, a chapter read, its kernel started, MB", f"{server:.0f}")
    for path in sorted(notebooks.glob("[0-9A][0-9]_*.ipynb")):
        node = nbformat.read(path, as_version=4)
        node.cells.append(nbformat.v4.new_code_cell(PEAK))
        resources = {"metadata": {"path": str(path.parent)}}
        NotebookClient(node, kernel_name="python3", timeout=600, resources=resources).execute()
        peak = int(node.cells[-1].outputs[0].text)
        class_of_30 = 30 * (server + peak) / 1024
        say(f"kernel, {path.stem}, peak MB", peak, f"at most 300; 30 students, a server each: {class_of_30:.1f} GB")


def dashboard_pictures():
    """Pictures a second of the live dashboard."""
    explorer.dashboard(say)


def explorer_in_the_browser():
    explorer.browser(say)


def first_moving_picture():
    moving_picture.from_opening(say)


def reconciliation_of_a_log():
    """The shipped session five times over, read, held against its simulation and against itself."""
    once, session = planted_session(), simulated_session()
    events = [
        e._replace(time=e.time + 1800 * n, order=f"{n}{e.order}", trade=e.trade and f"{n}{e.trade}")
        for n in range(5)
        for e in once.events
    ]
    columns = {field.name: getattr(session, field.name) for field in dataclasses.fields(session)}
    at_steps = {name: np.concatenate([x] * 5) for name, x in columns.items() if np.shape(x) == session.bid_price.shape}
    at_times = {
        name: np.concatenate([columns[name][:-1]] * 5 + [columns[name][-1:]]) for name in ("mid", "inventory", "cash")
    }
    time = np.concatenate([session.time[:-1] + 1800 * n for n in range(5)] + [[9000.0]])
    history = dataclasses.replace(session, time=time, **at_steps, **at_times)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "session.csv"
        path.write_text(text_of(LiveLog(tuple(events))))
        read_it, both = seconds(
            lambda: LiveLog.from_csv(path), lambda: live_differences(LiveLog.from_csv(path), history), runs=3
        )
    say(f"live log of {len(events):,} lines, read, s", f"{read_it:.2f}")
    say("   and held against its simulation, s", f"{both:.2f}", "at most 1")


def sweep_overhead():
    sweeping.sweep_costs(say)


BENCHMARKS = [
    monte_carlo_speed,
    monte_carlo_memory,
    exact_moments_speed,
    profit_law_speed,
    sweep_overhead,
    several_things_speed,
    learning_speed,
    solver_speed,
    tape_and_history_speed,
    calibration_of_a_day,
    desk_speed,
    replay_of_a_day,
    pipeline_speed,
    halts,
    limits_speed,
    pre_trade_speed,
    monitoring_speed_and_false_alarms,
    reconciliation_of_a_log,
    order_book_speed,
    tournament_speed,
    import_time,
    explorer_in_the_kernel,
    every_explorer_in_the_kernel,
    memory_of_chapters,
    explorer_in_the_browser,
    dashboard_pictures,
    first_moving_picture,
]


if __name__ == "__main__":
    asked = sys.argv[1:]
    if any(word.startswith("--") for word in asked):
        publish.main(asked)
        sys.exit()
    for benchmark in BENCHMARKS:
        if not asked or any(word in benchmark.__name__ for word in asked):
            print(benchmark.__name__.replace("_", " "), flush=True)
            benchmark()
