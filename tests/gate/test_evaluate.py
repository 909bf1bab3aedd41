"""manage.py gate evaluate: figures of a check on labelled texts, in the forms in which people have them."""

import json
import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from gate.checks import registry
from gate.evaluation.figures import Counts, Figures

EMAIL = "Write to maria.silva@example.pt."
PLAIN = "Open on Saturday."


@pytest.fixture
def evaluate(tmp_path):
    """Runs the command on a file with this name and text; gives the last line as JSON, and all that was printed."""

    def run(check, name, text, *options):
        path = tmp_path / name
        path.write_text(text if isinstance(text, str) else "\n".join(map(json.dumps, text)), encoding="utf-8")
        out, err = StringIO(), StringIO()
        call_command("gate", "evaluate", check, "--data", str(path), *options, stdout=out, stderr=err)
        return json.loads(out.getvalue().strip().splitlines()[-1]), out.getvalue() + err.getvalue()

    return run


def test_figures_are_those_that_a_hand_computes():
    """4 of 6 that should be found are, with 2 false alarms among 10."""
    figures = Figures()
    for label, found, score, group in [
        *[(True, True, 0.9, "a")] * 4, *[(True, False, 0.2, "b")] * 2, *[(False, True, 0.9, "a")] * 2,
        *[(False, False, 0.1, "b")] * 8,
    ]:  # fmt: skip
        figures.add(label, found, score, [group])
    said = figures.as_json()
    assert (said["n"], said["precision"], said["recall"], said["false_alarm_rate"]) == (
        16,
        0.6667,
        0.6667,
        0.2,
    )
    # Pairs: 4 x 8 won and 4 x 2 tied of those at .9, 2 x 8 won of those at .2; (32 + 4 + 16) / 60
    assert said["auc"] == 0.8667
    assert said["groups"] == {
        "a": {"n": 6, "recall": 1.0, "false_alarm_rate": 1.0, "interval": [0.3424, 1.0]},
        "b": {"n": 10, "recall": 0.0, "false_alarm_rate": 0.0, "interval": [0.0, 0.3244]},
    }


def test_nothing_is_said_where_there_is_nothing_to_say():
    assert Figures().as_json() == {
        "n": 0, "precision": None, "recall": None, "auc": None, "false_alarm_rate": None, "groups": {},
    }  # fmt: skip
    assert str(Counts().precision) == "none"


def test_our_own_form_as_csv(evaluate):
    table = f'text,label,group\n{EMAIL},1,en\n"{PLAIN}\nTwo lines",0,en\n{EMAIL},0,de\n{PLAIN},1,de\n'
    said, printed = evaluate("personal-data", "own.csv", table)
    assert (said["n"], said["precision"], said["recall"], said["auc"], said["false_alarm_rate"]) == (
        4,
        0.5,
        0.5,
        0.5,
        0.5,
    )
    assert {name: group["n"] for name, group in said["groups"].items()} == {"de": 2, "en": 2}
    assert said["engine"].startswith("personal-data 1.")
    assert "precision     1 of 2 (50%, 95 % interval 9% to 91%)" in printed


@pytest.mark.parametrize("parted", [";", "\t"])
def test_a_table_of_another_countrys_spreadsheet_is_read(evaluate, parted):
    table = f"\ufefftext{parted}label\r\n{EMAIL}{parted}1\r\n{PLAIN}{parted}0\r\n"
    said, _ = evaluate("personal-data", "own.csv", table)
    assert (said["n"], said["recall"], said["left_out"]) == (2, 1.0, 0)


@pytest.mark.parametrize(
    ("check", "keys"),
    [("timing", "given (its due_at)"), ("duplicates", "given (its earlier) or channels"),
     ("image-metadata", "media"), ("declarations", "declared or media")],
)  # fmt: skip
def test_texts_alone_give_no_figures_of_a_check_that_reads_something_else(evaluate, check, keys):
    with pytest.raises(
        CommandError, match=f"^{check} needs more than texts.*: give JSON with {re.escape(keys)},"
    ):
        evaluate(check, "own.csv", f"text,label\n{EMAIL},1\n{PLAIN},0\n")


def test_our_own_form_as_json_lines_has_settings_and_findings(evaluate):
    rows = [
        {
            "text": "Falcon flies",
            "label": 1,
            "settings": {"words": ["falcon: blocks"]},
            "finding": "word-list.term",
        },
        {
            "text": "Acme flies",
            "label": 0,
            "settings": {"competitors": ["Acme"]},
            "finding": "word-list.term",
        },
        {"text": "Falcon flies", "label": 0},
    ]
    said, _ = evaluate("word-list", "own.jsonl", rows)
    assert (said["n"], said["recall"], said["false_alarm_rate"]) == (3, 1.0, 0.0)


