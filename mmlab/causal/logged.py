"""A desk's own log: what it chose, with which probability, and what another rule would have earned on the same quotes."""

from __future__ import annotations

import math
from dataclasses import field, replace
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmlab.arrays import floats
from mmlab.frozen import frozen
from mmlab.market.seed import Seed, generator
from mmlab.measure.estimate import Estimate
from mmlab.parameters import BoolArray, FloatArray, ParameterError, check_count, validated
from mmlab.table import Summary

Kind = Literal["ips", "snips", "dr", "direct"]


@frozen(eq=False, repr=False)
class Log(Summary):
    """Quotes that were made: n of them, each with the context it saw, the arm it took, and the chance it had of that.

    Parameters
    ----------
    context, action : array of int, shape (n,)
        c and a, counted from 0.
    reward : array, shape (n,)
        r, what the quote earned [price·clip].
    propensity : array, shape (n,)
        μ(a|c) [1], with which the arm was drawn, as it was written down when it was.
    filled : array of bool, shape (n,), optional

    Raises
    ------
    ParameterError
        If the columns do not fit together, there is no quote, or a propensity is not above 0 and at most 1.
    """

    context: NDArray[np.intp]
    action: NDArray[np.intp]
    reward: FloatArray
    propensity: FloatArray
    filled: BoolArray | None = None

    def __post_init__(self) -> None:
        for name, kind in {"context": np.intp, "action": np.intp, "reward": float, "propensity": float}.items():
            column = floats(getattr(self, name))
            if column.ndim != 1 or not len(column) or column.shape != np.shape(self.context):
                raise ParameterError(f"Log: {name} must have one value for each quote; got the shape {column.shape}.")
            if not np.isfinite(column).all() or (kind is np.intp and (column != np.abs(np.rint(column))).any()):
                allowed = "whole numbers from 0 on" if kind is np.intp else "finite numbers"
                raise ParameterError(f"Log: {name} must be {allowed}.")
            object.__setattr__(self, name, column.astype(kind))
        if ((self.propensity <= 0) | (self.propensity > 1)).any():
            worst = self.propensity[(self.propensity <= 0) | (self.propensity > 1)][0]
            raise ParameterError(f"propensity (μ) must be above 0 and at most 1, as what was done had; got {worst:g}.")

    def counts(self, n_contexts: int = 0, n_arms: int = 0) -> FloatArray:
        """How many quotes took each arm in each context, shape (n_contexts, n_arms), as many as there are or more."""
        return self._summed(np.ones_like(self.reward), n_contexts, n_arms)

    def mean_rewards(self, n_contexts: int = 0, n_arms: int = 0) -> FloatArray:
        """What an arm earned in a context in the mean [price·clip], in that shape; NaN where it was never taken."""
        n = self.counts(n_contexts, n_arms)
        return self._summed(self.reward, *n.shape) / np.where(n > 0, n, np.nan)

    def forgetful(self) -> Self:
        """The same log as kept by somebody who does not see the context: one context, and each arm's share for μ."""
        share = np.bincount(self.action) / len(self.action)
        return replace(self, context=np.zeros_like(self.context), propensity=share[self.action])

    def _summed(self, weight: FloatArray, n_contexts: int, n_arms: int) -> FloatArray:
        rows, arms = max(n_contexts, int(self.context.max()) + 1), max(n_arms, int(self.action.max()) + 1)
        cell = self.context * arms + self.action
        return np.bincount(cell, weight, rows * arms).reshape(rows, arms)


