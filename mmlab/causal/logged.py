"""A desk's own log: what it did, how likely it was to, and what another rule would have earned on the same quotes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmlab.arrays import floats
from mmlab.market.seed import Seed, generator
from mmlab.measure.estimate import Estimate
from mmlab.parameters import BoolArray, FloatArray, Parameter, ParameterError, check_count, validated

_PROPENSITY = Parameter("μ", "1", "How likely what was done was.", above=0, at_most=1, name="propensity")
_FILL = Parameter("p", "1", "The chance of a fill.", at_least=0, at_most=1, name="fill")


class Log(NamedTuple):
    """Quotes that were made, n of them: the context, the arm that was taken, what it earned and how likely it was."""

    context: NDArray[np.intp]
    """c, counted from 0, shape (n,)."""
    action: NDArray[np.intp]
    """a, counted from 0, shape (n,)."""
    reward: FloatArray
    """r, what the quote earned [price·clip], shape (n,)."""
    propensity: FloatArray
    """μ(a|c) [1], the chance that this arm had, written down when it was drawn, shape (n,)."""
    filled: BoolArray | None = None
    """Whether the quote was filled, shape (n,); nothing is computed from it."""

    def cells(self, shape: tuple[int, int]) -> tuple[FloatArray, FloatArray]:
        """How many quotes took each arm in each context, and what they earned in the mean [price·clip], NaN if none.

        Both of `shape`, (n_contexts, n_arms).
        """
        cell = np.ravel_multi_index((np.intp(self.context), np.intp(self.action)), shape)
        n, total = (floats(np.bincount(cell, x, np.prod(shape))).reshape(shape) for x in (0.0 * cell + 1, self.reward))
        return n, total / np.where(n > 0, n, np.nan)


@validated
class LoggedDesk:
    """A desk that meets a context c, draws an arm a, and is filled or not, with all that its log can only estimate.

    context : array, shape (n_contexts,)
        P(c).
    logging : array, shape (n_contexts, n_arms)
        μ(a|c), with which it draws.
    fill : array, shape (n_contexts, n_arms)
        p(c, a), the chance of a fill.
    gain : array, shape (n_contexts, n_arms)
        What a fill earns [price·clip].
    """

    context: Any
    logging: Any
    fill: Any
    gain: Any

    def __post_init__(self) -> None:
        fill, gain = _FILL.check_array(self.fill), np.asarray_chkfinite(floats(self.gain))
        mu, chances = probabilities(self.logging, *fill.shape), probabilities([self.context], 1, len(fill))[0]
        for name, table in {"context": chances, "logging": mu, "fill": fill, "gain": gain + 0 * fill}.items():
            object.__setattr__(self, name, table)

    def value(self, policy: ArrayLike) -> float:
        """Σ P(c) π(a|c) p(c, a) gain(c, a) [price·clip]: what a quote earns under a policy (see `off_policy_value`)."""
        return float(self.context @ (probabilities(policy, *self.fill.shape) * self.fill * self.gain).sum(axis=1))

    def error(self, policy: ArrayLike, n: int, kind: str = "dr") -> float:
        """The standard error of `off_policy_value` on n quotes [price·clip]: for "ips" exact, else with n large.

        √(Var s/n) with s = Σ π m + (π/μ)(r − m), where m is 0 for "ips", the value itself for "snips", else E[r|c, a]:
        that makes the error the least that an unbiased estimate has.
        """
        pi, value, mean = probabilities(policy, *self.fill.shape), self.value(policy), self.fill * self.gain
        m = np.broadcast_to({"ips": 0.0, "snips": value, "dr": mean, "direct": mean}[kind], mean.shape)
        square, own = self.fill * self.gain**2 - 2 * m * mean + m**2, (pi * m).sum(axis=1)
        second = (self._weight(pi) * square).sum(axis=1) + own * (own + 2 * (pi * (mean - m)).sum(axis=1))
        return float(np.sqrt(max(self.context @ second - value**2, 0.0) / check_count("n", n)))

    def effective_sample(self, policy: ArrayLike) -> float:
        """(E π/μ)² / E(π/μ)² [1]: what share of a log's quotes is left, in effect, to tell of this policy."""
        return 1 / float(self.context @ self._weight(probabilities(policy, *self.fill.shape)).sum(axis=1))

    def _weight(self, pi: FloatArray) -> FloatArray:
        """π²/μ, 0 where π is."""
        _check_overlap(pi, (self.logging > 0) | (self.context[:, np.newaxis] == 0))
        return np.asarray(pi**2 / np.where(pi > 0, self.logging, 1.0))

    def log(self, n: int, seed: Seed = None) -> Log:
        """Draw n quotes, and write each down with its propensity."""
        rng, chances = generator(seed), (self.context[:, np.newaxis] * self.logging).ravel()
        c, a = np.divmod(np.intp(rng.choice(len(chances), check_count("n", n), p=chances)), self.fill.shape[1])
        filled = rng.random(n) < self.fill[c, a]
        return Log(c, a, filled * self.gain[c, a], self.logging[c, a], filled)


