"""Makes notebooks/mmbook/ch18/curves.json, what chapter 18 shows and nobody waits for.

``python -m tests.mmbook.ch18_curves`` from the checkout's root, some three minutes of one processor; the names of parts
(learners, explorer, interns, slopes, net, two_assets) make these alone, ``--jobs 8`` on eight cores. The chapter's test
makes one row of each again.
"""

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise, product
from multiprocessing import get_context
from pathlib import Path

import mmbook.ch18
import numpy as np
from mmbook.ch18.scenes import ACTIONS, CHAIN, DAYS, EPSILONS, MARKET, key_of, line, paying

from mmlab import sweep
from mmlab.learning import DecisionProcess, Net, fitted_intensity, q_learning, train

FILE = Path(mmbook.ch18.__file__).with_name("curves.json")
PROCESS = DecisionProcess.of(MARKET, **CHAIN)
BEST = 66.87490670733
SEEDS = (0, 1)
NO_CLOCK = {"clock": False, "discount": 0.98}

LEARNERS = {
    "pairs, money, 20,000 days": [36, 20_000, {"money": True}],
    "pairs, money, 50,000 days": [36, 50_000, {"money": True}],
    "pairs, the mid left out, 50,000 days": [36, 50_000, {}],
    "pairs, money, two tables, 50,000 days": [36, 50_000, {"money": True, "double": True}],
    "pairs, money, 20,000 days, no clock": [36, 20_000, {"money": True} | NO_CLOCK],
    "pairs, the mid left out, 20,000 days, no clock": [36, 20_000, NO_CLOCK],
    "leans, the mid left out, 2,000 days, no clock": [7, 2_000, NO_CLOCK],
    "leans, the mid left out, 20,000 days, no clock": [7, 20_000, NO_CLOCK],
    "leans, money, 20,000 days, no clock": [7, 20_000, {"money": True} | NO_CLOCK],
    "leans, money, two tables, 20,000 days, no clock": [7, 20_000, {"money": True, "double": True} | NO_CLOCK],
}
"""Of each: how many actions, how many days, and how it learns."""


def learner(name, seed):
    """What a learner believes, what its policy is in the same count, and what it is in percent of the best."""
    n_actions, n_days, how = LEARNERS[name]
    found = q_learning(PROCESS, ACTIONS[n_actions], n_days=n_days, seed=seed, **how)
    counted = DecisionProcess.of(MARKET, **CHAIN, discount=how.get("discount", 1.0)).evaluate(found.depths)
    numbers = {"believes": found.believes, "counted": counted, "is": 100 * found.value / BEST}
    return {name: round(number, 4) for name, number in numbers.items()}


def learners(executor=None):
    """All of them, with each seed."""
    found = sweep(learner, {"name": list(LEARNERS), "seed": list(SEEDS)}, executor=executor).results
    return {
        name: {"days": LEARNERS[name][1]} | {key: [one[key] for one in made] for key in ("believes", "counted", "is")}
        for name, made in zip(LEARNERS, zip(*[iter(found)] * len(SEEDS), strict=True), strict=True)
    }


def explored(n_actions, clock, noise, tenths, seed=0):
    """A setting of the explorer: after each number of days what is believed, what it is, and the quotes at noon."""
    process, actions = paying(tenths / 10), ACTIONS[n_actions] - tenths / 10
    discount = 1.0 if clock else 0.98
    counted = DecisionProcess.of(process.market, **CHAIN, discount=discount)
    row = {"believes": [], "counted": [], "is": [], "quotes": []}
    for n_days in DAYS:
        how = {"money": bool(noise), "clock": bool(clock), "discount": discount}
        found = q_learning(process, actions, n_days=n_days, seed=seed, **how)
        row["believes"].append(round(found.believes, 4))
        row["counted"].append(round(counted.evaluate(found.depths), 4))
        row["is"].append(round(found.value, 4))
        chosen = np.nan_to_num(found.depths[100], nan=-9.0)[:, np.newaxis]
        apart = np.abs(np.where(chosen == -9.0, 0.0, chosen - actions)).sum(axis=-1)
        row["quotes"].append(apart.argmin(axis=-1).tolist())
    return row