@validated
class LoggedDesk:
    """A desk that meets a context, draws one of some arms and is filled or not: all that a log of it tells is known.

    context : array, shape (n_contexts,)
        P(c).
    logging : array, shape (n_contexts, n_arms)
        μ(a|c), with which it draws.
    fill : array, shape (n_contexts, n_arms)
        p(c, a), the chance of a fill.
    gain : array, shape (n_contexts, n_arms)
        What a fill earns [price·clip].
    """

    context: Any = field()
    logging: Any = field()
    fill: Any = field()
    gain: Any = field()

    def __post_init__(self) -> None:
        shape = np.shape(self.logging)
        for name in ("context", "logging", "fill", "gain"):
            table = floats(getattr(self, name))
            fits = table.shape == (shape[:1] if name == "context" else shape) and len(shape) == 2
            whole = name in ("context", "logging")
            if not fits or not np.isfinite(table).all() or (name != "gain" and ((table < 0) | (table > 1)).any()):
                raise ParameterError(f"{name} must be a table of numbers of the shape of logging, chances in [0, 1].")
            if whole and not np.allclose(table.sum(axis=-1), 1, rtol=0, atol=1e-9):
                raise ParameterError(f"{name} must sum to 1 over what may be drawn; got {table.sum(axis=-1)}.")
            object.__setattr__(self, name, table)

    @classmethod
    def calm_and_busy(cls, exploration: float = 0.1) -> Self:
        """A desk that quotes 1 tick from the mid when calm and 2 when busy, but for a share `exploration` of quotes.

        P(busy) = .3; orders come at A = .5 and 4 and reach further than δ with e^{−δ}, so p = 1 − exp(−Ae^{−δ}); the
        mid moves by .2 and 1.2 against a fill.
        """
        depth, rate, adverse = np.array([1.0, 2.0]), np.array([[0.5], [4.0]]), np.array([[0.2], [1.2]])
        logging = [[1 - exploration, exploration], [exploration, 1 - exploration]]
        fill = -np.expm1(-rate * np.exp(-depth))
        return cls(context=[0.7, 0.3], logging=logging, fill=fill, gain=depth - adverse)

    @property
    def reward(self) -> FloatArray:
        """E[r|c, a] [price·clip], shape (n_contexts, n_arms)."""
        return np.asarray(self.fill * self.gain)

    def caused(self, table: ArrayLike) -> FloatArray:
        """Σ P(c) table(c, a): what each arm would give if it were always taken, shape (n_arms,)."""
        return np.asarray(self.context @ floats(table))

    def observed(self, table: ArrayLike) -> FloatArray:
        """Σ P(c|a) table(c, a): what each arm gave where it was taken, shape (n_arms,); NaN if it never was."""
        taken = self.context[:, np.newaxis] * self.logging
        total = taken.sum(axis=0)
        return np.asarray((taken * floats(table)).sum(axis=0) / np.where(total > 0, total, np.nan))

    def value(self, policy: ArrayLike) -> float:
        """What a quote earns under a policy [price·clip]: Σ P(c) π(a|c) E[r|c, a]. See `off_policy_value`."""
        return float((self.context @ (probabilities(policy, *self.fill.shape) * self.reward)).sum())

    def error(self, policy: ArrayLike, n: int, kind: Kind = "dr") -> float:
        """The standard error of `off_policy_value` on n quotes [price·clip]: of "ips" and "dr" exact, else for many.

        n times its square is E[(π/μ)²r²] − V² for "ips", E[(π/μ)²(r − V)²] for "snips", and for the others
        Σ P(c) {Σ π²/μ Var(r|c, a) + (Σ π E[r|c, a] − V)²}, the least that an unbiased estimate has.
        """
        pi, value = probabilities(policy, *self.fill.shape), self.value(policy)
        weight, mean, square = self._squared(pi), self.reward, self.fill * self.gain**2
        if kind == "ips":
            by_context = (weight * square).sum(axis=1) - value**2
        elif kind == "snips":
            by_context = (weight * (square - 2 * value * mean + value**2)).sum(axis=1)
        else:
            by_context = (weight * (square - mean**2)).sum(axis=1) + ((pi * mean).sum(axis=1) - value) ** 2
        return math.sqrt(float(self.context @ by_context) / check_count("n", n))

    def effective_sample(self, policy: ArrayLike) -> float:
        """(E π/μ)² / E(π/μ)² [1]: what share of a log's quotes is left, in effect, to tell of this policy."""
        return 1 / float(self.context @ self._squared(probabilities(policy, *self.fill.shape)).sum(axis=1))

    def _squared(self, pi: FloatArray) -> FloatArray:
        """π²/μ, 0 where π is."""
        _check_overlap(pi, (self.logging > 0) | (self.context[:, np.newaxis] == 0))
        return np.asarray(pi**2 / np.where(pi > 0, self.logging, 1.0))

    def log(self, n: int, seed: Seed = None) -> Log:
        """Draw n quotes."""
        context, action, fill = generator(seed).random((3, check_count("n", n)))
        c = _drawn(self.context, context)
        a = _drawn(self.logging[c], action)
        filled = fill < self.fill[c, a]
        return Log(c, a, filled * self.gain[c, a], self.logging[c, a], filled)


