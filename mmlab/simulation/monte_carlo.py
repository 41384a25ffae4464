"""monte_carlo: the profit and the last inventory of very many paths, some five nanoseconds for a step of a path.

Only policies on (t, q) go this way: what a step can do to a path is then a table, made once. A step of a path is 16
random bits a side, compared with a tabulated threshold, and one look-up of the profit: no exponential, no logarithm.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mmlab.arrays import check_memory, floats, in_range
from mmlab.frozen import frozen
from mmlab.market import Market
from mmlab.market.seed import Seed, generator
from mmlab.parameters import FloatArray, ParameterError, check_count
from mmlab.simulation.outcomes import FIRST_WIDTH, WIDEST_TABLE, Policy, check_forgetful, outcomes, reach_of
from mmlab.table import Summary, Table

_BLOCK = 16_384
"""Paths carried at once: few enough to stay in the processor's cache, enough to outweigh the calls of NumPy."""

_ONE = 2**48
"""Probability 1. An order fills if a draw of 48 bits is below its threshold, probability × 2⁴⁸. Nearly always the first
16 bits tell; the other 32 are drawn where these are the threshold's."""


@frozen(eq=False, repr=False)
class Sample(Summary):
    """What independent sessions earned and where they ended, from 0 clips.

    Parameters
    ----------
    pnl : array, shape (n_paths,)
        Profit, marked at the last mid [price · clip].
    final_inventory : array, shape (n_paths,)
        Inventory at the horizon [clips].
    """

    pnl: FloatArray
    final_inventory: FloatArray

    @property
    def _facts(self) -> dict[str, object]:
        profit, error, *_ = _mean_and_sd(self.pnl)
        return {"paths": len(self.pnl), "mean profit": f"{profit:.4g} ± {error:.2g}", "sd": float(self.pnl.std())}

    @in_range
    def summary(self) -> Table:
        """Mean and standard deviation of both, each with its standard error; NaN errors for a single path.

        The error of the deviation is √[(m₄ − m₂²) / (4 m₂ n)], mₖ being the sample's central moments: profits are far
        from normal.
        """
        head = ("quantity", "mean", "± standard error", "standard deviation", "± standard error")
        rows = (("profit [price · clip]", self.pnl), ("final inventory [clips]", self.final_inventory))
        return Table.of(head, [(name, *_mean_and_sd(values)) for name, values in rows])