def explorer(executor=None):
    """All settings, and what there is beside them: the best, dice, and the solver with the true A and k but no ε."""
    grid = {"n_actions": list(ACTIONS), "clock": (0, 1), "noise": (0, 1), "tenths": range(len(EPSILONS))}
    found = sweep(explored, grid, executor=executor)
    table = {key_of(*setting.values()): row for setting, row in zip(found.settings, found.results, strict=True)}
    blind, beside = PROCESS.solve().depths, {"best": [], "solver": [], "dice": []}
    for epsilon in EPSILONS:
        process = paying(epsilon)
        beside["best"].append(round(process.solve().value, 4))
        beside["solver"].append(round(process.evaluate(blind - epsilon), 4))
        beside["dice"].append(round(dice(process, ACTIONS[36] - epsilon), 4))
    return {"table": table, "beside": beside}


def dice(process, pairs):
    """What depths are worth that are drawn anew at each step from some pairs, all alike."""
    edge, chance = process.fills(process.actions(pairs))
    values = process.backward(lambda n, after: process.step(after, edge, chance).mean(axis=0))
    return values[0, process.max_inventory]


def interns():
    """What interns are worth, in percent of the best: of one day, of five, of twenty."""
    found = {}
    for n_days, n in ((1, 160), (5, 60), (20, 40)):
        tapes = [MARKET.tape(n_paths=n_days, n_steps=200, seed=1_000 * n_days + i) for i in range(n)]
        markets = [MARKET.avellaneda_stoikov_2008(intensity=fitted_intensity(tape)) for tape in tapes]
        depths = [DecisionProcess.of(market, **CHAIN).solve().depths for market in markets]
        share = np.array([100 * PROCESS.evaluate(each) / BEST for each in depths])
        error = share.std(ddof=1) / np.sqrt(n)
        found[n_days] = {"interns": n} | {
            name: round(float(x), 4) for name, x in (("mean", share.mean()), ("error", error), ("worst", share.min()))
        }
    return found


def slopes(n_days, seed, trembling=0.0, a=0.8, b=0.02):
    """The slope of J in (a, b) of a line, from days: mean and deviation of one, by what a quote gets the credit for.

    Without `trembling` the score is that of the fills, given the depths. With it, depths are drawn with this deviation
    [price] around the line, and the score is that of the depths.
    """
    process, policy = PROCESS, line(a, b)
    values, rng, dt, k, top = process.values(policy), np.random.default_rng(seed), 1 / 200, 1.5, 12
    q = np.zeros(n_days, np.intp)
    money, mid, here = (np.empty((200, n_days)) for _ in range(3))
    score, direct, gain = np.empty((200, 2, n_days)), np.zeros((200, 2, n_days)), np.empty((200, n_days))
    for n in range(200):
        here[n] = values[n, q + top]
        bought, earned, score[n] = np.zeros(n_days), np.zeros(n_days), 0.0
        for sign in (1, -1):  # the bid, the ask
            tremor = trembling * rng.standard_normal(n_days)
            depth, wants = a + sign * b * q + tremor, sign * q < top
            p = np.where(wants, np.minimum(1.0, 140 * dt * np.exp(-k * depth)), 0.0)
            fills = rng.random(n_days) < p
            each = tremor / trembling**2 if trembling else k * np.where(fills, -1.0, p / np.maximum(1 - p, 1e-12))
            ways = np.stack([wants, wants * sign * q])
            score[n] += each * ways
            direct[n] += 0.0 if trembling else fills * ways
            bought, earned = bought + sign * fills, earned + depth * fills
        q = q + bought.astype(np.intp)
        money[n] = earned - 0.2 * dt * q**2
        mid[n] = q * 2 * np.sqrt(dt) * rng.choice((-1.0, 1.0), n_days)
        gain[n] = money[n] + values[n + 1, q + top] - here[n]

    def to_go(x):
        return x[::-1].cumsum(axis=0)[::-1]

    noisy = money + mid
    credits = {
        "the whole day's money": noisy.sum(axis=0) + 0 * noisy,
        "the money from there on": to_go(noisy),
        "… less what was expected": to_go(noisy) - here,
        "… and the mid left out": to_go(money) - here,
        "… and an exact critic": gain,
    }
    found = {}
    for name, credit in credits.items():
        each = (score * credit[:, np.newaxis] + direct).sum(axis=0)
        found[name] = each.mean(axis=1), each.std(axis=1)
    return found