def off_policy_value(log: Log, policy: ArrayLike, kind: Kind = "dr", model: ArrayLike | None = None) -> Estimate:
    """What a quote would earn under a policy that did not make the log [price·clip], with its standard error.

    With w = π(a|c)/μ and m(c, a) a model of the reward it is the mean of wr ("ips": inverse propensities; Horvitz and
    Thompson 1952), that over the mean of w ("snips", self-normalised), of Σ π(a|c) m(c, a) + w(r − m(c, a)) ("dr":
    doubly robust, right if μ or m is), or of Σ π(a|c) m(c, a) alone ("direct").

    Parameters
    ----------
    log
        As it was written, with propensities.
    policy
        For each context an arm, shape (n_contexts,), or the probability of each, shape (n_contexts, n_arms).
    model
        m, shape (n_contexts, n_arms); the log's own mean rewards if not given. The error of "direct" counts what
        those do not know; that of a model from elsewhere it cannot know.

    Raises
    ------
    ParameterError
        If the policy takes an arm in a context in which the log never did, or is none.

    References
    ----------
    M. Dudík, J. Langford and L. Li (2011), Doubly robust policy evaluation and learning, ICML.
    """
    n_contexts, n_arms = log.counts().shape
    pi = probabilities(policy, n_contexts, n_arms)
    n = log.counts(*pi.shape)
    _check_overlap(pi, (n > 0) | (n.sum(axis=1, keepdims=True) == 0))
    c, a, r = log.context, log.action, log.reward
    w = pi[c, a] / log.propensity
    if kind in ("dr", "direct"):
        m = np.nan_to_num(log.mean_rewards(*pi.shape)) if model is None else np.broadcast_to(floats(model), pi.shape)
        if kind == "direct":  # the log's own means: the same value with the shares that were, and that one's error
            w = 0 * w if model is not None else pi[c, a] * n.sum(axis=1)[c] / n[c, a]
        scores = (pi * m).sum(axis=1)[c] + w * (r - m[c, a])
    elif kind in ("ips", "snips"):
        scores = w * r
    else:
        raise ParameterError(f'kind must be "ips", "snips", "dr" or "direct"; got {kind!r}.')
    if kind == "snips":
        scores = w.sum() and scores.sum() / w.sum() + w * (r - scores.sum() / w.sum()) / w.mean()
    error = float(np.std(scores)) / math.sqrt(len(r))
    return Estimate(float(np.mean(scores)), error, "price·clip")


def probabilities(policy: ArrayLike, n_contexts: int, n_arms: int) -> FloatArray:
    """π(a|c) of a policy, shape (n_contexts, n_arms), or more where it knows more; or say that it is none."""
    table = floats(policy)
    if table.ndim == 1 and (table == np.abs(np.rint(table))).all():
        table = np.eye(max(n_arms, int(table.max(initial=0)) + 1))[table.astype(np.intp)]
    if table.ndim != 2 or table.shape[0] < n_contexts or table.shape[1] < n_arms:
        what = f"an arm for each of {n_contexts} contexts, or a table of probabilities, {n_contexts} × {n_arms}"
        raise ParameterError(f"policy must be {what}; got {policy!r:.80}.")
    if not ((table >= 0) & (np.abs(table.sum(axis=1, keepdims=True) - 1) < 1e-9)).all():
        raise ParameterError(f"policy must give each context probabilities that sum to 1; got {policy!r:.80}.")
    return table


def _check_overlap(pi: FloatArray, taken: BoolArray) -> None:
    alone = np.argwhere((pi > 0) & ~taken)
    if len(alone):
        c, a = alone[0]
        words = f"The policy takes arm {a} in context {c}, where the log never did"
        raise ParameterError(f"{words}: no estimate of its value exists. Log some quotes of it at random.")


def _drawn(chances: FloatArray, uniform: FloatArray) -> NDArray[np.intp]:
    """The first outcome whose cumulative chance is beyond a uniform number."""
    beyond = np.cumsum(chances, axis=-1)[..., :-1] <= uniform[:, np.newaxis]
    return np.asarray(beyond.sum(axis=-1))