def test_hatechecks_columns(evaluate):
    table = (
        ",functionality,case_id,test_case,label_gold,target_ident,direction\n"
        '0,derog_neg_emote_h,1,"You stupid idiots, I hate you",hateful,women,directed\n'
        "1,ident_neutral_nh,2,We meet on Friday,non-hateful,women,\n"
        "2,counter_quote_nh,3,Fuck that,non-hateful,,\n"
        "3,derog_impl_h,4,They are not like us,hateful,Muslims,general\n"
    )
    said, _ = evaluate("toxicity", "hatecheck.csv", table, "--engine", "screen")
    assert (said["n"], said["precision"], said["recall"], said["false_alarm_rate"]) == (4, 0.5, 0.5, 0.5)
    assert said["groups"]["women"] == {
        "n": 2,
        "recall": 1.0,
        "false_alarm_rate": 0.0,
        "interval": [0.0, 0.7935],
    }
    assert said["groups"]["counter_quote_nh"]["false_alarm_rate"] == 1.0
    assert said["engine"].startswith(f"toxicity {registry.load('toxicity').version}, screen: ")
    assert 0 < said["auc"] < 1


def test_jigsaws_columns(evaluate):
    first = (
        "id,comment_text,toxic,severe_toxic,obscene,threat,insult,identity_hate\n"
        "a,You stupid idiot,0,0,0,0,1,0\nb,Good morning,0,0,0,0,0,0\nc,Good evening,-1,-1,-1,-1,-1,-1\n"
    )
    said, printed = evaluate("toxicity", "train.csv", first, "--engine", "screen")
    assert (said["n"], said["recall"], said["auc"], said["left_out"]) == (2, 1.0, 1.0, 1)
    assert "Line 4 is left out: not labelled (-1)." in printed
    second = (
        "id,target,comment_text,female,muslim\n1,0.49,Good morning,1.0,\n2,0.5,You stupid idiot,0.2,0.8\n"
    )
    said, _ = evaluate("toxicity", "bias.csv", second, "--engine", "screen")
    assert (said["n"], said["recall"], said["false_alarm_rate"]) == (2, 1.0, 0.0)
    assert {name: group["n"] for name, group in said["groups"].items()} == {"female": 1, "muslim": 1}
    tests = "id,comment_text,toxicity,obscene,threat,insult,other_religion\n1,You stupid idiot,0.6,0.1,0.0,0.3,1.0\n"
    said, _ = evaluate("toxicity", "test_private_expanded.csv", tests, "--engine", "screen")
    assert (said["recall"], list(said["groups"])) == (1.0, ["other_religion"]), "the whole is no part of it"


@pytest.mark.parametrize("name", ["synth.json", "synth.jsonl"])
def test_presidio_researchs_spans(evaluate, name):
    email = {"entity_type": "EMAIL_ADDRESS", "entity_value": "x", "start_position": 9, "end_position": 31}
    rows = [
        {"full_text": EMAIL, "masked": "", "spans": [email], "template_id": 1},
        {"full_text": "Ask Maria.", "spans": [{"entity_type": "PERSON"}]},
        {"full_text": "Call 1", "spans": [{"entity_type": "PHONE_NUMBER"}]},
        {"full_text": PLAIN, "spans": "none"},
    ]
    said, printed = evaluate("personal-data", name, json.dumps(rows) if name.endswith(".json") else rows)
    assert (said["n"], said["precision"], said["recall"], said["false_alarm_rate"]) == (3, 1.0, 0.5, 0.0)
    assert said["groups"]["EMAIL_ADDRESS"]["recall"] == 1.0
    assert "Line 4 is left out" in printed


def test_bad_rows_are_named_and_counted(evaluate):
    text = (
        f'{{"text": "{PLAIN}", "label": 0}}\n\n{{"text": "x", "label": 2}}\nnot JSON\n[1]\n{{"text": "x"}}\n'
    )
    said, printed = evaluate("personal-data", "own.jsonl", text)
    assert (said["n"], said["left_out"]) == (1, 4)
    for words in ["Line 3 is left out: label is neither 0 nor 1 but '2'", "Line 4 is left out: no JSON",
                  "Line 5 is left out: no JSON object", "Line 6 is left out: no label"]:  # fmt: skip
        assert words in printed
    said, printed = evaluate("personal-data", "own.csv", f"text,label\n{PLAIN},0\n{PLAIN}\n" + "x,?\n" * 30)
    assert (said["n"], said["left_out"]) == (1, 31)
    assert "Line 3 is left out: another number of columns" in printed
    assert "11 more rows were left out" in printed


NESTED = "[" * 50_000
OWN = {"text": PLAIN, "label": 0}
CARD = {"comment_text": PLAIN, "toxic": 0}
HATE = {"test_case": PLAIN, "label_gold": "hateful"}