def sampled_slopes(n_days=10_000, seed=1):
    """Means, errors and deviations of the slope in (a, b), with the score of the fills and of depths drawn."""
    rows = []
    for rule, trembling in (("fills", 0.0), ("depths drawn", 0.2)):
        for credit, (mean, sd) in list(slopes(n_days, seed, trembling).items())[-3 if trembling else 0 :]:
            numbers = {"mean": mean, "error": sd / np.sqrt(n_days), "deviation": sd}
            rows.append({"score": rule, "credit": credit} | {name: x.round(3).tolist() for name, x in numbers.items()})
    return rows


class OnDays:
    """The process whose gradient is REINFORCE's from days: depths drawn around the table, credit the day's money."""

    def __init__(self, process, seed, n_days=500, trembling=0.1):
        self.process, self.rng, self.n_days, self.trembling = process, np.random.default_rng(seed), n_days, trembling

    def __getattr__(self, name):
        return getattr(self.process, name)

    def gradient(self, table):
        process, rng, n, s = self.process, self.rng, self.n_days, self.trembling
        place, money, path = np.full(n, process.max_inventory), np.empty((process.n_steps, n)), []
        for step in range(process.n_steps):
            tremor = s * rng.standard_normal((n, 2))
            edge, chance = process.fills(table[step, place] + tremor)
            filled = rng.random((n, 2)) < chance
            path.append((place, tremor))
            place = place + filled[:, 0].astype(int) - filled[:, 1]
            q = place - process.max_inventory
            money[step] = (filled * edge).sum(axis=-1) - process.cost[place]
            money[step] += q * 2 * np.sqrt(process.time_step) * rng.choice((-1.0, 1.0), n)
        credit, found = money[::-1].cumsum(axis=0)[::-1], np.zeros(table.shape)
        for step, (place, tremor) in enumerate(path):
            each = (credit[step] - credit[step].mean())[:, np.newaxis] * tremor / s**2 / n
            for side in (0, 1):
                found[step, :, side] = np.bincount(place, each[:, side], len(process.inventories))
        return np.where(np.isnan(table), 0.0, found)


def net_on_days(seed=0, iterations=400, at=(50, 100, 200, 400)):
    """What the net is, in percent of the best, that learns from 500 days an iteration."""
    curve = []

    def note(done, net):
        if done in at:
            curve.append(round(100 * PROCESS.evaluate(net.depths) / BEST, 3))

    start = Net.of(OnDays(PROCESS, seed), seed=seed)
    curve.append(round(100 * PROCESS.evaluate(start.depths) / BEST, 3))
    train(start, iterations, rate=0.005, progress=note)
    return {"days": [0, *(500 * n for n in at)], "is": curve}


