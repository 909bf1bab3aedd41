"""What stands beside the text while somebody writes."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gate.content import normalise
from ledger.models import Entry
from scheduler import marks
from scheduler.models import Post
from tests import factories as make
from tests.scheduler.pages import sign_in, typed, url


def test_findings_marks_counters_and_the_post_as_it_will_look(client, author, channel):
    text = "Write to j.silva@mail.example, or see https://harbour.example #ferry"
    page = sign_in(client, author).post(url("preview", author), typed(channel, text=[text])).content.decode()
    assert '<mark class="blocks">j.silva@mail.example</mark>' in page
    assert 'id="behind-text-all-0"' in page
    assert f"{len(text)}/500" in page
    assert '<span class="tag">#ferry</span>' in page
    assert "1 to settle" in page


def test_nothing_is_stored(client, author, channel):
    post = make.post(author, channel)
    before = Entry.objects.count()
    sign_in(client, author).post(url("preview", author), typed(channel, post=post, text=["Other."]))
    post.refresh_from_db()
    assert (post.version, Entry.objects.count()) == (1, before)
    assert Post.objects.count() == 1


def test_a_text_over_the_limit_is_counted_as_the_platform_counts(client, author, channel):
    page = (
        sign_in(client, author)
        .post(url("preview", author), typed(channel, text=["👩‍👩‍👧" * 501]))
        .content.decode()
    )
    assert "501/500, 1 over" in page


def test_each_channel_shows_its_own_text(client, author, channel):
    other = make.channel(author.team)
    data = typed(channel, other, text=["Shared."]) | {
        f"own-{other.pk}": "yes",
        f"text-{other.pk}": "Mine alone.",
    }
    page = sign_in(client, author).post(url("preview", author), data).content.decode()
    assert f'id="behind-text-{other.pk}-0"' in page
    assert '<p class="text">Shared.</p>' in page
    assert '<p class="text">Mine alone.</p>' in page


def test_what_is_typed_is_shown_as_text_never_as_markup(client, author, channel):
    text = "<script>alert(1)</script> j.silva@mail.example <b>bold</b>"
    page = sign_in(client, author).post(url("preview", author), typed(channel, text=[text])).content.decode()
    assert "<script>alert" not in page
    assert "<b>bold" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_unanswered_questions_are_one_line(client, author, channel):
    data = typed(channel)
    for name in make.GOOD:
        del data[name]
    page = sign_in(client, author).post(url("preview", author), data).content.decode()
    assert "3 questions below" in page
    assert "did not answer" not in page


def test_a_time_is_told_on_other_clocks(client, author, channel):
    data = typed(channel, due_date="2027-07-01", due_time="09:00", browser_zone="Europe/Berlin")
    page = sign_in(client, author).post(url("preview", author), data).content.decode()
    assert "That is 10:00 in Berlin" in page


def test_the_number_of_queries_does_not_grow_with_the_post(client, author):
    channels = [make.channel(author.team) for _ in range(5)]
    sign_in(client, author).post(url("preview", author), typed(channels[0]))
    counts = []
    for data in (typed(channels[0]), typed(*channels, text=["Words."] * 10)):
        with CaptureQueriesContext(connection) as queries:
            assert client.post(url("preview", author), data).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] < 20


def test_a_check_that_fails_is_named_and_never_taken_for_clean(client, author, channel, monkeypatch):
    from gate.checks import registry

    monkeypatch.setitem(registry.CHECKS, "word-list", "tests.scheduler.broken_check.Broken")
    page = sign_in(client, author).post(url("preview", author), typed(channel)).content.decode()
    assert "Not looked at yet: A check that breaks" in page


def test_words_are_marked_in_the_shared_text_even_where_another_channel_has_its_own(client, author, channel):
    other = make.channel(author.team)
    text = "Write to j.silva@mail.example"
    data = typed(channel, other, text=[text]) | {f"own-{channel.pk}": "yes", f"text-{channel.pk}": text}
    page = sign_in(client, author).post(url("preview", author), data).content.decode()
    for box in ("all-0", f"{channel.pk}-0"):
        behind = page.split(f'id="behind-text-{box}"')[1].split("</div>")[0]
        assert '<mark class="blocks">j.silva@mail.example</mark>' in behind


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("a word " * 90, ("a word " * 90)[500:629]),
        ("  \n\n one  \r two \x00 \n\n two", "two"),
        ("cafe\u0301  \nnaïve two", "two"),
        ("\u0301 two\u2028 two 👩‍👩‍👧 \u0958  ", "two"),
    ],
)
def test_the_last_of_equal_words_is_marked_in_the_text_as_typed(raw, words):
    text = normalise(raw)
    start = text.rindex(words)
    [(start, end, meaning)] = marks.moved([(start, start + len(words), "blocks")], text, raw)
    assert (raw[start:end], start, meaning) == (words, raw.rindex(words), "blocks")


def test_where_the_typed_text_cannot_be_followed_nothing_wrong_is_marked():
    raw = "e\x00\u0301 and é  \nthen"
    text = normalise(raw)
    assert marks.moved([(2, 5, "")], text, raw) == []


def test_hidden_characters_are_shown_in_what_is_quoted_and_previewed_but_not_behind_the_text(
    client, author, channel
):
    text = "Pay \u202eecin\u202c and 10 \u200b% more"
    page = sign_in(client, author).post(url("preview", author), typed(channel, text=[text])).content.decode()
    before, _, behind = page.partition('<div class="behind"')
    for hidden in "\u202e\u200b":
        assert hidden not in before
        assert hidden in behind.partition("</div>")[0]
    quoted = before.partition("<blockquote>")[2].partition("</blockquote>")[0]
    shown = before.partition('<p class="text">')[2].partition("</p>")[0]
    for part in (quoted, shown):
        assert 'class="unseen"' in part
    assert "U+202E" in shown
    assert "U+200B" in shown
