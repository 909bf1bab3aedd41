"""Wall time to instant and back: every daylight-saving change of 2027 in ten zones, and any time in any zone.

The changes are found by walking the instants of the year, from UTC to wall time only: the other way than the product
goes. Rules change (Morocco's for 2027 differ between releases of 2025 and 2026), so only what is settled is stated.
"""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import example, given
from hypothesis import strategies as st

from accounts import zones
from scheduler import queries, when
from scheduler.forms import fold_of
from scheduler.models import Post
from tests import factories as make
from tests.scheduler.pages import sign_in, typed, url

QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
ZONES = {
    "Europe/Lisbon": (HOUR, -HOUR),
    "Europe/Dublin": (HOUR, -HOUR),  # winter time is the exception there: a negative daylight saving
    "America/New_York": (HOUR, -HOUR),
    "America/Santiago": (-HOUR, HOUR),  # the south; at midnight, so that it is about two days
    "Australia/Lord_Howe": (-HOUR / 2, HOUR / 2),
    "Pacific/Chatham": (-HOUR, HOUR),  # 12 hours 45 minutes from UTC
    "Africa/Cairo": (HOUR, -HOUR),  # midnight itself does not exist
    "Antarctica/Troll": (2 * HOUR, -2 * HOUR),
    "America/Nuuk": (HOUR, -HOUR),  # the evening before, by its own clock
    "Asia/Tokyo": (),
}
RAMADAN = "Africa/Casablanca"
"""Back for Ramadan and forward after it, or not at all, depending on how new the rules are."""
FMT = "%Y-%m-%dT%H:%M"


@cache
def changes(zone: str) -> list[tuple[datetime, timedelta]]:
    """(instant, by how much the clocks go forward) of every change of 2027."""
    tz = ZoneInfo(zone)
    found = []
    at = datetime(2027, 1, 1, tzinfo=UTC)
    before = at.astimezone(tz).utcoffset()
    while at.year == 2027:
        offset = at.astimezone(tz).utcoffset()
        if offset != before:
            found.append((at, offset - before))
        before, at = offset, at + QUARTER
    return found


def around(zone: str, change: datetime) -> dict[str, list[datetime]]:
    """Every quarter of an hour of the day of a change and its neighbours, with the instants at which clocks show it."""
    tz = ZoneInfo(zone)
    middle = change.astimezone(tz).replace(tzinfo=None, hour=0, minute=0)
    shown = defaultdict(list)
    at = change - 3 * DAY
    while at < change + 3 * DAY:
        shown[at.astimezone(tz).strftime(FMT)].append(at)
        at += QUARTER
    walls = (middle - DAY + n * QUARTER for n in range(3 * 96))
    return {wall.strftime(FMT): shown[wall.strftime(FMT)] for wall in walls}


@pytest.mark.parametrize("zone", ZONES)
def test_the_walk_finds_the_changes_that_are_known(zone):
    assert tuple(by for _, by in changes(zone)) == ZONES[zone]


def test_the_walk_finds_ramadan_where_the_rules_have_it():
    assert [by for _, by in changes(RAMADAN)] in ([], [-HOUR, HOUR])


@pytest.mark.parametrize("zone", [*ZONES, RAMADAN])
def test_every_quarter_of_an_hour_around_every_change_of_2027(zone):
    for change, by in changes(zone) or [(datetime(2027, 6, 1, tzinfo=UTC), timedelta())]:
        seen = {0: 0, 1: 0, 2: 0}
        for wall, instants in around(zone, change).items():
            check(zone, wall, instants)
            seen[len(instants)] += 1
        quarters = abs(by) // QUARTER
        assert (seen[0], seen[2]) == ((quarters, 0) if by > timedelta() else (0, quarters))


def check(zone: str, wall: str, instants: list[datetime]) -> None:
    if not instants:
        for fold in (None, 0, 1):
            with pytest.raises(when.WhenError, match="does not exist") as refused:
                when.resolve(wall, zone, fold=fold)
            assert not isinstance(refused.value, when.TimeExistsTwice)
    elif len(instants) == 2:
        with pytest.raises(when.TimeExistsTwice) as asked:
            when.resolve(wall, zone)
        assert [asked.value.first, asked.value.second] == instants
        assert [when.resolve(wall, zone, fold=fold) for fold in (0, 1)] == instants
        assert [fold_of(Post(due_local=wall, due_zone=zone, due_at=at)) for at in instants] == [0, 1]
    else:
        for fold in (None, 0, 1):
            assert [when.resolve(wall, zone, fold=fold)] == instants