class TwoAssets:
    """Two assets quoted at once: |q| ≤ 6 each, penalty φΔt(q₁² + 2ρq₁q₂ + q₂²), mids of the chapter's market each.

    Tables are (200, 4, 13, 13): bid and ask of asset 1, then of asset 2; q₁ along the rows.
    """

    Q, N, K = 6, 200, 1.5

    def __init__(self, penalty=2.0, correlation=0.6):
        q = np.arange(-self.Q, self.Q + 1.0)
        one, two = q[:, np.newaxis], q[np.newaxis]
        self.cost = penalty / self.N * (one**2 + 2 * correlation * one * two + two**2)
        q1, q2 = np.broadcast_arrays(one, two)
        self.shut = np.stack([q1 >= self.Q, q1 <= -self.Q, q2 >= self.Q, q2 <= -self.Q])
        self.least = np.log(140 / self.N) / self.K

    def fills(self, depths):
        return np.where(self.shut, 0.0, np.minimum(1.0, 140 / self.N * np.exp(-self.K * depths)))

    @staticmethod
    def shifted(x, axis, by):
        """x at q + by along an axis; the edge again beyond it, where nothing leads."""
        return np.take(x, np.clip(np.arange(x.shape[axis]) + by, 0, x.shape[axis] - 1), axis)

    def along(self, after, p, asset):
        """U at q − 1, q and q + 1 of an asset, in the mean over what the other's fills do."""
        other = 1 - asset
        bid, ask = p[2 * other], p[2 * other + 1]
        ways = {0: 1 - bid - ask + 2 * bid * ask, 1: bid * (1 - ask), -1: ask * (1 - bid)}
        return [
            sum(w * self.shifted(self.shifted(after, asset, own), other, by) for by, w in ways.items())
            for own in (-1, 0, 1)
        ]

    def worth(self, after, depths, p):
        below, here, above = self.along(after, p, 0)
        bid, ask = p[0], p[1]
        return (p * np.where(self.shut, 0, depths)).sum(axis=0) + (
            (1 - bid - ask + 2 * bid * ask) * here + bid * (1 - ask) * above + ask * (1 - bid) * below
        )

    def backward(self, depths_at):
        values, value = [np.zeros_like(self.cost)], np.zeros_like(self.cost)
        for n in reversed(range(self.N)):
            after = value - self.cost
            depths = depths_at(n, after)
            value = self.worth(after, depths, self.fills(depths))
            values.append(value)
        return values[::-1]

    def solve(self):
        """Depths and value."""
        table = np.empty((self.N, 4, 13, 13))
        depths = np.full((4, 13, 13), 1 / self.K)

        def best(n, after):
            nonlocal depths
            for _ in range(20):
                last = depths.copy()
                for asset in (0, 1):
                    below, here, above = self.along(after, self.fills(depths), asset)
                    for side, gain in ((0, above - here), (1, below - here)):
                        p = self.fills(depths)[2 * asset + 1 - side]
                        found = 1 / self.K - gain + p * (above + below - 2 * here)
                        depths[2 * asset + side] = np.maximum(self.least, found)
                if np.abs(depths - last).max() < 1e-12:
                    break
            table[n] = depths
            return depths

        value = self.backward(best)[0][self.Q, self.Q]
        return table, float(value)

    def evaluate(self, table):
        return float(self.backward(lambda n, after: table[n])[0][self.Q, self.Q])

    def gradient(self, table):
        values = self.backward(lambda n, after: table[n])
        found, mu = np.zeros_like(table), np.zeros_like(self.cost)
        mu[self.Q, self.Q] = 1.0
        for n in range(self.N):
            after, depths = values[n + 1] - self.cost, table[n]
            p = self.fills(depths)
            slope = np.where(p < 1, -self.K * p, 0.0)
            for asset in (0, 1):
                below, here, above = self.along(after, p, asset)
                for side, gain in ((0, above - here), (1, below - here)):
                    at, too = 2 * asset + side, p[2 * asset + 1 - side]
                    gain = depths[at] + gain - too * (above + below - 2 * here)
                    found[n, at] = np.where(self.shut[at], 0.0, mu * (slope[at] * gain + p[at]))
            mu = self.next_law(mu, p)
        return found

    def next_law(self, mu, p):
        moves = []
        for asset in (0, 1):
            bid, ask = p[2 * asset], p[2 * asset + 1]
            moves.append({0: 1 - bid - ask + 2 * bid * ask, 1: bid * (1 - ask), -1: ask * (1 - bid)})
        law = np.zeros_like(mu)
        for (i, one), (j, two) in product(moves[0].items(), moves[1].items()):
            goes = mu * one * two
            law += np.roll(goes, (i, j), (0, 1))  # nothing stands where it would come round
        return law


