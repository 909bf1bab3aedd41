"""Takes the pictures of docs/images: every page of the demo team, wide and narrow, light and dark.

script/screenshots [NAME...]      all, or the pages named, as in tests/pages.py
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import django
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from config.paths import ROOT
from tests import chromium
from tests.browser import tour
from tests.browser.conftest import WAIT_MS
from tests.browser.installation import Installation

FOLDER = ROOT / "docs" / "images"
LONGEST = 2000
"""Pixels: a page that is longer is cut there."""
QUALITY = 80
"""Of WebP: letters stay sharp, at a third of the bytes of a PNG with a palette."""


def main(names: list[str]) -> int:
    """Command line: 0, or 2 where a name is not that of a page, 1 without a browser."""
    if unknown := set(names) - set(tour.PAGES):
        sys.stderr.write(
            f"There is no picture {', '.join(sorted(unknown))}. There are: {', '.join(tour.PAGES)}\n"
        )
        return 2
    path = chromium.find()
    if path is None:
        sys.stderr.write(f"{chromium.HOW_TO_INSTALL}\n")
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with Installation() as product, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=chromium.LAUNCH)
        os.environ.update(COUNTERSIGN_VAR=str(product.var), DJANGO_SETTINGS_MODULE="config.settings")
        django.setup()  # for the addresses
        for taken in take(browser, product, tour.things(product), names or list(tour.PAGES)):
            sys.stdout.write(f"{taken.relative_to(ROOT)}  {taken.stat().st_size // 1024} KB\n")
        browser.close()
    return 0


def take(browser: Browser, product: Installation, things: dict[str, Any], names: list[str]) -> Iterator[Path]:
    """Write each picture in each size and scheme; yields where."""
    readers = {name: tour.reader(name, tour.PAGES[name]) for name in names}
    for who in dict.fromkeys(readers.values()):
        context = browser.new_context(base_url=product.url, reduced_motion="reduce", locale="en-GB")
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        if who:
            sign_in(page, who, product.password)
        for name in names:
            if readers[name] == who:
                yield from _in_every_way(page, name, tour.address(name, tour.PAGES[name], things))
        context.close()


def sign_in(page: Page, who: str, password: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(f"{who}@harbour.example")
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/t/**")


def _in_every_way(page: Page, name: str, where: str) -> Iterator[Path]:
    for scheme in tour.SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for width, height in tour.WIDTHS.items():
            page.set_viewport_size({"width": width, "height": height})
            page.goto(where, wait_until="networkidle")
            whole = int(page.evaluate("document.scrollingElement.scrollHeight"))
            page.set_viewport_size(
                {"width": width, "height": min(max(whole, height), LONGEST)}
            )  # bars at its end
            path = FOLDER / f"{name}-{width}-{scheme}.webp"
            path.write_bytes(small(page.screenshot()))
            yield path


def small(picture: bytes) -> bytes:
    file = BytesIO()
    Image.open(BytesIO(picture)).convert("RGB").save(file, "WEBP", quality=QUALITY, method=6)
    return file.getvalue()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