def off_policy_value(log: Log, policy: ArrayLike, kind: str = "dr", model: ArrayLike | None = None) -> Estimate:
    """What a quote would earn under a policy that did not make the log [price·clip], with its standard error.

    With w = π(a|c)/μ and a model m(c, a) of the reward it is the mean of wr ("ips": Horvitz and Thompson 1952), that
    over the mean of w ("snips"), the mean of Σ π(a|c) m(c, a) + w(r − m(c, a)) ("dr": right if μ or m is), or with the
    log's own means for m that of the sum alone ("direct").

    Parameters
    ----------
    log
        With the propensities that were written down.
    policy
        For each context an arm, shape (n_contexts,), or the chance of each, shape (n_contexts, n_arms).
    model
        m of "dr", of that shape or what broadcasts to it; the log's own means if not given.

    Raises
    ------
    ParameterError
        If the policy takes an arm in a context in which the log never did, or is none; if a propensity is not above 0
        and at most 1, or a reward is no number.

    References
    ----------
    M. Dudík, J. Langford and L. Li (2011), Doubly robust policy evaluation and learning, ICML.
    """
    c, a, r, mu = log.context, log.action, np.asarray_chkfinite(log.reward), _PROPENSITY.check_array(log.propensity)
    pi = probabilities(policy, int(np.max(c)) + 1, int(np.max(a)) + 1)
    n, means = log.cells(pi.shape)
    _check_overlap(pi, (n > 0) | (n.sum(axis=1, keepdims=True) == 0))
    # With the shares of the log for μ the correction of its own means is 0, and the error is that of "direct".
    w = pi[c, a] / ((n[c, a] / n.sum(axis=1)[c]) if kind == "direct" else mu)
    w = w / w.mean() if kind == "snips" else w
    m = {"ips": 0.0, "snips": np.mean(w * r), "dr": means if model is None else floats(model), "direct": means}[kind]
    m = np.nan_to_num(np.broadcast_to(m, pi.shape))
    scores = (pi * m).sum(axis=1)[c] + w * (r - m[c, a])
    return Estimate(float(scores.mean()), float(scores.std() / np.sqrt(len(r))), "price·clip")


def probabilities(policy: ArrayLike, n_contexts: int, n_arms: int) -> FloatArray:
    """π(a|c), of this shape or larger, from a table or an arm for each context; or say that it is none."""
    table = floats(policy)
    if table.ndim == 1:
        table = floats(np.equal.outer(table, np.arange(min(max(n_arms, table.max(initial=0) + 1), 999))))
    large = table.ndim == 2 and table.shape[0] >= n_contexts and table.shape[1] >= n_arms
    if not large or not ((table >= 0) & (np.abs(table.sum(axis=-1, keepdims=True) - 1) < 1e-9)).all():
        rows = f"{n_contexts} arms, or {n_contexts} rows of {n_arms} chances that sum to 1"
        raise ParameterError(f"A policy, or what else is drawn, must be {rows}; got {policy!r:.80}.")
    return table


def _check_overlap(pi: FloatArray, taken: BoolArray) -> None:
    for c, a in np.argwhere((pi > 0) & ~taken):
        raise ParameterError(f"The policy takes arm {a} in context {c}, where the log never did: no estimate exists.")
