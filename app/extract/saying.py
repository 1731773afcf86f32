"""One attribution: where the text says who spoke, and which rule found it."""

from __future__ import annotations

from dataclasses import dataclass

from app.extract.phrases import Phrase
from app.extract.tokens import Token

WINDOW = 60  # how many tokens around a quote a rule looks at: keeps the cost linear


@dataclass(frozen=True, slots=True)
class Attribution:
    """Places in the text: the speaker's mention and the cue, and the rule that found them."""

    speaker: tuple[int, int]
    cue: tuple[int, int]
    rule: str

    def carried(self, rule: str) -> Attribution:
        """The same speaker for another quote, found by another rule."""
        return Attribution(self.speaker, self.cue, rule)


def attribution(tokens: list[Token], speaker: Phrase, cue: Phrase, rule: str) -> Attribution:
    """The attribution at two phrases of `tokens`."""
    return Attribution(
        (tokens[speaker[0]].start, tokens[speaker[1] - 1].end), (tokens[cue[0]].start, tokens[cue[1] - 1].end), rule
    )
