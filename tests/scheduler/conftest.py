"""A team with people and a channel."""

import pytest

from tests import factories as make


@pytest.fixture
def team(db):
    return make.team()


@pytest.fixture
def author(team):
    return make.member(team, "author", name="Amara Obi")


@pytest.fixture
def other_author(team):
    return make.member(team, "author", name="Ken Adeyemi")


@pytest.fixture
def reviewer(team):
    return make.member(team, "reviewer", name="Rosa Marín")


@pytest.fixture
def channel(team):
    return make.channel(team)