ANY_ZONE = st.sampled_from(sorted(zones.names()))
FIRST = datetime(1990, 1, 2, tzinfo=UTC)
ANY_MINUTE = st.integers(0, 210 * 365 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))


@given(zone=ANY_ZONE, at=ANY_MINUTE)
@example(zone="Pacific/Apia", at=datetime(2011, 12, 30, 9, 59, tzinfo=UTC))
@example(zone="Australia/Lord_Howe", at=datetime(2027, 4, 3, 15, 15, tzinfo=UTC))
def test_what_a_clock_shows_means_the_instant_at_which_it_shows_it(zone, at):
    local = at.astimezone(ZoneInfo(zone))
    assert when.resolve(local.strftime(FMT), zone, fold=local.fold) == at


def meant(wall: str, zone: str) -> list[datetime]:
    try:
        return [when.resolve(wall, zone)]
    except when.TimeExistsTwice as twice:
        return [twice.first, twice.second]
    except when.WhenError:
        return []


@given(zone=ANY_ZONE, wall=ANY_MINUTE)
@example(zone="Pacific/Apia", wall=datetime(2011, 12, 30, 12, 0, tzinfo=UTC))
@example(zone="America/Havana", wall=datetime(2027, 11, 7, 0, 0, tzinfo=UTC))
@example(zone="America/Havana", wall=datetime(2027, 3, 14, 0, 30, tzinfo=UTC))
def test_a_time_means_every_instant_at_which_clocks_show_it(zone, wall):
    tz = ZoneInfo(zone)
    offsets = {(wall + n * HOUR).astimezone(tz).utcoffset() for n in range(-48, 49)}
    naive = wall.replace(tzinfo=None)
    at = sorted(wall - offset for offset in offsets)
    assert meant(wall.strftime(FMT), zone) == [
        x for x in at if x.astimezone(tz).replace(tzinfo=None) == naive
    ]


# The pages. Each kind of change once: an hour, half an hour, and at midnight.

KINDS = ("Europe/Dublin", "Australia/Lord_Howe", "America/Santiago")


def one_of(zone: str, copies: int) -> tuple[str, list[datetime]]:
    """The first time of 2027 that comes never (0) or twice (2)."""
    return next(
        (wall, instants)
        for change, _ in changes(zone)
        for wall, instants in around(zone, change).items()
        if len(instants) == copies
    )


def parts(wall: str, zone: str) -> dict[str, str]:
    date, time = wall.split("T")
    return {"due_date": date, "due_time": time, "due_zone": zone}


@pytest.fixture
def new_year():
    with time_machine.travel(datetime(2027, 1, 2, tzinfo=UTC)):
        yield


@pytest.mark.parametrize("zone", KINDS)
def test_the_compose_page_refuses_and_asks(client, author, channel, new_year, zone):
    sign_in(client, author)
    gap, _ = one_of(zone, 0)
    data = typed(channel, **parts(gap, zone))
    assert "does not exist" in client.post(url("preview", author), data).content.decode()
    assert "does not exist" in client.post(url("compose", author), data).content.decode()
    twice, instants = one_of(zone, 2)
    data = typed(channel, **parts(twice, zone))
    assert 'name="fold"' in client.post(url("preview", author), data).content.decode()
    assert 'name="fold"' in client.post(url("compose", author), data).content.decode()
    assert not Post.objects.exists()
    for fold, at in enumerate(instants):
        client.post(url("compose", author), {**data, "fold": str(fold)})
        post = Post.objects.latest("pk")
        assert (post.due_at, post.due_local, post.due_zone) == (at, twice, zone)


@pytest.mark.parametrize("zone", KINDS)
def test_another_time_is_refused_and_asked_about(client, author, channel, new_year, zone):
    sign_in(client, author)
    post = make.post(author, channel, due_local="2027-01-20T12:00", due_zone=zone)
    to = url("post-retime", author, post.pk)
    gap, _ = one_of(zone, 0)
    refused = client.post(to, {**parts(gap, zone), "version": post.version})
    assert (refused.status_code, "does not exist" in refused.content.decode()) == (422, True)
    twice, instants = one_of(zone, 2)
    asked = client.post(to, {**parts(twice, zone), "version": post.version})
    assert (asked.status_code, 'name="fold"' in asked.content.decode()) == (422, True)
    for fold, at in enumerate(instants):
        client.post(to, {**parts(twice, zone), "fold": str(fold), "version": post.version})
        post.refresh_from_db()
        assert (post.due_at, post.due_local, post.due_zone) == (at, twice, zone)


