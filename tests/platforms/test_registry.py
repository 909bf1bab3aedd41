import pytest

from platforms import registry


@pytest.mark.parametrize("slug", registry.all_slugs())
def test_every_slug_gives_its_platform_and_always_the_same_one(slug: str) -> None:
    platform = registry.get(slug)
    assert platform.slug == slug
    assert platform.name
    assert registry.get(slug) is platform


def test_an_unknown_slug_says_which_there_are() -> None:
    with pytest.raises(registry.UnknownPlatform, match="no platform 'myspace'; there are sandbox, bluesky"):
        registry.get("myspace")


def test_an_unknown_slug_is_a_key_error_for_those_who_catch_one() -> None:
    assert issubclass(registry.UnknownPlatform, KeyError)
