"""A fair spread that leans against the inventory: what is held too much of gets cheaper.

A strategy gets what its arguments name: the mid price, its inventory [clips] and the time left (1 at first, 0 at the
end); the others' `best_bid` and `best_ask`; in the last step its fills, `bought`, `sold`, `bought_price` and
`sold_price`, and the flow's, `buy_volume` and `sell_volume`; its `cash`. It returns mmlab's `Quotes`, or a bid and an
ask, and after them a size or two [clips]; where a price is NaN it quotes nothing.
"""


def quotes(mid_price, inventory, time_left):
    """Quote 0.6 away from a middle that goes down by 0.06 a clip held."""
    middle = mid_price - 0.06 * inventory
    return middle - 0.6, middle + 0.6, 2
