"""What the apps above know about a customer's first steps; they register here when they start."""

from collections.abc import Callable

from apps.customers.models import Customer

type Question = Callable[[Customer], bool]

_questions: dict[str, Question] = {}


def answer_checklist(step: str, question: Question) -> None:
    """Register who knows whether `step` ("recharged", "bought") is done."""
    _questions[step] = question


def is_done(step: str, customer: Customer) -> bool:
    """Whether `step` is done; a step that nobody knows of is not."""
    question = _questions.get(step)
    return bool(question and question(customer))
