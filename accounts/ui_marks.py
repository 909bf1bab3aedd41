"""Small marks that tell the platforms apart: one shape each on a plain tile, drawn here, no one's logo."""

from typing import Final

TILE: Final = '<rect width="20" height="20" rx="5" fill="currentColor"/>'

_LINE: Final = 'class="line" fill="none" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"'

SHAPES: Final[dict[str, str]] = {
    "bluesky": '<path d="M10 9.4C8.9 7.2 6.9 5.5 5.3 4.9 4.4 4.6 4 5 4 5.8c0 1.4.5 3.5.8 4 .6 1 1.9 '
    "1.3 3.1 1.1-2 .3-3.2 1.3-1.5 3.2 1.8 1.8 3-.3 3.6-1.7.6 1.4 1.8 3.5 3.6 1.7 1.7-1.9.5-2.9-1.5-3.2 "
    '1.2.2 2.5-.1 3.1-1.1.3-.5.8-2.6.8-4 0-.8-.4-1.2-1.3-.9-1.6.6-3.6 2.3-4.7 4.5Z" class="fill"/>',
    "mastodon": f'<path d="M5.5 13V8.3c0-3 4.5-3 4.5 0v2.4M10 8.3c0-3 4.5-3 4.5 0V13" {_LINE}/>',
    "x": f'<path d="M5.5 5.5l9 9M14.5 5.5l-9 9" {_LINE}/>',
    "linkedin": f'<path d="M6 9v5.5M10 14.5V9M10 11.5c0-3.3 4.5-3.3 4.5 0v3" {_LINE}/>'
    '<circle cx="6" cy="6" r="1.2" class="fill"/>',
    "facebook": f'<path d="M13 5h-.8C10.6 5 10 6 10 7.3V16M7.5 10H13" {_LINE}/>',
    "instagram": f'<rect x="5" y="5" width="10" height="10" rx="3" {_LINE}/>'
    f'<circle cx="10" cy="10" r="2" {_LINE}/>',
    "threads": f'<circle cx="10" cy="10" r="2.2" {_LINE}/>'
    f'<path d="M12.2 8v2.6c0 2.2 3 2 3-.6a5.2 5.2 0 1 0-2 4.1" '
    f"{_LINE}/>",
    "sandbox": '<path d="M10 4.5l5 2.7v5.6l-5 2.7-5-2.7V7.2l5-2.7Z'
    f'M5.2 7.4l4.8 2.5 4.8-2.5M10 10v5.2" {_LINE}/>',
    "pixelfed": f'<path d="M8 15V6h2.5a2.7 2.7 0 0 1 0 5.5H8" {_LINE}/>',
    "webhook": f'<path d="M7.5 6.5L4.5 10l3 3.5M12.5 6.5l3 3.5-3 3.5" {_LINE}/>',
}
"""Platform slug to what is drawn on the tile, in a 20 by 20 box."""
