"""Text and numbers as browsers, and others, send them."""

import pytest
from django.http import QueryDict
from django.test import Client

from accounts.clean import LARGEST, clean, clean_all, number, sentence
from tests import factories as make

CONTROLS = "".join(map(chr, range(32)))


def test_control_characters_go_and_tabs_and_line_ends_stay():
    assert clean(f"a{CONTROLS}b\u2028é👩‍👩‍👧") == "a\t\n\rb\u2028é👩‍👩‍👧"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Tide tables", "Tide tables."),
        ("Open at noon.", "Open at noon."),
        ("Who sings?", "Who sings?"),
        ("The ferry leaves at…", "The ferry leaves at…"),
    ],
)
def test_a_title_becomes_a_sentence_with_one_mark_at_its_end(text, said):
    assert sentence(text) == said


def test_every_value_of_a_form_is_cleaned_and_it_stays_immutable():
    data = QueryDict("a=1%00&a=2&b=%0Bx&c=plain%0D%0Aline")
    clean_all(data)
    assert dict(data.lists()) == {"a": ["1", "2"], "b": ["x"], "c": ["plain\r\nline"]}
    with pytest.raises(AttributeError):
        data["a"] = "3"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0", 0),
        ("007", 7),
        ("0" * 5000 + "7", 7),
        (str(LARGEST), LARGEST),
        (str(LARGEST + 1), None),
        ("9" * 5000, None),
        ("", None),
        ("-1", None),
        ("1.0", None),
        (" 1", None),
        ("²", None),
        ("٣", None),
    ],
)
def test_a_number_is_plain_digits_that_a_row_can_hold(text, found):
    assert number(text) == found


def test_a_number_has_the_bound_that_is_asked_for():
    assert (number("23", most=23), number("24", most=23)) == (23, None)


def test_a_request_that_says_it_is_too_large_is_refused_unread(db, settings):
    settings.REQUEST_MAX_BYTES = 1_000_000
    member = make.member(make.team(), "author")
    client = Client(enforce_csrf_checks=True)
    client.force_login(member.user)
    length = {"CONTENT_LENGTH": "1000001"}
    response = client.generic("POST", f"/t/{member.team.slug}/compose/", b"text=x", **length)
    assert response.status_code == 413
    assert "Up to 1 MB" in response.content.decode()
    assert "Content-Security-Policy" in response
    for odd in ("9" * 5000, "many", "-5"):
        answer = client.generic("POST", "/", b"", CONTENT_LENGTH=odd)
        assert answer.status_code == 413


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"text": "a" * 5_300_000}, "Up to 5 MB of text are taken"),
        ({f"field-{n}": "" for n in range(1_100)}, "Up to 1,000 fields are taken"),
    ],
)
def test_more_text_or_fields_than_a_form_has_room_for_is_said(db, client, sent, words):
    member = make.member(make.team(), "author")
    client.force_login(member.user)
    response = client.post(f"/t/{member.team.slug}/compose/", sent)
    assert response.status_code == 413
    assert words in response.content.decode()


def test_a_request_that_makes_no_sense_has_a_page(db, client):
    response = client.get("/accounts/login/", HTTP_HOST="elsewhere.example")
    assert response.status_code == 400
    assert "That request made no sense" in response.content.decode()


def test_control_characters_in_the_sign_in_form_and_in_queries_are_no_errors(db, client):
    sent = {"login": "a\0b@harbour.example", "password": "x\0y"}
    assert client.post("/accounts/login/", sent).status_code == 200
    assert client.get("/channels/mastodon/callback/?code=%00&state=%00").status_code < 500
    assert client.get("/invite/a%00b/").status_code == 404
