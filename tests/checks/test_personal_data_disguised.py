"""Personal data that is disguised, runs into its neighbours or stands in a link."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.checks.personal_data import PersonalData
from gate.checks.readings import link_tails, readings
from tests.checks.make import found, ids, marked, post
from tests.checks.test_personal_data import ALL

CHECK = PersonalData()


@pytest.mark.parametrize(
    ("text", "kind", "mark"),
    [
        ("jane.doe\u200b@gmail.com", "email", "jane.doe\u200b@gmail.com"),
        ("jane.doe\uff20gmail.com", "email", "jane.doe\uff20gmail.com"),
        ("Write: jane.doe@gma\u00adil.com!", "email", "jane.doe@gma\u00adil.com"),
        ("jane.doe@gmail\uff0ecom", "email", "jane.doe@gmail\uff0ecom"),
        ("\u202ajane.doe@\u2060gmail.com\u202c", "email", "jane.doe@\u2060gmail.com"),
        ("𝐣𝐚𝐧𝐞@𝐠𝐦𝐚𝐢𝐥.𝐜𝐨𝐦", "email", "𝐣𝐚𝐧𝐞@𝐠𝐦𝐚𝐢𝐥.𝐜𝐨𝐦"),
        ("4111\u200b1111\u200b1111\u200b1111", "card", "4111\u200b1111\u200b1111\u200b1111"),
        ("Card\u200b4111\u200b1111\u200b1111\u200b1111", "card", "4111\u200b1111\u200b1111\u200b1111"),
        ("4111\ufe0f1111\u28001111\u31641111", "card", "4111\ufe0f1111\u28001111\u31641111"),
        ("４１１１ １１１１ １１１１ １１１１", "card", "４１１１ １１１１ １１１１ １１１１"),
        ("AKIAIOS\u200bFODNN7EXAMPLE", "secret", "AKIAIOS\u200bFODNN7EXAMPLE"),
        ("ＡＫＩＡIOSFODNN7EXAMPLE", "secret", "ＡＫＩＡIOSFODNN7EXAMPLE"),
        ("GB82 WEST 1234\u200d 5698 7654 32", "iban", "GB82 WEST 1234\u200d 5698 7654 32"),
        ("SSN 536\u2011\u200c90\u20114399", "national-id", "536\u2011\u200c90\u20114399"),
        ("SSN 536-\u200c90-4399", "national-id", "536-\u200c90-4399"),
        ("Call 07911\u200b 123456", "phone", "07911\u200b 123456"),
        ("host 93.184\u200b.216.34", "ip", "93.184\u200b.216.34"),
    ],
)
def test_an_unseen_or_wide_character_hides_nothing(text, kind, mark):
    content = post(text)
    findings = found(CHECK, content, regions=ALL)
    assert ids(findings) == [kind]
    assert marked(content, findings) == [mark]


@pytest.mark.parametrize(
    ("text", "kind", "mark"),
    [
        ("https://x.example/?card=4111111111111111", "card", "4111111111111111"),
        ("https://x.example/pay/4111111111111111/now", "card", "4111111111111111"),
        ("https://x.example?c=4111+1111+1111+1111&d=1", "card", "4111+1111+1111+1111"),
        ("https://x.example/?c=4111%201111%201111%201111", "card", "4111%201111%201111%201111"),
        ("https://x.example/?c=%34111111111111111", "card", "%34111111111111111"),
        ("https://x.example/?c=4111%E2%80%8B1111%E2%80%8B11111111", "card", "4111%E2%80%8B1111%E2%80%8B11111111"),
        ("https://x.example/#378282246310005", "card", "378282246310005"),
        ("https://x.example/?to=jane.doe%40gmail.com", "email", "jane.doe%40gmail.com"),
        ("https://x.example/jane.doe%EF%BC%A0gmail.com", "email", "jane.doe%EF%BC%A0gmail.com"),
        ("https://x.example/?m=j%F6rg%40mueller.example", "email", "j%F6rg%40mueller.example"),
        ("https://x.example/?k=AKIA%49OSFODNN7EXAMPLE", "secret", "AKIA%49OSFODNN7EXAMPLE"),
        ("https://x.example/?iban=GB82%20WEST%201234%205698%207654%2032", "iban",
         "GB82%20WEST%201234%205698%207654%2032"),
        ("https://x.example/?ssn=536-90-4399", "national-id", "536-90-4399"),
    ],
)  # fmt: skip
def test_what_blocks_is_found_in_links(text, kind, mark):
    content = post(f"See {text} 🎉")
    findings = found(CHECK, content, regions=("US",))
    assert ids(findings) == [kind]
    assert marked(content, findings) == [mark]


def test_public_contacts_pass_in_links_and_in_disguise():
    contacts = {"public_contacts": ("@charity.example",)}
    assert found(CHECK, post("https://x.example/?to=press%40charity.example"), **contacts) == []
    assert found(CHECK, post("press\uff20charity.example™"), **contacts) == []


@given(st.lists(st.sampled_from(["\u200b", "ﬁ", "％4", "%", "%41", "%C3%A9", "%FF", "+", "?", "/", "#", " ", "a1",
                                 "https://x.example", "™", "é", "👩‍💻"]), max_size=12).map("".join))  # fmt: skip
def test_every_reading_leads_back_to_the_text(text):
    for reading in readings(text):
        for each in (reading, *link_tails(reading)):
            assert len(each.text) == len(each.places)
            assert all(0 <= start < end <= len(text) for start, end in each.places)
            assert list(each.places) == sorted(each.places)


@pytest.mark.parametrize(
    ("kind", "mark"),
    [
        ("ip", "8.8.8.8"),
        ("ip", "2001:4860:4860::8888"),
        ("iban", "DE89370400440532013000"),
        ("national-id", "536-90-4399"),
        ("national-id", "54362315K"),
        ("secret", "ghp_" + "a1B2" * 9),
        ("secret", "abcd-2efg-hijk-lmn7"),
    ],
)
@pytest.mark.parametrize("around", ["番号は{}です", "رقم{}هو", "{}、港より"])
def test_letters_without_case_stand_directly_beside_what_has_a_form(around, kind, mark):
    content = post(around.format(mark))
    findings = found(CHECK, content, regions=ALL)
    assert (ids(findings), marked(content, findings)) == ([kind], [mark])


@pytest.mark.parametrize(
    ("text", "kind", "mark"),
    [
        ("私のNIFは123 456 789です", "national-id", "123 456 789"),
        ("DB_PASSWORD=geheim_99", "secret", "geheim_99"),
        ("詳細はhttps://x.example/a。電話は020 7946 0958まで", "phone", "020 7946 0958"),
        ("詳細はhttps://x.example。4111111111111111", "card", "4111111111111111"),
        ("_bob@example.com_", "email", "_bob@example.com"),
        ("連絡先bob@example.comまで", "email", "連絡先bob@example.com"),
        ("«bob@example.com»", "email", "bob@example.com"),
        ("あ" * 70 + "bob@example.com", "email", "あ" * 61 + "bob@example.com"),
    ],
)
def test_what_stands_directly_beside_it_hides_nothing(text, kind, mark):
    content = post(text)
    findings = found(CHECK, content)
    assert (ids(findings), marked(content, findings)) == ([kind], [mark])


def test_a_public_contact_is_one_also_between_letters_without_case():
    assert found(CHECK, post("連絡先bob@example.comまで"), public_contacts=["bob@example.com"]) == []
    assert ids(found(CHECK, post("ébob@example.com"), public_contacts=["bob@example.com"])) == ["email"]


@pytest.mark.parametrize("text", ["@nguyễn@mastodon.example", "@jörg@mastodon.example"])
def test_a_mention_is_no_address_whatever_its_letters(text):
    assert found(CHECK, post(text)) == []


@pytest.mark.parametrize(
    "text",
    ["4111 1111 1111 1111 123", "12 27 4111 1111 1111 1111", "2027 12 4111 1111 1111 1111 123 99 1234"],
)
def test_a_card_among_its_date_and_check_code_is_found(text):
    content = post(text)
    findings = found(CHECK, content, regions=["GB"])
    assert (ids(findings), marked(content, findings)) == (["card"], ["4111 1111 1111 1111"])


def test_a_row_of_small_numbers_is_no_card():
    assert found(CHECK, post("4 5 6 7 8 9 10 11 12 13 14 15 16"), regions=["GB"]) == []


@pytest.mark.parametrize(
    ("text", "kind", "mark"),
    [
        ("anna @ gmail.com", "email", "anna @ gmail.com"),
        ("Write: anna.meyer @gmail.com", "email", "anna.meyer @gmail.com"),
        ("anna.meyer@ choir.example", "email", "anna.meyer@ choir.example"),
        ("anna.meyer at gmail.com", "email", "anna.meyer at gmail.com"),
        ("anna at mail dot choir dot com", "email", "anna at mail dot choir dot com"),
        ("anna@choir punkt de", "email", "anna@choir punkt de"),
        ("anna (at) choir dot org", "email", "anna (at) choir dot org"),
        ("marie arobase choeur point fr", "email", "marie arobase choeur point fr"),
        ("DE 89 3704 0044 0532 0130 00", "iban", "DE 89 3704 0044 0532 0130 00"),
        ("to 20 DE89.3704.0044.0532.0130.00", "iban", "DE89.3704.0044.0532.0130.00"),
        ("DE89 3704 0044\n0532 0130 00", "iban", "DE89 3704 0044\n0532 0130 00"),
        ("4111/1111/1111/1111", "card", "4111/1111/1111/1111"),
        ("4111 1111\n1111 1111", "card", "4111 1111\n1111 1111"),
        ("5500 - 0000 - 0000 - 0004", "card", "5500 - 0000 - 0000 - 0004"),
        ("4️⃣1️⃣1️⃣1️⃣ 1⃣1⃣1⃣1⃣ 1111 1111", "card", "4️⃣1️⃣1️⃣1️⃣ 1⃣1⃣1⃣1⃣ 1111 1111"),
    ],
)
def test_what_is_written_out_or_set_apart_is_found(text, kind, mark):
    content = post(text)
    findings = found(CHECK, content, regions=["GB"])
    assert (ids(findings), marked(content, findings)) == ([kind], [mark])
