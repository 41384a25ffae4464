"""The plots of chapter 03 that take more than a few lines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mmbook.ch03.scenes import LOOKS, worth_against_bound
from mmlab.models import AvellanedaStoikov, GueantLehalleFernandezTapia
from mmlab.teach.style import Picture, drawing, legend


def skew_against_time(exact: GueantLehalleFernandezTapia, formula: AvellanedaStoikov) -> Picture:
    """How far a clip moves the bid, δᵇ(1) − δᵇ(0), against the time left: the whole day, and its end enlarged."""
    tau = np.linspace(0.0, exact.horizon, 401)
    solved, rival = (np.diff(model.depths([0, 1], tau[:, np.newaxis])[0])[:, 0] for model in (exact, formula))
    with drawing(1, 2, width=9.5, height=3.1) as (fig, panels):
        for axes, longest in zip(panels, (exact.horizon, exact.horizon / 5), strict=True):
            near = tau <= longest
            axes.plot(tau[near], rival[near], label="Avellaneda–Stoikov: γσ²τ", **LOOKS["Avellaneda–Stoikov"])
            axes.plot(tau[near], solved[near], label="exact", **LOOKS["exact"])
            axes.plot([0, longest], [exact.skew] * 2, label="closed form: R", **LOOKS["closed form"])
            axes.set(
                xlabel="time left τ [horizon = 1]",
                xlim=(0, longest),
                xticks=np.linspace(0, longest, 5),
                ylim=(0, 1.12 * float(rival[near].max())),
            )
        panels[0].set(ylabel="skew of one clip [price]")
        panels[0].set_title(f"At the open: {rival[-1]:.3f} by the formula, {solved[-1]:.4f} exactly")
        panels[1].set_title("The last fifth: towards the close, one line")
    legend(panels[0], loc="upper left")
    return Picture(
        fig,
        f"Skew of one clip against the time left. Avellaneda–Stoikov's is a straight line to {rival[-1]:.3f}; the "
        f"exact one follows it up to about a twentieth of the day, then bends and stays at {solved[-1]:.4f}, where "
        f"the closed form's constant {exact.skew:.4f} is.",
    )


def depths_against_inventory(exact: GueantLehalleFernandezTapia, formula: AvellanedaStoikov) -> Picture:
    """Bid depths against inventory by all four, with the day ahead and near its end."""
    inventory = np.arange(-exact.max_inventory, exact.max_inventory + 1.0)
    stationary, closed = (replace(exact, solution=s) for s in ("stationary", "closed form"))
    with drawing(1, 2, width=9.5, height=3.4) as (fig, panels):
        for axes, tau, name in zip(panels, (1.0, 0.05), ("The whole day left", "A twentieth left"), strict=True):
            at = tau * exact.horizon
            bids = {"exact": exact.depths(inventory, at)[0], "formula": formula.depths(inventory, at)[0]}
            axes.plot(inventory, bids["formula"], label="Avellaneda–Stoikov", **LOOKS["Avellaneda–Stoikov"])
            axes.plot(inventory, closed.depths(inventory, at)[0], label="closed form", **LOOKS["closed form"])
            axes.plot(
                inventory, stationary.depths(inventory, at)[0], "o", ms=4, mfc="none", color="#444444",
                label="stationary",
            )  # fmt: skip
            axes.plot(inventory, bids["exact"], label="exact", **LOOKS["exact"])
            far = np.nanmax(np.abs(bids["formula"] - bids["exact"])[2:-2])
            axes.set_title(f"{name}: AS at most {far:.2f} off at |q| ≤ {exact.max_inventory - 2}")
            axes.set(xlabel="inventory q [clips]", ylim=(-0.6, 2.0))
        panels[0].set(ylabel="bid depth δᵇ [price]")
    legend(panels[0], loc="upper left")
    return Picture(
        fig,
        "Bid depth against inventory. With the whole day left the exact depths lie on the stationary solution and "
        "along the closed form's straight line, except at the bounds; Avellaneda–Stoikov's line is almost eight times "
        "as steep. With a twentieth left they lie along Avellaneda–Stoikov's line, flatter than the stationary ones.",
    )


def worth_and_bound() -> Picture:
    """The certainty equivalent of all three policies against the inventory at which they stop."""
    worth = worth_against_bound()
    symmetric, exact = worth["symmetric"], worth["exact"]
    best = max(symmetric, key=symmetric.__getitem__)
    with drawing(width=9.0, height=3.6) as (fig, axes):
        for name, marker in (("symmetric", "s"), ("Avellaneda–Stoikov", "^"), ("exact", "o")):
            bounds, values = list(worth[name]), list(worth[name].values())
            axes.plot(bounds, values, marker=marker, ms=4, label=name, **LOOKS[name])
        axes.axhline(0, color="#444444", lw=0.8)
        axes.set(xlabel="bound on the inventory Q [clips]", ylabel="certainty equivalent [price · clip]")
        axes.set_title(
            f"Skewed quotes need no bound; for symmetric ones it decides: {symmetric[best]:.1f} at {best} clips, "
            f"{symmetric[60]:.1f} at 60".replace("-", "−")
        )
    legend(axes, loc="lower left")
    return Picture(
        fig,
        f"Certainty equivalent against the bound. Exact: {exact[4]:.1f} at 4 clips, {exact[12]:.2f} at 12 and "
        f"{exact[60]:.2f} at 60. Avellaneda–Stoikov: {worth['Avellaneda–Stoikov'][20]:.2f} at 20. Symmetric: "
        f"{symmetric[best]:.1f} at {best}, {symmetric[20]:.1f} at 20, {symmetric[40]:.1f} at 40, "
        f"{symmetric[60]:.1f} at 60.",
    )
