"""The label put in by one click, with forms alone: no script takes part in these."""

import html
import re

from scheduler.models import Post
from tests import factories as make
from tests.scheduler.pages import sign_in, typed, url

PAID = {"relationship": "paid"}


def boxes(page: str) -> dict[str, str]:
    """What stands in each text box, by its name."""
    found = re.findall(r'<textarea name="(text[^"]*)"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    return {name: html.unescape(text) for name, text in found}


def buttons(page: str) -> dict[str, str]:
    found = re.findall(r'value="(label:\w+)"[^>]*>([^<]*)</button>', page)
    return {name: html.unescape(words) for name, words in found}


def test_a_missing_label_is_offered_in_the_language_of_the_text(client, author, channel):
    sign_in(client, author)
    page = client.post(url("preview", author), typed(channel, **PAID)).content.decode()
    assert buttons(page) == {"label:connection": "Put “Ad:” at the start"}
    german = ["Wir sind mit der Fähre gefahren, und das war für uns alle neu."]
    page = client.post(url("preview", author), typed(channel, text=german, ai="text")).content.decode()
    assert buttons(page) == {"label:ai": "Put “Mit KI geschrieben” into the text"}
    page = client.post(url("preview", author), typed(channel, text=["Ad: a ferry"], **PAID)).content.decode()
    assert buttons(page) == {}


def test_a_click_puts_it_into_every_text_that_lacks_it_and_stores_nothing(client, author, channel):
    two, three = make.channel(author.team, "Two"), make.channel(author.team, "Three")
    own = {
        f"own-{two.pk}": "yes",
        f"text-{two.pk}": ["#ad A ferry", "More"],
        f"own-{three.pk}": "yes",
        f"text-{three.pk}": ["Une belle sortie avec les enfants et nous"],
    }
    data = (
        typed(channel, two, three, text=["The ferry sails", "And more"], do="label:connection", **PAID) | own
    )
    page = sign_in(client, author).post(url("compose", author), data).content.decode()
    texts = boxes(page)
    assert texts[f"text-{two.pk}"] == "More"  # the last box of that name
    assert "#ad A ferry</textarea>" in page
    assert "Ad: The ferry sails</textarea>" in page
    assert texts[f"text-{three.pk}"] == "Publicité : Une belle sortie avec les enfants et nous"
    assert buttons(page) == {}
    assert not Post.objects.exists()


def test_the_label_is_stored_with_the_next_save(client, author, channel):
    post = make.post(author, channel, parts=["A harbour #sea #boats"])
    data = typed(channel, post=post, text=["A harbour #sea #boats"], ai="text", do="label:ai")
    page = sign_in(client, author).post(url("edit", author, post.pk), data).content.decode()
    assert boxes(page)["text"] == "A harbour (Written with AI) #sea #boats"
    post.refresh_from_db()
    assert post.parts == ["A harbour #sea #boats"]


def test_the_organisations_own_label_is_the_one_that_is_offered(client, author, channel):
    make.set_checks(author.team, {"disclosure": {"labels": ["en: Sponsored story"]}})
    sign_in(client, author)
    page = client.post(url("preview", author), typed(channel, **PAID)).content.decode()
    assert buttons(page) == {"label:connection": "Put “Sponsored story:” at the start"}
    page = client.post(url("compose", author), typed(channel, do="label:connection", **PAID)).content.decode()
    assert boxes(page)["text"] == "Sponsored story: The ferry sails at nine."


def test_an_unknown_label_and_a_post_without_a_channel_change_nothing(client, author, channel):
    sign_in(client, author)
    for data in (typed(channel, do="label:nonsense", **PAID), typed(do="label:connection", **PAID)):
        page = client.post(url("compose", author), data).content.decode()
        assert boxes(page)["text"] == "The ferry sails at nine."