class PairNet:
    """A 4–32–32–1 net of (q₁/6, q₂/6, 2τ − 1, e^{−10τ}), asked at 40 times: all four depths by symmetry."""

    def __init__(self, seed):
        rng, sizes = np.random.default_rng(seed), (4, 32, 32, 1)
        weights = [rng.standard_normal((n, m)) / np.sqrt(n) for n, m in pairwise(sizes)]
        weights[-1] *= 0.1
        biases = [np.zeros(32), np.zeros(32), np.array([2 / 3])]
        self.weights = [w for pair in zip(weights, biases, strict=True) for w in pair]
        tau = 1 - np.arange(40) / 40
        q = np.arange(-6, 7) / 6
        t, one, two = np.meshgrid(tau, q, q, indexing="ij")
        self.x = np.stack([one, two, 2 * t - 1, np.exp(-10 * t)], axis=-1).reshape(-1, 4)

    def table(self):
        self.layers = [self.x]
        for n in (0, 2, 4):
            x = self.layers[-1] @ self.weights[n] + self.weights[n + 1]
            self.layers.append(np.tanh(x) if n < 4 else x)
        f = self.layers[-1].reshape(40, 13, 13)
        turned = f[:, ::-1, ::-1]
        return np.repeat(np.stack([f, turned, f.swapaxes(1, 2), turned.swapaxes(1, 2)], axis=1), 5, axis=0)

    def back(self, of_table):
        g = of_table.reshape(40, 5, 4, 13, 13).sum(axis=1)
        pull = g[:, 0] + g[:, 1, ::-1, ::-1] + g[:, 2].swapaxes(1, 2) + g[:, 3].swapaxes(1, 2)[:, ::-1, ::-1]
        pull, slopes = pull.reshape(-1, 1), []
        for n in (2, 1, 0):
            slopes += [pull.sum(axis=0), self.layers[n].T @ pull]
            pull = (pull @ self.weights[2 * n].T) * (1 - self.layers[n] ** 2)
        return slopes[::-1]


def pair_curve(at=(0, 10, 25, 50, 100, 200), seed=0):
    """What the pair's net is after so many iterations of Adam [price·clip]."""
    pair, net, curve = TwoAssets(), PairNet(seed), []
    first = second = [np.zeros_like(w) for w in net.weights]
    for i in range(1, max(at) + 2):
        table = net.table()
        if i - 1 in at:
            curve.append(round(pair.evaluate(table), 4))
        slopes = net.back(pair.gradient(table))
        first = [0.9 * m + 0.1 * g for m, g in zip(first, slopes, strict=True)]
        second = [0.999 * v + 0.001 * g * g for v, g in zip(second, slopes, strict=True)]
        rate = 1e-2 if i <= 120 else 2e-3
        for w, m, v in zip(net.weights, first, second, strict=True):
            w += rate * m / (1 - 0.9**i) / (np.sqrt(v / (1 - 0.999**i)) + 1e-8)
    return {"iterations": list(at), "is": curve}


def two_assets():
    """The best, each alone, and the net."""
    alone = TwoAssets(correlation=0.0).solve()[0]
    pair = TwoAssets()
    best = {f"{rho:g}": round(TwoAssets(correlation=rho).solve()[1], 8) for rho in (0.0, 0.6)}
    each = {f"{rho:g}": round(TwoAssets(correlation=rho).evaluate(alone), 8) for rho in (0.0, 0.6)}
    return {"best": best, "alone": each, "start": round(pair.evaluate(PairNet(0).table()), 4)} | pair_curve()


PARTS = {
    "learners": learners,
    "explorer": explorer,
    "interns": interns,
    "slopes": sampled_slopes,
    "net": net_on_days,
    "two_assets": two_assets,
}

if __name__ == "__main__":
    made = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=list(PARTS))
    parser.add_argument("--jobs", type=int, default=1, help="processes for the learners and the explorer")
    asked = parser.parse_args()
    with ProcessPoolExecutor(asked.jobs, mp_context=get_context("spawn")) as processes:
        for part in asked.parts:
            made[part] = PARTS[part](processes) if part in ("learners", "explorer") else PARTS[part]()
            print(part, "made")
    rows = ",\n".join(f"{json.dumps(part)}: {json.dumps(made[part])}" for part in made)
    FILE.write_text("{\n" + rows + "\n}\n", encoding="utf-8", newline="\n")
