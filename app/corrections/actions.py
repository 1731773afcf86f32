from app.corrections.models import Correction
from app.corrections.schemas import PassageIn
from app.errors import Invalid


def aim(correction: Correction, target: PassageIn | None, text: str) -> None:
    """Let the correction be about this passage of its revision's text, or about the article as a whole.

    Raises `Invalid` unless `text[start:end] == exact`.
    """
    if target is not None and (target.end > len(text) or text[target.start : target.end] != target.exact):
        raise Invalid(
            "Other words stand at this place.",
            errors=[{"pointer": "/target/exact", "detail": "must equal body.text[start:end], in code points"}],
        )
    correction.target_exact = target.exact if target else None
    correction.target_start = target.start if target else None
    correction.target_end = target.end if target else None