@pytest.mark.parametrize(
    ("good", "bad", "why"),
    [
        (OWN, {"text": PLAIN, "label": float("nan")}, "label is neither 0 nor 1 but 'nan'"),
        (OWN, {"text": None, "label": 1}, "text is no text or list"),
        (OWN, {"text": [1], "label": 1}, "text is no list of texts"),
        (OWN, {"label": 1}, "no text"),
        (OWN, {**OWN, "media": "a cat"}, "media is no list"),
        (OWN, {**OWN, "settings": "words"}, "settings is no object"),
        (OWN, {**OWN, "\ud800": 1}, "unknown keys"),
        (OWN, NESTED, "no JSON: maximum recursion depth"),
        (OWN, {**OWN, "text": "x" * 100_000}, "longer than 100,000 characters"),
        (CARD, {**CARD, "toxic": float("nan")}, "toxic is no number from 0 to 1 but 'nan'"),
        (CARD, {**CARD, "toxic": 7}, "toxic is no number from 0 to 1 but '7'"),
        (CARD, {**CARD, "toxic": ""}, "toxic is no number from 0 to 1 but ''"),
        (CARD, {"comment_text": PLAIN}, "no toxic and no target"),
        (CARD, {**CARD, "comment_text": None}, "comment_text is no text but 'None'"),
        (HATE, {**HATE, "label_gold": ["hateful"]}, "label_gold is neither hateful nor non-hateful"),
        ({"full_text": PLAIN, "spans": []}, {"full_text": PLAIN, "spans": NESTED}, "no JSON: maximum"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_a_row_that_says_nothing_is_never_counted(evaluate, good, bad, why):
    lines = [each if isinstance(each, str) else json.dumps(each) for each in (good, bad, good)]
    said, printed = evaluate("accessibility", "rows.jsonl", "\n".join(lines))
    assert (said["n"], said["left_out"]) == (2, 1)
    assert f"Line 2 is left out: {why}" in printed


def test_one_kind_alone_is_measured_and_said_to_say_little(evaluate):
    said, printed = evaluate("personal-data", "own.csv", f"text,label\n{EMAIL},1\n")
    assert (said["recall"], said["auc"], said["false_alarm_rate"]) == (1.0, None, None)
    assert "Every row should be found: precision, AUC and false alarms say nothing." in printed
    _, printed = evaluate("personal-data", "own.csv", f"text,label,group\n{PLAIN},0,\x1b[2J\n")
    assert "No row should be found: precision, recall and AUC say nothing." in printed
    assert "\x1b" not in printed.replace(r"\u001b", "")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("own.csv", "", "no row that can be read"),
        ("own.csv", "text,label,text\nx,1,y\n", "two columns of one name"),
        ("own.csv", f'text,label\nx,1\n"{"x" * 100_001}",1\n', "no CSV from line 3 on: field larger"),
        ("own.csv", 'text,label\nx,1\n"never closed,0\n', "no CSV from line 3 on: unexpected end"),
        ("own.json", NESTED, "is no JSON: maximum recursion depth"),
        ("own.jsonl", json.dumps({**OWN, "settings": {"regions": 5}}), "Line 1: the check could not run"),
        ("own.csv", "text,label,colour\nx,1,red\n", "Unknown columns: colour"),
        ("own.csv", "words,verdict\nx,1\n", "No columns that are known: verdict, words"),
        ("own.txt", "x", "ends in .csv"),
        ("own.json", "{}", "holds no list"),
        ("own.json", "[", "is no JSON"),
        ("own.csv", "text,label\n", "no row that can be read"),
        ("own.jsonl", "", "no row that can be read"),
    ],
)
def test_a_file_that_is_not_understood_is_refused_in_words(evaluate, name, text, words):
    with pytest.raises(CommandError, match=words):
        evaluate("personal-data", name, text)


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        call_command("gate", "evaluate", "claims", "--data", str(tmp_path / "none.csv"))
    (tmp_path / "latin.csv").write_bytes("text,label\nGrüße,0\n".encode("latin-1"))
    with pytest.raises(CommandError, match="not in UTF-8"):
        call_command("gate", "evaluate", "claims", "--data", str(tmp_path / "latin.csv"))


def test_settings_of_the_check_may_be_given(evaluate):
    rows = [{"text": "Falcon flies", "label": 1}, {"text": "Acme flies", "label": 1}]
    said, _ = evaluate("word-list", "own.jsonl", rows, "--set", 'words=["falcon: blocks"]', "--limit", "1")
    assert (said["n"], said["recall"]) == (1, 1.0)
    with pytest.raises(CommandError, match="blocks, attest or advises"):
        evaluate("word-list", "own.jsonl", rows, "--set", 'words=["falcon"]')
    with pytest.raises(CommandError, match="write NAME=VALUE"):
        evaluate("word-list", "own.jsonl", rows, "--set", "inclusive_english")
