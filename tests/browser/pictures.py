"""Takes the pictures of docs/images: each main page of a demo team, wide and narrow, light and dark.

script/screenshots [NAME...]      all, or the pages named; see PICTURES
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from config.paths import ROOT
from tests import chromium
from tests.browser.conftest import WAIT_MS
from tests.browser.installation import Installation

FOLDER = ROOT / "docs" / "images"
SIZES = {1280: 800, 390: 844}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
COLOURS = 256
"""Of the palette: enough for flat surfaces and small photographs, at a fourth of the bytes."""
LONGEST = 2000
"""Pixels: a page that is longer is cut there."""

PICTURES: dict[str, tuple[str, str]] = {
    "sign-in": ("", "accounts/login/"),
    "calendar": ("author", "t/{team}/calendar/"),
    "compose": ("author", "t/{team}/posts/{draft}/edit/"),
    "post": ("author", "t/{team}/posts/{post}/"),
    "queue": ("reviewer", "t/{team}/review/"),
    "review": ("reviewer", "t/{team}/review/{submission}/"),
    "log": ("auditor", "t/{team}/log/"),
    "entry": ("auditor", "t/{team}/log/{entry}/"),
    "policy": ("author", "t/{team}/policy/"),
    "channels": ("admin", "t/{team}/channels/"),
    "team": ("admin", "t/{team}/team/"),
    "sandbox": ("admin", "t/{team}/sandbox/{channel}/"),
}
"""Name: who opens which address."""

THINGS = """
import json
from accounts.models import Channel, Team
from gate.models import Submission
from ledger.models import Entry
from scheduler.models import Post

team = Team.objects.get()
print(json.dumps({
    "team": team.slug,
    "draft": Post.objects.get(title="Meet the crew").pk,
    "post": Post.objects.get(title="Seal pup released").pk,
    "submission": Submission.objects.get(title="Beach clean-up results").pk,
    "channel": Channel.objects.order_by("pk").first().pk,
    "entry": Entry.objects.filter(kind="submission.approved").latest("index").index,
}))
"""


def main(names: list[str]) -> int:
    """Command line: 0, or 2 where a name is not one of PICTURES, 1 without a browser."""
    if unknown := set(names) - set(PICTURES):
        sys.stderr.write(
            f"There is no picture {', '.join(sorted(unknown))}. There are: {', '.join(PICTURES)}\n"
        )
        return 2
    path = chromium.find()
    if path is None:
        sys.stderr.write(f"{chromium.HOW_TO_INSTALL}\n")
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with Installation() as product, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=chromium.LAUNCH)
        things = json.loads(product.ask(THINGS).splitlines()[-1])
        for taken in take(browser, product, things, names or list(PICTURES)):
            sys.stdout.write(f"{taken.relative_to(ROOT)}  {taken.stat().st_size // 1024} KB\n")
        browser.close()
    return 0


def take(browser: Browser, product: Installation, things: dict[str, Any], names: list[str]) -> Iterator[Path]:
    """Write each picture in each size and scheme; yields where."""
    for who in dict.fromkeys(PICTURES[name][0] for name in names):
        context = browser.new_context(base_url=product.url, reduced_motion="reduce", locale="en-GB")
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        if who:
            sign_in(page, who, product.password)
        for name in names:
            if PICTURES[name][0] == who:
                yield from _in_every_way(page, name, PICTURES[name][1].format(**things))
        context.close()


def sign_in(page: Page, who: str, password: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(f"{who}@harbour.example")
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/t/**")


def _in_every_way(page: Page, name: str, where: str) -> Iterator[Path]:
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for width, height in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            page.goto(f"/{where}", wait_until="networkidle")
            whole = int(page.evaluate("document.scrollingElement.scrollHeight"))
            page.set_viewport_size(
                {"width": width, "height": min(max(whole, height), LONGEST)}
            )  # bars at its end
            path = FOLDER / f"{name}-{width}-{scheme}.png"
            path.write_bytes(small(page.screenshot()))
            yield path


def small(picture: bytes) -> bytes:
    """The same picture with a palette."""
    image = Image.open(BytesIO(picture)).convert("RGB")
    file = BytesIO()
    few = image.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(file, "PNG", optimize=True)
    return file.getvalue()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
