"""Are the author's questions answered, and do the answers carry the post?

Whether a connection or AI must be disclosed is in disclosure.py; this check asks about facts and people.
"""

from gate.checks.base import CheckSettings, Finding, Level, Span
from gate.checks.settings import Setting, level, override
from gate.content import Content

WHERE = Span(field="declarations")
FIRM = (Level.BLOCKS, Level.ATTEST)


class DeclarationsAnswered:
    id = "declarations"
    version = "1.1"
    clause = "2.1"
    also_guards = ("3.2",)
    title = "Facts and people"
    findings = ("contradiction", "evidence", "facts", "people", "public-interest")
    settings: tuple[Setting, ...] = (
        level("declarations.facts", "Nobody said whether it states a fact", Level.ATTEST, FIRM),
        level("declarations.evidence", "A fact, and no word about where it comes from", Level.ATTEST, FIRM),
        level("declarations.contradiction", "Evidence, and no fact declared", Level.ATTEST, FIRM),
        level("declarations.people", "Nobody said whether people can be recognised", Level.ATTEST, FIRM),
        level("declarations.public-interest", "People shown without their consent", Level.ATTEST, FIRM),
        override(),
    )

    def run(self, content: Content, settings: CheckSettings) -> list[Finding]:
        return [*_facts(content), *_people(content)]


def _facts(content: Content) -> list[Finding]:
    said = content.declarations
    carried = any(claim.stance == "evidence" and claim.sources for claim in said.claims)
    if said.states_fact == "no":
        return [_contradiction()] if carried else []
    if said.states_fact == "yes" and (carried or said.evidence.strip()):
        return []
    if said.states_fact == "yes":
        message = "The author says that this post states a fact, and does not say where it comes from."
        question = "I know where every fact in this post comes from, and the source carries it."
        fix = "Give evidence under “Claims”, or say where a reader can check it."
        return [Finding("declarations.evidence", Level.ATTEST, message, fix, question, WHERE)]
    message = "The author did not answer whether this post states a fact."
    question = "This post states no fact, or I know where its facts come from and the source carries them."
    fix = "Answer “Does this post state a fact?”, and name the source if it does."
    return [Finding("declarations.facts", Level.ATTEST, message, fix, question, WHERE)]


def _contradiction() -> Finding:
    message = "The author gives evidence for claims, and says that the post states no fact."
    question = "I know which of the two is meant, and the evidence carries what the post states."
    fix = "Answer “yes” to whether the post states a fact, or take the evidence off."
    return Finding("declarations.contradiction", Level.ATTEST, message, fix, question, WHERE)


def _people(content: Content) -> list[Finding]:
    people = content.declarations.people
    if people == "public_interest":
        message = "The author shows people without their consent and claims a public interest."
        question = "The public interest outweighs the wish of the people shown to be left alone."
        fix = "Ask the people shown, or leave them out."
        return [Finding("declarations.public-interest", Level.ATTEST, message, fix, question, WHERE, "3.2")]
    if people in ("nobody", "consented") or not content.media():
        return []
    message = "There are pictures, and the author did not answer whether people can be recognised in them."
    question = "Nobody can be recognised in the pictures, or everyone who can has agreed to this use."
    fix = "Answer “Can people be recognised?”, and ask those who can."
    return [Finding("declarations.people", Level.ATTEST, message, fix, question, WHERE, "3.2")]