@pytest.mark.parametrize("zone", KINDS)
def test_dragging_is_refused_and_asked_about_and_the_calendar_shows_it(
    client, author, channel, new_year, zone
):
    in_zone(author, zone)
    sign_in(client, author)
    gap, _ = one_of(zone, 0)
    answer = drag(client, planned(author, channel, gap, zone), gap[:10])
    assert "does not exist" in answer["HX-Trigger"]
    twice, instants = one_of(zone, 2)
    post = planned(author, channel, twice, zone)
    asked = drag(client, post, twice[:10])["HX-Redirect"]
    assert 'name="fold"' in client.get(asked).content.decode()
    client.post(asked.split("?")[0], {**parts(twice, zone), "fold": "1", "version": post.version})
    post.refresh_from_db()
    assert post.due_at == instants[1]
    page = client.get(url("calendar", author), {"date": twice[:10]}).content.decode()
    assert twice[11:] in page.split(f'data-date="{twice[:10]}"')[1].split("data-date=")[0]


def in_zone(author, zone: str) -> None:
    type(author.team).objects.filter(pk=author.team_id).update(zone=zone)
    author.team.refresh_from_db()


def planned(author, channel, wall: str, zone: str) -> Post:
    """A week before a wall time, at the same time of day."""
    away = (datetime.fromisoformat(wall) - 7 * DAY).strftime(FMT)
    return make.post(author, channel, due_local=away, due_zone=zone)


def drag(client, post, day: str, **more: str):
    data = {"date": day, "version": post.version, **more}
    return client.post(url("post-retime", post, post.pk), data, HTTP_HX_REQUEST="true")


def test_an_hour_of_the_grid_is_one_of_the_teams_clocks(client, author, channel):
    """Tokyo has no summer time: its clocks and Lisbon's are further apart before 28 March than after it."""
    post = make.post(author, channel, due_local="2027-03-27T20:20", due_zone="Asia/Tokyo")
    drag(sign_in(client, author), post, "2027-03-28", hour="14")
    post.refresh_from_db()
    assert post.due_at == datetime(2027, 3, 28, 13, 20, tzinfo=UTC)
    assert (post.due_local, post.due_zone) == ("2027-03-28T14:20", "Europe/Lisbon")


@pytest.mark.parametrize("hour", ["1", ""])
def test_an_hour_of_the_grid_that_comes_twice_is_asked_about_by_the_teams_clocks(
    client, author, channel, hour
):
    post = make.post(author, channel, due_local="2027-10-30T09:20", due_zone="Asia/Tokyo")
    answer = drag(sign_in(client, author), post, "2027-10-31", hour=hour)
    post.refresh_from_db()
    if hour:
        page = client.get(answer["HX-Redirect"]).content.decode()
        assert "the clocks in Europe/Lisbon go back, so 01:20 comes twice" in page
    else:
        assert (post.due_local, post.due_zone) == ("2027-10-31T09:20", "Asia/Tokyo")


def test_a_post_lands_on_the_day_it_was_dropped_on_whatever_its_zone(client, author, channel):
    """08:30 in Tokyo is 23:30 of the day before in Lisbon in winter, and 00:30 of the same day in summer."""
    post = make.post(author, channel, due_local="2027-03-21T08:30", due_zone="Asia/Tokyo")
    drag(sign_in(client, author), post, "2027-03-29")
    post.refresh_from_db()
    assert post.due_local == "2027-03-29T08:30"
    assert post.due_at.astimezone(ZoneInfo("Europe/Lisbon")).strftime(FMT) == "2027-03-29T00:30"


@pytest.mark.parametrize("zone", ["Australia/Lord_Howe", "America/Santiago", "America/Nuuk", "Africa/Cairo"])
def test_the_calendar_counts_a_day_from_midnight_to_midnight_by_the_teams_clocks(author, zone):
    """Days of 23, 23.5, 24.5 and 25 hours; some begin at one o'clock, in some eleven in the evening comes twice."""
    in_zone(author, zone)
    tz = ZoneInfo(zone)
    for change, _ in changes(zone):
        at = [change + n * QUARTER for n in range(-3 * 96, 3 * 96)]
        Post.objects.bulk_create(Post(team=author.team, author=author.user, due_at=x) for x in at)
        wanted = Counter(x.astimezone(tz).date() for x in at)
        first = min(wanted)
        shown = queries.days(author.team, first, len(wanted), queries.Filters(), per_day=2)
        assert {day.date: day.total for day in shown} == wanted
        assert all(post.due_at.astimezone(tz).date() == day.date for day in shown for post in day.posts)
