import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from gate.checks.base import CheckSettings, Level
from gate.checks.personal_data import PersonalData, contact
from gate.checks.readings import link_tails, readings
from gate.checks.secret_patterns import secrets
from tests.checks.make import found, ids, image, marked, post

CHECK = PersonalData()
ALL = (
    "GB",
    "US",
    "PT",
    "DE",
    "FR",
    "ES",
    "IT",
    "NL",
    "BE",
    "PL",
    "SE",
    "DK",
    "FI",
    "NO",
    "CH",
    "CA",
    "BR",
    "IN",
    "IE",
)


@pytest.mark.parametrize(
    ("text", "kind", "mark"),
    [
        ("Write to maria.silva@example.pt.", "email", "maria.silva@example.pt"),
        ("(bob+club@mail.example.co.uk)", "email", "bob+club@mail.example.co.uk"),
        ("jörg@müller.example", "email", "jörg@müller.example"),
        ("ana [at] example [dot] org", "email", "ana [at] example [dot] org"),
        ("Call 07911 123456 tonight", "phone", "07911 123456"),
        ("+351 912 345 678", "phone", "+351 912 345 678"),
        ("(202) 456-1414", "phone", "(202) 456-1414"),
        ("Ligue 01 42 68 53 00", "phone", "01 42 68 53 00"),
        ("Tel.: 030 901820", "phone", "030 901820"),
        ("4111 1111 1111 1111", "card", "4111 1111 1111 1111"),
        ("5500-0000-0000-0004", "card", "5500-0000-0000-0004"),
        ("378282246310005", "card", "378282246310005"),
        ("カード番号は4111111111111111です", "card", "4111111111111111"),
        ("IBAN: GB82 WEST 1234 5698 7654 32 THANKS", "iban", "GB82 WEST 1234 5698 7654 32"),
        ("de89370400440532013000", "iban", "de89370400440532013000"),
        ("PT50 0002 0123 1234 5678 9015 4", "iban", "PT50 0002 0123 1234 5678 9015 4"),
        ("SSN 536-90-4399", "national-id", "536-90-4399"),
        ("NI: AB 12 34 56 C", "national-id", "AB 12 34 56 C"),
        ("NHS number 943 476 5919", "national-id", "943 476 5919"),
        ("NIF 123 456 789", "national-id", "123 456 789"),
        ("DNI 54362315K", "national-id", "54362315K"),
        ("RCCMNL83S18D969H", "national-id", "RCCMNL83S18D969H"),
        ("n° 2 95 10 99 126 111 93", "national-id", "2 95 10 99 126 111 93"),
        ("Steuer-ID 36 574 261 809", "national-id", "36 574 261 809"),
        ("CPF 390.533.447-05", "national-id", "390.533.447-05"),
        ("from 93.184.216.34 again", "ip", "93.184.216.34"),
        ("host 2001:4860:4860::8888", "ip", "2001:4860:4860::8888"),
    ],
)
def test_personal_data_is_found_and_marked(text, kind, mark):
    content = post(text)
    findings = found(CHECK, content, regions=ALL)
    assert ids(findings) == [kind]
    assert marked(content, findings) == [mark]


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("key AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
        ("ghp_" + "a1B2" * 9, "ghp_" + "a1B2" * 9),
        ("glpat-" + "x1Y2z" * 4, "glpat-" + "x1Y2z" * 4),
        ("xoxb-123456789012-abcdefghij", "xoxb-123456789012-abcdefghij"),
        ("AIza" + "Sy1_-" * 7, "AIza" + "Sy1_-" * 7),
        ("sk_live_" + "4eC39HqLyjWDarjt", "sk_live_4eC39HqLyjWDarjt"),
        ("sk-proj-" + "aB3dE6gH9jK2" * 3, "sk-proj-" + "aB3dE6gH9jK2" * 3),
        ("eyJhbGciOiJub25.eyJzdWIiOiIxMjM.c2lnbmF0", "eyJhbGciOiJub25.eyJzdWIiOiIxMjM.c2lnbmF0"),
        ("app password: abcd-2efg-hijk-lmn7", "abcd-2efg-hijk-lmn7"),
        ("The wifi password: Tulips2026!", "Tulips2026!"),
        ("Passwort ist geheim_99", "geheim_99"),
        ("la contraseña: gato#negro", "gato#negro"),
        ("https://admin:hunter22@example.org/", "https://admin:hunter22@example.org"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nabc", "-----BEGIN OPENSSH PRIVATE KEY-----"),
    ],
)  # fmt: skip
def test_secrets_block_under_their_own_clause(text, mark):
    content = post(text)
    (finding,) = found(CHECK, content)
    assert (finding.id, finding.level, finding.clause) == ("personal-data.secret", Level.BLOCKS, "3.3")
    assert marked(content, [finding]) == [mark]


