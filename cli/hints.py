"""Commands that are named in what is told, made whole: to be copied as they stand.

The ledger and the core know neither data set nor stack of the command that asks them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click

from churn.errors import HoldfastError

DATASET, STACK = "subscriptions", "local"
NAMED = re.compile(
    r"`(?:python run\.py )?((?:(?:models|rollout|server) |--pipeline )[^`]+|"
    r"(?<=run\.py )serve[^`]*)`"
)
REASONED = re.compile(
    r"(models (promote|approve|rollback|archive)|rollout (pause|resume|abort))\b"
)


@dataclass(frozen=True)
class Hints:
    """Calls of `run.py` for a data set on a stack, with all that they demand."""

    dataset: str = DATASET
    stack: str = STACK

    def command(self, words: str) -> str:
        """One call, as it is to be typed.

        >>> Hints("telco").command("models promote 4")
        'python run.py models promote 4 --reason "..." --dataset telco'
        """
        is_reasoned = REASONED.match(words) and "--reason" not in words
        return " ".join(
            [
                f"python run.py {words}",
                *(['--reason "..."'] if is_reasoned else []),
                *_option("--dataset", self.dataset, DATASET, words),
                *_option("--stack", self.stack, STACK, words),
            ]
        )

    def whole(self, text: str) -> str:
        """The text, each command in it as it is to be typed.

        >>> Hints("telco").whole("`rollout status` tells")
        '`python run.py rollout status --dataset telco` tells'
        """
        return NAMED.sub(lambda one: f"`{self.command(one[1])}`", text)


def _option(name: str, value: str, default: str, words: str) -> list[str]:
    return [] if value == default or name in words.split() else [f"{name} {value}"]


def remember(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Keep an option's value for the hints of an error."""
    context.meta[f"holdfast.{parameter.name}"] = value
    return value


class Hinting(click.Group):
    """Commands whose errors name commands that can be copied."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; complete what its error tells."""
        try:
            return super().invoke(ctx)
        except HoldfastError as error:
            error.args = (_told(error, ctx.meta), *error.args[1:])
            raise


def _told(error: HoldfastError, meta: Mapping[str, Any]) -> str:
    dataset = meta.get("holdfast.dataset", DATASET)
    return Hints(dataset, meta.get("holdfast.stack", STACK)).whole(str(error))
