import pytest

from gate.checks.base import Level
from gate.checks.declarations import DeclarationsAnswered
from gate.content import Claim, Declarations, Source
from tests.checks.make import found, ids, image, post

CHECK = DeclarationsAnswered()
CARRIED = (Claim("a claim", "evidence", "", (Source(1, "url", "Survey"),)),)
OPINION = (Claim("a claim", "opinion"),)


@pytest.mark.parametrize(
    ("declared", "pictures", "expected"),
    [
        (Declarations(states_fact="no"), False, []),
        (Declarations(states_fact="yes", evidence="https://example.org/report"), False, []),
        (Declarations(states_fact="yes"), False, ["evidence"]),
        (Declarations(states_fact="yes", evidence=" \n"), False, ["evidence"]),
        (Declarations(states_fact="yes", claims=CARRIED), False, []),
        (Declarations(states_fact="yes", claims=OPINION), False, ["evidence"]),
        (Declarations(states_fact="no", claims=CARRIED), False, ["contradiction"]),
        (Declarations(states_fact="no", claims=OPINION), False, []),
        (Declarations(), False, ["facts"]),
        (Declarations(evidence="a book"), False, ["facts"]),
        (Declarations(states_fact="perhaps"), False, ["facts"]),
        (Declarations(states_fact="no"), True, ["people"]),
        (Declarations(states_fact="no", people="nobody"), True, []),
        (Declarations(states_fact="no", people="consented"), True, []),
        (Declarations(states_fact="no", people="perhaps"), True, ["people"]),
        (Declarations(states_fact="no", people="public_interest"), True, ["public-interest"]),
        (Declarations(states_fact="no", people="public_interest"), False, ["public-interest"]),
        (Declarations(), True, ["facts", "people"]),
    ],
)
def test_what_the_author_left_open_is_asked(declared, pictures, expected):
    content = post("Hi", declared=declared, media=(image(),) if pictures else ())
    findings = found(CHECK, content)
    assert ids(findings) == expected
    assert {f.level for f in findings} <= {Level.ATTEST}
    assert {f.span.field for f in findings} <= {"declarations"}


def test_people_is_a_matter_of_privacy():
    (finding,) = found(CHECK, post("Hi", declared=Declarations(states_fact="no"), media=(image(),)))
    assert finding.clause == "3.2"