@pytest.mark.parametrize(
    "text",
    [
        "Follow @choir@mastodon.example and @library",
        "We raised 1,234,567 euros from 12 000 people in 2026",
        "On 12.10.2026 from 14:00 to 16:30, room 204",
        "Season 1990-2020, pages 12-144",
        "ISBN 978-3-16-148410-0",
        "4111 1111 1111 1112",
        "0000 0000 0000 0000",
        "GB82 WEST 1234 5698 7654 33",
        "https://mastodon.example/@choir/113456789012345672?t=02079460958",
        "https://example.org/posts/2026-11-22-1234?utm=a%20b+c#943-476-5919",
        "https://example.org/536-90-4399/page",
        "❤️‍🔥 for 1️⃣2️⃣ helpers™ of our club²",
        "می\u200cخواهم ۱۲۳۴ کتاب",
        "Order 20261122-0001",
        "192.168.0.1, 127.0.0.1 and 10.0.0.7",
        "Now in version 12.4.1.8",
        "At 10:30:45 or 9:15",
        "open-data-made-easy",
        "A good password is important, and a secret is safe.",
        "The password: never share it",
        "Reset your password: https://accounts.example.org/reset?step=1",
        "Ticket 2345-6723-4567-7653",
        "The 943 476 visitors",
        "e-mail us through the form @ the website",
        "☎️ 🔟 1️⃣2️⃣3️⃣",
        "Win 3:2 (1:0, 1:1, 1:1)",
    ],
)
def test_harmless_texts_pass(text):
    assert found(CHECK, post(text), regions=("GB", "US", "DE")) == []


@pytest.mark.parametrize(
    ("text", "contacts"),
    [
        ("Write to Hello@Charity.example", ("hello@charity.example",)),
        ("press@charity.example", ("@charity.example",)),
        ("press at charity dot com", ("press@charity.com",)),
        ("press [at] charity (dot) example", ("@charity.example",)),
        ("press @ gmail.com", ("press@gmail.com",)),
        ("Call 020 7946 0958", ("+44 20 7946 0958",)),
        ("Call +44 (0)20 7946 0958", ("020 7946 0958",)),
        ("Give to GB29 NWBK 6016 1331 9268 19", ("GB29NWBK60161331926819",)),
    ],
)
def test_the_organisations_own_contacts_pass(text, contacts):
    assert found(CHECK, post(text)) != []
    assert found(CHECK, post(text), public_contacts=contacts) == []


def test_a_public_domain_does_not_open_its_look_alikes():
    settings = {"public_contacts": ("@charity.example",)}
    assert ids(found(CHECK, post("eve@charity.example.net"), **settings)) == ["email"]
    assert ids(found(CHECK, post("eve@notcharity.example"), **settings)) == ["email"]
    assert ids(found(CHECK, post("eve [at] notcharity (dot) example"), **settings)) == ["email"]


def test_identity_numbers_of_other_countries_are_not_looked_for():
    assert found(CHECK, post("536-90-4399"), regions=("PT",)) == []


def test_a_number_in_a_messenger_link_is_still_a_number():
    assert ids(found(CHECK, post("https://wa.me/447911123456"))) == ["phone"]


def test_alt_texts_and_warnings_are_read():
    content = post("Hi", warning="Call 07911 123456", media=(image(alt="A card of bob@example.com"),))
    assert ids(found(CHECK, content)) == ["phone", "email"]


def test_without_regions_only_international_numbers_are_found():
    content = post("07911 123456 or +44 7911 123456")
    assert marked(content, found(CHECK, content, regions=())) == ["+44 7911 123456"]


def test_findings_never_repeat_what_they_found():
    secrets = ["bob@example.com", "07911 123456", "4111 1111 1111 1111", "536-90-4399", "Tulips2026!"]
    findings = found(CHECK, post("password: Tulips2026! " + " , ".join(secrets[:4])))
    assert len(findings) == 5
    told = " ".join(f"{f.message} {f.fix} {f.question}" for f in findings)
    assert not [secret for secret in secrets if secret in told]


def test_several_are_found_in_reading_order_without_overlap():
    content = post("bob@example.com, 07911 123456, ann@example.com")
    findings = found(CHECK, content)
    assert marked(content, findings) == ["bob@example.com", "07911 123456", "ann@example.com"]
    assert CheckSettings().value(CHECK, "regions") == ["GB", "US", "PT", "DE", "FR"]


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
    ("text", "mark"),
    [
        ("Maria was born on 12 March 1985 in Porto", "12 March 1985"),
        ("DOB: 12/03/1985", "12/03/1985"),
        ("date of birth is 1985-03-12.", "1985-03-12"),
        ("geboren am 3. Mai 1990", "3. Mai 1990"),
        ("Geburtsdatum: 03.05.1990", "03.05.1990"),
        ("née le 1er avril 2001 à Lyon", "1er avril 2001"),
        ("nascida em 5 de outubro de 1999", "5 de outubro de 1999"),
        ("born March 12th, 1985", "March 12th, 1985"),
    ],
)
def test_the_day_on_which_somebody_was_born_is_asked_about(text, mark):
    content = post(text)
    (finding,) = found(CHECK, content)
    assert (finding.id, finding.level) == ("personal-data.birthday", Level.ATTEST)
    assert marked(content, [finding]) == [mark]
    assert mark not in finding.message