def monte_carlo(policy: Policy, market: Market, n_paths: int = 10**5, n_steps: int = 200, seed: Seed = None) -> Sample:
    """Draw the profit and the final inventory of `n_paths` sessions of a policy, from 0 clips.

    They are jointly distributed as those of ``simulate(policy, market.tape(...))``, but for the resolution of a fill's
    48-bit draw: a probability other than 0 and 1 may be off by 2⁻⁴⁹ ≈ 2·10⁻¹⁵, less than any sample can tell. Moves of
    the mid are exact too. Binomial ones take a coin a step. Normal ones are drawn once per path: no fill depends on
    them, so given the inventories qᵢ after each step's fills, Σ qᵢ σ√Δt Zᵢ is normal with variance σ²Δt Σ qᵢ².

    Parameters
    ----------
    policy : model or callable
        Something with ``depths(inventory, time_left)``, or such a function: depths [price] that depend on
        inventory and time alone. NaN: no quote.
    market : Market
        The truth: volatility, drift, jumps, intensities, fill rule.
    n_paths, n_steps : int
        Sessions, and steps in each; at least 1.
    seed : int | Generator | SeedSequence
        Same seed, environment and machine: same sample. A SeedSequence is left as it was, a Generator moves on.

    Returns
    -------
    Sample
        Profits [price · clip] and final inventories [clips], each of shape (n_paths,).

    Raises
    ------
    ParameterError
        If a count is not a whole number of at least 1, the sample or its tables would need too much memory, the seed,
        market or policy is none, or a path leaves the policy's own max_inventory or, if it has none, ±960 clips.
    """
    n_paths, n_steps = check_count("n_paths", n_paths), check_count("n_steps", n_steps)
    check_memory(f"A sample of {n_paths:,} paths", 2 * 8 * n_paths)
    check_forgetful(policy, market)
    entropy = generator(seed).integers(0, 2**32, size=4).tolist()
    bound = reach_of(policy)
    widest = WIDEST_TABLE if bound is None else check_count("max_inventory", bound)
    # No path goes further than a clip a step.
    width = min(FIRST_WIDTH if bound is None else widest, n_steps)
    tables = _tables(policy, market, n_steps, width)
    pnl, final_inventory = np.empty(n_paths), np.empty(n_paths)
    for start in range(0, n_paths, _BLOCK):
        block = slice(start, start + _BLOCK)
        while True:
            # Each block has its own draws, and has them again: how wide the tables are leaves no trace in the sample.
            bits = np.random.SFC64(np.random.SeedSequence(entropy, spawn_key=(start // _BLOCK,)))  # NumPy's fastest
            _run(tables, np.random.Generator(bits), pnl[block], final_inventory[block])
            if not np.isnan(pnl[block]).any():
                break
            if width >= widest:
                raise ParameterError(
                    f"A path's inventory leaves ±{width} clips, "
                    + ("the widest tables there are." if bound is None else "the policy's own max_inventory.")
                    + " Take fewer steps or deeper quotes, or a model that stops quoting there."
                )
            width = min(2 * width, widest, n_steps)
            tables = _tables(policy, market, n_steps, width)
    pnl.flags.writeable = final_inventory.flags.writeable = False
    return Sample(pnl, final_inventory)


@frozen(eq=False)
class _Tables:
    """What a step can do to a path, by its inventory and the step's outcome, a number of some bits.

    The bits are, from the lowest: our bid filled; our ask filled; the coin, if the mid's moves are coins; a sell order
    came, a buy order came, if orders move the mid. All of them together fix the step's profit.
    """

    width: int
    n_bits: int
    coin: bool
    fills: NDArray[np.uint64]
    """Thresholds for our bid and our ask, shape (n_steps, n_q, 2)."""
    first: NDArray[np.uint32]
    """The first 16 bits of both, beside each other: one look-up; shape (n_steps, n_q × 2^n_bits)."""
    arrivals: NDArray[np.uint64]
    """Thresholds for (sell, buy) orders, shape (2,), if orders move the mid; else empty."""
    profit: NDArray[np.complex128] | FloatArray
    """[price · clip], shape (n_steps, n_q × 2^n_bits); NaN where a fill leaves the table. If the moves are normal its
    imaginary part is q² after the fills: one look-up and one sum for both."""
    leads_to: NDArray[np.intp]
    """The next step's cell of the same inventory and outcome 0, shape (n_q × 2^n_bits,)."""
    normal_move: float
    """σ√Δt [price] if the moves are normal, else 0."""


def _tables(policy: Policy, market: Market, n_steps: int, width: int) -> _Tables:
    n_q, dt = 2 * width + 1, market.horizon / n_steps
    steps = outcomes(policy, market, n_steps, width)
    _, only_bid, only_ask, both = steps.probability
    flows = (market.sell_intensity, market.buy_intensity) if any(market.jump) else ()
    sigma = float(market.volatility * np.sqrt(dt))
    coin = market.mid_move == "binomial"

    n_bits = 2 + coin + len(flows)
    bits = np.arange(2**n_bits) >> np.arange(n_bits)[:, np.newaxis] & 1
    move = np.full(2**n_bits, market.drift * dt)
    if coin:
        move += sigma * (2 * bits[2] - 1)
    if flows:
        move += market.jump[0] * bits[-1] - market.jump[1] * bits[-2]
    held = steps.inventories[:, np.newaxis] + bits[0] - bits[1]
    profit = np.empty((n_steps, n_q, 2**n_bits), float if coin else complex)
    profit[:] = np.where(np.abs(held) <= width, held * move, np.nan) + (0 if coin else 1j * held**2)
    for fill, edge in enumerate(steps.edge):  # an outcome's lowest two bits
        profit.real[..., fill::4] += edge[..., np.newaxis]
    fills = _threshold(np.stack([only_bid + both, only_ask + both], axis=-1))
    first = _first_bits(fills).view(np.uint32).repeat(2**n_bits, axis=-1)
    arrivals = _threshold(np.array([market.fill_probability(flow, 0.0, dt) for flow in flows]))
    leads_to = np.clip(held.ravel() + width, 0, n_q - 1).astype(np.intp) << n_bits
    first, profit = first.reshape(n_steps, -1), profit.reshape(n_steps, -1)
    return _Tables(width, n_bits, coin, fills, first, arrivals, profit, leads_to, 0.0 if coin else sigma)


def _threshold(probability: FloatArray) -> NDArray[np.uint64]:
    return np.rint(probability * _ONE).astype(np.uint64)


def _first_bits(thresholds: NDArray[np.uint64]) -> NDArray[np.uint16]:
    """Of probability 1, which no 16 bits are below, the last 16 bits there are: then the others tell."""
    first: NDArray[np.uint16] = np.minimum(thresholds >> np.uint64(32), np.uint64(2**16 - 1)).astype(np.uint16)
    return first


def _run(tables: _Tables, rng: np.random.Generator, pnl: FloatArray, final_inventory: FloatArray) -> None:
    """Fill both arrays, of shape (m,), with a session of m paths; a PnL of NaN says that a path left the tables."""
    m, width, raw = len(pnl), tables.width, rng.bit_generator.random_raw
    here, cell = np.full(m, width << tables.n_bits, dtype=np.intp), np.empty(m, np.intp)
    pairs = np.empty(m, np.uint32)  # the thresholds of a path's bid and ask
    threshold = pairs.view(np.uint16)
    total, gain = np.zeros((2, m), tables.profit.dtype)
    filled, came = np.empty((2, 2 * m), dtype=bool)  # bid, ask, bid, ask, …
    arrivals = np.tile(_first_bits(tables.arrivals), m)
    for fills, first, profit in zip(tables.fills, tables.first, tables.profit, strict=True):
        draw = raw(-(-m // 2)).view(np.uint16)[: 2 * m]
        # mode="clip" writes straight into `out`; a row beyond the table only ever follows a NaN.
        first.take(here, out=pairs, mode="clip")
        np.less(draw, threshold, out=filled)
        equal = draw == threshold
        if len(arrivals):
            # The fill's own draw: what reaches a depth δ ≥ 0 has come, and what has come reaches a depth δ < 0.
            np.less(draw, arrivals, out=came)
            equal |= draw == arrivals
        if len(at := equal.nonzero()[0]):
            whole = draw[at].astype(np.uint64) << np.uint64(32) | raw(len(at)) >> np.uint64(32)
            filled[at] = whole < fills[here[at // 2] >> tables.n_bits, at % 2]
            if len(arrivals):
                came[at] = whole < tables.arrivals[at % 2]
        outcome = _two_bits(filled)
        if tables.coin:
            outcome |= np.unpackbits(raw(-(-m // 64)).view(np.uint8), count=m) << 2
        if len(arrivals):
            outcome |= _two_bits(came) << (tables.n_bits - 2)
        np.add(here, outcome, out=cell)
        profit.take(cell, out=gain, mode="clip")
        np.add(total, gain, out=total)
        tables.leads_to.take(cell, out=here, mode="clip")
    pnl[:] = total.real
    if tables.normal_move:
        pnl += tables.normal_move * np.sqrt(total.imag) * rng.standard_normal(m)
    np.subtract(here >> tables.n_bits, width, out=final_inventory)


def _two_bits(pairs: NDArray[np.bool_]) -> NDArray[np.uint16]:
    """1 for the first of a pair, 2 for the second, of pairs that lie one behind the other."""
    both = pairs.view("<u2")  # 1 and 256
    bits: NDArray[np.uint16] = (both | both >> 7) & np.uint16(3)
    return bits


def _mean_and_sd(values: FloatArray) -> tuple[float, float, float, float]:
    """Mean, its standard error, standard deviation, its standard error."""
    n, mean = check_count("paths", len(values)), float(floats(values).mean())
    m2, m4 = (float(((values - mean) ** k).mean()) for k in (2, 4))
    if n == 1 or m2 == 0:
        error = float("nan") if n == 1 else 0.0
        return mean, error, 0.0, error
    return mean, float(np.sqrt(m2 / n)), float(np.sqrt(m2)), float(np.sqrt(max(m4 - m2**2, 0.0) / (4 * m2 * n)))
