"""A desk's own log: what it did, how likely it was to, and what another rule would have earned on the same quotes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmlab.arrays import floats
from mmlab.frozen import frozen
from mmlab.market.seed import Seed, generator
from mmlab.measure.estimate import Estimate
from mmlab.parameters import BoolArray, FloatArray, Parameter, ParameterError, check_count, validated

Kind = Literal["ips", "snips", "dr", "direct"]
_COLUMNS = (
    Parameter("c", "1", "What the desk saw.", at_least=0, integer=True, name="context"),
    Parameter("a", "1", "What it did.", at_least=0, integer=True, name="action"),
    Parameter("r", "price·clip", "What that earned.", name="reward"),
    Parameter("μ", "1", "How likely it was to do that.", above=0, at_most=1, name="propensity"),
)
_FILL = Parameter("p", "1", "The chance of a fill.", at_least=0, at_most=1, name="fill")


@frozen(eq=False)
class Log:
    """Quotes that were made, n of them: the context, the arm that was taken, what it earned and how likely it was.

    Parameters
    ----------
    context, action : array of int, shape (n,)
        c and a, counted from 0.
    reward : array, shape (n,)
        r, what the quote earned [price·clip].
    propensity : array, shape (n,)
        μ(a|c) [1], the chance that this arm had, written down when it was drawn.
    filled : array of bool, shape (n,), optional
        Whether the quote was filled; for looking only.

    Raises
    ------
    ParameterError
        If the columns are not of one length, there is no quote, or a propensity is not above 0 and at most 1.
    """

    context: NDArray[np.intp]
    action: NDArray[np.intp]
    reward: FloatArray
    propensity: FloatArray
    filled: BoolArray | None = None

    def __post_init__(self) -> None:
        for spec in _COLUMNS:
            column = spec.check_array(getattr(self, spec.name))
            if column.shape != (np.size(self.reward),) or not column.size:
                raise ParameterError(
                    f"Log: {spec.name} must have a value for each quote; got the shape {column.shape}."
                )
            object.__setattr__(self, spec.name, column.astype(np.intp if spec.integer else np.float64))

    def cells(self, n_contexts: int = 0, n_arms: int = 0) -> tuple[FloatArray, FloatArray]:
        """How many quotes took each arm in each context, and what these earned in the mean [price·clip] (NaN if none).

        Both of shape (n_contexts, n_arms), or larger where the log has more.
        """
        shape = max(n_contexts, int(self.context.max()) + 1), max(n_arms, int(self.action.max()) + 1)
        cell = np.ravel_multi_index((self.context, self.action), shape)
        n, total = (np.bincount(cell, x, shape[0] * shape[1]).reshape(shape) for x in (np.ones(len(cell)), self.reward))
        return n, total / np.where(n > 0, n, np.nan)

    def forgetful(self) -> Log:
        """The log of somebody who does not see the context: there is one, and μ is the share of quotes that took an arm."""
        share = np.bincount(self.action) / len(self.action)
        return replace(self, context=np.zeros_like(self.context), propensity=share[self.action])


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
        fill = _FILL.check_array(self.fill)
        tables = {"fill": fill, "gain": np.broadcast_to(floats(self.gain), fill.shape)}
        tables["logging"] = probabilities(self.logging, *fill.shape, "logging")
        tables["context"] = probabilities([self.context], 1, len(fill), "context")[0]
        for name, table in tables.items():
            object.__setattr__(self, name, table)

    @classmethod
    def calm_and_busy(cls, exploration: float = 0.1) -> Self:
        """A desk that quotes 1 tick from the mid when calm, 2 when busy, but for a share `exploration` of its quotes.

        P(busy) = .3; A = .5 and 4 orders reach further than δ with e^{−δ}, so p = 1 − exp(−Ae^{−δ}); the mid moves by
        .2 and 1.2 against a fill.
        """
        depth, rate, adverse = np.array([1.0, 2.0]), np.array([[0.5], [4.0]]), np.array([[0.2], [1.2]])
        mu, p = np.eye(2) * (1 - 2 * exploration) + exploration, -np.expm1(-rate * np.exp(-depth))
        return cls(context=[0.7, 0.3], logging=mu, fill=p, gain=depth - adverse)

    @property
    def reward(self) -> FloatArray:
        """E[r|c, a] [price·clip], shape (n_contexts, n_arms)."""
        return np.asarray(self.fill * self.gain)

    def value(self, policy: ArrayLike) -> float:
        """Σ P(c) π(a|c) E[r|c, a] [price·clip]: what a quote earns under a policy, as `off_policy_value` takes it."""
        return float(self.context @ (probabilities(policy, *self.fill.shape) * self.reward).sum(axis=1))

    def error(self, policy: ArrayLike, n: int, kind: Kind = "dr") -> float:
        """The standard error of `off_policy_value` on n quotes [price·clip]: exact for "ips", for the others at large n.

        √(Var s/n) with s = Σ π m + (π/μ)(r − m), where m is 0 for "ips", the value itself for "snips", else E[r|c, a]:
        that makes the error the least that an unbiased estimate has.
        """
        pi, value, mean = probabilities(policy, *self.fill.shape), self.value(policy), self.reward
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
        which, arm, fills = generator(seed).random((3, check_count("n", n)))
        c = np.searchsorted(np.cumsum(self.context)[:-1], which, "right")
        a = (np.cumsum(self.logging, axis=1)[c, :-1] <= arm[:, np.newaxis]).sum(axis=1)
        filled = fills < self.fill[c, a]
        return Log(c, a, filled * self.gain[c, a], self.logging[c, a], filled)


def off_policy_value(log: Log, policy: ArrayLike, kind: Kind = "dr", model: ArrayLike | None = None) -> Estimate:
    """What a quote would earn under a policy that did not make the log [price·clip], with its standard error.

    With w = π(a|c)/μ and a model m(c, a) of the reward it is the mean of wr ("ips", Horvitz and Thompson 1952), that
    over the mean of w ("snips"), of Σ π(a|c) m(c, a) + w(r − m(c, a)) ("dr": right if μ or m is), or of the sum alone
    ("direct").

    Parameters
    ----------
    log
        With the propensities that were written down.
    policy
        For each context an arm, shape (n_contexts,), or the chance of each, shape (n_contexts, n_arms).
    model
        m of "dr" and "direct", of that shape or what broadcasts to it; the log's own means if not given. The error of
        "direct" counts what the log's means do not know; what a model from elsewhere does not know it cannot.

    Raises
    ------
    ParameterError
        If the policy takes an arm in a context in which the log never did, or is none.

    References
    ----------
    M. Dudík, J. Langford and L. Li (2011), Doubly robust policy evaluation and learning, ICML.
    """
    pi = probabilities(policy, *log.cells()[0].shape)
    n, means = log.cells(*pi.shape)
    _check_overlap(pi, (n > 0) | (n.sum(axis=1, keepdims=True) == 0))
    c, a, r = log.context, log.action, log.reward
    w = pi[c, a] / log.propensity
    if kind == "snips":
        w = w / w.mean()
    elif kind == "direct":  # of the log's means: weights by the shares that were leave the value as it is
        w = pi[c, a] * n.sum(axis=1)[c] / n[c, a] if model is None else 0 * w
    own = {"ips": 0.0, "snips": np.mean(w * r), "dr": np.nan_to_num(means), "direct": np.nan_to_num(means)}[kind]
    m = np.broadcast_to(own if model is None else floats(model), pi.shape)
    scores = (pi * m).sum(axis=1)[c] + w * (r - m[c, a])
    return Estimate(float(scores.mean()), float(scores.std() / np.sqrt(len(r))), "price·clip")


def probabilities(policy: ArrayLike, n_contexts: int, n_arms: int, name: str = "policy") -> FloatArray:
    """π(a|c), of this shape or larger, from a table or an arm for each context; or say that it is none."""
    table = floats(policy)
    if table.ndim == 1:
        table = floats(np.equal.outer(table, np.arange(max(n_arms, table.max(initial=0) + 1))))
    large = table.ndim == 2 and table.shape[0] >= n_contexts and table.shape[1] >= n_arms
    if not large or not ((table >= 0) & (np.abs(table.sum(axis=-1, keepdims=True) - 1) < 1e-9)).all():
        what = (
            f"chances that sum to 1, in a table of {n_contexts} × {n_arms}, or an arm for each of {n_contexts} contexts"
        )
        raise ParameterError(f"{name} must be {what}; got {policy!r:.80}.")
    return table


def _check_overlap(pi: FloatArray, taken: BoolArray) -> None:
    for c, a in np.argwhere((pi > 0) & ~taken):
        raise ParameterError(f"The policy takes arm {a} in context {c}, where the log never did: no estimate exists.")