@pytest.mark.parametrize(
    "text",
    ["Open on 12 March 1985", "Mozart was born on 27 January 1756", "Born in 1985", "Happy birthday on 12 March!",
     "A star was born on stage in 2019", "geboren im Mai"],
)  # fmt: skip
def test_other_days_are_no_birthdays(text):
    assert found(CHECK, post(text)) == []


def test_levels_are_the_organisations():
    content = post("Write to maria.silva@example.pt or call +351 912 345 678")
    levels = {"personal-data.email": "attest", "personal-data.phone": "blocks"}
    email, phone = found(CHECK, content, **levels)
    assert (email.level, phone.level, phone.question) == (Level.ATTEST, Level.BLOCKS, "")
    assert email.question


@pytest.mark.parametrize(
    "text", ["born on " * 3_000, "born" + " " * 20_000 + "x", "born on 1 " + "a" * 20_000]
)
def test_a_hostile_text_is_searched_for_birthdays_in_one_go(text):
    """Would not come to an end if the time grew faster than the text."""
    assert found(CHECK, post(text)) == []


def test_a_hostile_text_is_searched_for_keys_in_one_go():
    """Would not come to an end if the time grew faster than the text."""
    assert list(secrets("sk-" * 100_000)) == []


def test_digits_of_any_script_are_checked():
    content = post("NIF ١٢٣٤٥٦٧٨٩")
    (finding,) = found(CHECK, content)
    assert (finding.id, marked(content, [finding])) == ("personal-data.national-id", ["١٢٣٤٥٦٧٨٩"])
    assert found(CHECK, post("١٢٣٤٥٦٧٨٩0A0")) == []
    assert found(CHECK, post("RCCMNL83ſ18D969H"), regions=["IT"])[0].id == "personal-data.national-id"


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


@pytest.mark.parametrize(
    "text",
    [
        "Meet us @ example.com", "Join the choir @ cafe.berlin", "Sat 8.30pm @ venue.example",
        "Team U.S. @ fifa.example",
        "Thanks Node.js @nodejs.bsky.social", "Learn Vue.js at vuejs.example", "I work at gmail.com",
        "Invest at the dot com boom", "Arrive at breaking point in time", "Staring at blue dot on the map",
    ],
)  # fmt: skip
def test_a_place_is_no_address(text):
    assert found(CHECK, post(text)) == []


@pytest.mark.parametrize(
    "digits",
    [
        "1795407249.5775545",
        "1795407249577",
        "20261125143003",
        "25.11.2026 18.00-20.07",
        "2018 2019 2020 2026",
    ],
)
def test_a_time_that_passes_the_check_digit_is_no_card(digits):
    plain = "".join(c for c in digits if c.isdigit())
    times = [digits[:-1] + last for last in "0123456789"]
    assert any(luhn.is_valid(plain[:-1] + last) for last in "0123456789")
    assert [ids(found(CHECK, post(time), regions=["GB"])) for time in times] == [[]] * 10


@pytest.mark.parametrize("text", ["aa 11 " * 1_000, "1 " * 3_000, "a.b @ " * 1_000, "a at b dot " * 1_000])
def test_a_hostile_text_is_searched_in_one_go(text):
    """Would not come to an end if the time grew faster than the text."""
    assert found(CHECK, post(text), regions=["GB"]) == []


@pytest.mark.parametrize(
    "line",
    ["hello@harbour.example", "@harbour.example", "+351 21 000 0000", "Office: 020 7946 0958",
     "GB29 NWBK 6016 1331 9268 19", "hello @ harbour.example"],
)  # fmt: skip
def test_a_public_contact_is_what_can_be_found(line):
    contact(line)


@pytest.mark.parametrize(
    "line", ["@", "com", "*", "1", "@.com", "@com", "@*.example.org", "harbour.example", "GB29 NWBK"]
)
def test_a_public_contact_that_matches_nothing_is_refused(line):
    with pytest.raises(ValueError, match=f"^“{re.escape(line)}” matches nothing: give an e-mail address"):
        contact(line)


@pytest.mark.parametrize("line", ["@gmail.com", "@ GMX.de", "gmail.com"])
def test_a_domain_of_everybody_is_no_public_contact(line):
    with pytest.raises(ValueError, match="anybody can have an address"):
        contact(line)
