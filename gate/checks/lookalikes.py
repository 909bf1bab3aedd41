"""Letters that look like Latin ones, and what they are read as.

From Unicode Technical Standard 39 (confusables.txt), as far as fonts show the letters alike and people type them. In
each row: Latin letters of other languages and phonetics, small capitals, Cyrillic, Greek, Armenian, Coptic, Cherokee,
Lisu, Canadian syllabics, then others and signs. Keys are casefolded; where a capital looks like another letter than its
small form does (Greek Η and η), the small one is here and the capital in CAPITALS. Letters with a stroke, hook or tail,
turned ones, Cyrillic и and я are read as what they remind of, which the standard does not say and readers do.
"""

_ROWS = {
    "a": "ɑɐⱥ ᴀ а α ⲁ Ꭺ ꓮ ᗅᗩ ⍺",
    "b": "ɓƀƃƅ ʙ вь β ⲃ ᏴᏏ ꓐ ᗷᑲᖯ",
    "c": "ƈȼɔ ᴄ сҫ ϲ ⲥ Ꮯ ꓚ ᑕ ¢",
    "d": "đɖɗð ᴅ ԁ ᎠᏧ ꓒꓓ ᗞᗪᑯ",
    "e": "ɛəǝɇ ᴇ еёзҽ ε ⲉ Ꭼ ꓰ ᗴᕮᘿ ⴹ ℮⋿",
    "f": "ƒꬵꞙ ꜰ ғ ϝ ք ꓝ ᖴ",
    "g": "ɡɠǥᶃƍ ɢ ԍ ց ᏀᏳ ꓖ ᘜ",
    "h": "ħɦ ʜ нһ հ ⲏ ᎻᏂ ꓧ ᕼ",
    "i": "ɨıɩ ɪ іїӏꙇ ι ⲓ Ꭵ ꓲ ⍳¡",
    "j": "ɉʝ ᴊ ј ϳ յ Ꭻ ꓙ ᒍ",
    "k": "ƙꝁ ᴋ кқҝҟӄ κ ⲕ Ꮶ ꓗ",
    "l": "ǀłɫƚⱡɬ ʟ Ꮮ ꓡ ᒪ ⵏ ∣£",
    "m": "ɱ ᴍ мӎ ⲙ Ꮇ ꓟ ᗰ",
    "n": "ɲŋƞ ɴ и η ոռ ⲛ ꓠ ᑎ",
    "o": "øɵꝋᴑꬽ ᴏ оө οσ օ ⲟ ꓳ ჿⵔ 〇",
    "p": "ƥᵽþ ᴘ р ρ ⲣ Ꮲ ꓑ ᑭ ⍴",
    "q": "ʠɋ ꞯ ԛ գզ ᑫ ⵕ",
    "r": "ɍɼɽɾꭇꭈ ʀ гя ᎡᏒ ꓣ ᖇ",
    "s": "ʂƽ ꜱ ѕ ᏕᏚ ꓢ ᔕ §",
    "t": "ŧƭʈⱦ ᴛ т τ ⲧ Ꭲ ꓔ",
    "u": "ʉʋꞟꭎꭒ ᴜ υμ ս ꓴ ᑌ ∪",
    "v": "ⱱʌ ᴠ ѵ ν Ꮩ ꓦ ᐯ ⴸ ∨",
    "w": "ɯⱳ ᴡ ԝѡ ω ա ᎳᏔ ꓪ ᗯ",
    "x": "хҳӽ χ ⲭ ꓫ ᙭᙮ᕁ ⵝ ×⨯",
    "y": "ƴɏɣᶌỿꭚ ʏ уү γ ⲩ ᎩᎽ ꓬ ყ ¥",
    "z": "ƶʐȥ ᴢ ζ ⲍ Ꮓ ꓜ ᘔ",
}

LOOKALIKES: dict[int, int] = {
    ord(letter): ord(like) for like, letters in _ROWS.items() for letter in letters if letter != " "
}
# White letters on black discs and squares have no compatibility form.
LOOKALIKES |= {first + at: ord("a") + at for first in (0x1F150, 0x1F170) for at in range(26)}

REGIONAL = {0x1F1E6 + at: ord("a") + at for at in range(26)}
"""Regional indicators, which are seen as letters where they stand alone, and as a flag where they are two."""

CAPITALS: dict[str, str] = dict(zip("ΗΜΝΥΖϹՏՍԼ", "hmnyzcsul", strict=True))
"""Capitals that look like another letter than their small form does, or that have no alike small form."""
