"""Chapter 00, start here: a day of quoting, the game and the dice table: its explorers, questions and exercises."""

from mmbook.ch00.dice_table import DiceTable
from mmbook.ch00.game import QuotingGame
from mmbook.ch00.quoting_day import QuotingDayExplorer
from mmbook.ch00.reveals import REVEALS
from mmlab.arguments import explain_all
from mmlab.teach.texts import declare

declare(__name__, REVEALS)
__all__ = ["DiceTable", "QuotingDayExplorer", "QuotingGame"]
explain_all(__name__)
